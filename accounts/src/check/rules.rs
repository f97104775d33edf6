//! The rules that hold between the items of a table, each by what breaks it.

use std::fmt;

use shared::domain::{CustomerReference, MailId, SessionId};
use shared::store::EmailHash;

/// A broken rule, and the items that break it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The customer's item keeps password hash and confirmation in the Login alone.
    OlderLayout(CustomerReference),
    /// The e-mail that the customer shows does not sign in.
    NoLogin(CustomerReference, EmailHash),
    /// The e-mail that the customer shows signs in to the second customer.
    EmailTaken(CustomerReference, EmailHash, CustomerReference),
    /// The Login disagrees with its customer about password, session epoch or confirmation.
    LoginDiffers(CustomerReference, EmailHash),
    /// The Login is under an e-mail that its customer does not show, or no longer.
    StrayLogin(CustomerReference, EmailHash),
    OrphanedLogin(CustomerReference, EmailHash),
    OrphanedSession(CustomerReference, SessionId),
    /// The session's epoch is one that its customer has not reached.
    SessionAhead(CustomerReference, SessionId),
    OrphanedMail(CustomerReference, MailId),
    /// A default address is not among the customer's addresses.
    StrayDefault(CustomerReference),
    /// The item with this key cannot be read.
    Unreadable(String),
}

impl Broken {
    /// The customer that must be read to judge the rule again.
    pub(super) fn reference(&self) -> Option<&CustomerReference> {
        match self {
            Broken::OlderLayout(reference)
            | Broken::NoLogin(reference, _)
            | Broken::EmailTaken(reference, ..)
            | Broken::LoginDiffers(reference, _)
            | Broken::StrayLogin(reference, _)
            | Broken::OrphanedLogin(reference, _)
            | Broken::OrphanedSession(reference, _)
            | Broken::SessionAhead(reference, _)
            | Broken::OrphanedMail(reference, _)
            | Broken::StrayDefault(reference) => Some(reference),
            Broken::Unreadable(_) => None,
        }
    }

    /// The e-mail whose Login must be read as well.
    pub(super) fn email(&self) -> Option<&EmailHash> {
        match self {
            Broken::NoLogin(_, email)
            | Broken::EmailTaken(_, email, _)
            | Broken::LoginDiffers(_, email)
            | Broken::StrayLogin(_, email)
            | Broken::OrphanedLogin(_, email) => Some(email),
            _ => None,
        }
    }
}

/// One line, with references and hashes of e-mails but no personal data.
impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::OlderLayout(customer) => {
                write!(formatter, "{customer}: the item is of an older layout, without the password hash")
            }
            Broken::NoLogin(customer, email) => {
                write!(
                    formatter,
                    "{customer}: the e-mail shown does not sign in (no Login {})",
                    email.as_str()
                )
            }
            Broken::EmailTaken(customer, email, other) => {
                write!(
                    formatter,
                    "{customer}: the e-mail shown signs in to {other} (Login {})",
                    email.as_str()
                )
            }
            Broken::LoginDiffers(customer, email) => {
                write!(formatter, "{customer}: Login {} disagrees with the customer", email.as_str())
            }
            Broken::StrayLogin(customer, email) => {
                write!(formatter, "{customer}: Login {} is not under the e-mail shown", email.as_str())
            }
            Broken::OrphanedLogin(customer, email) => {
                write!(formatter, "{customer}: Login {} has no customer", email.as_str())
            }
            Broken::OrphanedSession(customer, id) => {
                write!(formatter, "{customer}: session {} has no customer", id.as_str())
            }
            Broken::SessionAhead(customer, id) => {
                write!(formatter, "{customer}: session {} is of an epoch to come", id.as_str())
            }
            Broken::OrphanedMail(customer, mail) => {
                write!(formatter, "{customer}: queued mail {mail} has no customer")
            }
            Broken::StrayDefault(customer) => {
                write!(formatter, "{customer}: a default address does not exist")
            }
            Broken::Unreadable(key) => write!(formatter, "the item {key} cannot be read"),
        }
    }
}
