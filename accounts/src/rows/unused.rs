//! The members of NDJSON that no attribute comes from, which are misspelt, perhaps.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use crate::map::{ADDRESS, ADDRESSES, CUSTOMER, Map};

/// How many are told: an object whose members are data could have any number.
const MAX_TOLD: usize = 20;

pub(super) struct Unused {
    used: HashSet<String>,
    /// Of each address, where these have the contract's names as well.
    used_in_addresses: Option<HashSet<String>>,
    names: BTreeSet<String>,
}

impl Unused {
    pub(super) fn new(map: Option<&Map>) -> Unused {
        let of_contract = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (used, used_in_addresses) = match map {
            Some(map) => (map.members(), None),
            None => (of_contract(&[&CUSTOMER[..], &[ADDRESSES]].concat()), Some(of_contract(&ADDRESS))),
        };
        Unused { used, used_in_addresses, names: BTreeSet::new() }
    }

    pub(super) fn look_at(&mut self, customer: &Value) {
        let Value::Object(members) = customer else { return };
        let mut unused: Vec<String> =
            members.keys().filter(|name| !self.used.contains(*name)).cloned().collect();
        if let (Some(used), Some(Value::Array(addresses))) = (&self.used_in_addresses, members.get(ADDRESSES))
        {
            let names = addresses.iter().filter_map(Value::as_object).flat_map(|address| address.keys());
            let names = names.filter(|name| !used.contains(*name));
            unused.extend(names.map(|name| format!("{ADDRESSES}.{name}")));
        }
        // One more than is told, to tell that there are more.
        for name in unused {
            if self.names.len() <= MAX_TOLD {
                self.names.insert(name);
            }
        }
    }

    pub(super) fn note(&self, file: &str) -> Option<String> {
        (!self.names.is_empty())
            .then(|| format!("Members in {file} that are not used: {}.", some_of(&self.names)))
    }
}

/// A list of names, in which a terminal finds no commands.
pub(super) fn some_of<T: AsRef<str>>(
    names: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
) -> String {
    let names = names.into_iter();
    let are_more = names.len() > MAX_TOLD;
    let told = names.take(MAX_TOLD).map(|name| name.as_ref().escape_debug().to_string());
    told.chain(are_more.then(|| "and others".to_owned())).collect::<Vec<_>>().join(", ")
}
