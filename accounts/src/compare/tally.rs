//! What the steps of a comparison found, counted by its shape.

use std::collections::BTreeMap;

/// How often a shape was found, and with whom, so that somebody can look.
#[derive(Default)]
pub(super) struct Count<'a> {
    pub(super) times: usize,
    pub(super) customers: Vec<&'a str>,
}

const MAX_CUSTOMERS: usize = 5;

/// Of shapes, each with how often it was found with a customer, the most frequent first.
pub(super) fn count<'a, S: Ord>(found: impl Iterator<Item = (S, usize, &'a str)>) -> Vec<(S, Count<'a>)> {
    let mut counts = BTreeMap::<S, Count>::new();
    for (shape, times, customer) in found {
        let count = counts.entry(shape).or_default();
        count.times += times;
        if count.customers.len() < MAX_CUSTOMERS && !count.customers.contains(&customer) {
            count.customers.push(customer);
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(count.times));
    counts
}
