//! The one DynamoDB table. Nothing outside this module names the DynamoDB SDK.
//!
//! ARCHITECTURE.md describes the items. Three rules hold everywhere:
//! a customer is saved only on the version it was loaded with; a Login is changed only by who knows what it was; and
//! every conditional write asks for the item that failed it, so that an answer lost on the way is told from a lost race.

mod accounts;
mod attempts;
mod customers;
mod item;
mod keys;
mod logins;
mod mail;
mod metering;
mod sessions;
mod transaction;

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryPartition;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::error::Error;
use crate::random::Random;

pub use accounts::{Account, MovedIn, Position, Registered};
pub use attempts::AttemptKey;
pub use customers::{Saved, Stored, With};
pub use keys::{EmailHash, MailTrigger, sha256};
pub use logins::Login;
pub use mail::{OrderState, PendingOrder, RequestedReset};
pub use sessions::Rotated;
pub use transaction::Was;

/// Access to the table.
pub struct Store {
    client: Client,
    table: String,
    clock: Clock,
    random: Random,
}

use keys::Key;

type Item = HashMap<String, AttributeValue>;

/// How long conflicting changes may keep trying. A function's time-out has to leave time for the last try.
const RETRY_FOR: Duration = Duration::from_millis(5_000);
const MAX_BACKOFF: u64 = 250;

impl Store {
    pub fn new(sdk_config: &SdkConfig, table: String, clock: Clock, random: Random) -> Store {
        // The SDK allows a process so many retries, by name: what fails at one endpoint leaves another one's alone.
        let retries = RetryPartition::new(sdk_config.endpoint_url().unwrap_or("DynamoDB").to_owned());
        let config = aws_sdk_dynamodb::config::Builder::from(sdk_config)
            .retry_partition(retries)
            .interceptor(metering::Metering)
            .build();
        Store { client: Client::from_conf(config), table, clock, random }
    }

    /// All items with this partition key, in the order of their sort keys. One read a megabyte.
    async fn query(&self, pk: AttributeValue) -> Result<Vec<Item>, Error> {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let output = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", pk.clone())
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(failed)?;
            items.extend(output.items.unwrap_or_default());
            from = output.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }

    /// Repeats `call` while it loses against a transaction in flight, which the SDK itself does not retry.
    async fn settled<T, E, F>(&self, mut call: impl FnMut() -> F) -> Result<T, SdkError<E>>
    where
        E: ProvideErrorMetadata,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let mut patience = Patience::new();
        loop {
            match call().await {
                Err(error) if error.code() == Some("TransactionConflictException") => {
                    if !patience.wait(&self.random).await {
                        return Err(error);
                    }
                }
                settled => return settled,
            }
        }
    }
}

/// The waits between the tries of one operation: short, growing, jittered, and bounded in sum.
struct Patience {
    until: Instant,
    tries: u32,
}

impl Patience {
    fn new() -> Patience {
        Patience { until: Instant::now() + RETRY_FOR, tries: 0 }
    }

    /// Waits for the next try; `false` once the time is up.
    async fn wait(&mut self, random: &Random) -> bool {
        let bound = (8_u64 << self.tries.min(5)).min(MAX_BACKOFF);
        self.tries += 1;
        let pause = Duration::from_millis(1 + random.below(bound));
        if Instant::now() + pause > self.until {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }
}

/// The item that failed the condition of an update, if that is what went wrong; empty if there is none.
fn old_item_of_update(error: &SdkError<UpdateItemError>) -> Option<Item> {
    match error.as_service_error()? {
        UpdateItemError::ConditionalCheckFailedException(failure) => {
            Some(failure.item.clone().unwrap_or_default())
        }
        _ => None,
    }
}

/// The same for a put.
fn old_item_of_put(error: &SdkError<PutItemError>) -> Option<Item> {
    match error.as_service_error()? {
        PutItemError::ConditionalCheckFailedException(failure) => {
            Some(failure.item.clone().unwrap_or_default())
        }
        _ => None,
    }
}

/// What a failed call means to a client: worth another try, or not.
fn failed<E>(error: SdkError<E>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    if is_transient(&error) {
        Error::unavailable(Failure::from(error))
    } else {
        Error::unexpected(Failure::from(error))
    }
}

fn is_transient<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    const TRANSIENT: [&str; 9] = [
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    ];
    match error {
        SdkError::ServiceError(service) => {
            service.raw().status().is_server_error()
                || service.err().code().is_some_and(|code| TRANSIENT.contains(&code))
        }
        SdkError::ConstructionFailure(_) => false,
        // No answer, or none that can be read: the network's or the service's bad moment.
        _ => true,
    }
}

/// A failed call as the log shows it: which kind, and which code. Messages may quote values, so they are left out.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB: {kind} {code}")]
struct Failure {
    kind: &'static str,
    code: String,
}

impl<E: ProvideErrorMetadata> From<SdkError<E>> for Failure {
    fn from(error: SdkError<E>) -> Failure {
        let kind = match &error {
            SdkError::ConstructionFailure(_) => "construction failure",
            SdkError::TimeoutError(_) => "time-out",
            SdkError::DispatchFailure(_) => "dispatch failure",
            SdkError::ResponseError(_) => "unreadable response",
            SdkError::ServiceError(_) => "service error",
            _ => "failure",
        };
        Failure { kind, code: error.code().unwrap_or_default().to_owned() }
    }
}
