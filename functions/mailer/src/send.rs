//! The last step of every mail.

use shared::config::Service;
use shared::domain::{Customer, Email, Name};
use shared::{App, Error};

use crate::mail::{Mail, MailKind, Sender};
use crate::mime;
use crate::ses::{SendError, Ses};

/// What became of a mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Sent,
    /// There was nothing to send, or no longer.
    Obsolete,
    /// It can never be sent.
    Rejected {
        reason: String,
    },
}

impl Outcome {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Outcome::Sent => "sent",
            Outcome::Obsolete => "obsolete",
            Outcome::Rejected { .. } => "rejected",
        }
    }
}

/// Mails `customer` at `to`. An error means that it may be tried again.
pub(crate) async fn send(
    app: &App,
    customer: &Customer,
    to: &Email,
    kind: MailKind<'_>,
) -> Result<Outcome, Error> {
    let name = |name: &Option<Name>| name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default();
    let (first_name, last_name) = (name(&customer.first_name), name(&customer.last_name));
    let mail = Mail { kind, to, language: customer.language, first_name: &first_name, last_name: &last_name };
    let sender = Sender::of(&app.config);
    let message = mime::message(&mail, &sender, app.random.uuid(), app.clock.now());
    match Ses::new(&app.sdk_config(Service::Ses)).send(&mail, &sender, message).await {
        Ok(()) => Ok(Outcome::Sent),
        Err(SendError::Rejected { reason }) => Ok(Outcome::Rejected { reason }),
        Err(error @ SendError::Retryable { .. }) => Err(Error::unavailable(error)),
    }
}

/// The reason on record for a mail beyond the daily quota.
pub(crate) fn over_quota() -> Outcome {
    Outcome::Rejected { reason: "the customer's daily quota of mails is used up".to_owned() }
}
