//! The RSA keys that sign and verify access tokens: keys in KMS, or a local one.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{MessageType, SigningAlgorithmSpec};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pkcs1::der::Decode;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde::Serialize;
use serde_json::json;
use tokio::sync::{Mutex, OnceCell};

use crate::digest::sha256;
use crate::domain::Timestamp;
use crate::error::Error;
use crate::runtime::clock::Clock;
use crate::runtime::config::SigningKeySource;
use crate::runtime::log::Log;

/// The keys in their configured order: the first signs, all verify.
///
/// Public keys are fetched from KMS when first needed, once per container.
pub struct SigningKeys {
    source: Source,
    clock: Clock,
    public: Mutex<Option<Loaded>>,
}

/// The public keys that could be read.
struct Loaded {
    keys: Arc<[PublicKey]>,
    /// For one that KMS has withheld: a new right takes a moment to be known everywhere.
    try_again: Option<Timestamp>,
}

const TRY_AGAIN_AFTER: Duration = Duration::from_secs(60);

enum Source {
    Kms(Box<Kms>),
    Local(Box<RsaKeyPair>),
}

struct Kms {
    key_ids: Vec<String>,
    sdk_config: SdkConfig,
    /// Created when first needed: most containers never need it.
    client: OnceCell<aws_sdk_kms::Client>,
}

/// A public key and the id that tokens refer to it by.
pub(super) struct PublicKey {
    /// The thumbprint of RFC 7638.
    pub(super) kid: String,
    pkcs1: Vec<u8>,
    modulus: String,
    exponent: String,
}

/// A public key in the form of RFC 7517.
#[derive(Debug, Serialize)]
pub struct Jwk {
    kty: &'static str,
    r#use: &'static str,
    alg: &'static str,
    kid: String,
    n: String,
    e: String,
}

/// Why a public key has not been read.
enum Unread {
    /// KMS does not hand it out, and will not before somebody changes the key or the role.
    Withheld(Error),
    /// It may be readable in a moment.
    Failed(Error),
}

/// KMS's codes for a key that this role may not read, and for one that is disabled, deleted, or about to be.
const WITHHELD: [&str; 4] =
    ["AccessDeniedException", "DisabledException", "KMSInvalidStateException", "NotFoundException"];

impl SigningKeys {
    pub(crate) fn new(source: &SigningKeySource, kms: SdkConfig, clock: Clock) -> SigningKeys {
        let source = match source {
            SigningKeySource::Kms(key_ids) => {
                let key_ids = key_ids.clone();
                Source::Kms(Box::new(Kms { key_ids, sdk_config: kms, client: OnceCell::new() }))
            }
            SigningKeySource::Local(der) => {
                let pair = RsaKeyPair::from_pkcs8(der).expect("the configuration has checked the key");
                Source::Local(Box::new(pair))
            }
        };
        SigningKeys { source, clock, public: Mutex::default() }
    }

    /// The public keys for the JWKS document.
    pub async fn jwks(&self) -> Result<Vec<Jwk>, Error> {
        Ok(self.public_keys().await?.iter().map(PublicKey::jwk).collect())
    }

    pub(super) async fn signing_kid(&self) -> Result<String, Error> {
        let keys = self.public_keys().await?;
        let first = keys.first().map(|key| key.kid.clone());
        first.ok_or_else(|| Error::unexpected("no signing key is configured"))
    }

    pub(super) async fn public_keys(&self) -> Result<Arc<[PublicKey]>, Error> {
        let mut public = self.public.lock().await;
        let is_current = |loaded: &&Loaded| loaded.try_again.is_none_or(|at| self.clock.now() < at);
        if let Some(loaded) = public.as_ref().filter(is_current) {
            return Ok(Arc::clone(&loaded.keys));
        }
        // Boxed, like the signing below: KMS's futures are large, and most requests do not need them.
        let loaded = match (Box::pin(self.load_public_keys()).await, public.take()) {
            (Ok(loaded), _) => loaded,
            // Those that are known stay good, whatever KMS says about the one that was withheld.
            (Err(error), Some(known)) => {
                warn("all", &error);
                Loaded { try_again: Some(self.clock.now().plus(TRY_AGAIN_AFTER)), ..known }
            }
            (Err(error), None) => return Err(error),
        };
        Ok(Arc::clone(&public.insert(loaded).keys))
    }

