//! The calls to DynamoDB that the store is made of, with retries and known outcomes.
//!
//! A conditional write whose answer gets lost is sent again by the SDK and then fails its own condition. So every
//! conditional write asks for the item that failed it, and a transaction carries a client request token, by which
//! DynamoDB answers for the first time it saw it.

use std::future::Future;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity::Total;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, Delete, KeysAndAttributes, Put, ReturnValue, TransactWriteItem,
    Update,
};

use super::backoff::Backoff;
use super::failure::{failed, is_transient, unsettled};
use super::write::{Action, Write, fill};
use super::{Item, Key};
use crate::error::Error;
use crate::runtime::random::Random;

/// The table, by name, and the client that calls DynamoDB.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) client: Client,
    pub(super) name: String,
    pub(super) random: Random,
}

/// How a write ended.
pub(super) enum Written {
    Done,
    /// A condition failed, so nothing was written. For each write, the item that failed its condition: empty if there
    /// is no such item.
    Refused(Vec<Option<Item>>),
}

impl Table {
    /// One item, strongly consistent.
    pub(super) async fn get(&self, key: &Key) -> Result<Option<Item>, Error> {
        let request = self
            .client
            .get_item()
            .return_consumed_capacity(Total)
            .table_name(&self.name)
            .set_key(Some(key.attributes()));
        let output = request.consistent_read(true).send().await.map_err(failed)?;
        Ok(output.item)
    }

    /// Up to 100 items, strongly consistent, in no particular order.
    pub(super) async fn batch_get(&self, keys: &[&Key]) -> Result<Vec<Item>, Error> {
        let mut backoff = Backoff::new();
        let mut wanted: Vec<Item> = keys.iter().map(|key| key.attributes()).collect();
        let mut items = Vec::new();
        loop {
            let request = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
            let request = request.expect("keys are set");
            let request = self.client.batch_get_item().request_items(&self.name, request);
            let output = request.return_consumed_capacity(Total).send().await;
            let output = output.map_err(failed)?;
            items.extend(
                output.responses.and_then(|mut tables| tables.remove(&self.name)).unwrap_or_default(),
            );
            let rest = output.unprocessed_keys.and_then(|mut tables| tables.remove(&self.name));
            wanted = rest.map(|rest| rest.keys).unwrap_or_default();
            if wanted.is_empty() {
                return Ok(items);
            }
            if !backoff.wait(&self.random).await {
                return Err(Error::unavailable("reads are throttled"));
            }
        }
    }

    /// One page of the items with this partition key, in the order of their sort keys, and the key to continue after.
    pub(super) async fn query(
        &self,
        pk: AttributeValue,
        after: Option<Item>,
        limit: usize,
    ) -> Result<(Vec<Item>, Option<Item>), Error> {
        let request = self.partition(pk, limit).set_exclusive_start_key(after);
        let output = request.send().await.map_err(failed)?;
        Ok((output.items.unwrap_or_default(), output.last_evaluated_key))
    }

    /// A query of one partition.
    pub(super) fn partition(&self, pk: AttributeValue, limit: usize) -> QueryFluentBuilder {
        self.client
            .query()
            .return_consumed_capacity(Total)
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", pk)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
    }

    /// A query of an index, which may lag behind the table for a moment.
    pub(super) fn index(&self, name: &str) -> QueryFluentBuilder {
        self.client.query().return_consumed_capacity(Total).table_name(&self.name).index_name(name)
    }

    /// One page of the whole table in the table's own order, of the items with sort key `sk` if that is given, and the
    /// key to continue after.
    pub(super) async fn scan(
        &self,
        sk: Option<&str>,
        after: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), Error> {
        let mut request =
            self.client.scan().return_consumed_capacity(Total).table_name(&self.name).consistent_read(true);
        if let Some(sk) = sk {
            let sk = AttributeValue::S(sk.to_owned());
            request = request.filter_expression("sk = :sk").expression_attribute_values(":sk", sk);
        }
        let request = request.set_exclusive_start_key(after);
        let mut backoff = Backoff::new();
        let output = loop {
            match request.clone().send().await {
                Err(error) if is_transient(&error) && backoff.wait(&self.random).await => {}
                settled => break settled.map_err(failed)?,
            }
        };
        Ok((output.items.unwrap_or_default(), output.last_evaluated_key))
    }

