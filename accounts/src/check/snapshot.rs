//! The parts of a table that must be consistent, read at about one moment.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use shared::Error;
use shared::domain::{Customer, CustomerReference, MailId, PasswordHash, SessionId};
use shared::store::{EmailHash, Login, Record, Store, Unreadable};

use super::AT_ONCE;
use super::rules::Broken;

#[derive(Default)]
pub(super) struct Snapshot {
    customers: HashMap<CustomerReference, Facts>,
    logins: BTreeMap<EmailHash, Login>,
    /// With their epochs.
    sessions: Vec<(CustomerReference, SessionId, u64)>,
    mails: Vec<(CustomerReference, MailId)>,
    unreadable: Vec<String>,
    /// Customers and Logins whose items exist but cannot be read.
    unreadable_customers: HashSet<CustomerReference>,
    unreadable_logins: BTreeSet<EmailHash>,
}

/// What other items must be consistent with in a customer.
struct Facts {
    /// As it should be; `None` once the customer is anonymised.
    login: Option<(EmailHash, Login)>,
    is_complete: bool,
    is_listed: bool,
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

    /// Of the items of `broken`, and of all that must be consistent with them.
    pub(super) async fn around(store: &Store, broken: &[Broken]) -> Result<Snapshot, Error> {
        let mut snapshot = Snapshot::default();
        let mut read = HashSet::new();
        let mut references: HashSet<CustomerReference> =
            broken.iter().filter_map(|broken| broken.reference().cloned()).collect();
        let mut emails: BTreeSet<EmailHash> =
            broken.iter().filter_map(|broken| broken.email().cloned()).collect();
        while !references.is_empty() || !emails.is_empty() {
            let logins = stream::iter(&emails).map(|email| store.login_record(email));
            let logins: Vec<_> = logins.buffer_unordered(AT_ONCE).try_collect().await?;
            snapshot.add(logins.into_iter().flatten().collect());
            let owners = emails.iter().filter_map(|email| snapshot.logins.get(email));
            references.extend(owners.map(|login| login.reference.clone()));
            references.retain(|reference| read.insert(reference.clone()));
            let records = stream::iter(&references).map(|reference| store.records_of(reference));
            let records: Vec<_> = records.buffer_unordered(AT_ONCE).try_collect().await?;
            records.into_iter().for_each(|records| snapshot.add(records));
            let shown =
                references.drain().filter_map(|reference| snapshot.customers.get(&reference)?.login.clone());
            emails =
                shown.map(|(email, _)| email).filter(|email| !snapshot.logins.contains_key(email)).collect();
        }
        Ok(snapshot)
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

    /// The Login that the customer's e-mail signs in to, if it is the customer's.
    pub(super) fn own_login(&self, customer: &Customer) -> Option<&Login> {
        let (email, _) = Login::of(customer)?;
        self.logins.get(&email).filter(|login| login.reference == customer.reference)
    }

    pub(super) fn broken(&self) -> Vec<Broken> {
        let is_orphaned = |reference| {
            !self.customers.contains_key(reference) && !self.unreadable_customers.contains(reference)
        };
        let mut owners: BTreeMap<&EmailHash, Vec<&CustomerReference>> = BTreeMap::new();
        for (reference, facts) in &self.customers {
            if let Some((email, _)) = &facts.login {
                owners.entry(email).or_default().push(reference);
            }
        }
        let mut broken = Vec::new();
        for (reference, facts) in &self.customers {
            self.judge_customer(reference, facts, &owners, &mut broken);
        }
        for (email, login) in &self.logins {
            let reference = &login.reference;
            match self.customers.get(reference) {
                None if is_orphaned(reference) => {
                    broken.push(Broken::OrphanedLogin(reference.clone(), email.clone()));
                }
                Some(facts) if facts.login.as_ref().is_none_or(|(shown, _)| shown != email) => {
                    broken.push(Broken::StrayLogin(reference.clone(), email.clone()));
                }
                _ => {}
            }
        }
        for (reference, id, epoch) in &self.sessions {
            match self.customers.get(reference) {
                None if is_orphaned(reference) => {
                    broken.push(Broken::OrphanedSession(reference.clone(), id.clone()));
                }
                Some(facts) if *epoch > facts.session_epoch => {
                    broken.push(Broken::SessionAhead(reference.clone(), id.clone()));
                }
                _ => {}
            }
        }
        let orphaned = self.mails.iter().filter(|(reference, _)| is_orphaned(reference));
        broken
            .extend(orphaned.map(|(reference, mail)| Broken::OrphanedMail(reference.clone(), mail.clone())));
        broken.extend(self.unreadable.iter().cloned().map(Broken::Unreadable));
        broken.sort_by_cached_key(ToString::to_string);
        broken
    }

    fn judge_customer(
        &self,
        reference: &CustomerReference,
        facts: &Facts,
        owners: &BTreeMap<&EmailHash, Vec<&CustomerReference>>,
        broken: &mut Vec<Broken>,
    ) {
        if facts.has_stray_default {
            broken.push(Broken::StrayDefault(reference.clone()));
        }
        let Some((email, login)) = &facts.login else { return };
        if !facts.is_complete {
            broken.push(Broken::OlderLayout(reference.clone()));
        } else if !facts.is_listed {
            broken.push(Broken::Unlisted(reference.clone()));
        }
        match self.logins.get(email) {
            None if self.unreadable_logins.contains(email) => {}
            None => {
                let twin =
                    owners.get(email).and_then(|owners| owners.iter().find(|other| **other != reference));
                broken.push(match twin {
                    Some(twin) => Broken::EmailTaken(reference.clone(), email.clone(), (*twin).clone()),
                    None => Broken::NoLogin(reference.clone(), email.clone()),
                });
            }
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
                Record::Customer { customer, is_complete, is_listed } => {
                    let facts = Facts::of(&customer, is_complete, is_listed);
                    self.customers.insert(customer.reference, facts);
                }
                Record::Login(email, login) => drop(self.logins.insert(email, login)),
                Record::Session(session) => {
                    self.sessions.push((session.reference, session.id, session.epoch));
                }
                Record::QueuedMail(reference, mail) => self.mails.push((reference, mail)),
                Record::Other => {}
                Record::Unreadable(Unreadable::Customer(reference)) => {
                    self.unreadable.push(format!("of customer {reference}"));
                    self.unreadable_customers.insert(reference);
                }
                Record::Unreadable(Unreadable::Login(email)) => {
                    self.unreadable.push(format!("of Login {}", email.as_str().escape_debug()));
                    self.unreadable_logins.insert(email);
                }
                Record::Unreadable(Unreadable::Other(key)) => self.unreadable.push(key),
            }
        }
    }
}

impl Facts {
    fn of(customer: &Customer, is_complete: bool, is_listed: bool) -> Facts {
        let defaults = [customer.default_shipping, customer.default_billing];
        Facts {
            login: Login::of(customer),
            is_complete,
            is_listed,
            session_epoch: customer.session_epoch,
            has_stray_default: defaults.into_iter().flatten().any(|id| customer.address(id).is_none()),
        }
    }
}
