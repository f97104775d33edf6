//! Sign-in attempts, counted before any password is hashed.

use aws_sdk_dynamodb::types::AttributeValue;

use super::backoff::Backoff;
use super::item::{EXPIRES_AT, expiry, number, texts_of};
use super::table::Written;
use super::write::Write;
use super::{EmailHash, Key, Store};
use crate::domain::{Attempts, MAX_ATTEMPTS};
use crate::error::Error;

/// One attempt at the password of an e-mail, from one address.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub(super) key: Key,
    entry: String,
}

const ATTEMPTS: &str = "attempts";

impl Store {
    /// An attempt that is not counted yet.
    pub fn attempt(&self, email: &EmailHash, address: &str) -> Attempt {
        let nonce = self.random.uuid().simple().to_string();
        Attempt { key: Key::attempts(email, address), entry: Attempts::entry(self.clock.now(), &nonce) }
    }

    /// Counts an attempt before it is judged, so that racing attempts cannot slip past the limit. Success forgets it.
    /// [`Store::judging`] takes it back after a fault.
    ///
    /// One write; a second one now and then, to forget attempts that are too old to count.
    ///
    /// # Errors
    ///
    /// [`Error::LockedOut`], once the attempts that lock the pair out had time to be judged.
    pub async fn reserve_attempt(&self, attempt: &Attempt) -> Result<(), Error> {
        let (mut backoff, mut judging) = (Backoff::new(), Backoff::lasting(Attempts::JUDGED_WITHIN));
        loop {
            let add = Write::update(
                attempt.key.clone(),
                format!("ADD {ATTEMPTS} :entry SET {EXPIRES_AT} = :expiry"),
            )
            .when(format!("attribute_not_exists({ATTEMPTS}) OR size({ATTEMPTS}) < :max"))
            .value(":entry", AttributeValue::Ss(vec![attempt.entry.clone()]))
            .value(":max", number(MAX_ATTEMPTS as u64));
            let Some(before) = self.write_attempts(add).await? else { return Ok(()) };
            let attempts = Attempts::from_entries(before.clone());
            if attempts.contains(&attempt.entry) {
                return Ok(());
            }
            let now = self.clock.now();
            let after = match attempts.reserve(&attempt.entry, now) {
                Ok(after) => after,
                Err(_) if attempts.may_be_unjudged(now) && judging.wait(&self.random).await => {
                    continue;
                }
                Err(lockout) => return Err(Error::LockedOut(lockout)),
            };
            let replace = Write::update(
                attempt.key.clone(),
                format!("SET {ATTEMPTS} = :after, {EXPIRES_AT} = :expiry"),
            )
            .when(format!("{ATTEMPTS} = :before"))
            .value(":before", AttributeValue::Ss(before))
            .value(":after", AttributeValue::Ss(after));
            if self.write_attempts(replace).await?.is_none() {
                return Ok(());
            }
            if !backoff.wait(&self.random).await {
                return Err(Error::unavailable("attempts of one pair do not settle"));
            }
        }
    }

    /// Waits for the outcome of an attempt, and takes the attempt back if a fault kept it from being judged. One write
    /// more after a fault, repeated for a while if the store is what fails.
    pub async fn judging<T>(
        &self,
        attempt: &Attempt,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let outcome = work.await;
        if outcome.as_ref().is_err_and(Error::is_fault) {
            let mut backoff = Backoff::new();
            while self.take_back(attempt).await.is_err() && backoff.wait(&self.random).await {}
        }
        outcome
    }

    /// Takes back one attempt, and leaves the others on record. One write.
    pub async fn take_back(&self, attempt: &Attempt) -> Result<(), Error> {
        let release = Write::update(attempt.key.clone(), format!("DELETE {ATTEMPTS} :entry"))
            .when(format!("contains({ATTEMPTS}, :one)"))
            .value(":one", AttributeValue::S(attempt.entry.clone()))
            .value(":entry", AttributeValue::Ss(vec![attempt.entry.clone()]));
        self.table.write(vec![release]).await.map(drop)
    }

    /// `None` if it was written, else the attempts on record.
    async fn write_attempts(&self, write: Write) -> Result<Option<Vec<String>>, Error> {
        let write = write.value(":expiry", expiry(Attempts::forgotten_at(self.clock.now())));
        match self.table.write(vec![write]).await? {
            Written::Done => Ok(None),
            Written::Refused(items) => Ok(Some(
                items
                    .first()
                    .and_then(Option::as_ref)
                    .map(|item| texts_of(item, ATTEMPTS))
                    .unwrap_or_default(),
            )),
        }
    }
}