    pub(super) async fn sign_bytes(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match &self.source {
            Source::Local(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), message, &mut signature)
                    .map_err(|_| Error::unexpected("the local key cannot sign"))?;
                Ok(signature)
            }
            Source::Kms(kms) => Box::pin(kms.sign(message)).await,
        }
    }

    async fn load_public_keys(&self) -> Result<Loaded, Error> {
        match &self.source {
            Source::Local(pair) => {
                let key = PublicKey::from_pkcs1(pair.public().as_ref().to_vec())?;
                Ok(Loaded { keys: Arc::new([key]), try_again: None })
            }
            Source::Kms(kms) => {
                let (mut keys, mut try_again) = (Vec::with_capacity(kms.key_ids.len()), None);
                for (index, key_id) in kms.key_ids.iter().enumerate() {
                    match kms.public_key(key_id).await {
                        Ok(key) => keys.push(key),
                        // At the end of a rotation, the role and the functions lose the old key one after the other.
                        Err(Unread::Withheld(error)) if index > 0 => {
                            warn(key_id, &error);
                            try_again = Some(self.clock.now().plus(TRY_AGAIN_AFTER));
                        }
                        Err(Unread::Withheld(error) | Unread::Failed(error)) => return Err(error),
                    }
                }
                Ok(Loaded { keys: keys.into(), try_again })
            }
        }
    }
}

impl Kms {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let key_id = self.key_ids.first().ok_or_else(|| Error::unexpected("no signing key is configured"))?;
        let output = self
            .client()
            .await
            .sign()
            .key_id(key_id)
            .message(Blob::new(message))
            .message_type(MessageType::Raw)
            .signing_algorithm(SigningAlgorithmSpec::RsassaPkcs1V15Sha256)
            .send()
            .await
            .map_err(|error| failed("Sign", &error))?;
        let signature =
            output.signature.ok_or_else(|| Error::unexpected("KMS answered without a signature"))?;
        Ok(signature.into_inner())
    }

    async fn public_key(&self, key_id: &str) -> Result<PublicKey, Unread> {
        let output = self.client().await.get_public_key().key_id(key_id).send().await;
        let output = output.map_err(|error| {
            let is_withheld = error.code().is_some_and(|code| WITHHELD.contains(&code));
            let kind = if is_withheld { Unread::Withheld } else { Unread::Failed };
            kind(failed("GetPublicKey", &error))
        })?;
        let der = output.public_key.ok_or_else(|| Error::unexpected("KMS answered without a key"));
        der.and_then(|der| PublicKey::from_spki(der.as_ref())).map_err(Unread::Failed)
    }

    async fn client(&self) -> &aws_sdk_kms::Client {
        self.client.get_or_init(|| async { aws_sdk_kms::Client::new(&self.sdk_config) }).await
    }
}

impl PublicKey {
    /// `der` is a SubjectPublicKeyInfo, as KMS's GetPublicKey returns it.
    fn from_spki(der: &[u8]) -> Result<PublicKey, Error> {
        let info = spki::SubjectPublicKeyInfoRef::from_der(der).map_err(|_| malformed_key())?;
        PublicKey::from_pkcs1(info.subject_public_key.raw_bytes().to_vec())
    }

    fn from_pkcs1(der: Vec<u8>) -> Result<PublicKey, Error> {
        let key = pkcs1::RsaPublicKeyRef::from_der(&der).map_err(|_| malformed_key())?;
        let modulus = URL_SAFE_NO_PAD.encode(key.modulus.as_bytes());
        let exponent = URL_SAFE_NO_PAD.encode(key.public_exponent.as_bytes());
        // RFC 7638: the required members in alphabetical order, without white space.
        let kid = sha256(format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#).as_bytes());
        Ok(PublicKey { kid, pkcs1: der, modulus, exponent })
    }

    fn jwk(&self) -> Jwk {
        let PublicKey { kid, modulus, exponent, .. } = self;
        let (kid, n, e) = (kid.clone(), modulus.clone(), exponent.clone());
        Jwk { kty: "RSA", r#use: "sig", alg: "RS256", kid, n, e }
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.pkcs1).verify(message, signature).is_ok()
    }
}

fn failed<E: ProvideErrorMetadata>(operation: &str, error: &SdkError<E>) -> Error {
    Error::unavailable(format!("KMS {operation}: {}", error.code().unwrap_or("no answer")))
}

/// That keys could not be read, and requests are answered without them.
fn warn(key_id: &str, error: &Error) {
    let cause = error.cause().map(ToString::to_string);
    Log::stdout()
        .write(&json!({ "level": "WARN", "operation": "SigningKeys", "key": key_id, "cause": cause }));
}

fn malformed_key() -> Error {
    Error::unexpected("a public key is malformed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kid_is_the_thumbprint_of_rfc_7638() {
        // The example of RFC 7638, section 3.1.
        let modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let modulus_bytes = URL_SAFE_NO_PAD.decode(modulus).expect("base64");
        let mut der = vec![0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];
        der.extend(&modulus_bytes);
        der.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
        let key = PublicKey::from_pkcs1(der).expect("well formed");
        assert_eq!(key.kid, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!((key.modulus.as_str(), key.exponent.as_str()), (modulus, "AQAB"));
    }

    #[test]
    fn malformed_keys_are_refused() {
        assert!(PublicKey::from_spki(b"").is_err());
        assert!(PublicKey::from_pkcs1(vec![0x30, 0x00]).is_err());
    }
}
