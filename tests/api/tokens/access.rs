//! POST /access-tokens

use serde_json::{Value, json};
use tests::errors::{AUTHENTICATION_FAILED, validation};
use tests::{PASSWORD, Shop};

use crate::rules::{self, BLANK, Field};

#[tokio::test]
async fn answers_with_a_token_pair() {
    let shop = Shop::start().await;
    shop.register("John@example.com").await;
    let answer = shop.try_sign_in("john@EXAMPLE.com", PASSWORD).await.expect(201);
    let (access_token, refresh_token) = (answer.text("accessToken"), answer.text("refreshToken"));
    assert_eq!(
        answer.json(),
        json!({"data": {
            "type": "access-tokens",
            "id": null,
            "attributes": {
                "tokenType": "Bearer",
                "expiresIn": 28800,
                "accessToken": access_token,
                "refreshToken": refresh_token,
                "idCompanyUser": null,
            },
            "links": {"self": format!("{}/access-tokens", shop.base_url())},
        }})
    );
    assert_eq!(answer.members("/data"), ["type", "id", "attributes", "links"]);
    assert_eq!(
        answer.members("/data/attributes"),
        ["tokenType", "expiresIn", "accessToken", "refreshToken", "idCompanyUser"]
    );
    assert_eq!(answer.header("Content-Type"), Some("application/vnd.api+json"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(answer.header("Location"), None, "a token pair has no id");

    shop.bearer(&access_token).get("/customers").await.expect(200);
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    assert!(refresh_token.chars().all(plain), "{refresh_token}");
    assert!(
        refresh_token.rsplit('.').next().is_some_and(|secret| secret.len() >= 43),
        "256 bits: {refresh_token}"
    );
}

#[tokio::test]
async fn bad_credentials_all_look_the_same() {
    let shop = Shop::start().await;
    shop.register("john@example.com").await;
    let rows = [
        ("john@example.com", "wrong"),
        ("john@example.com", "Change.123-now"),
        ("john@example.com", "Change.123-Now "),
        ("nobody@example.com", PASSWORD),
        ("john@example.com", "\u{0}"),
    ];
    let bodies = rows.map(|(username, password)| json!({"username": username, "password": password}));
    let mut answers = Vec::new();
    for body in bodies {
        let answer = shop.anonymous().post("/access-tokens", body).await;
        answer.assert_error(AUTHENTICATION_FAILED);
        answers.push(answer.body);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let huge = json!({"username": "john@example.com", "password": "x".repeat(60_000)});
    shop.anonymous().post("/access-tokens", huge).await.assert_error(AUTHENTICATION_FAILED);
}

#[tokio::test]
async fn checks_every_field() {
    let shop = Shop::start().await;
    let base = json!({"username": "nobody@example.com", "password": "Nothing.123-else"});
    let fields = [
        rules::email(Field::required_text("username")),
        Field::required_text("password").with(json!(""), &[BLANK]),
    ];
    // Fewer valid rows per e-mail than would lock it: each row of the username is another e-mail.
    rules::check(&shop.anonymous(), "POST", "/access-tokens", &base, &fields, &[AUTHENTICATION_FAILED]).await;
    shop.anonymous().post("/access-tokens", json!({})).await.assert_errors(&[
        validation("username => This field is missing."),
        validation("password => This field is missing."),
    ]);
}

#[tokio::test]
async fn the_lifetime_is_configurable() {
    let shop = Shop::with(&[("ACCESS_TOKEN_LIFETIME", "120")]).await;
    let customer = shop.register("john@example.com").await;
    let answer = shop.try_sign_in(&customer.email, PASSWORD).await;
    assert_eq!(answer.attribute("expiresIn"), 120);
    assert!(customer.is_signed_in().await);
    shop.advance(300);
    assert!(!customer.is_signed_in().await);
    assert_eq!(shop.try_refresh(&customer.refresh_token).await.expect(201).attribute("expiresIn"), 120);
}

#[tokio::test]
async fn sessions_do_not_depend_on_each_other() {
    let shop = Shop::start().await;
    let first = shop.register("john@example.com").await;
    let second = shop.sign_in(&first.reference, &first.email, PASSWORD).await;
    assert_ne!(first.access_token, second.access_token);
    assert_ne!(first.refresh_token, second.refresh_token);
    shop.try_sign_in(&first.email, "wrong").await.assert_error(AUTHENTICATION_FAILED);
    assert!(first.is_signed_in().await && second.is_signed_in().await);
    assert_eq!(first.get("/customers").await.json()["data"][0]["id"], Value::from(first.reference.clone()));
}
