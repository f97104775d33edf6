//! Access tokens: RS256 JSON Web Tokens in the profile of RFC 9068.

mod jwt;
mod keys;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::digest::sha256;
use crate::domain::{CustomerReference, RefreshToken, Session, SessionId, Timestamp};

pub use jwt::Expected;
pub use keys::{Jwk, SigningKeys};

/// The claims of an access token. They contain no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub aud: String,
    /// The customer reference.
    pub sub: String,
    pub iat: u64,
    pub nbf: u64,
    pub exp: u64,
    pub jti: String,
    pub client_id: String,
    pub scope: String,
    /// The session.
    pub sid: String,
}

/// The only client of this API, and the only scope: to act for the customer who signed in.
const CLIENT_ID: &str = "storefront";
const SCOPE: &str = "customer";

impl Claims {
    /// `lifetime` is in seconds; `id` must be unique.
    pub fn new(
        issuer: String,
        audience: String,
        reference: &CustomerReference,
        session: &SessionId,
        now: Timestamp,
        lifetime: u32,
        id: String,
    ) -> Claims {
        let now = now.seconds();
        Claims {
            iss: issuer,
            aud: audience,
            sub: reference.as_str().to_owned(),
            iat: now,
            nbf: now,
            exp: now + u64::from(lifetime),
            jti: id,
            client_id: CLIENT_ID.to_owned(),
            scope: SCOPE.to_owned(),
            sid: session.as_str().to_owned(),
        }
    }
}

/// What the table stores of a refresh token, a reset key or a registration key: enough to recognise it, and no more.
pub fn secret_hash(secret: &str) -> String {
    sha256(secret.as_bytes())
}

/// The session that a refresh token belongs to.
pub fn session_id(token: &RefreshToken) -> SessionId {
    SessionId::from_hash(sha256(token.session_secret().as_bytes()))
}

/// The current refresh token of a session, and how many rotations ago `token` was it; `None` if `token` is older than a
/// session remembers, or none of its own.
pub fn newest(token: &RefreshToken, session: &Session) -> Option<(usize, RefreshToken)> {
    let chain =
        std::iter::successors(Some(token.clone()), |token| Some(successor(token, &session.chain_salt)));
    let mut chain = chain.take(1 + Session::ROTATIONS_KEPT).enumerate();
    chain.find(|(_, token)| secret_hash(&token.reveal()) == session.token_hash)
}

/// The refresh token that replaces `token`. Racing requests with one token get the same successor.
pub fn successor(token: &RefreshToken, chain_salt: &str) -> RefreshToken {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, chain_salt.as_bytes());
    let secret = ring::hmac::sign(&key, token.reveal().as_bytes());
    token.with_rotating_secret(URL_SAFE_NO_PAD.encode(secret))
}
