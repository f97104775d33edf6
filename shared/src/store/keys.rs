//! How the table's keys are written: the one file that spells them.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Item;
use super::PasswordOf;
use crate::digest::sha256;
use crate::domain::{CustomerReference, Email, Event, MailBudget, MailId, SessionId, Timestamp};

/// The name of an item: partition key and sort key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key {
    pk: String,
    sk: String,
}

/// The hash that stands for an e-mail in the table, so that a key gives away no address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EmailHash(String);

hidden!(Key, EmailHash);

/// What a change in the table asks the mailer to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailTrigger {
    Queued { reference: CustomerReference, mail: MailId },
    Requested(RequestedMail, EmailHash),
}

/// What anybody can ask to have mailed to an e-mail, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestedMail {
    PasswordReset,
    Confirmation,
}

/// What kind of item a key names.
pub(super) enum Kind {
    Customer(CustomerReference),
    Login(EmailHash),
    Session(CustomerReference),
    QueuedMail(CustomerReference, MailId),
    /// Attempts, counted mails, a request for a mail, a sent mail, an address that takes none, an event or an entry of the
    /// audit.
    Other,
}

/// The sort key of every customer.
pub(super) const CUSTOMER: &str = "CUSTOMER";
const LOGIN: &str = "LOGIN";
const RESET_REQUEST: &str = "RESET_REQUEST";
const CONFIRMATION_REQUEST: &str = "CONFIRMATION_REQUEST";
/// With the reference behind it, the path of the customer's resource.
const EVENTS: &str = "customers/";
/// After every digit.
pub(super) const SEARCHES: &str = "found#";
const UNDELIVERABLE: &str = "UNDELIVERABLE";

impl EmailHash {
    pub fn of(email: &Email) -> EmailHash {
        EmailHash(sha256(email.folded().as_bytes()))
    }

