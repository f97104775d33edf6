//! Attempts at passwords, counted before any password is hashed.

use aws_sdk_dynamodb::types::AttributeValue;
use tokio::runtime::Handle;

use super::backoff::Backoff;
use super::item::{EXPIRES_AT, expiry, number, texts_of};
use super::table::Table;
use super::write::Write;
use super::{EmailHash, Key, Store};
use crate::domain::{Attempts, CustomerReference, FailedAttempts, MAX_ATTEMPTS, Refusal, Scope};
use crate::error::Error;

/// One attempt at a password. It counts before it is judged, so that racing attempts cannot slip past the limit.
///
/// [`Attempt::settle`] says what became of it. Dropped without that, as when the client hangs up or the request takes too
/// long, it is taken back.
pub struct Attempt {
    table: Table,
    entry: String,
    /// The records that hold it while it is not judged.
    records: Vec<Key>,
    /// What the last of them held when it was added, itself included.
    recorded: Vec<String>,
}

/// Whose password an attempt is at. A customer's attempts count together, whatever their e-mail was at the time.
#[derive(Clone, Copy, Debug)]
pub enum PasswordOf<'a> {
    Customer(&'a CustomerReference),
    /// Nobody has the e-mail.
    Nobody(&'a EmailHash),
}

const ATTEMPTS: &str = "attempts";
const FAILED: &str = "failed";
/// More addresses than this are not counted.
const MAX_RECORDS: usize = 1_000;

impl Store {
    /// Counts an attempt at a password from one address.
    ///
    /// One write; a second one now and then, to forget attempts that are too old to count.
    ///
    /// # Errors
    ///
    /// [`Error::LockedOut`] once ten attempts have failed; [`Error::Unavailable`] if they are not judged in time.
    pub async fn reserve_attempt(&self, at: PasswordOf<'_>, address: &str) -> Result<Attempt, Error> {
        self.count(self.new_attempt(), Key::attempts(at, address), Scope::Address).await
    }

    /// The same for the customer whose access token was presented, whatever the address is, too. Two writes.
    ///
    /// # Errors
    ///
    /// Those of [`Store::reserve_attempt`].
    pub async fn reserve_attempt_with_token(
        &self,
        customer: &CustomerReference,
        address: &str,
    ) -> Result<Attempt, Error> {
        let key = Key::attempts_with_token(customer);
        let attempt = self.count(self.new_attempt(), key, Scope::Customer).await?;
        self.count(attempt, Key::attempts(PasswordOf::Customer(customer), address), Scope::Address).await
    }

    /// What is on record of attempts at a customer's password from one address or another. One read.
    pub async fn failed_attempts(&self, customer: &CustomerReference) -> Result<FailedAttempts, Error> {
        let now = self.clock.now();
        let (records, _) = self.table.query(Key::all_attempts(customer), None, MAX_RECORDS).await?;
        let records = records.iter().filter(|record| Key::is_of_an_address(record));
        let records =
            records.map(|record| Attempts::new(texts_of(record, ATTEMPTS), texts_of(record, FAILED)));
        Ok(records.fold(FailedAttempts::default(), |sum, record| sum.and(&record, now)))
    }

    fn new_attempt(&self) -> Attempt {
        let nonce = self.random.uuid().simple().to_string();
        let entry = Attempts::entry(self.clock.now(), &nonce);
        Attempt { table: self.table.clone(), entry, records: Vec::new(), recorded: Vec::new() }
    }

    async fn count(&self, mut attempt: Attempt, key: Key, scope: Scope) -> Result<Attempt, Error> {
        attempt.records.push(key.clone());
        match self.record_attempt(&key, scope, &attempt.entry).await {
            Ok(recorded) => {
                attempt.recorded = recorded;
                Ok(attempt)
            }
            Err(error) => {
                if matches!(error, Error::LockedOut(_)) {
                    attempt.records.pop();
                }
                attempt.settle(Err(error)).await
            }
        }
    }

    /// Returns what the record holds then.
    async fn record_attempt(&self, key: &Key, scope: Scope, entry: &str) -> Result<Vec<String>, Error> {
        let (mut races, mut judging) = (Backoff::new(), Backoff::while_judging());
        let set = |entries: Vec<String>| AttributeValue::Ss(entries);
        loop {
            let now = self.clock.now();
            let expires_at = expiry(Attempts::forgotten_at(now));
            let add = Write::update(key.clone(), format!("ADD {ATTEMPTS} :entry SET {EXPIRES_AT} = :expiry"))
                .when(format!("attribute_not_exists({ATTEMPTS}) OR size({ATTEMPTS}) < :max"))
                .value(":entry", set(vec![entry.to_owned()]))
                .value(":max", number(MAX_ATTEMPTS as u64))
                .value(":expiry", expires_at.clone());
            let before = match self.table.write_one(add).await? {
                Ok(updated) => return Ok(texts_of(&updated, ATTEMPTS)),
                Err(before) => before,
            };
            let recorded = texts_of(&before, ATTEMPTS);
            let attempts = Attempts::new(recorded.clone(), texts_of(&before, FAILED));
            if attempts.contains(entry) {
                return Ok(recorded);
            }
            let after = match attempts.reserve(entry, now, scope) {
                Ok(after) => after,
                Err(Refusal::LockedOut(lockout)) => return Err(Error::LockedOut(lockout)),
                Err(Refusal::Unjudged) if judging.wait(&self.random).await => continue,
                Err(Refusal::Unjudged) => {
                    return Err(Error::unavailable("earlier attempts at a password are still being judged"));
                }
            };
            let dropped = attempts.dropped(&after).cloned().collect();
            let replace = Write::update(
                key.clone(),
                format!("SET {ATTEMPTS} = :after, {EXPIRES_AT} = :expiry DELETE {FAILED} :dropped"),
            )
            .when(format!("{ATTEMPTS} = :before"))
            .value(":before", set(recorded))
            .value(":after", set(after.clone()))
            .value(":dropped", set(dropped))
            .value(":expiry", expires_at);
            if self.table.write_one(replace).await?.is_ok() {
                return Ok(after);
            }
            if !races.wait(&self.random).await {
                return Err(Error::unavailable("the attempts at one password do not settle"));
            }
        }
    }
}

impl Attempt {
    /// Records the outcome: a failure is noted, which takes one write for each record and may fail itself, for it counts
    /// anyway; what could not be judged is taken back, repeatedly if the store is what fails; a success has already
    /// forgotten it.
    pub async fn settle<T>(mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        match &outcome {
            Ok(_) => self.records.clear(),
            Err(Error::AuthenticationFailed | Error::WrongPassword | Error::IdempotencyKeyReused) => {
                for record in std::mem::take(&mut self.records) {
                    let note = self.if_recorded(record, format!("ADD {FAILED} :entries"), &[&self.entry]);
                    let _ = self.table.write(vec![note]).await;
                }
            }
            Err(_) => self.withdraw().await,
        }
        outcome
    }

    /// Takes the attempt back, and leaves the others on record. One write.
    pub async fn withdraw(mut self) {
        take_back(&self.table, &self.entry, &self.records).await;
        self.records.clear();
    }

    /// Forgets this attempt and those before it, from the address that it was made from. Attempts that came later stay,
    /// even if this is repeated because an answer was lost. One write.
    pub(super) async fn forget(&self) -> Result<(), Error> {
        let Some(record) = self.records.last() else { return Ok(()) };
        let recorded: Vec<&String> = self.recorded.iter().collect();
        let expression = format!("DELETE {ATTEMPTS} :entries, {FAILED} :entries");
        self.table.write(vec![self.if_recorded(record.clone(), expression, &recorded)]).await.map(drop)
    }

    /// The writes that forget all attempts in the records that hold this one.
    pub(super) fn deletions(&self) -> impl Iterator<Item = Write> {
        self.records.iter().cloned().map(Write::delete)
    }

    /// A change of a record that holds the attempt, of these `:entries`.
    fn if_recorded(&self, record: Key, expression: String, entries: &[&String]) -> Write {
        change(&self.entry, record, expression, entries.iter().copied().cloned().collect())
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let records = std::mem::take(&mut self.records);
        if records.is_empty() {
            return;
        }
        let (table, entry) = (self.table.clone(), self.entry.clone());
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { take_back(&table, &entry, &records).await });
        }
    }
}

async fn take_back(table: &Table, entry: &str, records: &[Key]) {
    let mut backoff = Backoff::new();
    for record in records {
        let delete = format!("DELETE {ATTEMPTS} :entries");
        let release = change(entry, record.clone(), delete, vec![entry.to_owned()]);
        while table.write(vec![release.clone()]).await.is_err() && backoff.wait(&table.random).await {}
    }
}

fn change(entry: &str, record: Key, expression: String, entries: Vec<String>) -> Write {
    Write::update(record, expression)
        .when(format!("contains({ATTEMPTS}, :entry)"))
        .value(":entry", AttributeValue::S(entry.to_owned()))
        .value(":entries", AttributeValue::Ss(entries))
}
