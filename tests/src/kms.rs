//! Enough of KMS to sign: its JSON protocol, and two keys.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::http;
use crate::rsa_keys::{KEYS, Key};

/// The keys that the stand-in has.
pub const ARNS: [&str; 2] = [
    "arn:aws:kms:eu-central-1:123456789012:key/0b7c1e52-5d0c-4d3c-9a0e-6a1f2f6f6a01",
    "arn:aws:kms:eu-central-1:123456789012:key/0b7c1e52-5d0c-4d3c-9a0e-6a1f2f6f6a02",
];

pub struct Kms {
    endpoint: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    calls: Vec<(String, Value)>,
    failure: Option<(StatusCode, &'static str)>,
    withheld: Option<(&'static str, &'static str)>,
}

impl Kms {
    pub async fn start() -> Kms {
        let state = Arc::new(Mutex::new(State::default()));
        let answering = Arc::clone(&state);
        let endpoint = http::serve(move |request| {
            let answer = answer(&answering, &request);
            async move { answer }
        })
        .await;
        Kms { endpoint, state }
    }

    /// Environment variables for signing with `keys`, a list of [`ARNS`].
    pub fn settings<'a>(&'a self, keys: &'a str) -> [(&'static str, &'a str); 3] {
        [("SIGNING_KEY_PKCS8", ""), ("SIGNING_KEYS", keys), ("AWS_ENDPOINT_URL_KMS", &self.endpoint)]
    }

    /// Operation and input of each call so far.
    pub fn calls(&self) -> Vec<(String, Value)> {
        self.state.lock().expect("unpoisoned").calls.clone()
    }

    pub fn count(&self, operation: &str) -> usize {
        self.calls().iter().filter(|(called, _)| called == operation).count()
    }

    /// From now on every call fails with this status and code, or none does.
    pub fn fail(&self, failure: Option<(StatusCode, &'static str)>) {
        self.state.lock().expect("unpoisoned").failure = failure;
    }

    /// From now on every call for this key of [`ARNS`] fails with this code, or none does.
    pub fn withhold(&self, withheld: Option<(&'static str, &'static str)>) {
        self.state.lock().expect("unpoisoned").withheld = withheld;
    }
}

fn answer(state: &Mutex<State>, request: &Request<Bytes>) -> Response<Bytes> {
    let (operation, input) = http::aws_call(request);
    let mut state = state.lock().expect("unpoisoned");
    state.calls.push((operation.clone(), input.clone()));
    if let Some((status, code)) = state.failure {
        return response(status, &json!({ "__type": code, "message": "provoked by the test" }));
    }
    if let Some((_, code)) = state.withheld.filter(|(arn, _)| input["KeyId"] == *arn) {
        return response(
            StatusCode::BAD_REQUEST,
            &json!({ "__type": code, "message": "provoked by the test" }),
        );
    }
    let Some(key) = key(&input) else {
        return response(StatusCode::BAD_REQUEST, &json!({ "__type": "NotFoundException" }));
    };
    let output = match &*operation {
        "GetPublicKey" => json!({
            "KeyId": input["KeyId"],
            "PublicKey": STANDARD.encode(&key.spki),
            "KeySpec": "RSA_2048",
            "KeyUsage": "SIGN_VERIFY",
            "SigningAlgorithms": ["RSASSA_PKCS1_V1_5_SHA_256"],
        }),
        "Sign" => json!({
            "KeyId": input["KeyId"],
            "Signature": STANDARD.encode(key.sign(&blob(&input["Message"]))),
            "SigningAlgorithm": input["SigningAlgorithm"],
        }),
        _ => return response(StatusCode::BAD_REQUEST, &json!({ "__type": "UnknownOperationException" })),
    };
    response(StatusCode::OK, &output)
}

fn key(input: &Value) -> Option<&'static Key> {
    ARNS.iter().position(|arn| input["KeyId"] == *arn).map(|index| &KEYS[index])
}

/// Bytes, as AWS's JSON protocols write them.
#[track_caller]
pub fn blob(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().expect("a string")).expect("base64")
}

fn response(status: StatusCode, body: &Value) -> Response<Bytes> {
    let response = Response::builder().status(status).header("content-type", "application/x-amz-json-1.1");
    response.body(Bytes::from(body.to_string())).expect("a response")
}
