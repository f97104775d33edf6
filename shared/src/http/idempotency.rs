//! `Idempotency-Key`: what a client calls a request by, so that it may send it again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lambda_http::http::HeaderMap;
use ring::hmac;

use crate::digest::sha256;
use crate::domain::{KeyedRequest, Timestamp};
use crate::error::Error;

/// A key, which nobody but the client has: the table holds its hash, and everything else is derived with it.
pub struct IdempotencyKey(String);

const NAME: &str = "idempotency-key";
const MAX_LENGTH: usize = 255;

impl IdempotencyKey {
    /// The key of a request, if it has one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidIdempotencyKey`]
    pub fn of(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Error> {
        let Some(value) = headers.get(NAME) else { return Ok(None) };
        let is_good =
            (1..=MAX_LENGTH).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic);
        match value.to_str() {
            Ok(key) if is_good => Ok(Some(IdempotencyKey(key.to_owned()))),
            _ => Err(Error::InvalidIdempotencyKey),
        }
    }

    /// What is remembered of a request with this key, once it has succeeded. `body` is all that has to be the same.
    pub fn request(&self, body: &[&[u8]], at: Timestamp) -> KeyedRequest {
        let fingerprint = URL_SAFE_NO_PAD.encode(self.derive("fingerprint", body));
        KeyedRequest { key_hash: sha256(self.0.as_bytes()), fingerprint, at }
    }

    /// The same 32 bytes for the same key, purpose and parts, and nothing to guess from for who lacks the key.
    pub fn derive(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes()));
        for part in [purpose.as_bytes()].iter().chain(parts) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.sign().as_ref());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderValue;

    use super::*;

    fn is_good(value: &[u8]) -> bool {
        let value = HeaderValue::from_bytes(value).expect("a header value");
        matches!(
            IdempotencyKey::of(&HeaderMap::from_iter([(NAME.parse().expect("a name"), value)])),
            Ok(Some(_))
        )
    }

    #[test]
    fn keys_are_visible_ascii_of_some_length() {
        for good in [&b"1"[..], b"8e03978e-40d5-43dd-bc93-6894a57f9324", b"!~", &[b'x'; 255]] {
            assert!(is_good(good));
        }
        for bad in [&b""[..], b"a b", b"a\tb", b"\xc3\xa4", &[b'x'; 256]] {
            assert!(!is_good(bad));
        }
        assert!(matches!(IdempotencyKey::of(&HeaderMap::new()), Ok(None)));
    }

    #[test]
    fn what_is_derived_depends_on_key_purpose_and_parts() {
        let key = |key: &str| IdempotencyKey(key.to_owned());
        let derived = [
            key("a").derive("x", &[b"1", b"2"]),
            key("b").derive("x", &[b"1", b"2"]),
            key("a").derive("y", &[b"1", b"2"]),
            key("a").derive("x", &[b"12"]),
        ];
        for (index, one) in derived.iter().enumerate() {
            assert!(derived[index + 1..].iter().all(|other| other != one));
        }
        assert_eq!(derived[0], key("a").derive("x", &[b"1", b"2"]));
    }
}
