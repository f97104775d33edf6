//! The rules that hold between the items of a table, each by what breaks it.

use shared::domain::{CustomerReference, MailId, SessionId};
use shared::store::EmailHash;

/// A broken rule, and the items that break it. Displays as one line, with references and hashes of e-mails but no
/// personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("{0}: the item is of an older layout, without the password hash")]
    OlderLayout(CustomerReference),
    #[error("{0}: the help desk cannot find the customer")]
    Unlisted(CustomerReference),
    #[error("{0}: the customer's e-mail does not sign in (no Login {it})", it = .1.as_str())]
    NoLogin(CustomerReference, EmailHash),
    #[error("{0}: the customer's e-mail signs in to {2} (Login {it})", it = .1.as_str())]
    EmailTaken(CustomerReference, EmailHash, CustomerReference),
    #[error("{0}: Login {it} disagrees with the customer", it = .1.as_str())]
    LoginDiffers(CustomerReference, EmailHash),
    #[error("{0}: Login {it} is not under the customer's e-mail", it = .1.as_str())]
    StrayLogin(CustomerReference, EmailHash),
    #[error("{0}: Login {it} has no customer", it = .1.as_str())]
    OrphanedLogin(CustomerReference, EmailHash),
    #[error("{0}: session {it} has no customer", it = .1.as_str())]
    OrphanedSession(CustomerReference, SessionId),
    #[error("{0}: session {it} belongs to a future epoch", it = .1.as_str())]
    SessionAhead(CustomerReference, SessionId),
    #[error("{0}: queued mail {1} has no customer")]
    OrphanedMail(CustomerReference, MailId),
    #[error("{0}: a default address does not exist")]
    StrayDefault(CustomerReference),
    #[error("the item {0} cannot be read")]
    Unreadable(String),
}

impl Broken {
    /// Whether one item alone breaks the rule, so that a change in flight cannot explain it.
    pub(super) fn is_lasting(&self) -> bool {
        matches!(
            self,
            Broken::OlderLayout(_) | Broken::Unlisted(_) | Broken::StrayDefault(_) | Broken::Unreadable(_)
        )
    }

    /// The customer that must be read to judge the rule again.
    pub(super) fn reference(&self) -> Option<&CustomerReference> {
        match self {
            Broken::OlderLayout(reference)
            | Broken::Unlisted(reference)
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
