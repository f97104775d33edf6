//! Requests that clients may repeat: what is stored of them, so that a repetition gets the answer to the first one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{AddressId, DefaultFlags, Timestamp};

/// A request that succeeded, as hashes that reveal nothing without its key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyedRequest {
    pub(crate) key_hash: String,
    /// Distinguishes its body from any other.
    pub(crate) fingerprint: String,
    pub(crate) at: Timestamp,
}

hidden!(KeyedRequest);

/// An address that a keyed request created, with its defaults at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyedAddress {
    pub(crate) request: KeyedRequest,
    pub(crate) id: AddressId,
    pub(crate) defaults: DefaultFlags,
}

/// The key was used for a request with another body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyReused;

/// Requests are remembered for this long.
const MEMORY: Duration = Duration::from_secs(86_400);
/// The most addresses that are remembered for one customer; newer ones replace the oldest.
const MAX_ADDRESSES: usize = 16;

impl KeyedRequest {
    /// Whether `again` repeats this request.
    ///
    /// # Errors
    ///
    /// [`KeyReused`] if it has the same key but another body.
    pub fn is_repeated_by(&self, again: &KeyedRequest) -> Result<bool, KeyReused> {
        if !self.has_key_of(again) {
            return Ok(false);
        }
        if self.fingerprint == again.fingerprint { Ok(true) } else { Err(KeyReused) }
    }

    /// Whether `again` has the key of this request, while that is remembered.
    pub fn has_key_of(&self, again: &KeyedRequest) -> bool {
        self.key_hash == again.key_hash && !self.is_forgotten_at(again.at)
    }

    fn is_forgotten_at(&self, now: Timestamp) -> bool {
        now.since(self.at) >= MEMORY
    }
}

impl KeyedAddress {
    /// The address that `request` created before, if it is a repetition.
    pub(super) fn find<'a>(
        remembered: &'a [KeyedAddress],
        request: &KeyedRequest,
    ) -> Result<Option<&'a KeyedAddress>, KeyReused> {
        for address in remembered {
            if address.request.is_repeated_by(request)? {
                return Ok(Some(address));
            }
        }
        Ok(None)
    }

    /// Adds one and drops those that are a day old or too many.
    pub(super) fn remember(remembered: &mut Vec<KeyedAddress>, new: KeyedAddress) {
        remembered.retain(|address| !address.request.is_forgotten_at(new.request.at));
        remembered.push(new);
        remembered.drain(..remembered.len().saturating_sub(MAX_ADDRESSES));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn request(key: &str, body: &str, seconds: u64) -> KeyedRequest {
        let at = Timestamp::from_seconds(seconds);
        KeyedRequest { key_hash: key.to_owned(), fingerprint: body.to_owned(), at }
    }

    fn address(key: &str, seconds: u64) -> KeyedAddress {
        let id = AddressId::new(Uuid::from_u128(seconds.into()));
        KeyedAddress { request: request(key, "body", seconds), id, defaults: DefaultFlags::default() }
    }

    #[test]
    fn a_key_may_be_used_again_a_day_later() {
        let first = request("key", "body", 0);
        assert_eq!(first.is_repeated_by(&request("key", "body", 86_399)), Ok(true));
        assert_eq!(first.is_repeated_by(&request("key", "other", 86_399)), Err(KeyReused));
        assert_eq!(first.is_repeated_by(&request("other", "body", 1)), Ok(false));
        assert_eq!(first.is_repeated_by(&request("key", "other", 86_400)), Ok(false));
    }

    #[test]
    fn sixteen_are_kept_and_none_for_more_than_a_day() {
        let mut remembered = Vec::new();
        for number in 0..20 {
            KeyedAddress::remember(&mut remembered, address(&format!("key {number}"), number));
        }
        assert_eq!(remembered.len(), 16);
        assert_eq!(remembered[0].request.key_hash, "key 4");
        let again = |key: &str| KeyedAddress::find(&remembered, &request(key, "body", 30));
        assert!(again("key 3").expect("no other body").is_none());
        assert_eq!(again("key 4").expect("no other body"), Some(&remembered[0]));
        KeyedAddress::remember(&mut remembered, address("last", 86_400 + 10));
        assert_eq!(remembered.len(), 10, "9 are younger than a day");
    }
}
