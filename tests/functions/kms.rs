//! Signing keys in KMS, played by a stand-in that speaks its protocol and signs with real keys.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use lambda_http::http::StatusCode;
use serde_json::{Value, json};
use shared::domain::{CustomerReference, SessionId};
use shared::runtime::config::Gateway;
use shared::tokens::{Claims, Expected};
use shared::{App, Error};
use tests::jwt;
use tokio::net::TcpListener;

use crate::fixture::Fixture;
use crate::project;
use crate::world;
use tests::handlers;
use tests::kms::{self, ARNS, Kms};

#[tokio::test]
async fn a_signature_by_kms_verifies_and_its_key_is_published() {
    let kms = Kms::start().await;
    let app = app(&kms, &ARNS[..1]);
    let token = sign(&app).await.expect("a token");
    assert_eq!(verify(&app, &token).await.expect("a valid token"), claims(&app));

    let jwks = json!({ "keys": app.keys.jwks().await.expect("keys") });
    assert_eq!(jwks["keys"].as_array().map(Vec::len), Some(1));
    let key = &jwks["keys"][0];
    assert_eq!((&key["kty"], &key["use"], &key["alg"]), (&json!("RSA"), &json!("sig"), &json!("RS256")));
    assert_eq!(key["kid"], jwt::thumbprint(key));
    assert_eq!(jwt::decode(&token).0["kid"], key["kid"]);
    assert!(jwt::is_signed_by(&token, &jwks), "by the key that is published");
}

#[tokio::test]
async fn kms_is_asked_to_sign_the_message_itself_by_the_first_key() {
    let kms = Kms::start().await;
    let app = app(&kms, &ARNS);
    let token = sign(&app).await.expect("a token");
    let calls = kms.calls();
    let (_, request) = calls.iter().find(|(operation, _)| operation == "Sign").expect("KMS signs");
    let message = kms::blob(&request["Message"]);
    assert_eq!(String::from_utf8(message).ok().as_deref(), token.rsplit_once('.').map(|(signed, _)| signed));
    assert_eq!(request["MessageType"], "RAW");
    assert_eq!(request["SigningAlgorithm"], "RSASSA_PKCS1_V1_5_SHA_256");
    assert_eq!(request["KeyId"], ARNS[0]);
}

#[tokio::test]
async fn keys_are_rotated_without_signing_anyone_out() {
    let kms = Kms::start().await;
    let [old, new] = ARNS;
    let stages = [vec![old], vec![old, new], vec![new, old], vec![new]];
    let apps = stages.map(|keys| app(&kms, &keys));
    let mut tokens = Vec::new();
    for app in &apps {
        tokens.push(sign(app).await.expect("a token"));
    }
    let kid = |token: &str| jwt::decode(token).0["kid"].clone();
    assert_eq!(kid(&tokens[0]), kid(&tokens[1]), "the first key of the list signs");
    assert_ne!(kid(&tokens[1]), kid(&tokens[2]));
    assert_eq!(kid(&tokens[2]), kid(&tokens[3]));

    for (stage, app) in apps.iter().enumerate() {
        let jwks = json!({ "keys": app.keys.jwks().await.expect("keys") });
        for (signed_in, token) in tokens.iter().enumerate() {
            let by_old = signed_in < 2;
            let known = if by_old { stage < 3 } else { stage > 0 };
            assert_eq!(verify(app, token).await.is_ok(), known, "token of stage {signed_in} in {stage}");
            let published = jwks["keys"].as_array().expect("keys").iter().any(|key| key["kid"] == kid(token));
            assert_eq!(published, known, "the JWKS agrees");
        }
    }
}

