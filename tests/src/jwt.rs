//! JSON Web Tokens from a client's side: read, checked against the published keys, and forged.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use serde_json::Value;

/// The key that every test server signs with: base64 of PKCS #8 DER. It protects nothing, so it may be public.
pub const SIGNING_KEY: &str = include_str!("signing-key.txt").trim_ascii();

/// Header and claims, unchecked.
#[track_caller]
pub fn decode(token: &str) -> (Value, Value) {
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "{token}");
    (json_of(parts[0]), json_of(parts[1]))
}

/// Whether one of the published keys, chosen by `kid`, made the signature.
pub fn is_signed_by(token: &str, jwks: &Value) -> bool {
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let kid = &decode(token).0["kid"];
    let key = jwks["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .find(|key| key["kid"] == *kid)
        .expect("a key for the kid");
    let number = |name: &str| bytes_of(key[name].as_str().expect("a number"));
    let key = RsaPublicKeyComponents { n: number("n"), e: number("e") };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &bytes_of(signature)).is_ok()
}

/// A token with a valid signature over this header and these claims.
pub fn sign(header: &Value, claims: &Value) -> String {
    let key = STANDARD.decode(SIGNING_KEY).expect("base64");
    let key = RsaKeyPair::from_pkcs8(&key).expect("an RSA key");
    let signed = unsigned(header, claims);
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).expect("a signature");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The part of a token that is signed.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// RFC 7638, of an RSA key in a JWKS.
pub fn thumbprint(key: &Value) -> String {
    let canonical = format!(r#"{{"e":{},"kty":{},"n":{}}}"#, key["e"], key["kty"], key["n"]);
    URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, canonical.as_bytes()))
}

#[track_caller]
fn json_of(part: &str) -> Value {
    serde_json::from_slice(&bytes_of(part)).expect("JSON")
}

#[track_caller]
fn bytes_of(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).expect("base64url")
}
