//! What the help desk does, and the record of it.

use super::Timestamp;

/// What the help desk does for a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    SendReset,
    SendConfirmation,
    SignOut,
    Secure,
    Confirm,
    ChangeEmail,
    Anonymise,
}

/// Who did what to a customer, or looked at one, from where and why.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub at: Timestamp,
    /// The ARN of the caller.
    pub who: String,
    pub source_address: String,
    /// An action's name, [`AuditEntry::FOUND`] or [`AuditEntry::SHOW`].
    pub action: String,
    pub reason: String,
}

hidden!(AuditEntry);

impl AuditEntry {
    /// A search listed the customer.
    pub const FOUND: &str = "found";
    /// Somebody looked at all that support sees of the customer.
    pub const SHOW: &str = "show";
}

impl Action {
    const ALL: [Action; 7] = [
        Action::SendReset,
        Action::SendConfirmation,
        Action::SignOut,
        Action::Secure,
        Action::Confirm,
        Action::ChangeEmail,
        Action::Anonymise,
    ];

    /// By the last segment of its path.
    pub fn parse(name: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| action.as_str() == name)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Action::SendReset => "send-reset",
            Action::SendConfirmation => "send-confirmation",
            Action::SignOut => "sign-out",
            Action::Secure => "secure",
            Action::Confirm => "confirm",
            Action::ChangeEmail => "change-email",
            Action::Anonymise => "anonymise",
        }
    }

    /// The operation's name in logs.
    pub fn operation(self) -> &'static str {
        match self {
            Action::SendReset => "DeskSendReset",
            Action::SendConfirmation => "DeskSendConfirmation",
            Action::SignOut => "DeskSignOut",
            Action::Secure => "DeskSecure",
            Action::Confirm => "DeskConfirm",
            Action::ChangeEmail => "DeskChangeEmail",
            Action::Anonymise => "DeskAnonymise",
        }
    }
}