/// At the end of a rotation, a new container may find the old key in its settings and no longer in its role.
#[tokio::test]
async fn an_old_key_that_kms_withholds_is_left_out_and_one_that_is_busy_is_waited_for() {
    let [old, new] = ARNS;
    for code in
        ["AccessDeniedException", "DisabledException", "KMSInvalidStateException", "NotFoundException"]
    {
        let kms = Kms::start().await;
        let signed_by_old = sign(&app(&kms, &[old])).await.expect("a token");
        kms.withhold(Some((old, code)));
        let app = app(&kms, &[new, old]);
        let token = sign(&app).await.expect("a token");
        assert!(verify(&app, &token).await.is_ok(), "{code}");
        assert!(matches!(verify(&app, &signed_by_old).await, Err(Error::InvalidAccessToken)), "{code}");
        assert_eq!(app.keys.jwks().await.expect("keys").len(), 1, "{code}");
        let signing = self::app(&kms, &[old, new]);
        assert!(sign(&signing).await.is_err(), "{code}: the key that signs is never left out");

        app.clock.advance(Duration::from_secs(60));
        kms.fail(Some((StatusCode::INTERNAL_SERVER_ERROR, "KMSInternalException")));
        assert!(verify(&app, &token).await.is_ok(), "{code}: the keys that are known stay good");
        kms.fail(None);

        // A right that was granted a moment ago is not known everywhere.
        kms.withhold(None);
        assert!(verify(&app, &signed_by_old).await.is_err(), "{code}");
        app.clock.advance(Duration::from_secs(60));
        assert!(verify(&app, &signed_by_old).await.is_ok(), "{code}: it is asked for again");
    }
    let kms = Kms::start().await;
    kms.withhold(Some((old, "ThrottlingException")));
    let app = app(&kms, &[new, old]);
    let error = sign(&app).await.expect_err("not all keys are known");
    assert_eq!(error.objects()[0].status, 503);
}

#[tokio::test]
async fn a_kms_that_does_not_answer_is_named_in_the_log() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = silent.local_addr().expect("an address");
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let nobody = gone.local_addr().expect("an address");
    drop(gone);
    for address in [address, nobody] {
        let endpoint = format!("http://{address}");
        let settings =
            [("SIGNING_KEY_PKCS8", ""), ("SIGNING_KEYS", ARNS[0]), ("AWS_ENDPOINT_URL_KMS", &*endpoint)];
        let app = world::app(&settings);
        let error = sign(&app).await.expect_err("KMS is needed");
        let cause = error.cause().map(ToString::to_string);
        assert_eq!(cause.as_deref(), Some("KMS GetPublicKey: no answer"));
    }
}

#[tokio::test]
async fn each_key_is_fetched_once_however_many_ask_at_once() {
    let kms = Kms::start().await;
    let app = app(&kms, &ARNS);
    assert_eq!(kms.calls(), [], "KMS is not called before a key is needed");
    let asking = (0..8).map(|_| {
        let app = Arc::clone(&app);
        tokio::spawn(async move { sign(&app).await.expect("a token") })
    });
    for token in asking.collect::<Vec<_>>() {
        verify(&app, &token.await.expect("no panic")).await.expect("a valid token");
    }
    app.keys.jwks().await.expect("keys");
    assert_eq!(kms.count("Sign"), 8);
    let fetched = kms.calls().into_iter().filter(|(operation, _)| operation == "GetPublicKey");
    assert_eq!(fetched.map(|(_, request)| request["KeyId"].clone()).collect::<Vec<_>>(), ARNS);
}

#[tokio::test]
async fn an_unknown_kid_is_refused_without_asking_kms() {
    let kms = Kms::start().await;
    let app = app(&kms, &ARNS);
    let token = sign(&app).await.expect("a token");
    let before = kms.calls().len();
    let (mut header, claims) = jwt::decode(&token);
    for kid in ["NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "", ARNS[0], "../../etc/passwd"] {
        header["kid"] = json!(kid);
        let forged = jwt::sign(&header, &claims);
        assert!(matches!(verify(&app, &forged).await, Err(Error::InvalidAccessToken)), "{kid}");
        assert_eq!(effect(&app, &forged).await, "Deny", "{kid}");
    }
    assert_eq!(kms.calls().len(), before);
}

#[tokio::test]
async fn a_failure_of_kms_is_a_503_and_is_not_remembered() {
    let failures = [
        (StatusCode::INTERNAL_SERVER_ERROR, "KMSInternalException"),
        (StatusCode::BAD_REQUEST, "ThrottlingException"),
        (StatusCode::BAD_REQUEST, "DisabledException"),
        (StatusCode::BAD_REQUEST, "AccessDeniedException"),
        (StatusCode::BAD_REQUEST, "NotFoundException"),
    ];
    let kms = Kms::start().await;
    let token = sign(&app(&kms, &ARNS)).await.expect("a token");
    for (status, code) in failures {
        let app = app(&kms, &ARNS);
        kms.fail(Some((status, code)));
        for outcome in [sign(&app).await.map(drop), verify(&app, &token).await.map(drop)] {
            let error = outcome.expect_err(code);
            let objects = error.objects();
            assert_eq!((objects[0].status, objects[0].code), (503, None), "{code}");
            assert!(
                error.cause().is_some_and(|cause| cause.to_string().contains(code)),
                "the log knows {code}"
            );
        }
        let answer = handlers::authorize(&app, &token_event(&token)).await;
        assert!(answer.is_err(), "{code}: the gateway turns an error into a 500 and a denial into a 401");
        kms.fail(None);
        verify(&app, &token).await.expect("a failure is not remembered");
    }
}

