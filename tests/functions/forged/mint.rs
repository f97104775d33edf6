//! Makes valid and invalid tokens with our own key, and asks the authorizer about them.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::RsaKeyPair;
use serde_json::{Value, json};
use shared::App;
use tests::{Table, jwt, merged};

use crate::world;
use tests::handlers;
use tests::rsa_keys;

pub(crate) const DENY: &str = "Deny";
pub(crate) const ALLOW: &str = "Allow";
pub(crate) const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:api123/prod/GET/customers/DE--25";

pub(crate) struct Mint {
    pub(crate) app: Arc<App>,
    /// Of a valid token.
    pub(crate) header: Value,
    /// Of a valid token.
    pub(crate) claims: Value,
    pub(crate) jwks: Value,
    pub(crate) published_modulus: String,
    pub(crate) modulus: Vec<u8>,
}

impl Mint {
    pub(crate) async fn new() -> Mint {
        let app = world::app(&[]);
        let jwks = json!({ "keys": app.keys.jwks().await.expect("keys") });
        let published_modulus = jwks["keys"][0]["n"].as_str().expect("text").to_owned();
        let now = app.clock.now().seconds();
        Mint {
            header: json!({ "alg": "RS256", "typ": "at+jwt", "kid": jwks["keys"][0]["kid"] }),
            claims: json!({
                "iss": "https://api123.execute-api.eu-central-1.amazonaws.com/prod",
                "aud": "storefront-api",
                "sub": "DE--25",
                "iat": now,
                "nbf": now,
                "exp": now + 3_600,
                "jti": "an-id",
                "client_id": "storefront",
                "scope": "customer",
                "sid": "a-session",
            }),
            modulus: URL_SAFE_NO_PAD.decode(&published_modulus).expect("base64url"),
            published_modulus,
            jwks,
            app,
        }
    }

    pub(crate) fn kid(&self) -> &str {
        self.header["kid"].as_str().expect("text")
    }

    /// A valid token whose signature is written in another alphabet.
    pub(crate) fn re_encoded(&self, alphabet: &impl Engine) -> String {
        (0..)
            .find_map(|number| {
                let claims = merged(self.claims.clone(), json!({ "jti": number.to_string() }));
                let token = jwt::sign(&self.header, &claims);
                let (signed, signature) = token.rsplit_once('.')?;
                let other = alphabet.encode(URL_SAFE_NO_PAD.decode(signature).ok()?);
                (other != signature).then(|| format!("{signed}.{other}"))
            })
            .expect("some signature differs")
    }

    /// Each row is a description of the token, the header, and the expected decision.
    pub(crate) async fn check<'a>(&self, rows: impl IntoIterator<Item = (&'a str, String, &'static str)>) {
        let mut table = Table::default();
        for (row, authorization, expected) in rows {
            let response = self.ask(&authorization).await;
            let effect = response["policyDocument"]["Statement"][0]["Effect"].clone();
            table.check(row, effect.as_str(), Some(expected));
        }
        table.finish();
    }

    pub(crate) async fn ask(&self, authorization: &str) -> Value {
        let event = json!({ "type": "TOKEN", "methodArn": ARN, "authorizationToken": authorization });
        let response = handlers::authorize(&self.app, &event.to_string()).await;
        json!(response.unwrap_or_else(|error| panic!("{error}: {authorization:.100}")))
    }
}

/// A token with our signature under a text that need not be two parts of JSON.
pub(crate) fn sign_text(signed: &str) -> String {
    let key = STANDARD.decode(jwt::SIGNING_KEY).expect("base64");
    let key = RsaKeyPair::from_pkcs8(&key).expect("an RSA key");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(rsa_keys::sign(&key, signed.as_bytes())))
}

/// The same token with the last character changed in the bits that encode nothing.
pub(crate) fn with_spare_bits(token: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = token.split_at(token.len() - 1);
    let index = ALPHABET.iter().position(|character| last.as_bytes() == [*character]).expect("base64url");
    format!("{rest}{}", char::from(ALPHABET[index | 1]))
}
