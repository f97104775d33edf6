//! Sessions and the refresh tokens that continue them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::keys::is_url_safe;
use super::{CustomerReference, Timestamp};

/// One sign-in and what follows from it, until it ends. Its tokens carry its id.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub reference: CustomerReference,
    pub id: SessionId,
    /// The hash of the current refresh token.
    pub token_hash: String,
    /// The hash of the previous one. Written for functions of an older version, as during a deployment; others derive the
    /// successors of a token to see whether it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_token_hash: Option<String>,
    /// When the previous one was replaced.
    pub rotated_at: Timestamp,
    /// When those before it were replaced, the last first, as far as that was a moment ago.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_rotations: Vec<Timestamp>,
    /// Successors are derived with it, so that two requests with one token get the same successor.
    pub chain_salt: String,
    /// The customer's session epoch at sign-in; a session of an earlier epoch has ended.
    pub epoch: u64,
    pub started_at: Timestamp,
    pub refresh_expires_at: Timestamp,
    /// The user agent that signed in, for the customer's own list of sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

hidden!(Session);

/// The hash of a session secret. It identifies a session but can neither refresh nor end it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(String);

/// A refresh token, `<customer reference>.<session secret>.<rotating secret>`.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    pub reference: CustomerReference,
    session_secret: String,
    rotating_secret: String,
}

/// What a presented refresh token is to its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The current one: replace it with its successor.
    Rotate,
    /// Replaced a moment ago: answer with the newest successor.
    Repeat,
    /// Used before: someone has a copy, and the session must end.
    Reused,
    /// The session is too old to be refreshed.
    Expired,
}

/// How long a refresh token is valid after its issue.
const TOKEN_LIFETIME: Duration = Duration::from_secs(30 * 86_400);
/// A session cannot be refreshed beyond this age.
const SESSION_LIFETIME: Duration = Duration::from_secs(180 * 86_400);
/// How long a replaced token still yields its newest successor.
const GRACE: Duration = Duration::from_secs(10);
/// Access tokens are valid for less than this; a session's item must outlive them.
const ACCESS_TOKEN_BOUND: Duration = Duration::from_secs(30_000);

impl Session {
    /// The most rotations that are remembered. More of them in a moment are no client's.
    pub(crate) const ROTATIONS_KEPT: usize = 16;

    /// Whether it can still be refreshed; `epoch` is the customer's.
    pub fn is_open(&self, epoch: u64, now: Timestamp) -> bool {
        self.epoch == epoch && now < self.refresh_expires_at
    }

    /// `age` is how many rotations ago the presented token was the current one; `None` if that is not known.
    pub fn rotation(&self, age: Option<usize>, now: Timestamp) -> Rotation {
        if now >= self.refresh_expires_at {
            return Rotation::Expired;
        }
        if age == Some(0) {
            return Rotation::Rotate;
        }
        let replaced = age.and_then(|age| self.rotations().nth(age - 1));
        let is_recent = replaced.is_some_and(|at| now.since(at) <= GRACE);
        if is_recent { Rotation::Repeat } else { Rotation::Reused }
    }

    /// The session after its refresh token was replaced by one with this hash.
    pub fn rotated(&self, token_hash: String, now: Timestamp) -> Session {
        let recent = self.rotations().filter(|at| now.since(*at) <= GRACE);
        Session {
            token_hash,
            previous_token_hash: Some(self.token_hash.clone()),
            rotated_at: now,
            earlier_rotations: recent.take(Session::ROTATIONS_KEPT - 1).collect(),
            refresh_expires_at: Session::refresh_expiry(self.started_at, now),
            ..self.clone()
        }
    }

    /// When a refresh token issued at `now` to a session begun at `started_at` expires.
    pub fn refresh_expiry(started_at: Timestamp, now: Timestamp) -> Timestamp {
        now.plus(TOKEN_LIFETIME).min(started_at.plus(SESSION_LIFETIME))
    }

    /// The last first.
    fn rotations(&self) -> impl Iterator<Item = Timestamp> {
        [self.rotated_at].into_iter().chain(self.earlier_rotations.iter().copied())
    }

    /// When the session is no longer needed, because all its tokens have expired.
    pub(crate) fn forgotten_at(&self) -> Timestamp {
        self.refresh_expires_at.plus(ACCESS_TOKEN_BOUND)
    }
}

impl SessionId {
    /// `hash` is the hash of the session secret.
    pub fn from_hash(hash: String) -> SessionId {
        SessionId(hash)
    }

