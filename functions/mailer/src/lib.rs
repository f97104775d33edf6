//! Turns mail orders and reset requests into e-mails.
//!
//! The table's stream tells of each through an SQS queue, one message a mail. A mail's key is minted here, at the last
//! moment, so that no secret is ever at rest. What cannot be done now is left to the queue to bring again.

mod line;
pub mod mail;
pub mod mime;
mod order;
mod reset;
mod send;
pub mod ses;
mod wording;

use std::sync::Arc;
use std::time::Instant;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use serde::Deserialize;
use serde_json::json;
use shared::log::Figures;
use shared::store::MailTrigger;
use shared::{App, Error, meter};
use tokio::task::JoinSet;

use crate::send::Outcome;

/// Carries out every message of a batch, all at once: none waits for another. Answers which ones failed.
///
/// # Errors
///
/// None: a failure is a message's own.
pub async fn handle(app: Arc<App>, event: SqsEvent) -> Result<SqsBatchResponse, lambda_http::Error> {
    let mut running = JoinSet::new();
    let mut tasks = std::collections::HashMap::new();
    for message in event.records {
        let id = message.message_id.clone().unwrap_or_default();
        let app = Arc::clone(&app);
        let task = running.spawn(async move { carry_out(&app, &message).await });
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

/// Whether the message is done with.
async fn carry_out(app: &App, message: &SqsMessage) -> bool {
    let started = Instant::now();
    let (outcome, counts) = meter::measure(async {
        match trigger(message.body.as_deref().unwrap_or_default()) {
            Some(MailTrigger::Order { reference, id }) => order::carry_out(app, &reference, &id).await,
            Some(MailTrigger::ResetRequest(email)) => reset::carry_out(app, &email).await,
            None => Err(Error::unexpected("a message that is no stream record of a mail")),
        }
    })
    .await;
    let figures = Figures {
        namespace: &app.config.metrics_namespace,
        operation: "Mail",
        duration: started.elapsed(),
        counts,
        is_failure: outcome.is_err(),
    };
    let mut entry = figures.entry(app.clock.now());
    entry["messageId"] = json!(message.message_id);
    entry["outcome"] = json!(outcome.as_ref().map_or("failed", Outcome::as_str));
    if let Ok(Outcome::Rejected { reason }) = &outcome {
        entry["level"] = json!("WARN");
        entry["cause"] = json!(reason);
    }
    if let Err(error) = &outcome {
        entry["cause"] = json!(error.cause().map(ToString::to_string));
    }
    app.log.write(&entry);
    outcome.is_ok()
}

/// A DynamoDB stream record as EventBridge Pipes hands it on; the table's stream carries keys only.
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

fn trigger(body: &str) -> Option<MailTrigger> {
    let StreamRecord { dynamodb: Change { keys } } = serde_json::from_str(body).ok()?;
    MailTrigger::parse(&keys.pk.text, &keys.sk.text)
}
