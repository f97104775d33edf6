//! Sends queued mails, and reset keys for reset requests.
//!
//! The table's stream announces each of them through an SQS queue, one message per mail. A mail's key is minted here,
//! at the last moment, so that no secret is ever stored. If a mail fails, the queue delivers its message again. What
//! became of a mail comes back through the same queue, from SES.

mod budget;
mod confirmation;
mod fate;
mod line;
pub mod mail;
pub mod mime;
pub mod occasion;
mod queued;
mod reset;
mod send;
pub mod ses;
mod wording;

use std::sync::Arc;
use std::time::Instant;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::runtime::config::Service;
use shared::runtime::log::Figures;
use shared::runtime::meter;
use shared::store::{MailTrigger, RequestedMail};
use shared::{App, Error};
use tokio::task::JoinSet;

use crate::send::Outcome;
use crate::ses::Ses;

/// What handling a message needs. Clones share it.
#[derive(Clone)]
pub struct Mailer {
    app: Arc<App>,
    ses: Ses,
}

impl Mailer {
    pub fn new(app: Arc<App>) -> Mailer {
        let ses = Ses::new(&app.sdk_config(Service::Ses), app.config.mail_configuration_set.clone());
        Mailer { app, ses }
    }

    /// Handles all messages of a batch concurrently, and returns those that failed.
    ///
    /// # Errors
    ///
    /// None: failures are reported per message.
    pub async fn handle(self, event: SqsEvent) -> Result<SqsBatchResponse, lambda_http::Error> {
        let mut running = JoinSet::new();
        let mut tasks = std::collections::HashMap::new();
        for message in event.records {
            let id = message.message_id.clone().unwrap_or_default();
            let mailer = self.clone();
            let task = running.spawn(async move { mailer.deliver(&message).await });
            tasks.insert(task.id(), id);
        }
        let mut response = SqsBatchResponse::default();
        while let Some(finished) = running.join_next_with_id().await {
            let (task, done) = finished.unwrap_or_else(|panic| (panic.id(), false));
            if !done {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = tasks.remove(&task).unwrap_or_default();
                response.batch_item_failures.push(failure);
            }
        }
        Ok(response)
    }

    /// Whether the queue can delete the message.
    async fn deliver(&self, message: &SqsMessage) -> bool {
        let (app, started) = (&self.app, Instant::now());
        let message_id = &message.message_id;
        let message = Message::parse(message.body.as_deref().unwrap_or_default());
        let operation = if matches!(message, Some(Message::Fate(_))) { "MailFate" } else { "Mail" };
        let (outcome, counts) = meter::measure(async {
            match message {
                Some(Message::Mail(MailTrigger::Queued { reference, mail })) => {
                    queued::deliver(self, &reference, &mail).await
                }
                Some(Message::Mail(MailTrigger::Requested(RequestedMail::PasswordReset, email))) => {
                    reset::deliver(self, &email).await
                }
                Some(Message::Mail(MailTrigger::Requested(RequestedMail::Confirmation, email))) => {
                    confirmation::queue(self, &email).await
                }
                Some(Message::Fate(event)) => fate::note(self, event).await,
                None => Err(Error::unexpected("neither a stream record of a mail nor an event of SES")),
            }
        })
        .await;
        let figures =
            Figures { operation, duration: started.elapsed(), counts, is_failure: outcome.is_err() };
        let mut entry = figures.entry();
        entry["messageId"] = json!(message_id);
        entry["outcome"] = json!(outcome.as_ref().map_or("failed", Outcome::as_str));
        if let Some(warning) = outcome.as_ref().ok().and_then(Outcome::warning) {
            entry["level"] = json!("WARN");
            entry["cause"] = json!(warning);
        }
        if let Err(error) = &outcome {
            entry["cause"] = json!(error.cause().map(ToString::to_string));
        }
        app.log.write(&entry);
        outcome.is_ok()
    }
}

/// What the queue carries.
enum Message {
    /// A DynamoDB stream record as EventBridge Pipes passes it on.
    Mail(MailTrigger),
    /// An event of SES as EventBridge's rule passes it on.
    Fate(Value),
}

impl Message {
    fn parse(body: &str) -> Option<Message> {
        let body: Value = serde_json::from_str(body).ok()?;
        if body.get("eventType").is_some() {
            return Some(Message::Fate(body));
        }
        let StreamRecord { dynamodb: Change { keys } } = StreamRecord::deserialize(body).ok()?;
        MailTrigger::parse(&keys.pk.text, &keys.sk.text).map(Message::Mail)
    }
}

/// The table's stream carries keys only.
#[derive(Deserialize)]
struct StreamRecord {
    dynamodb: Change,
}

#[derive(Deserialize)]
struct Change {
    #[serde(rename = "Keys")]
    keys: Keys,
}

#[derive(Deserialize)]
struct Keys {
    pk: Text,
    sk: Text,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}
