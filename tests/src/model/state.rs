//! The state of the whole service as plain values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::step::SLOTS;

/// Seconds in which no more than [`MOST_GUESSES`] at one customer's password are judged.
pub(super) const ATTEMPTS_WINDOW: f64 = 600.0;
pub(super) const MOST_GUESSES: usize = 10;

/// Things created by the same step of a sequence have the same label in every run, unlike ids and tokens.
pub(super) type Label = usize;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Model {
    /// Whether only a confirmed e-mail signs in.
    pub(super) requires_confirmation: bool,
    pub(super) accounts: BTreeMap<Label, Account>,
    pub(super) slots: [Option<Label>; SLOTS],
    /// Registrations that may be repeated, by their key.
    pub(super) keyed: BTreeMap<String, Keyed>,
    /// Keys whose registration is no longer remembered.
    pub(super) spent_keys: BTreeSet<String>,
    /// When reset requests were accepted, by e-mail.
    pub(super) reset_requests: BTreeMap<String, Vec<Span>>,
    /// E-mails that somebody has confirmed at some time.
    pub(super) ever_confirmed: BTreeSet<String>,
    pub(super) budgets: Budgets,
    pub(super) burst: InBurst,
}

/// What the mails and events of a burst are compared with.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct InBurst {
    /// E-mails for which a reset request was accepted, and whether that is certain.
    pub(super) asked: BTreeMap<String, bool>,
    /// E-mails that found or lost an owner.
    pub(super) moved: BTreeSet<String>,
    /// Confirmations that are due, by e-mail: at most so many are sent.
    pub(super) confirmations: BTreeMap<String, usize>,
    /// Notices that are due, by kind and e-mail.
    pub(super) notices: BTreeMap<(String, String), usize>,
    /// Events that are due, by kind and reference.
    pub(super) events: BTreeMap<(String, String), usize>,
}

