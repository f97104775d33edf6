//! RSA keys that the tests generate: two for the whole process, because generating one takes a while.

use std::convert::Infallible;
use std::sync::LazyLock;

use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey};
use rsa::rand_core::{TryCryptoRng, TryRng};

pub static KEYS: LazyLock<[Key; 2]> = LazyLock::new(|| [Key::generate(), Key::generate()]);

pub struct Key {
    pair: RsaKeyPair,
    /// SubjectPublicKeyInfo in DER, the form in which KMS returns a public key.
    pub spki: Vec<u8>,
}

impl Key {
    fn generate() -> Key {
        let private = rsa::PrivateKey::new(&mut Generator, 2_048).expect("2048 bits make a key");
        let pkcs8 = private.to_pkcs8_der().expect("a fresh key can be written");
        let spki = private.to_public_key().to_public_key_der().expect("so can its public part");
        Key {
            pair: RsaKeyPair::from_pkcs8(pkcs8.as_bytes()).expect("what was just written"),
            spki: spki.as_bytes().to_vec(),
        }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        sign(&self.pair, message)
    }
}

/// RSASSA-PKCS1-v1_5 with SHA-256.
pub fn sign(pair: &RsaKeyPair, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).expect("a signature");
    signature
}

/// The operating system's randomness in the form that the `rsa` crate requires.
struct Generator;

impl TryRng for Generator {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        SystemRandom::new().fill(bytes).expect("the system's random generator works");
        Ok(())
    }
}

impl TryCryptoRng for Generator {}
