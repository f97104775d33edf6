//! JSON Web Signatures, as far as access tokens need them: compact form and RS256 only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::Claims;
use super::keys::{PublicKey, SigningKeys};
use crate::domain::Timestamp;
use crate::error::Error;

/// What a token's claims are checked against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub audience: &'a str,
    pub now: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
    /// Extensions that must be understood (RFC 7515, section 4.1.11). None are supported.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    crit: Option<serde_json::Value>,
}

const ALGORITHM: &str = "RS256";
const TYPE: &str = "at+jwt";
/// By how many seconds clocks may differ.
const LEEWAY: u64 = 60;
/// In bytes; our own tokens are far shorter.
const MAX_LENGTH: usize = 4_096;

impl SigningKeys {
    /// A signed token.
    pub async fn sign(&self, claims: &Claims) -> Result<String, Error> {
        let header = Header {
            alg: ALGORITHM.to_owned(),
            typ: TYPE.to_owned(),
            kid: self.signing_kid().await?,
            crit: None,
        };
        let mut token = format!("{}.{}", encoded(&header)?, encoded(claims)?);
        let signature = self.sign_bytes(token.as_bytes()).await?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// The claims of a token that one of our keys signed, for the expected issuer and audience, and that is valid now.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidAccessToken`] for any other token; other errors if the public keys cannot be loaded.
    pub async fn verify(&self, token: &str, expected: Expected<'_>) -> Result<Claims, Error> {
        let unverified = Unverified::parse(token).ok_or(Error::InvalidAccessToken)?;
        let keys = self.public_keys().await?;
        unverified
            .verify(&keys)
            .filter(|claims| is_acceptable(claims, expected))
            .ok_or(Error::InvalidAccessToken)
    }
}

struct Unverified<'a> {
    header: Header,
    payload: &'a str,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    fn parse(token: &'a str) -> Option<Unverified<'a>> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if payload.contains('.') {
            return None;
        }
        Some(Unverified {
            header: decoded(header)?,
            payload,
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    fn verify(&self, keys: &[PublicKey]) -> Option<Claims> {
        let Header { alg, typ, kid, crit } = &self.header;
        let is_ours = alg == ALGORITHM && typ.eq_ignore_ascii_case(TYPE) && crit.is_none();
        let key = keys.iter().find(|key| key.kid == *kid).filter(|_| is_ours)?;
        key.verify(self.signed.as_bytes(), &self.signature).then(|| decoded(self.payload)).flatten()
    }
}

fn is_acceptable(claims: &Claims, expected: Expected<'_>) -> bool {
    let now = expected.now.seconds();
    claims.iss == expected.issuer
        && claims.aud == expected.audience
        && now < claims.exp.saturating_add(LEEWAY)
        && claims.nbf <= now.saturating_add(LEEWAY)
}

/// Distinguishes `null` from an absent member.
fn present<'de, D: serde::Deserializer<'de>>(member: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(member).map(Some)
}

fn encoded(part: &impl Serialize) -> Result<String, Error> {
    serde_json::to_vec(part).map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(Error::unexpected)
}

fn decoded<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