    /// One write by itself, several in a transaction: all of them or none.
    pub(super) async fn write(&self, mut writes: Vec<Write>) -> Result<Written, Error> {
        match writes.len() {
            0 => Ok(Written::Done),
            1 => Ok(match self.write_one(writes.remove(0)).await? {
                Ok(_) => Written::Done,
                Err(item) => Written::Refused(vec![Some(item)]),
            }),
            _ => self.transact(writes).await,
        }
    }

    /// The attributes that an update has changed, or else the item that failed the condition.
    pub(super) async fn write_one(&self, write: Write) -> Result<Result<Item, Item>, Error> {
        macro_rules! send {
            ($request:expr, $error:ident) => {
                match self
                    .settled(|| {
                        fill!($request.table_name(&self.name), write).return_consumed_capacity(Total).send()
                    })
                    .await
                {
                    Ok(output) => Ok(Ok(output.attributes.unwrap_or_default())),
                    Err(error) => match error.as_service_error() {
                        Some($error::ConditionalCheckFailedException(refusal)) => {
                            Ok(Err(refusal.item.clone().unwrap_or_default()))
                        }
                        _ => Err(failed(error)),
                    },
                }
            };
        }
        match &write.action {
            Action::Put(item) => send!(self.client.put_item().set_item(Some(item.clone())), PutItemError),
            Action::Update(key, expression) => {
                let request = || self.client.update_item().return_values(ReturnValue::UpdatedNew);
                send!(
                    request().set_key(Some(key.attributes())).update_expression(expression),
                    UpdateItemError
                )
            }
            Action::Delete(key) => {
                send!(self.client.delete_item().set_key(Some(key.attributes())), DeleteItemError)
            }
        }
    }

    /// After a time-out or a server error it is unknown whether the transaction was applied: the same token is sent
    /// again. Only after a definite cancellation is a new one taken.
    async fn transact(&self, writes: Vec<Write>) -> Result<Written, Error> {
        let writes: Vec<_> = writes.iter().map(|write| self.in_transaction(write)).collect();
        let mut backoff = Backoff::new();
        let mut token = self.random.uuid().to_string();
        loop {
            let request = self.client.transact_write_items().return_consumed_capacity(Total);
            let request = request.set_transact_items(Some(writes.clone()));
            let Err(error) = request.client_request_token(&token).send().await else {
                return Ok(Written::Done);
            };
            match cancellation(&error) {
                Some(reasons) if reasons.iter().any(is_failed_condition) => {
                    return Ok(Written::Refused(reasons.iter().map(failed_item).collect()));
                }
                Some(reasons) if reasons.iter().all(is_passing) => token = self.random.uuid().to_string(),
                None if is_transient(&error) => {}
                _ => return Err(failed(error)),
            }
            if !backoff.wait(&self.random).await {
                return Err(unsettled(error));
            }
        }
    }

    fn in_transaction(&self, write: &Write) -> TransactWriteItem {
        const SET: &str = "all required members are set";
        let item = TransactWriteItem::builder();
        match &write.action {
            Action::Put(put) => {
                let put = Put::builder().table_name(&self.name).set_item(Some(put.clone()));
                item.put(fill!(put, write).build().expect(SET))
            }
            Action::Update(key, expression) => {
                let update = Update::builder().table_name(&self.name).set_key(Some(key.attributes()));
                item.update(fill!(update.update_expression(expression), write).build().expect(SET))
            }
            Action::Delete(key) => {
                let delete = Delete::builder().table_name(&self.name).set_key(Some(key.attributes()));
                item.delete(fill!(delete, write).build().expect(SET))
            }
        }
        .build()
    }

    /// Repeats a call while it loses against a transaction in flight, which the SDK itself does not retry.
    async fn settled<T, E, F>(&self, mut call: impl FnMut() -> F) -> Result<T, SdkError<E>>
    where
        E: ProvideErrorMetadata,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let mut backoff = Backoff::new();
        loop {
            match call().await {
                Err(error)
                    if error.code() == Some("TransactionConflictException")
                        && backoff.wait(&self.random).await => {}
                settled => return settled,
            }
        }
    }
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
