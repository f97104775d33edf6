//! Compares what the service shows with the model.

use std::collections::BTreeSet;

use serde_json::Value;

use super::observe::{Facts, Seen};
use super::state::{Account, Model, State};
use crate::mail::CONFIRMATION;

impl Model {
    pub(super) fn compare(&self, facts: &Facts) -> Result<(), String> {
        for ((label, number), id) in &facts.sessions {
            let Some(session) = self.accounts.get(label).and_then(|account| account.sessions.get(number))
            else {
                continue;
            };
            if (session.state == State::Alive) != id.is_some() {
                let is = if id.is_some() { "alive" } else { "dead" };
                return Err(format!("session {number} of customer {label} is {is}"));
            }
        }
        for (email, seen) in &facts.owners {
            match (self.signs_in(email), seen) {
                (None, None) => {}
                (Some((label, account)), Some(seen))
                    if (&seen.reference, &seen.password) == (&account.reference, &account.password) =>
                {
                    let mut alive = BTreeSet::from([seen.session.as_str()]);
                    for (number, session) in &account.sessions {
                        let found = facts.sessions.get(&(label, *number)).and_then(Option::as_deref);
                        if session.state == State::Alive {
                            alive.insert(found.unwrap_or(&session.id));
                        }
                    }
                    account.compare_export(seen, &alive)?;
                }
                (expected, seen) => {
                    let expected = expected.map(|(_, account)| (&account.reference, &account.password));
                    let seen = seen.as_ref().map(|seen| (&seen.reference, &seen.password));
                    return Err(format!("{email} should sign in as {expected:?}, not as {seen:?}"));
                }
            }
        }
        Ok(())
    }
}

impl Account {
    fn compare_export(&self, seen: &Seen, alive: &BTreeSet<&str>) -> Result<(), String> {
        self.compare_profile(&seen.export["data"])?;
        let included = seen.export["included"].as_array().cloned().unwrap_or_default();
        let (addresses, sessions): (Vec<Value>, Vec<Value>) =
            included.into_iter().partition(|resource| resource["type"] == "addresses");
        self.compare_addresses(&addresses)?;
        let listed: BTreeSet<&str> = sessions.iter().filter_map(|session| session["id"].as_str()).collect();
        if listed != *alive {
            return Err(format!("{} should have the sessions {alive:?}, not {listed:?}", self.reference));
        }
        let meta = &seen.export["meta"];
        if meta["isConfirmed"] != self.is_confirmed {
            return Err(format!(
                "the e-mail of {} should be confirmed: {}",
                self.reference, self.is_confirmed
            ));
        }
        let mut pending = meta["pendingMails"].as_array().into_iter().flatten();
        if pending.any(|kind| !self.may_keep_confirmations || kind != CONFIRMATION) {
            return Err(format!("mails of {} are pending: {}", self.reference, meta["pendingMails"]));
        }
        Ok(())
    }
}