    /// Reads what [`EmailHash::as_str`] returns; `None` for what is no hash.
    pub fn parse(raw: &str) -> Option<EmailHash> {
        let is_hash = URL_SAFE_NO_PAD.decode(raw).is_ok_and(|bytes| bytes.len() == 32);
        is_hash.then(|| EmailHash(raw.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Key {
    pub(super) fn customer(reference: &CustomerReference) -> Key {
        Key { pk: format!("CUSTOMER#{reference}"), sk: CUSTOMER.to_owned() }
    }

    pub(super) fn login(email: &EmailHash) -> Key {
        Key { pk: format!("EMAIL#{}", email.0), sk: LOGIN.to_owned() }
    }

    /// `address` is where the attempts came from; only its hash is kept.
    pub(super) fn attempts(at: PasswordOf<'_>, address: &str) -> Key {
        let pk = match at {
            PasswordOf::Customer(reference) => format!("ATTEMPTS#{reference}"),
            PasswordOf::Nobody(email) => format!("EMAIL#{}", email.0),
        };
        Key { pk, sk: format!("ATTEMPTS#{}", sha256(address.as_bytes())) }
    }

    /// Of a customer whose access token was presented.
    pub(super) fn attempts_with_token(reference: &CustomerReference) -> Key {
        Key { pk: format!("ATTEMPTS#{reference}"), sk: "ATTEMPTS".to_owned() }
    }

    pub(super) fn counted_mails(email: &EmailHash, budget: MailBudget) -> Key {
        Key { pk: format!("EMAIL#{}", email.0), sk: format!("MAILS#{}", budget.as_str()) }
    }

    pub(super) fn mail_request(mail: RequestedMail, email: &EmailHash) -> Key {
        let sk = match mail {
            RequestedMail::PasswordReset => RESET_REQUEST,
            RequestedMail::Confirmation => CONFIRMATION_REQUEST,
        };
        Key { pk: format!("EMAIL#{}", email.0), sk: sk.to_owned() }
    }

    pub(super) fn session(reference: &CustomerReference, id: &SessionId) -> Key {
        Key { pk: format!("SESSION#{reference}"), sk: id.as_str().to_owned() }
    }

    /// What the keys of all sessions of a customer begin with.
    pub(super) fn sessions(reference: &CustomerReference) -> AttributeValue {
        AttributeValue::S(format!("SESSION#{reference}"))
    }

    pub(super) fn queued_mail(reference: &CustomerReference, mail: &MailId) -> Key {
        Key { pk: format!("MAIL#{reference}"), sk: mail.to_string() }
    }

    /// What the keys of all mails queued for a customer begin with.
    pub(super) fn queued_mails(reference: &CustomerReference) -> AttributeValue {
        AttributeValue::S(format!("MAIL#{reference}"))
    }

    /// What the keys of all attempts at a customer's password begin with.
    pub(super) fn all_attempts(reference: &CustomerReference) -> AttributeValue {
        AttributeValue::S(format!("ATTEMPTS#{reference}"))
    }

    /// Whether an item's key is one of [`Key::attempts`].
    pub(super) fn is_of_an_address(item: &Item) -> bool {
        item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk.starts_with("ATTEMPTS#"))
    }

    /// `request` is the id of the call, which distinguishes entries of the same moment. Those of searches, of which there
    /// can be very many, come after all others.
    pub(super) fn audit(
        reference: &CustomerReference,
        at: Timestamp,
        request: &str,
        is_of_a_search: bool,
    ) -> Key {
        let search = if is_of_a_search { SEARCHES } else { "" };
        Key { pk: format!("AUDIT#{reference}"), sk: format!("{search}{:016}#{request}", at.micros()) }
    }

    /// What the keys of all entries of the audit about a customer begin with.
    pub(super) fn trail(reference: &CustomerReference) -> AttributeValue {
        AttributeValue::S(format!("AUDIT#{reference}"))
    }

    /// The message itself, as far as it says something about the customer: the pipe to the event bus reads keys only.
    pub(super) fn event(reference: &CustomerReference, event: Event) -> Key {
        Key { pk: format!("{EVENTS}{reference}"), sk: event.as_str().to_owned() }
    }

    pub(super) fn sent_mail(reference: &CustomerReference, mail: &MailId) -> Key {
        Key { pk: format!("SENT#{reference}"), sk: mail.to_string() }
    }

    /// What the keys of all mails sent to a customer begin with.
    pub(super) fn sent_mails(reference: &CustomerReference) -> AttributeValue {
        AttributeValue::S(format!("SENT#{reference}"))
    }

    /// Of an e-mail that bounced or complained.
    pub(super) fn undeliverable(email: &EmailHash) -> Key {
        Key { pk: format!("EMAIL#{}", email.0), sk: UNDELIVERABLE.to_owned() }
    }

    /// Reads a key; `None` if it is not a key of this table.
    pub(super) fn kind(pk: &str, sk: &str) -> Option<Kind> {
        if let Some(reference) = pk.strip_prefix(EVENTS) {
            return CustomerReference::parse(reference).and(Event::parse(sk)).map(|_| Kind::Other);
        }
        let (prefix, rest) = pk.split_once('#')?;
        let reference = || CustomerReference::parse(rest);
        match (prefix, sk) {
            ("CUSTOMER", CUSTOMER) => Some(Kind::Customer(reference()?)),
            ("EMAIL", LOGIN) => Some(Kind::Login(EmailHash(rest.to_owned()))),
            ("EMAIL" | "ATTEMPTS" | "AUDIT", _) => Some(Kind::Other),
            ("SESSION", _) => Some(Kind::Session(reference()?)),
            ("MAIL", _) => Some(Kind::QueuedMail(reference()?, MailId::parse(sk)?)),
            ("SENT", _) => reference().and(MailId::parse(sk)).map(|_| Kind::Other),
            _ => None,
        }
    }

    /// The key as DynamoDB takes it.
    pub(super) fn attributes(&self) -> Item {
        Item::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }

    /// Whether `item` has this key.
    pub(super) fn names(&self, item: &Item) -> bool {
        let is =
            |name: &str, value: &str| item.get(name).and_then(|v| v.as_s().ok()).is_some_and(|v| v == value);
        is("pk", &self.pk) && is("sk", &self.sk)
    }
}

/// The partition of the index `directory` that lists e-mails with this first character: a letter or digit has its own.
pub(super) fn directory_shard(first: char) -> String {
    let shard = if first.is_ascii_lowercase() || first.is_ascii_digit() { first } else { OTHERS };
    format!("FIND#{shard}")
}

/// All partitions of the index `directory`.
pub(super) fn directory_shards() -> impl Iterator<Item = String> {
    ('a'..='z').chain('0'..='9').chain([OTHERS]).map(directory_shard)
}

/// Stands for every other first character.
const OTHERS: char = '_';

impl MailTrigger {
    /// Reads the keys of a stream record; `None` if they are not of a kind that concerns the mailer.
    pub fn parse(pk: &str, sk: &str) -> Option<MailTrigger> {
        if let Some(reference) = pk.strip_prefix("MAIL#") {
            let reference = CustomerReference::parse(reference)?;
            return Some(MailTrigger::Queued { reference, mail: MailId::parse(sk)? });
        }
        let hash = pk.strip_prefix("EMAIL#")?;
        let mail = match sk {
            RESET_REQUEST => RequestedMail::PasswordReset,
            CONFIRMATION_REQUEST => RequestedMail::Confirmation,
            _ => return None,
        };
        Some(MailTrigger::Requested(mail, EmailHash(hash.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::MailKind;

    fn reference(suffix: &str) -> CustomerReference {
        CustomerReference::parse(&format!("DE--{suffix}")).expect("made to fit")
    }

    fn email(local: &str) -> EmailHash {
        EmailHash::of(&Email::parse(&format!("{local}@example.com")).expect("made to fit"))
    }

    #[test]
    fn an_e_mail_is_found_in_any_case() {
        assert_eq!(email("JDoe"), email("jdoe"));
    }

    #[test]
    fn hashes_survive_a_round_trip_and_nothing_else_is_one() {
        assert_eq!(EmailHash::parse(email("a").as_str()), Some(email("a")));
        for other in ["", "jdoe@example.com", &email("a").as_str()[1..], &format!("{}=", email("a").as_str())]
        {
            assert_eq!(EmailHash::parse(other), None, "{other}");
        }
    }

    #[test]
    fn only_queued_and_requested_mails_concern_the_mailer() {
        let mail = MailId { kind: MailKind::Confirmation, unique: "x".to_owned() };
        let key = Key::queued_mail(&reference("1"), &mail);
        assert_eq!(
            MailTrigger::parse(&key.pk, &key.sk),
            Some(MailTrigger::Queued { reference: reference("1"), mail })
        );
        for mail in [RequestedMail::PasswordReset, RequestedMail::Confirmation] {
            let key = Key::mail_request(mail, &email("a"));
            assert_eq!(MailTrigger::parse(&key.pk, &key.sk), Some(MailTrigger::Requested(mail, email("a"))));
        }
        let sent =
            Key::sent_mail(&reference("1"), &MailId { kind: MailKind::Confirmation, unique: "x".to_owned() });
        let (login, undeliverable) = (Key::login(&email("a")), Key::undeliverable(&email("a")));
        let event = Key::event(&reference("1"), Event::Registered);
        for other in [login, undeliverable, sent, event, Key::counted_mails(&email("a"), MailBudget::Notices)]
        {
            assert_eq!(MailTrigger::parse(&other.pk, &other.sk), None);
        }
    }

    #[test]
    fn the_keys_of_an_event_are_known_and_no_others_like_them() {
        let longest = CustomerReference::parse(&format!("auth0|{}", "x.-_".repeat(14))).expect("made to fit");
        for event in Event::ALL {
            let key = Key::event(&longest, event);
            assert!(matches!(Key::kind(&key.pk, &key.sk), Some(Kind::Other)), "{event:?}");
        }
        for (pk, sk) in [("customers/", "CustomerUpdated"), ("customers/DE--1", "CustomerVanished")] {
            assert!(Key::kind(pk, sk).is_none(), "{pk} {sk}");
        }
    }

    proptest! {
        #[test]
        fn keys_of_different_things_never_collide(a in "[A-Z0-9]{1,6}", b in "[A-Z0-9]{1,6}", address in ".{0,20}") {
            prop_assume!(a != b);
            let keys: Vec<Key> = [&a, &b]
                .into_iter()
                .flat_map(|word| {
                    let (reference, email) = (reference(word), email(&format!("x{word}")));
                    let mail = MailId { kind: MailKind::Confirmation, unique: word.clone() };
                    [
                        Key::customer(&reference),
                        Key::login(&email),
                        Key::attempts(PasswordOf::Nobody(&email), &address),
                        Key::attempts(PasswordOf::Customer(&reference), &address),
                        Key::attempts_with_token(&reference),
                        Key::mail_request(RequestedMail::PasswordReset, &email),
                        Key::mail_request(RequestedMail::Confirmation, &email),
                        Key::counted_mails(&email, MailBudget::Confirmations),
                        Key::counted_mails(&email, MailBudget::UnconfirmedResets),
                        Key::counted_mails(&email, MailBudget::Notices),
                        Key::counted_mails(&email, MailBudget::EmailChanges),
                        Key::session(&reference, &SessionId::from_hash(sha256(word.as_bytes()))),
                        Key::audit(&reference, Timestamp::from_seconds(1), "request", false),
                        Key::audit(&reference, Timestamp::from_seconds(1), "request", true),
                        Key::event(&reference, Event::Registered),
                        Key::event(&reference, Event::Anonymised),
                        Key::queued_mail(&reference, &mail),
                        Key::sent_mail(&reference, &mail),
                        Key::undeliverable(&email),
                    ]
                })
                .collect();
            let distinct: HashSet<(String, String)> = keys.iter().map(|key| (key.pk.clone(), key.sk.clone())).collect();
            prop_assert_eq!(distinct.len(), keys.len());
        }
    }
}
