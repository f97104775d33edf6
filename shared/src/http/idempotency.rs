//! `Idempotency-Key`: identifies a request, so that a client may safely send it again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lambda_http::http::HeaderMap;
use ring::hmac;

use crate::digest::sha256;
use crate::domain::{KeyedRequest, Timestamp};
use crate::error::Error;

/// A key that only the client knows: the table stores its hash, and everything else is derived from it.
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
        let is_valid =
            (1..=MAX_LENGTH).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic);
        match value.to_str() {
            Ok(key) if is_valid => Ok(Some(IdempotencyKey(key.to_owned()))),
            _ => Err(Error::InvalidIdempotencyKey),
        }
    }

    /// What is stored of a request with this key once it has succeeded. A repetition must have the same `body`.
    pub fn request(&self, body: &[&[u8]], at: Timestamp) -> KeyedRequest {
        let fingerprint = URL_SAFE_NO_PAD.encode(self.derive("fingerprint", body));
        KeyedRequest { key_hash: sha256(self.0.as_bytes()), fingerprint, at }
    }

    /// 32 bytes that depend on key, purpose and parts alone, and that cannot be guessed without the key.
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

    fn is_valid(value: &[u8]) -> bool {
        let value = HeaderValue::from_bytes(value).expect("a header value");
        matches!(
            IdempotencyKey::of(&HeaderMap::from_iter([(NAME.parse().expect("a name"), value)])),
            Ok(Some(_))
        )
    }

    #[test]
    fn keys_are_1_to_255_visible_ascii_characters() {
        for valid in [&b"1"[..], b"8e03978e-40d5-43dd-bc93-6894a57f9324", b"!~", &[b'x'; 255]] {
            assert!(is_valid(valid));
        }
        for invalid in [&b""[..], b"a b", b"a\tb", b"\xc3\xa4", &[b'x'; 256]] {
            assert!(!is_valid(invalid));
        }
        assert!(matches!(IdempotencyKey::of(&HeaderMap::new()), Ok(None)));
    }

    #[test]
    fn derived_bytes_depend_on_key_purpose_and_parts() {
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