    /// `None` for what cannot be the id of a session.
    pub fn parse(raw: &str) -> Option<SessionId> {
        ((1..=64).contains(&raw.len()) && raw.bytes().all(is_url_safe)).then(|| SessionId(raw.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RefreshToken {
    pub fn new(
        reference: CustomerReference,
        session_secret: String,
        rotating_secret: String,
    ) -> RefreshToken {
        RefreshToken { reference, session_secret, rotating_secret }
    }

    /// `None` for what cannot be a refresh token.
    pub fn parse(raw: &str) -> Option<RefreshToken> {
        let mut parts = raw.rsplitn(3, '.');
        let (rotating, session, reference) = (parts.next()?, parts.next()?, parts.next()?);
        let is_secret = |part: &str| part.len() == 43 && part.bytes().all(is_url_safe);
        if !is_secret(session) || !is_secret(rotating) {
            return None;
        }
        Some(RefreshToken::new(CustomerReference::parse(reference)?, session.to_owned(), rotating.to_owned()))
    }

    pub(crate) fn session_secret(&self) -> &str {
        &self.session_secret
    }

    /// The same session's token with another rotating secret.
    pub(crate) fn with_rotating_secret(&self, rotating_secret: String) -> RefreshToken {
        RefreshToken { rotating_secret, ..self.clone() }
    }

    /// The token as its holder presents it.
    pub fn reveal(&self) -> String {
        format!("{}.{}.{}", self.reference, self.session_secret, self.rotating_secret)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RefreshToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn session(now: Timestamp) -> Session {
        Session {
            reference: CustomerReference::parse("DE--1").expect("valid"),
            id: SessionId::from_hash("id".to_owned()),
            token_hash: "current".to_owned(),
            previous_token_hash: Some("previous".to_owned()),
            rotated_at: now,
            earlier_rotations: Vec::new(),
            chain_salt: "salt".to_owned(),
            epoch: 0,
            started_at: now,
            refresh_expires_at: Session::refresh_expiry(now, now),
            device: None,
        }
    }

    #[test]
    fn a_replaced_token_is_valid_for_ten_seconds() {
        let now = Timestamp::from_seconds(1_000);
        let session = session(now);
        assert_eq!(session.rotation(Some(0), now), Rotation::Rotate);
        assert_eq!(session.rotation(Some(1), now.plus(Duration::from_secs(10))), Rotation::Repeat);
        assert_eq!(session.rotation(Some(1), now.plus(Duration::from_micros(10_000_001))), Rotation::Reused);
        assert_eq!(session.rotation(Some(2), now), Rotation::Reused);
        assert_eq!(session.rotation(None, now), Rotation::Reused);
    }

    #[test]
    fn so_are_those_before_it() {
        let second = |second: u64| Timestamp::from_seconds(1_000 + second);
        let mut session = session(second(0));
        for at in [4, 8, 12] {
            session = session.rotated("next".to_owned(), second(at));
        }
        assert_eq!(session.earlier_rotations, [second(8), second(4)]);
        let at = |seconds: u64| [1, 2, 3].map(|age| session.rotation(Some(age), second(seconds)));
        assert_eq!(at(14), [Rotation::Repeat; 3]);
        assert_eq!(at(15), [Rotation::Repeat, Rotation::Repeat, Rotation::Reused]);
        assert_eq!(at(22), [Rotation::Repeat, Rotation::Reused, Rotation::Reused]);
    }

    #[test]
    fn a_session_remembers_a_bounded_number_of_rotations() {
        let now = Timestamp::from_seconds(1_000);
        let mut session = session(now);
        for _ in 0..100 {
            session = session.rotated("next".to_owned(), now);
        }
        assert_eq!(session.rotation(Some(Session::ROTATIONS_KEPT), now), Rotation::Repeat);
        assert_eq!(session.rotation(Some(Session::ROTATIONS_KEPT + 1), now), Rotation::Reused);
    }

    /// What a version of this service writes, the version before it reads: during a deployment both run.
    #[test]
    fn an_item_of_an_older_version_has_no_earlier_rotations() {
        let mut item = serde_json::to_value(session(Timestamp::from_seconds(1_000))).expect("an item");
        assert!(item.get("earlier_rotations").is_none());
        item["rotated_at"] = 2_000_000_000_u64.into();
        let read: Session = serde_json::from_value(item).expect("a session");
        assert_eq!(read.rotation(Some(1), Timestamp::from_seconds(2_010)), Rotation::Repeat);
    }

    #[test]
    fn a_token_lives_30_days_and_a_session_180() {
        let start = Timestamp::from_seconds(0);
        let day = |days: u64| Timestamp::from_seconds(days * 86_400);
        assert_eq!(Session::refresh_expiry(start, day(3)), day(33));
        assert_eq!(Session::refresh_expiry(start, day(170)), day(180));
        let session = session(start);
        assert_eq!(session.rotation(Some(0), day(30)), Rotation::Expired);
    }

    proptest! {
        #[test]
        fn tokens_survive_a_round_trip(suffix in "[A-Z0-9]{1,12}", a in "[A-Za-z0-9_-]{43}", b in "[A-Za-z0-9_-]{43}") {
            let reference = CustomerReference::parse(&format!("DE--{suffix}")).expect("made to fit");
            let token = RefreshToken::new(reference, a, b);
            prop_assert_eq!(RefreshToken::parse(&token.reveal()), Some(token));
        }

        #[test]
        fn any_text_parses_or_does_not_without_panic(raw in ".*") {
            if let Some(token) = RefreshToken::parse(&raw) {
                prop_assert_eq!(token.reveal(), raw);
            }
        }
    }
}