/// The mails to each e-mail, by kind and e-mail: when they were due, sent or not, and when they were sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Budgets {
    pub(super) due: BTreeMap<(&'static str, String), Vec<Span>>,
    pub(super) sent: BTreeMap<(&'static str, String), Vec<Span>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Account {
    /// The slot asked for at registration.
    pub(super) slot: usize,
    pub(super) reference: String,
    /// All attributes but `updatedAt`; no e-mail once erased.
    pub(super) profile: Map<String, Value>,
    pub(super) password: String,
    pub(super) is_confirmed: bool,
    /// The e-mail that waits for its confirmation, as it is spelled, and the session that asked for it.
    pub(super) pending_email: Option<(String, Label)>,
    /// In the order of their creation.
    pub(super) addresses: Vec<Address>,
    pub(super) shipping: Option<String>,
    pub(super) billing: Option<String>,
    pub(super) keyed_addresses: BTreeMap<String, Keyed>,
    pub(super) sessions: BTreeMap<Label, Session>,
    /// Wrong current passwords that were judged since the last password change.
    pub(super) guesses: Vec<Guess>,
    pub(super) reset: Keys,
    pub(super) registration: Keys,
    /// Whether confirmations may have been one too many: they stay queued.
    pub(super) may_keep_confirmations: bool,
    pub(super) in_burst: AccountInBurst,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct AccountInBurst {
    pub(super) confirmations_owed: usize,
    pub(super) erased: bool,
    pub(super) restored: bool,
    /// An e-mail that waited for its confirmation was dropped.
    pub(super) pending_dropped: bool,
    pub(super) new_password: bool,
    /// Something invalidated the reset key.
    pub(super) reset_voided: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Address {
    pub(super) id: String,
    /// All but the flags.
    pub(super) attributes: Map<String, Value>,
}

/// A request that succeeded and may be repeated.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Keyed {
    pub(super) account: Label,
    pub(super) attributes: Value,
    pub(super) document: Value,
    pub(super) at: Span,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Guess {
    pub(super) at: Span,
    /// Whether it counts. One that raced a password change may have been forgotten with those before it.
    pub(super) is_certain: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Session {
    /// Empty until it is observed.
    pub(super) id: String,
    /// Every refresh token that it ever had, the valid one last.
    pub(super) refresh_tokens: Vec<String>,
    /// When each of them but the last was replaced.
    pub(super) replaced: Vec<Span>,
    /// Access tokens that have not expired.
    pub(super) access_tokens: BTreeSet<String>,
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum State {
    Alive,
    EndedInBurst,
    Ended,
}

/// Keys that were mailed, oldest first, and which of them may be valid.
///
/// The mailer mints a key some time after the request that asks for it. If a change in the same burst invalidates keys,
/// which came first stays unknown until the key is used.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Keys {
    pub(super) mailed: Vec<(String, Span)>,
    pub(super) good: BTreeSet<Option<String>>,
}

/// When something happened, in seconds of the shop's clock: between these two.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Span {
    pub(super) from: f64,
    pub(super) to: f64,
}

impl Model {
    pub(super) fn owner(&self, email: &str) -> Option<(Label, &Account)> {
        let folded = email.to_ascii_lowercase();
        let mut accounts = self.accounts.iter().map(|(label, account)| (*label, account));
        accounts.find(|(_, account)| account.folded() == Some(folded.clone()))
    }

    /// Whom an e-mail signs in to.
    pub(super) fn signs_in(&self, email: &str) -> Option<(Label, &Account)> {
        self.owner(email).filter(|(_, account)| account.is_confirmed || !self.requires_confirmation)
    }

    pub(super) fn in_slot(&self, slot: usize) -> Option<(Label, &Account)> {
        let label = self.slots[slot % SLOTS]?;
        Some((label, self.accounts.get(&label)?))
    }
}

impl Account {
    pub(super) fn email(&self) -> Option<&str> {
        self.profile.get("email").and_then(Value::as_str)
    }

    pub(super) fn folded(&self) -> Option<String> {
        self.email().map(str::to_ascii_lowercase)
    }

    pub(super) fn end_sessions(&mut self) {
        self.sessions.values_mut().for_each(Session::end);
        if self.pending_email.take().is_some() {
            self.registration.void();
            self.in_burst.pending_dropped = true;
        }
    }

    /// How many guesses were certainly judged in the last ten minutes, and how many possibly.
    pub(super) fn recent_guesses(&self, now: Span) -> (usize, usize) {
        let ages = self.guesses.iter().map(|guess| (guess, guess.at.is_older(ATTEMPTS_WINDOW, now)));
        let possible = ages.filter(|(_, is_old)| *is_old != Some(true));
        let certain = possible.clone().filter(|(guess, is_old)| guess.is_certain && *is_old == Some(false));
        (certain.count(), possible.count())
    }

    /// The address as a client gets it.
    pub(super) fn address_attributes(&self, address: &Address) -> Value {
        let mut attributes = address.attributes.clone();
        let is = |default: &Option<String>| Value::from(*default == Some(address.id.clone()));
        attributes.insert("isDefaultShipping".into(), is(&self.shipping));
        attributes.insert("isDefaultBilling".into(), is(&self.billing));
        Value::Object(attributes)
    }
}

impl Session {
    pub(super) fn end(&mut self) {
        if self.state == State::Alive {
            self.state = State::EndedInBurst;
        }
    }
}

impl Keys {
    /// None has been mailed yet.
    pub(super) fn none() -> Keys {
        Keys { mailed: Vec::new(), good: BTreeSet::from([None]) }
    }

    pub(super) fn void(&mut self) {
        self.good = BTreeSet::from([None]);
    }

    pub(super) fn was_mailed(&self, key: &str) -> Option<Span> {
        self.mailed.iter().find(|(known, _)| known == key).map(|(_, at)| *at)
    }

    pub(super) fn may_be_good(&self, key: &str) -> bool {
        self.good.contains(&Some(key.to_owned()))
    }

    pub(super) fn may_be_bad(&self, key: &str) -> bool {
        self.good.iter().any(|good| good.as_deref() != Some(key))
    }
}

impl Span {
    /// Whether this is more than so many seconds ago; `None` if it is uncertain.
    pub(super) fn is_older(self, seconds: f64, now: Span) -> Option<bool> {
        if now.from - self.to > seconds {
            Some(true)
        } else if now.to - self.from < seconds {
            Some(false)
        } else {
            None
        }
    }
}
