//! The keys in mails: password reset and registration keys.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{CustomerReference, MailId, Timestamp};

/// A key from a mail, `<customer reference>.<secret>`: the secret proves that its holder received the customer's mail.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerKey {
    pub reference: CustomerReference,
    secret: String,
}

/// The hashes of the keys that were minted for one mail. The keys themselves are not stored.
///
/// If a mail is sent twice, because recording the first time failed, a second key is minted. Both stay valid: the
/// customer may use either.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyHashes {
    /// The queued mail or the reset request that the keys were minted for, by its id.
    #[serde(rename = "order")]
    pub(crate) minted_for: String,
    pub(crate) hashes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<Timestamp>,
}

hidden!(KeyHashes);

/// Five tries of a message, and as many for each of five redrives from the dead-letter queue. A delivered key becomes
/// invalid only after more tries than that.
const MAX_HASHES: usize = 30;

/// The queue retries a message for about so long. A key minted later, as after a redrive, replaces those before it, so
/// that no key lives much longer than its mail says.
const RETRIED_WITHIN: Duration = Duration::from_secs(15 * 60);

impl CustomerKey {
    pub fn new(reference: CustomerReference, secret: String) -> CustomerKey {
        CustomerKey { reference, secret }
    }

    /// `None` for what cannot be a customer's key.
    pub fn parse(raw: &str) -> Option<CustomerKey> {
        let (reference, secret) = raw.rsplit_once('.')?;
        let reference = CustomerReference::parse(reference)?;
        let is_secret = (16..=128).contains(&secret.len()) && secret.bytes().all(is_url_safe);
        is_secret.then(|| CustomerKey { reference, secret: secret.to_owned() })
    }

    /// The key as the mail's link carries it.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.reference, self.secret)
    }
}

impl KeyHashes {
    /// No key yet, and a place for those of this mail alone.
    pub(crate) fn awaiting(mail: &MailId, expires_at: Option<Timestamp>) -> KeyHashes {
        KeyHashes { minted_for: mail.to_string(), hashes: Vec::new(), expires_at }
    }

    /// The hashes after another key was minted for `mail`: keeps those of a recent attempt at the same mail and drops any
    /// others.
    pub fn with_minted(
        previous: Option<KeyHashes>,
        mail: &str,
        hash: String,
        expires_at: Option<Timestamp>,
    ) -> KeyHashes {
        let is_retry = |previous: &KeyHashes| match (previous.expires_at, expires_at) {
            (Some(before), Some(after)) => after.since(before) <= RETRIED_WITHIN,
            _ => true,
        };
        let hashes = match previous {
            Some(previous) if previous.is_of(mail) && is_retry(&previous) => previous.hashes,
            _ => Vec::new(),
        };
        let mut keys = KeyHashes { minted_for: mail.to_owned(), hashes, expires_at };
        keys.add(hash);
        keys
    }

    /// Adds a key for the same mail, which expires with those before it.
    pub(crate) fn add(&mut self, hash: String) {
        self.hashes.push(hash);
        let surplus = self.hashes.len().saturating_sub(MAX_HASHES);
        self.hashes.drain(..surplus);
    }

    /// Whether these are the hashes of keys for this mail.
    pub fn is_of(&self, mail: &str) -> bool {
        self.minted_for == mail
    }

    pub fn have_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }

    /// Whether `hash` is that of a key that is valid at `now`.
    pub fn accept(&self, hash: &str, now: Timestamp) -> bool {
        !self.have_expired(now) && self.hashes.iter().any(|known| known == hash)
    }
}

/// The alphabet of base64url, which keys and tokens are written in.
pub(super) fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_second_key_for_one_mail_keeps_the_first_and_another_mail_invalidates_both() {
        let now = Timestamp::from_seconds(0);
        let first = KeyHashes::with_minted(None, "mail-1", "a".to_owned(), None);
        let second = KeyHashes::with_minted(Some(first), "mail-1", "b".to_owned(), None);
        assert!(second.accept("a", now) && second.accept("b", now));
        let other = KeyHashes::with_minted(Some(second), "mail-2", "c".to_owned(), None);
        assert!(!other.accept("a", now) && !other.accept("b", now) && other.accept("c", now));
    }

    #[test]
    fn a_key_minted_long_after_the_first_attempt_replaces_it() {
        let at = |minutes: u64| Some(Timestamp::from_seconds(minutes * 60));
        let first = KeyHashes::with_minted(None, "mail-1", "a".to_owned(), at(120));
        let retried = KeyHashes::with_minted(Some(first), "mail-1", "b".to_owned(), at(132));
        let now = Timestamp::from_seconds(0);
        assert!(retried.accept("a", now) && retried.accept("b", now));
        let redriven = KeyHashes::with_minted(Some(retried), "mail-1", "c".to_owned(), at(7_000));
        assert!(!redriven.accept("a", now) && !redriven.accept("b", now) && redriven.accept("c", now));
    }

    #[test]
    fn a_key_is_invalid_from_its_expiry_on() {
        let hashes = KeyHashes::with_minted(None, "o", "a".to_owned(), Some(Timestamp::from_seconds(10)));
        assert!(hashes.accept("a", Timestamp::from_micros(9_999_999)));
        assert!(!hashes.accept("a", Timestamp::from_seconds(10)));
    }

    proptest! {
        #[test]
        fn keys_survive_a_round_trip(reference in "[A-Za-z0-9][A-Za-z0-9._|-]{0,12}", secret in "[A-Za-z0-9_-]{16,64}") {
            let reference = CustomerReference::parse(&reference).expect("made to fit");
            let key = CustomerKey::new(reference, secret);
            let parsed = CustomerKey::parse(&key.reveal());
            prop_assert!(parsed == Some(key));
        }

        #[test]
        fn any_text_parses_or_does_not_without_panic(raw in ".*") {
            if let Some(key) = CustomerKey::parse(&raw) {
                prop_assert_eq!(key.reveal(), raw);
            }
        }
    }
}
