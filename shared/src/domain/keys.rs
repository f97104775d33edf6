//! The keys that mails carry: password reset and registration keys.

use serde::{Deserialize, Serialize};

use super::{CustomerReference, Timestamp};

/// A key from a mail, `<customer reference>.<secret>`: the reference says whose it is, the secret that it is theirs.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerKey {
    pub reference: CustomerReference,
    secret: String,
}

/// What is stored of the keys that one mail order had minted, never the keys themselves.
///
/// An order that is carried out twice (its first mail went out, but that was not written down) mints a second key.
/// Both stay good, because the customer may hold either.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyHashes {
    /// The mail order that the keys were minted for.
    pub order: String,
    pub hashes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// What a mail order asks for. Reset keys are asked for by reset requests instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKind {
    Confirmation,
    PasswordChanged,
    EmailChanged,
}

/// A notice that goes to an address which is no longer the customer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingNotice {
    pub order: String,
    pub email: super::Email,
}

/// How many mails a customer was sent on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailQuota {
    /// Days since the epoch.
    pub day: u64,
    pub sent: u32,
}

/// Five tries of a message, and as many for each of five times that it is moved back from the dead letters. A key that
/// was delivered is lost only beyond that.
const MAX_HASHES: usize = 30;

impl CustomerKey {
    pub fn new(reference: CustomerReference, secret: String) -> CustomerKey {
        CustomerKey { reference, secret }
    }

    /// `None` for what cannot be anybody's key.
    pub fn parse(raw: &str) -> Option<CustomerKey> {
        let (reference, secret) = raw.split_once('.')?;
        let reference = CustomerReference::parse(reference)?;
        let is_secret = (16..=128).contains(&secret.len()) && secret.bytes().all(is_url_safe);
        is_secret.then(|| CustomerKey { reference, secret: secret.to_owned() })
    }

    /// The key as the mail's link carries it.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.reference, self.secret)
    }
}

impl OrderKind {
    /// The id of an order, `<kind>#<unique>`.
    pub fn order(self, unique: &str) -> String {
        format!("{}#{unique}", self.as_str())
    }

    /// The kind of the order with this id; `None` if there is no such kind.
    pub fn of_order(id: &str) -> Option<OrderKind> {
        let kind = id.split('#').next()?;
        [OrderKind::Confirmation, OrderKind::PasswordChanged, OrderKind::EmailChanged]
            .into_iter()
            .find(|known| known.as_str() == kind)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            OrderKind::Confirmation => "confirmation",
            OrderKind::PasswordChanged => "password-changed",
            OrderKind::EmailChanged => "email-changed",
        }
    }
}

impl KeyHashes {
    /// The hashes after another key was minted for `order`: added to those of the same order, in place of any other's.
    pub fn with_minted(
        previous: Option<KeyHashes>,
        order: &str,
        hash: String,
        expires_at: Option<Timestamp>,
    ) -> KeyHashes {
        let mut hashes = match previous {
            Some(previous) if previous.is_of(order) => previous.hashes,
            _ => Vec::new(),
        };
        hashes.push(hash);
        let surplus = hashes.len().saturating_sub(MAX_HASHES);
        hashes.drain(..surplus);
        KeyHashes { order: order.to_owned(), hashes, expires_at }
    }

    /// Whether a key was minted for this order before.
    pub fn is_of(&self, order: &str) -> bool {
        self.order == order
    }

    /// Whether `hash` is that of a key that still opens something at `now`.
    pub fn accept(&self, hash: &str, now: Timestamp) -> bool {
        let alive = self.expires_at.is_none_or(|expires_at| now < expires_at);
        alive && self.hashes.iter().any(|known| known == hash)
    }
}

impl MailQuota {
    /// Mails that one customer may be sent in a day, of all kinds together: enough for anybody, no mail bomb.
    pub const PER_DAY: u32 = 20;

    /// The quota with one more mail sent on `day`; `None` when it is used up.
    pub fn spend(self, day: u64) -> Option<MailQuota> {
        let sent = if self.day == day { self.sent } else { 0 };
        (sent < MailQuota::PER_DAY).then_some(MailQuota { day, sent: sent + 1 })
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
    fn a_second_mint_of_one_order_keeps_the_first_key_and_another_order_voids_both() {
        let now = Timestamp::from_seconds(0);
        let first = KeyHashes::with_minted(None, "order-1", "a".to_owned(), None);
        let second = KeyHashes::with_minted(Some(first), "order-1", "b".to_owned(), None);
        assert!(second.accept("a", now) && second.accept("b", now));
        let other = KeyHashes::with_minted(Some(second), "order-2", "c".to_owned(), None);
        assert!(!other.accept("a", now) && !other.accept("b", now) && other.accept("c", now));
    }

    #[test]
    fn a_key_is_dead_from_its_expiry_on() {
        let hashes = KeyHashes::with_minted(None, "o", "a".to_owned(), Some(Timestamp::from_seconds(10)));
        assert!(hashes.accept("a", Timestamp::from_micros(9_999_999)));
        assert!(!hashes.accept("a", Timestamp::from_seconds(10)));
    }

    #[test]
    fn the_quota_is_per_day() {
        let mut quota = MailQuota::default();
        for _ in 0..MailQuota::PER_DAY {
            quota = quota.spend(7).expect("below the limit");
        }
        assert_eq!(quota.spend(7), None);
        assert_eq!(quota.spend(8), Some(MailQuota { day: 8, sent: 1 }));
    }

    proptest! {
        #[test]
        fn keys_come_back_as_they_went_out(suffix in "[A-Z0-9]{1,12}", secret in "[A-Za-z0-9_-]{16,64}") {
            let reference = CustomerReference::parse(&format!("DE--{suffix}")).expect("made to fit");
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
