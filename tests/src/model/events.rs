//! Which events a burst must cause.

use std::collections::BTreeMap;

use super::state::{Account, Label, Model};

impl Model {
    /// Notes what a request has changed that other systems are told.
    pub(super) fn note_events(&mut self, before: &BTreeMap<Label, Account>) {
        for (label, account) in &self.accounts {
            let kinds = match before.get(label) {
                None => vec!["CustomerRegistered"],
                Some(former) => between(former, account),
            };
            for kind in kinds {
                let event = (kind.to_owned(), format!("customers/{}", account.reference));
                *self.burst.events.entry(event).or_default() += 1;
            }
        }
    }

    /// Those of customers whose registration got no answer are left out.
    pub(super) fn compare_events(&self, events: &[(String, String)]) -> Result<(), String> {
        let mut told: BTreeMap<(String, String), usize> = BTreeMap::new();
        let is_known = |resource: &str| {
            self.accounts.values().any(|account| resource == format!("customers/{}", account.reference))
        };
        for event in events.iter().filter(|(_, resource)| is_known(resource)) {
            *told.entry(event.clone()).or_default() += 1;
        }
        if told == self.burst.events {
            return Ok(());
        }
        Err(format!("the events {:?} are due, not {told:?}", self.burst.events))
    }
}

fn between(before: &Account, after: &Account) -> Vec<&'static str> {
    let (former, email) = (before.folded(), after.folded());
    if email.is_none() {
        return Vec::from_iter(former.is_some().then_some("CustomerAnonymised"));
    }
    let profile = |account: &Account| {
        let mut profile = account.profile.clone();
        profile.remove("email");
        profile
    };
    let book =
        |account: &Account| (account.addresses.clone(), account.shipping.clone(), account.billing.clone());
    let kinds = [
        (former != email, "CustomerEmailChanged"),
        (after.is_confirmed && !before.is_confirmed, "CustomerConfirmed"),
        (profile(before) != profile(after), "CustomerUpdated"),
        (book(before) != book(after), "CustomerAddressesChanged"),
    ];
    kinds.into_iter().filter_map(|(is_so, kind)| is_so.then_some(kind)).collect()
}
