//! Transactions whose outcome is always known.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update,
};

use super::item::{EXPIRES_AT, encode, number, text};
use super::logins::Login;
use super::{EmailHash, Item, Key, Patience, Store, failed, is_transient};
use crate::domain::CustomerReference;
use crate::error::Error;

/// How a transaction ended.
pub(super) enum Outcome {
    Applied,
    /// Nothing was written. For each write, the item that failed its condition; empty if there is none.
    ConditionsFailed(Vec<Option<Item>>),
}

/// What a Login must still be like to be changed. An epoch is as good as a hash: every new password raises it.
#[derive(Clone, Debug)]
pub enum Was {
    Hash(String),
    Epoch(u64),
}

impl Store {
    /// Writes all of `writes` or none.
    ///
    /// After a time-out or a server error nobody knows whether they were written: the same token is sent again, and
    /// DynamoDB answers for the first time it saw it. Only after a definite cancellation is a new one taken.
    pub(super) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<Outcome, Error> {
        let mut patience = Patience::new();
        let mut token = self.random.uuid().to_string();
        loop {
            let result = self
                .client
                .transact_write_items()
                .set_transact_items(Some(writes.clone()))
                .client_request_token(&token)
                .send()
                .await;
            let error = match result {
                Ok(_) => return Ok(Outcome::Applied),
                Err(error) => error,
            };
            match cancellation(&error) {
                Some(reasons) if reasons.iter().any(is_failed_condition) => {
                    return Ok(Outcome::ConditionsFailed(reasons.iter().map(failed_item).collect()));
                }
                Some(reasons) if reasons.iter().all(is_passing) => token = self.random.uuid().to_string(),
                None if is_transient(&error) => {}
                _ => return Err(failed(error)),
            }
            if !patience.wait(&self.random).await {
                return Err(Error::unavailable(
                    failed(error).cause().map(ToString::to_string).unwrap_or_default(),
                ));
            }
        }
    }

    /// Puts `item`, on the condition that is given as an expression over `:was` and `attribute_…` functions.
    pub(super) fn put(
        &self,
        item: Item,
        condition: Option<(&str, Option<AttributeValue>)>,
    ) -> TransactWriteItem {
        let mut put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some((expression, was)) = condition {
            put = put.condition_expression(expression);
            if let Some(was) = was {
                put = put.expression_attribute_values(":was", was);
            }
        }
        TransactWriteItem::builder().put(put.build().expect("item and table are set")).build()
    }

    /// Deletes without a condition: what is not there is as good as gone.
    pub(super) fn delete(&self, key: &Key) -> TransactWriteItem {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(key.attributes()));
        TransactWriteItem::builder().delete(delete.build().expect("key and table are set")).build()
    }

    pub(super) fn create_login(&self, email: &EmailHash, login: &Login) -> Result<TransactWriteItem, Error> {
        let item = encode(&Key::login(email), login)?;
        Ok(self.put(item, Some(("attribute_not_exists(pk)", None))))
    }

    pub(super) fn delete_login(
        &self,
        email: &EmailHash,
        reference: &CustomerReference,
        was: &Was,
    ) -> TransactWriteItem {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(Key::login(email).attributes()))
            .condition_expression(was.condition())
            .expression_attribute_names("#reference", "reference")
            .expression_attribute_values(":reference", text(reference.as_str()))
            .expression_attribute_values(":was", was.value())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        TransactWriteItem::builder().delete(delete.build().expect("key and table are set")).build()
    }

    /// Sets hash, epoch and confirmation of a Login that is still what `was` says.
    pub(super) fn update_login(
        &self,
        email: &EmailHash,
        was: &Was,
        set: LoginUpdate<'_>,
    ) -> TransactWriteItem {
        let mut assignments = Vec::new();
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(Key::login(email).attributes()))
            .expression_attribute_names("#reference", "reference")
            .expression_attribute_values(":reference", text(set.reference.as_str()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some(hash) = set.password_hash {
            assignments.push("password_hash = :hash");
            update = update.expression_attribute_values(":hash", text(hash));
        }
        if let Some(epoch) = set.session_epoch {
            assignments.push("session_epoch = :epoch");
            update = update.expression_attribute_values(":epoch", number(epoch));
        }
        if set.confirmed {
            assignments.push("confirmed = :confirmed");
            update = update.expression_attribute_values(":confirmed", AttributeValue::Bool(true));
        }
        let update = update
            .update_expression(format!("SET {}", assignments.join(", ")))
            .condition_expression(was.condition())
            .expression_attribute_values(":was", was.value())
            .build()
            .expect("key, table and expression are set");
        TransactWriteItem::builder().update(update).build()
    }

    /// A mail order: what it says is its key. `expires_at` bounds how long one that cannot be sent is kept.
    pub(super) fn mail_order(&self, reference: &CustomerReference, id: &str) -> TransactWriteItem {
        let mut item = Key::mail_order(reference, id).attributes();
        item.insert("state".to_owned(), text("ordered"));
        item.insert(
            EXPIRES_AT.to_owned(),
            number(self.clock.now().plus(super::mail::ORDER_LIFETIME).seconds()),
        );
        self.put(item, None)
    }
}

impl Was {
    /// An expression over `#reference`, `:reference` and `:was`.
    fn condition(&self) -> &'static str {
        match self {
            Was::Hash(_) => "#reference = :reference AND password_hash = :was",
            Was::Epoch(_) => "#reference = :reference AND session_epoch = :was",
        }
    }

    fn value(&self) -> AttributeValue {
        match self {
            Was::Hash(hash) => text(hash),
            Was::Epoch(epoch) => number(*epoch),
        }
    }
}

/// What an update makes of a Login; `None` and `false` leave an attribute as it is.
#[derive(Clone, Copy)]
pub(super) struct LoginUpdate<'a> {
    pub(super) reference: &'a CustomerReference,
    pub(super) password_hash: Option<&'a str>,
    pub(super) session_epoch: Option<u64>,
    pub(super) confirmed: bool,
}

fn cancellation(error: &SdkError<TransactWriteItemsError>) -> Option<&[CancellationReason]> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            Some(cancelled.cancellation_reasons())
        }
        _ => None,
    }
}

fn is_failed_condition(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// Reasons that another try may not meet again.
fn is_passing(reason: &CancellationReason) -> bool {
    const PASSING: [&str; 4] =
        ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    reason.code().is_none_or(|code| PASSING.contains(&code))
}

fn failed_item(reason: &CancellationReason) -> Option<Item> {
    is_failed_condition(reason).then(|| reason.item.clone().unwrap_or_default())
}
