//! The last step of every mail.

use shared::Error;
use shared::domain::{Customer, Name, Recipient};

use crate::mail::Mail;
use crate::occasion::{Occasion, Sender};
use crate::ses::SendError;
use crate::{Mailer, mime};

/// What became of a mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Sent,
    /// There was nothing to send, or nothing any more.
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

impl Mailer {
    /// Sends `customer` a mail at `to`. After an error, sending may be retried.
    ///
    /// At an address that nobody has confirmed, whoever reads it may be a stranger, and the name an invention of another.
    pub(crate) async fn send(
        &self,
        customer: &Customer,
        to: &Recipient,
        kind: Occasion<'_>,
    ) -> Result<Outcome, Error> {
        let app = &self.app;
        // At any other e-mail than the customer's, the name may be that of whoever took it over.
        let is_own = customer.email.as_ref().is_some_and(|own| own.folded() == to.email.folded());
        let is_named = to.confirmed && is_own;
        let name = |name: &Option<Name>| {
            let name = name.as_ref().filter(|_| is_named);
            name.map(|name| name.as_str().to_owned()).unwrap_or_default()
        };
        let (first_name, last_name) = (name(&customer.first_name), name(&customer.last_name));
        let language = customer.language;
        let mail = Mail { kind, to: &to.email, language, first_name: &first_name, last_name: &last_name };
        let sender = Sender::of(&app.config);
        let message = mime::message(&mail, &sender, app.random.uuid(), app.clock.now());
        match self.ses.send(&mail, &sender, message).await {
            Ok(()) => Ok(Outcome::Sent),
            Err(SendError::Rejected { reason }) => Ok(Outcome::Rejected { reason }),
            Err(error @ SendError::Retryable { .. }) => Err(Error::unavailable(error)),
        }
    }
}
