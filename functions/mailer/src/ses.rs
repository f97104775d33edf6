//! Hands messages to Amazon SES.

use std::error::Error;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_ses::Client;
use aws_sdk_ses::config::Builder;
use aws_sdk_ses::config::retry::RetryConfig;
use aws_sdk_ses::config::timeout::TimeoutConfig;
use aws_sdk_ses::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ses::operation::send_raw_email::SendRawEmailError;
use aws_sdk_ses::primitives::Blob;
use aws_sdk_ses::types::{MessageTag, RawMessage};
use shared::store::Addressed;

use crate::fate;
use crate::mail::Mail;
use crate::occasion::Sender;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Generous, because a message that timed out may have been sent: a retry may send it twice.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// A client that tries once, because retries are the queue's job.
#[derive(Clone)]
pub struct Ses {
    client: Client,
    /// Through which SES tells what became of the mails.
    configuration_set: Option<String>,
}

/// Why a message was not sent. Reasons name no e-mail address, so they may be logged.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// SES will never accept a message to this recipient.
    #[error("SES rejects the message: {reason}")]
    Rejected { reason: String },
    /// SES may accept this message later: after a pause, or once the account or the sender is fixed.
    #[error("SES did not accept the message: {reason}")]
    Retryable { reason: String },
}

impl Ses {
    pub fn new(sdk_config: &SdkConfig, configuration_set: Option<String>) -> Ses {
        Ses::with_timeout(sdk_config, configuration_set, SEND_TIMEOUT)
    }

    fn with_timeout(sdk_config: &SdkConfig, configuration_set: Option<String>, timeout: Duration) -> Ses {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(timeout);
        let config =
            Builder::from(sdk_config).retry_config(RetryConfig::disabled()).timeout_config(timeouts.build());
        Ses { client: Client::from_conf(config.build()), configuration_set }
    }

    /// Sends `message`, which is `mail` as MIME, with tags by which SES's events lead back to `sent`. Returns the id that
    /// SES gives it.
    pub async fn send(
        &self,
        mail: &Mail<'_>,
        sent: &Addressed,
        sender: &Sender<'_>,
        message: Vec<u8>,
    ) -> Result<String, SendError> {
        let required = "name, value and data are set";
        let tags = fate::tags(sent)
            .map(|(name, value)| MessageTag::builder().name(name).value(value).build().expect(required));
        let message = RawMessage::builder().data(Blob::new(message)).build().expect(required);
        let request = self.client.send_raw_email().set_configuration_set_name(self.configuration_set.clone());
        let request = request.source(sender.from).destinations(mail.to.as_str()).raw_message(message);
        match request.set_tags(Some(tags.into())).send().await {
            Ok(taken) => Ok(taken.message_id),
            Err(error) => Err(SendError::new(&error, mail.to.as_str(), sender.from)),
        }
    }
}

impl SendError {
    fn new(error: &SdkError<SendRawEmailError>, recipient: &str, sender: &str) -> SendError {
        let reason = match error {
            SdkError::ServiceError(answer) => {
                return refusal(answer.err(), answer.raw().status().as_u16(), recipient, sender);
            }
            SdkError::ResponseError(answer) => format!("unreadable answer, status {}", answer.raw().status()),
            SdkError::TimeoutError(_) => "no answer in time".to_owned(),
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(error) => format!("no connection: {}", root_cause(error)),
                None => "no connection".to_owned(),
            },
            error => format!("no request: {}", root_cause(error)),
        };
        SendError::Retryable { reason }
    }
}

/// Sorts SES's refusals. Only a fault of the recipient is final: what the account's owner can fix, such as the sender, is
/// retried until the message reaches the dead-letter queue, from where it can still be sent.
fn refusal(error: &SendRawEmailError, status: u16, recipient: &str, sender: &str) -> SendError {
    let Some(code) = error.code() else { return SendError::Retryable { reason: format!("status {status}") } };
    let text = error.message().unwrap_or_default();
    let account_fault = ACCOUNT_FAULTS.into_iter().find(|phrase| text.contains(phrase));
    let phrase = account_fault.or_else(|| OTHER_PHRASES.into_iter().find(|phrase| text.contains(phrase)));
    let reason = match phrase {
        Some(phrase) => format!("{code}, {phrase}"),
        None => code.to_owned(),
    };
    let is_delimiter = |character: char| character.is_whitespace() || "<>\"(),;:".contains(character);
    let names_recipient =
        text.split(is_delimiter).any(|word| word.trim_matches(['.', '\'']).eq_ignore_ascii_case(recipient));
    let blames_recipient = text.contains(BLACKLISTED) || names_recipient;
    match code {
        "MessageRejected" if account_fault.is_none() && blames_recipient => SendError::Rejected { reason },
        // It need not say whose address it means.
        "InvalidParameterValue" if blames_recipient || is_plain(sender) && !is_plain(recipient) => {
            SendError::Rejected { reason }
        }
        _ => SendError::Retryable { reason },
    }
}

/// Whether an address is written as those that every mail server accepts.
fn is_plain(address: &str) -> bool {
    let (local, domain) = address.rsplit_once('@').unwrap_or_default();
    let is_atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-_".contains(&byte))
    };
    local.split('.').all(is_atom) && domain.contains('.') && domain.split('.').all(is_atom)
}

/// Of an address to which too many mails have bounced.
const BLACKLISTED: &str = "Address blacklisted";

/// Phrases in a MessageRejected that blame the account or the sender, not the message.
const ACCOUNT_FAULTS: [&str; 4] =
    ["Email address is not verified", "Sending suspended", "Sending paused", "Account is paused"];

/// Other phrases of SES that are worth logging. The full text is not logged, because it may quote addresses.
const OTHER_PHRASES: [&str; 8] = [
    BLACKLISTED,
    "Daily message quota exceeded",
    "Maximum sending rate exceeded",
    "Illegal address",
    "Missing final",
    "Local address",
    "Domain",
    "Duplicate header",
];

fn root_cause(mut error: &(dyn Error + 'static)) -> String {
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}

#[cfg(test)]
mod tests;
