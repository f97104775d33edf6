//! The last step of every mail.

use shared::Error;
use shared::domain::{Customer, MailId, MailState, Name, Recipient};
use shared::store::{Addressed, EmailHash, HandOver};

use crate::mail::Mail;
use crate::occasion::{Occasion, Sender};
use crate::ses::SendError;
use crate::{Mailer, mime};

/// What handling a message came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The mail's way through the mailer is at its end.
    Done(HandOver),
    /// There was nothing to do, or nothing any more.
    Obsolete,
    /// A mail's fate is known now.
    Noted(MailState),
    /// A message that is no business of the mailer's.
    Foreign { reason: &'static str },
}

impl Outcome {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Outcome::Done(HandOver::Sent { .. }) => "sent",
            Outcome::Done(HandOver::Withheld { .. }) => "withheld",
            Outcome::Done(HandOver::Rejected { .. }) => "rejected",
            Outcome::Obsolete => "obsolete",
            Outcome::Noted(state) => state.as_str(),
            Outcome::Foreign { .. } => "foreign",
        }
    }

    /// What an operator may want to look at.
    pub(crate) fn warning(&self) -> Option<&str> {
        match self {
            Outcome::Done(HandOver::Rejected { reason }) => Some(reason),
            Outcome::Foreign { reason } => Some(reason),
            _ => None,
        }
    }

    pub(crate) fn hand_over(&self) -> Option<&HandOver> {
        match self {
            Outcome::Done(how) => Some(how),
            _ => None,
        }
    }

    pub(crate) fn is_sent(&self) -> bool {
        matches!(self, Outcome::Done(HandOver::Sent { .. }))
    }
}

impl Mailer {
    /// Sends `customer` the mail `id` at `to`. After an error, sending may be retried.
    ///
    /// At an address that nobody has confirmed, whoever reads it may be a stranger, and the name an invention of another.
    pub(crate) async fn send(
        &self,
        customer: &Customer,
        to: &Recipient,
        id: &MailId,
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
        let (customer, recipient) = (customer.reference.clone(), EmailHash::of(&to.email));
        let sent = Addressed { customer, mail: id.clone(), recipient };
        match self.ses.send(&mail, &sent, &sender, message).await {
            Ok(message_id) => Ok(Outcome::Done(HandOver::Sent { message_id })),
            Err(SendError::Rejected { reason }) => Ok(Outcome::Done(HandOver::Rejected { reason })),
            Err(error @ SendError::Retryable { .. }) => Err(Error::unavailable(error)),
        }
    }
}