#[tokio::test]
async fn kms_failing_to_sign_after_its_keys_are_known_is_a_503() {
    let kms = Kms::start().await;
    let app = app(&kms, &ARNS);
    let token = sign(&app).await.expect("a token");
    kms.fail(Some((StatusCode::INTERNAL_SERVER_ERROR, "KMSInternalException")));
    assert_eq!(sign(&app).await.expect_err("no signature").objects()[0].status, 503);
    assert_eq!(effect(&app, &token).await, "Allow", "verifying needs no call");
}

#[tokio::test]
async fn signing_in_and_authorizing_work_with_kms() {
    let kms = Kms::start().await;
    let fixture = Fixture::make().await;
    let keys = ARNS.join(",");
    let app = fixture.world.app(&kms.settings(&keys));
    let event = project::read("events/tokens.sign-in.json");
    let reply = handlers::answer("tokens", &app, &event).await;
    assert_eq!(reply.status(), 201);
    let answer: Value = serde_json::from_str(&handlers::text(&reply)).expect("JSON");
    let token = answer["data"]["attributes"]["accessToken"].as_str().expect("a token");
    assert_eq!(effect(&app, token).await, "Allow");

    let reply = handlers::answer("tokens", &app, &project::read("events/tokens.keys.json")).await;
    let jwks: Value = serde_json::from_str(&handlers::text(&reply)).expect("JSON");
    assert!(jwt::is_signed_by(token, &jwks), "by a key that is published");

    kms.fail(Some((StatusCode::INTERNAL_SERVER_ERROR, "KMSInternalException")));
    let reply = handlers::answer("tokens", &app, &event).await;
    assert_eq!((reply.status().as_u16(), reply.headers().contains_key("retry-after")), (503, true));
    let fresh = fixture.world.app(&kms.settings(&keys));
    let reply = handlers::answer("tokens", &fresh, &project::read("events/tokens.keys.json")).await;
    assert_eq!(reply.status(), 503);
}

/// The gateway in [`token_event`], which determines the issuer.
fn gateway() -> Gateway {
    Gateway { api_id: "api123".to_owned(), stage: "prod".to_owned() }
}

fn claims(app: &App) -> Claims {
    let reference = CustomerReference::parse("DE--25").expect("a reference");
    let session = SessionId::from_hash("a-session".to_owned());
    let (issuer, audience) = (app.config.issuer(&gateway()), app.config.token_audience.clone());
    let start = shared::domain::Timestamp::from_seconds(1_767_225_600);
    let claims = Claims::new(issuer, audience, &reference, &session, start, 60, "an-id".to_owned());
    Claims { exp: 4_102_444_800, ..claims }
}

async fn sign(app: &App) -> Result<String, Error> {
    app.keys.sign(&claims(app)).await
}

async fn verify(app: &App, token: &str) -> Result<Claims, Error> {
    let issuer = app.config.issuer(&gateway());
    let expected = Expected { issuer: &issuer, audience: &app.config.token_audience, now: app.clock.now() };
    app.keys.verify(token, expected).await
}

fn token_event(token: &str) -> String {
    json!({
        "type": "TOKEN",
        "methodArn": "arn:aws:execute-api:eu-central-1:123456789012:api123/prod/GET/customers/DE--25",
        "authorizationToken": format!("Bearer {token}"),
    })
    .to_string()
}

/// The authorizer's decision.
async fn effect(app: &Arc<App>, token: &str) -> Value {
    let response = handlers::authorize(app, &token_event(token)).await.expect("the keys are there");
    json!(response)["policyDocument"]["Statement"][0]["Effect"].clone()
}

/// The app of functions with these signing keys.
fn app(kms: &Kms, keys: &[&str]) -> Arc<App> {
    world::app(&kms.settings(&keys.join(",")))
}
