//! The one DynamoDB table. Nothing outside this module names the DynamoDB SDK.
//!
//! `table` makes the calls, `write` is one write with its condition, `keys` spells the keys. Each kind of item has a file
//! that builds its own writes: `customers`, `logins`, `sessions`, `attempts`, `queued_mails`, `counted_mails`,
//! `mail_requests`, `sent`, `events`, `audit`; `accounts` creates and saves a customer with all that follows from it; `directory`
//! is the index that lists them; `inspection` is for `accounts check`.
//!
//! A customer is saved only on the version it was loaded with, and its Login is written in the same transaction, derived
//! from it. No other write touches a Login, but for the upgrade of its hash, which changes both alike.

mod accounts;
mod attempts;
mod audit;
mod backoff;
mod counted_mails;
mod customers;
mod directory;
mod events;
mod failure;
mod inspection;
mod item;
mod keys;
mod logins;
mod mail_requests;
mod metering;
mod queued_mails;
mod sent;
mod sessions;
mod table;
mod write;

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryPartition;
use aws_sdk_dynamodb::types::AttributeValue;

use self::keys::Key;
use self::table::Table;
use crate::runtime::clock::Clock;
use crate::runtime::random::Random;

pub use accounts::{Created, Position};
pub use attempts::{Attempt, PasswordOf};
pub use audit::Audit;
pub use counted_mails::CountedMail;
pub use customers::Stored;
pub use directory::{Found, Listed, folded_name};
pub use inspection::{Record, Unreadable};
pub use keys::{EmailHash, MailTrigger, RequestedMail};
pub use logins::Login;
pub use mail_requests::MailRequest;
pub use queued_mails::{QueuedMail, WaitingMail};
pub use sent::{Addressed, HandOver, SentMail};
pub use sessions::Rotated;

type Item = HashMap<String, AttributeValue>;

/// Access to the table.
pub struct Store {
    table: Table,
    clock: Clock,
    random: Random,
}

impl Store {
    pub(crate) fn new(sdk_config: &SdkConfig, table: String, clock: Clock, random: Random) -> Store {
        // The SDK allows a process so many retries, by name: what fails at one endpoint leaves another one's alone.
        let retries = RetryPartition::new(sdk_config.endpoint_url().unwrap_or("DynamoDB").to_owned());
        let config = aws_sdk_dynamodb::config::Builder::from(sdk_config)
            .retry_partition(retries)
            .interceptor(metering::Metering)
            .build();
        let table = Table { client: Client::from_conf(config), name: table, random: random.clone() };
        Store { table, clock, random }
    }
}
