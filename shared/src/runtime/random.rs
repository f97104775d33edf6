//! Randomness, from the operating system or from a test's own source.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SecureRandom;
use uuid::Uuid;

/// A source of unpredictable bytes.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Random {
    /// The operating system's generator. Panics if it fails: nothing can be done safely without it.
    pub fn system() -> Random {
        let generator = ring::rand::SystemRandom::new();
        Random::from_fn(move |bytes| generator.fill(bytes).expect("the system's random generator works"))
    }

    pub(crate) fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Random {
        Random(Arc::new(fill))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// 256 bits in 43 URL-safe characters: a bearer secret.
    pub fn secret(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// A version 4 UUID.
    pub fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// A number in `0..bound`, for jitter; not for secrets.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        u64::from_le_bytes(self.bytes()) % bound.max(1)
    }
}
