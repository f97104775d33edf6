//! What becomes of a mail.

use super::Timestamp;

/// How far a mail has come, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// SES took it. Nothing has been heard since.
    Sent,
    /// It was not handed to SES, because the address bounced or complained before.
    Withheld,
    /// It could never be sent.
    Rejected,
    /// The recipient's server did not take it yet.
    Delayed,
    /// The recipient's server took it. Nobody may have read it.
    Delivered,
    /// SES took it and then would not send it.
    Refused,
    /// The recipient's server did not take it.
    Bounced,
    /// The recipient called it spam.
    Complained,
}

/// What SES says became of a mail that it took.
#[derive(Clone, PartialEq, Eq)]
pub struct Fate {
    pub state: MailState,
    /// Whether it says that further mail to the address would end the same way.
    pub is_lasting: bool,
    /// What SES says beside it, such as `Permanent/General 5.1.1`; never an address.
    pub detail: Option<String>,
    pub at: Timestamp,
}

hidden!(Fate);

impl MailState {
    const ALL: [MailState; 8] = [
        MailState::Sent,
        MailState::Withheld,
        MailState::Rejected,
        MailState::Delayed,
        MailState::Delivered,
        MailState::Refused,
        MailState::Bounced,
        MailState::Complained,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            MailState::Sent => "sent",
            MailState::Withheld => "withheld",
            MailState::Rejected => "rejected",
            MailState::Delayed => "delayed",
            MailState::Delivered => "delivered",
            MailState::Refused => "refused",
            MailState::Bounced => "bounced",
            MailState::Complained => "complained",
        }
    }

    pub(crate) fn parse(raw: &str) -> Option<MailState> {
        MailState::ALL.into_iter().find(|known| known.as_str() == raw)
    }

    /// Of a state that is no fate: any fate replaces it.
    pub(crate) const UNKNOWN_FATE: u64 = 1;
}

impl Fate {
    /// Of two fates of one mail, the one of the higher rank is what became of it, whichever is heard first.
    ///
    /// A bounce that does not last may come from a mailbox that took the mail, such as an out-of-office reply, so a
    /// delivery outranks it.
    pub(crate) fn rank(&self) -> u64 {
        match self.state {
            MailState::Sent | MailState::Withheld | MailState::Rejected => MailState::UNKNOWN_FATE,
            MailState::Delayed => 2,
            MailState::Bounced if !self.is_lasting => 3,
            MailState::Delivered => 4,
            MailState::Refused => 5,
            MailState::Bounced => 6,
            MailState::Complained => 7,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_survive_a_round_trip() {
        for state in MailState::ALL {
            assert_eq!(MailState::parse(state.as_str()), Some(state));
        }
        assert_eq!(MailState::parse("read"), None);
    }
}
