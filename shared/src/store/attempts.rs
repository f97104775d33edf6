//! Sign-in attempts, reserved before any password is hashed.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::item::{EXPIRES_AT, expiry, number, texts_of};
use super::{EmailHash, Item, Key, Patience, Store, failed, old_item_of_update};
use crate::domain::{Attempts, MAX_ATTEMPTS};
use crate::error::Error;

/// One e-mail and one address that attempts come from.
#[derive(Clone, Debug)]
pub struct AttemptKey {
    pub(super) key: Key,
}

const ATTEMPTS: &str = "attempts";

impl AttemptKey {
    pub fn new(email: &EmailHash, address: &str) -> AttemptKey {
        AttemptKey { key: Key::attempts(email, address) }
    }
}

impl Store {
    /// Counts an attempt before it is made, so that racing attempts cannot slip past the limit. Success forgets it.
    ///
    /// One write; a second one now and then, to forget attempts that are too old to count.
    pub async fn reserve_attempt(&self, attempt: &AttemptKey) -> Result<(), Error> {
        let now = self.clock.now();
        let entry = Attempts::entry(now, &self.random.uuid().simple().to_string());
        let mut patience = Patience::new();
        loop {
            let Err(record) = self.add_attempt(attempt, &entry).await? else { return Ok(()) };
            let before = texts_of(&record, ATTEMPTS);
            let attempts = Attempts::from_entries(before.clone());
            if attempts.contains(&entry) {
                return Ok(());
            }
            let after = attempts.reserve(&entry, now).map_err(Error::LockedOut)?;
            if self.replace_attempts(attempt, before, after).await?.is_ok() {
                return Ok(());
            }
            if !patience.wait(&self.random).await {
                return Err(Error::unavailable("attempts of one pair do not settle"));
            }
        }
    }

    async fn add_attempt(&self, attempt: &AttemptKey, entry: &str) -> Result<Result<(), Item>, Error> {
        let request = || {
            self.client
                .update_item()
                .update_expression(format!("ADD {ATTEMPTS} :entry SET {EXPIRES_AT} = :expiry"))
                .condition_expression(format!("attribute_not_exists({ATTEMPTS}) OR size({ATTEMPTS}) < :max"))
                .expression_attribute_values(":entry", AttributeValue::Ss(vec![entry.to_owned()]))
                .expression_attribute_values(":max", number(MAX_ATTEMPTS as u64))
        };
        self.update_attempts(attempt, request).await
    }

    async fn replace_attempts(
        &self,
        attempt: &AttemptKey,
        before: Vec<String>,
        after: Vec<String>,
    ) -> Result<Result<(), Item>, Error> {
        let request = || {
            self.client
                .update_item()
                .update_expression(format!("SET {ATTEMPTS} = :after, {EXPIRES_AT} = :expiry"))
                .condition_expression(format!("{ATTEMPTS} = :before"))
                .expression_attribute_values(":before", AttributeValue::Ss(before.clone()))
                .expression_attribute_values(":after", AttributeValue::Ss(after.clone()))
        };
        self.update_attempts(attempt, request).await
    }

    /// `Ok(Err(record))` is a failed condition, with the record that failed it.
    async fn update_attempts(
        &self,
        attempt: &AttemptKey,
        request: impl Fn() -> UpdateItemFluentBuilder,
    ) -> Result<Result<(), Item>, Error> {
        let expires_at = expiry(Attempts::forgotten_at(self.clock.now()));
        let result = self
            .settled(|| {
                request()
                    .table_name(&self.table)
                    .set_key(Some(attempt.key.attributes()))
                    .expression_attribute_values(":expiry", expires_at.clone())
                    .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                    .send()
            })
            .await;
        match result {
            Ok(_) => Ok(Ok(())),
            Err(error) => old_item_of_update(&error).map(Err).ok_or_else(|| failed(error)),
        }
    }
}
