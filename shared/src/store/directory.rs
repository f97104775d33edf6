//! The index `directory`: customers by what their e-mail begins with, and by name.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use tokio::time::Instant;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::failure::failed;
use super::item::{decode, text};
use super::keys::{directory_shard, directory_shards};
use super::{Item, Store};
use crate::domain::{Customer, CustomerReference, Email, Name, Timestamp};
use crate::error::Error;

/// A customer as the index has them.
#[derive(Clone, Deserialize)]
pub struct Listed {
    pub reference: CustomerReference,
    pub email: Email,
    pub first_name: Option<Name>,
    pub last_name: Option<Name>,
    pub created_at: Timestamp,
}

/// What a search has found, by e-mail.
#[derive(Default)]
pub struct Found {
    pub listed: Vec<Listed>,
    /// Whether there are others.
    pub more: bool,
    /// Whether the search ran out of time, so that there may be others.
    pub incomplete: bool,
}

hidden!(Listed, Found);

/// The attributes that put a customer into the index, as long as there is an e-mail.
pub(super) const SHARD: &str = "find_shard";
pub(super) const FIND: &str = "find";
pub(super) const FIND_NAME: &str = "find_name";

const INDEX: &str = "directory";
/// The most partitions that are read at once.
const AT_ONCE: usize = 8;
/// Names have hardly more, and a filter may not have many.
const MOST_WORDS: usize = 8;
/// Less than a request may take.
const SEARCH_FOR: Duration = Duration::from_secs(20);

/// A name, or a part of one, in the form in which it is found: without capitals and accents.
pub fn folded_name(name: &str) -> String {
    let letters = name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    letters.fold(String::new(), |mut folded, letter| {
        // Letters that Unicode does not take apart.
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' => folded.push('d'),
            letter => folded.push(letter),
        }
        folded
    })
}

/// What a customer's item holds for the index.
pub(super) fn attributes(customer: &Customer) -> Item {
    let Some(email) = customer.email.as_ref().map(Email::folded) else { return Item::new() };
    let names =
        [&customer.first_name, &customer.last_name].map(|name| name.as_ref().map_or("", Name::as_str));
    let shard = directory_shard(email.chars().next().unwrap_or_default());
    let found_by = [(SHARD, shard), (FIND, email), (FIND_NAME, folded_name(&names.join(" ")))];
    found_by.map(|(name, value)| (name.to_owned(), text(value))).into()
}

/// What an item does hold for the index.
pub(super) fn listed_as(item: &Item) -> Item {
    let held = [SHARD, FIND, FIND_NAME].into_iter().filter_map(|name| item.get_key_value(name));
    held.map(|(name, value)| (name.clone(), value.clone())).collect()
}

impl Store {
    /// At most `limit` customers whose e-mail begins with `prefix`, in any case. One read.
    pub async fn find_by_prefix(&self, prefix: &str, limit: usize) -> Result<Found, Error> {
        let prefix = prefix.to_ascii_lowercase();
        let Some(first) = prefix.chars().next() else { return Ok(Found::default()) };
        let request = self
            .table
            .index(INDEX)
            .key_condition_expression(format!("{SHARD} = :shard AND begins_with({FIND}, :prefix)"))
            .expression_attribute_values(":shard", text(directory_shard(first)))
            .expression_attribute_values(":prefix", text(prefix))
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX));
        let output = request.send().await.map_err(failed)?;
        let listed: Vec<Listed> =
            output.items.unwrap_or_default().into_iter().map(decode).collect::<Result<_, _>>()?;
        Ok(found(listed, limit, false))
    }

    /// At most `limit` customers whose name contains each word of `text`, whatever the case and the accents. It reads the
    /// whole index, a page of a megabyte at a time, unless it finds more before or runs out of time.
    pub async fn find_by_name(&self, text: &str, limit: usize) -> Result<Found, Error> {
        let (text, until) = (folded_name(text), Instant::now() + SEARCH_FOR);
        let words: Vec<&str> = text.split_whitespace().take(MOST_WORDS).collect();
        let shards = directory_shards().map(|shard| self.find_in_shard(shard, &words, limit, until));
        let mut shards = stream::iter(shards).buffer_unordered(AT_ONCE);
        let (mut listed, mut incomplete) = (Vec::new(), false);
        while listed.len() <= limit
            && let Some((hits, is_cut)) = shards.try_next().await?
        {
            listed.extend(hits);
            incomplete |= is_cut;
        }
        Ok(found(listed, limit, incomplete))
    }

    /// More than `limit` only on the last page, and whether time ran out before.
    async fn find_in_shard(
        &self,
        shard: String,
        words: &[&str],
        limit: usize,
        until: Instant,
    ) -> Result<(Vec<Listed>, bool), Error> {
        let filters: Vec<String> =
            (0..words.len()).map(|number| format!("contains({FIND_NAME}, :word_{number})")).collect();
        let mut request = self
            .table
            .index(INDEX)
            .key_condition_expression(format!("{SHARD} = :shard"))
            .filter_expression(filters.join(" AND "))
            .expression_attribute_values(":shard", text(shard));
        for (number, word) in words.iter().enumerate() {
            request = request.expression_attribute_values(format!(":word_{number}"), text(*word));
        }
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            if Instant::now() >= until {
                return Ok((listed, true));
            }
            let output = request.clone().set_exclusive_start_key(after).send().await.map_err(failed)?;
            for item in output.items.unwrap_or_default() {
                listed.push(decode(item)?);
            }
            after = output.last_evaluated_key;
            if after.is_none() || listed.len() > limit {
                return Ok((listed, false));
            }
        }
    }
}

fn found(mut listed: Vec<Listed>, limit: usize, incomplete: bool) -> Found {
    let more = listed.len() > limit;
    // The index may show one who moves from one partition to another in both.
    let mut known = HashSet::new();
    listed.retain(|one| known.insert(one.reference.clone()));
    listed.sort_by_cached_key(|one| one.email.folded());
    listed.truncate(limit);
    Found { listed, more, incomplete }
}
