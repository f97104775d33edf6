//! Mails that are queued when a customer changes, and how many a customer may be sent.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A queued mail. Reset keys are not queued: a reset request triggers their mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailId {
    pub kind: MailKind,
    /// Distinguishes mails of one kind.
    pub(crate) unique: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    Confirmation,
    PasswordChanged,
    EmailChanged,
}

/// A notice to an address that is no longer the customer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingNotice {
    #[serde(rename = "order")]
    pub mail: MailId,
    pub email: super::Email,
}

/// How many mails a customer has been sent on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailQuota {
    /// Days since the epoch.
    pub(crate) day: u64,
    pub(crate) sent: u32,
}

impl MailId {
    /// Reads `<kind>#<unique>`; `None` if there is no such kind.
    pub fn parse(raw: &str) -> Option<MailId> {
        let (kind, unique) = raw.split_once('#')?;
        let kinds = [MailKind::Confirmation, MailKind::PasswordChanged, MailKind::EmailChanged];
        let kind = kinds.into_iter().find(|known| known.as_str() == kind)?;
        Some(MailId { kind, unique: unique.to_owned() })
    }
}

impl fmt::Display for MailId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}#{}", self.kind.as_str(), self.unique)
    }
}

impl From<MailId> for String {
    fn from(id: MailId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for MailId {
    type Error = &'static str;

    fn try_from(raw: String) -> Result<MailId, &'static str> {
        MailId::parse(&raw).ok_or("not a kind of mail")
    }
}

impl MailKind {
    pub fn as_str(self) -> &'static str {
        match self {
            MailKind::Confirmation => "confirmation",
            MailKind::PasswordChanged => "password-changed",
            MailKind::EmailChanged => "email-changed",
        }
    }
}

impl MailQuota {
    /// The most mails of all kinds that a customer is sent in a day: enough for any use, too few for a mail bomb.
    pub(crate) const PER_DAY: u32 = 20;

    /// The quota with one more mail sent on `day`; `None` when it is used up.
    pub fn spend(self, day: u64) -> Option<MailQuota> {
        let sent = if self.day == day { self.sent } else { 0 };
        (sent < MailQuota::PER_DAY).then_some(MailQuota { day, sent: sent + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_is_per_day() {
        let mut quota = MailQuota::default();
        for _ in 0..MailQuota::PER_DAY {
            quota = quota.spend(7).expect("below the limit");
        }
        assert_eq!(quota.spend(7), None);
        assert_eq!(quota.spend(8), Some(MailQuota { day: 8, sent: 1 }));
    }

    #[test]
    fn ids_survive_a_round_trip() {
        for kind in [MailKind::Confirmation, MailKind::PasswordChanged, MailKind::EmailChanged] {
            let id = MailId { kind, unique: "x".to_owned() };
            assert_eq!(MailId::parse(&id.to_string()), Some(id));
        }
        assert_eq!(MailId::parse("farewell#x"), None);
        assert_eq!(MailId::parse("confirmation"), None);
    }
}
