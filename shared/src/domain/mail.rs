//! Mails that are queued when a customer changes, and how many one address is sent.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Email, Timestamp};

/// A queued mail. Most reset keys are not queued: a request triggers their mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailId {
    pub kind: MailKind,
    /// Distinguishes mails of one kind.
    pub unique: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    Confirmation,
    PasswordChanged,
    EmailChanged,
    /// A reset key for a former e-mail that has taken its account back, or for an account that the help desk has secured.
    /// Any other reset key is asked for by a request.
    PasswordReset,
    SessionReused,
    AccountErased,
}

/// A mail that a change of a customer calls for.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMail {
    pub id: MailId,
    /// To whom a notice goes, whatever happens to the customer until it is sent. `None` for any other mail, which goes
    /// to the customer's e-mail of that time.
    pub to: Option<Email>,
    /// The device that a notice is about.
    pub device: Option<String>,
}

hidden!(NewMail);

/// An address, and whether it has been shown that mail to it reaches the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    pub email: Email,
    pub confirmed: bool,
}

/// A notice as an older version queued it: with the recipient in the customer's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingNotice {
    #[serde(rename = "order")]
    pub mail: MailId,
    pub email: Email,
}

/// What an older version counted a customer's mails with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MailQuota {
    day: u64,
    sent: u32,
}

/// What the mails to one address count against, over all accounts. No budget can be used up by mails of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailBudget {
    /// Like [`MailBudget::UnconfirmedResets`], what strangers can have sent to any address: a handful a day in all.
    Confirmations,
    /// Reset keys for accounts whose e-mail nobody has confirmed.
    UnconfirmedResets,
    /// Reset keys for accounts that were taken back, or that the help desk has secured.
    OrderedResets,
    /// Notices, which go to confirmed addresses only.
    Notices,
    /// Those of a refresh token that was used again, which whoever can sign in can bring about at will.
    ReusedSessions,
    /// Those of an e-mail change.
    EmailChanges,
}

/// The mails of one address that have been counted against one budget, in no particular order: each is its time and its
/// id, so that a mail that is tried again is not counted again.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountedMails(Vec<String>);

impl MailId {
    /// Reads `<kind>#<unique>`; `None` if there is no such kind.
    pub fn parse(raw: &str) -> Option<MailId> {
        let (kind, unique) = raw.split_once('#')?;
        Some(MailId { kind: MailKind::parse(kind)?, unique: unique.to_owned() })
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
    const ALL: [MailKind; 6] = [
        MailKind::Confirmation,
        MailKind::PasswordChanged,
        MailKind::EmailChanged,
        MailKind::PasswordReset,
        MailKind::SessionReused,
        MailKind::AccountErased,
    ];

    pub fn parse(raw: &str) -> Option<MailKind> {
        MailKind::ALL.into_iter().find(|known| known.as_str() == raw)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            MailKind::Confirmation => "confirmation",
            MailKind::PasswordChanged => "password-changed",
            MailKind::EmailChanged => "email-changed",
            MailKind::PasswordReset => "password-reset",
            MailKind::SessionReused => "session-reused",
            MailKind::AccountErased => "account-erased",
        }
    }

    /// Whether it goes to an address whatever became of other mails to it: the one that may hold the key that takes an
    /// account back, and those that are asked for.
    pub fn is_never_withheld(self) -> bool {
        self.is_asked_for() || self == MailKind::EmailChanged
    }

    /// Whether somebody waits for it: who takes mail at the address can ask for it again and again, and only that shows
    /// whether the address works by now.
    pub fn is_asked_for(self) -> bool {
        matches!(self, MailKind::Confirmation | MailKind::PasswordReset)
    }
}

impl MailBudget {
    /// The most mails within 24 hours: enough for any use, too few for a mail bomb.
    fn per_day(self) -> usize {
        match self {
            MailBudget::Confirmations | MailBudget::ReusedSessions => 3,
            MailBudget::UnconfirmedResets => 2,
            MailBudget::OrderedResets => 5,
            MailBudget::Notices | MailBudget::EmailChanges => 20,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            MailBudget::Confirmations => "confirmations",
            MailBudget::UnconfirmedResets => "unconfirmed-resets",
            MailBudget::OrderedResets => "ordered-resets",
            MailBudget::Notices => "notices",
            MailBudget::ReusedSessions => "reused-sessions",
            MailBudget::EmailChanges => "email-changes",
        }
    }
}

impl CountedMails {
    /// Beyond the day's number, one more reset key is mailed whenever the last one is so long ago, so that nobody can use
    /// them up for the owner of an address.
    const RESTED: Duration = Duration::from_secs(8 * 3_600);
    /// A mail counts for this long.
    pub(crate) const COUNTED_FOR: Duration = Duration::from_secs(86_400);

    pub(crate) fn from_entries(entries: Vec<String>) -> CountedMails {
        CountedMails(entries)
    }

    /// The entry of a mail that has been counted.
    pub(crate) fn entry_of(&self, mail: &str) -> Option<&String> {
        self.0.iter().find(|entry| entry.split_once('#').is_some_and(|(_, counted)| counted == mail))
    }

    /// The entries with `mail` added at `now`, as the last, and without those that count no more; `None` if the budget is
    /// used up.
    pub(crate) fn count(&self, mail: &str, budget: MailBudget, now: Timestamp) -> Option<Vec<String>> {
        let entry = |at: Timestamp, mail: &str| format!("{:015}#{mail}", at.micros() / 1_000);
        let horizon = entry(now.minus(CountedMails::COUNTED_FOR), "");
        let mut recent: Vec<String> = self.0.iter().filter(|counted| **counted > horizon).cloned().collect();
        let rested = entry(now.minus(CountedMails::RESTED), "");
        let has_rested =
            budget == MailBudget::UnconfirmedResets && recent.iter().all(|counted| *counted <= rested);
        if recent.len() >= budget.per_day() && !has_rested {
            return None;
        }
        recent.push(entry(now, mail));
        Some(recent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_counts_for_a_day() {
        let at = |second: u64| Timestamp::from_seconds(1_000_000 + second);
        let budget = MailBudget::Confirmations;
        let mut counted = CountedMails::default();
        for number in 0..3 {
            let entries = counted.count(&format!("confirmation#{number}"), budget, at(number));
            counted = CountedMails::from_entries(entries.expect("within the budget"));
        }
        assert!(counted.entry_of("confirmation#0").is_some() && counted.entry_of("confirmation#3").is_none());
        assert_eq!(counted.count("confirmation#3", budget, at(86_399)), None);
        let later = counted.count("confirmation#3", budget, at(86_402)).expect("two of them are a day old");
        assert_eq!(later.len(), 2, "{later:?}");
        assert!(counted.count("confirmation#3", MailBudget::Notices, at(5)).is_some());
    }

    #[test]
    fn ids_survive_a_round_trip() {
        for kind in MailKind::ALL {
            let id = MailId { kind, unique: "x".to_owned() };
            assert_eq!(MailId::parse(&id.to_string()), Some(id));
        }
        assert_eq!(MailId::parse("farewell#x"), None);
        assert_eq!(MailId::parse("confirmation"), None);
    }
}
