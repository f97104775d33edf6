//! What of a table has to agree, as it was read at about one moment.

use std::collections::{BTreeMap, HashMap, HashSet};

use shared::Error;
use shared::domain::{Customer, CustomerReference, MailId, PasswordHash, SessionId};
use shared::store::{EmailHash, Login, Record, Store};

use super::rules::Broken;

#[derive(Default)]
pub(super) struct Snapshot {
    customers: HashMap<CustomerReference, Facts>,
    logins: BTreeMap<EmailHash, Login>,
    /// With their epochs.
    sessions: Vec<(CustomerReference, SessionId, u64)>,
    mails: Vec<(CustomerReference, MailId)>,
    unreadable: Vec<String>,
}

/// What other items have to agree with in a customer.
struct Facts {
    /// As it should be; `None` once the customer is anonymised.
    login: Option<(EmailHash, Login)>,
    is_complete: bool,
    session_epoch: u64,
    has_stray_default: bool,
}

impl Snapshot {
    pub(super) async fn of_table(store: &Store) -> Result<Snapshot, Error> {
        let mut snapshot = Snapshot::default();
        let mut position = None;
        loop {
            let (records, next) = store.records(position).await?;
            snapshot.add(records);
            position = next;
            if position.is_none() {
                return Ok(snapshot);
            }
        }
    }

    /// Of all that the items of `broken` have to agree with.
    pub(super) async fn around(store: &Store, broken: &[Broken]) -> Result<Snapshot, Error> {
        let mut snapshot = Snapshot::default();
        let mut seen = HashSet::new();
        let mut references: Vec<CustomerReference> =
            broken.iter().filter_map(|broken| broken.reference().cloned()).collect();
        let mut emails: Vec<EmailHash> = broken.iter().filter_map(|broken| broken.email().cloned()).collect();
        loop {
            while let Some(email) = emails.pop() {
                if !snapshot.logins.contains_key(&email)
                    && let Some(login) = store.login(&email).await?
                {
                    references.push(login.reference.clone());
                    snapshot.logins.insert(email, login);
                }
            }
            let Some(reference) = references.pop() else { return Ok(snapshot) };
            if seen.insert(reference.clone()) {
                snapshot.add(store.records_of(&reference).await?);
                let shown = snapshot.customers.get(&reference).and_then(|facts| facts.login.as_ref());
                emails.extend(shown.map(|(email, _)| email.clone()));
            }
        }
    }

    pub(super) fn customers(&self) -> usize {
        self.customers.len()
    }

    /// The password hash of a customer's Logins, if they all have the same.
    pub(super) fn only_hash(&self, reference: &CustomerReference) -> Option<&PasswordHash> {
        let own = self.logins.values().filter(|login| login.reference == *reference);
        let mut hashes = own.filter_map(|login| login.password_hash.as_ref());
        let first = hashes.next()?;
        hashes.all(|other| other == first).then_some(first)
    }

    pub(super) fn broken(&self) -> Vec<Broken> {
        let mut broken = Vec::new();
        for (reference, facts) in &self.customers {
            self.judge_customer(reference, facts, &mut broken);
        }
        for (email, login) in &self.logins {
            let reference = &login.reference;
            let shown = self.customers.get(reference).map(|facts| facts.login.as_ref());
            match shown {
                None => broken.push(Broken::OrphanedLogin(reference.clone(), email.clone())),
                Some(Some((shown, _))) if shown == email => {}
                Some(_) => broken.push(Broken::StrayLogin(reference.clone(), email.clone())),
            }
        }
        for (reference, id, epoch) in &self.sessions {
            match self.customers.get(reference) {
                None => broken.push(Broken::OrphanedSession(reference.clone(), id.clone())),
                Some(facts) if *epoch > facts.session_epoch => {
                    broken.push(Broken::SessionAhead(reference.clone(), id.clone()));
                }
                Some(_) => {}
            }
        }
        let orphaned = self.mails.iter().filter(|(reference, _)| !self.customers.contains_key(reference));
        broken
            .extend(orphaned.map(|(reference, mail)| Broken::OrphanedMail(reference.clone(), mail.clone())));
        broken.extend(self.unreadable.iter().cloned().map(Broken::Unreadable));
        broken.sort_by_cached_key(ToString::to_string);
        broken
    }

    fn judge_customer(&self, reference: &CustomerReference, facts: &Facts, broken: &mut Vec<Broken>) {
        if facts.has_stray_default {
            broken.push(Broken::StrayDefault(reference.clone()));
        }
        let Some((email, login)) = &facts.login else { return };
        if !facts.is_complete {
            broken.push(Broken::OlderLayout(reference.clone()));
        }
        match self.logins.get(email) {
            None => broken.push(Broken::NoLogin(reference.clone(), email.clone())),
            Some(found) if found.reference != *reference => {
                broken.push(Broken::EmailTaken(reference.clone(), email.clone(), found.reference.clone()));
            }
            Some(found) if facts.is_complete && found != login => {
                broken.push(Broken::LoginDiffers(reference.clone(), email.clone()));
            }
            Some(_) => {}
        }
    }

    fn add(&mut self, records: Vec<Record>) {
        for record in records {
            match record {
                Record::Customer { customer, is_complete } => {
                    self.customers.insert(customer.reference.clone(), Facts::of(&customer, is_complete));
                }
                Record::Login(email, login) => drop(self.logins.insert(email, login)),
                Record::Session(session) => {
                    self.sessions.push((session.reference, session.id, session.epoch));
                }
                Record::QueuedMail(reference, mail) => self.mails.push((reference, mail)),
                Record::Other => {}
                Record::Unreadable(key) => self.unreadable.push(key),
            }
        }
    }
}

impl Facts {
    fn of(customer: &Customer, is_complete: bool) -> Facts {
        let defaults = [customer.default_shipping, customer.default_billing];
        Facts {
            login: Login::of(customer),
            is_complete,
            session_epoch: customer.session_epoch,
            has_stray_default: defaults.into_iter().flatten().any(|id| customer.address(id).is_none()),
        }
    }
}
