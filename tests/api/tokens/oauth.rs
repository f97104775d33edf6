//! POST /token: OAuth 2.0 with its own answers (RFC 6749).

use serde_json::{Value, json};
use tests::{PASSWORD, Request, Shop, Table};

const UNKNOWN_GRANT: (&str, &str) = (
    "invalid_grant",
    "The provided authorization grant (e.g., authorization code, resource owner credentials) or refresh token is \
     invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to \
     another client.",
);
const BAD_CREDENTIALS: (&str, &str) = ("invalid_grant", "The user credentials were incorrect.");
const MALFORMED: (&str, &str) = (
    "invalid_request",
    "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than \
     once, or is otherwise malformed.",
);
const BAD_REFRESH_TOKEN: (&str, &str) = ("invalid_request", "The refresh token is invalid.");

#[tokio::test]
async fn signs_in_and_refreshes() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let form = format!(
        "grant_type=password&username=JOHN%40example.com&password={PASSWORD}&client_id=x&scope=y&foo=bar"
    );
    let answer = shop.anonymous().form("/token", &form).await.expect(200);
    let tokens = answer.json();
    let text = |name: &str| tokens[name].as_str().unwrap_or_else(|| panic!("{name}: {tokens}"));
    let expected = json!({
        "access_token": text("access_token"),
        "token_type": "Bearer",
        "expires_in": 28800,
        "refresh_token": text("refresh_token"),
    });
    assert_eq!(tokens, expected);
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let list = shop.bearer(text("access_token")).get("/customers").await.expect(200);
    assert_eq!(list.json()["data"][0]["id"], Value::from(customer.reference.clone()));

    shop.advance(20);
    let form = format!("refresh_token={}&grant_type=refresh_token", text("refresh_token"));
    let refreshed = shop.anonymous().form("/token", &form).await.expect(200);
    assert_eq!(refreshed.header("Cache-Control"), Some("no-store"));
    assert_ne!(refreshed.json()["refresh_token"], tokens["refresh_token"]);
    // The same tokens as those of the JSON:API rows.
    let successor = refreshed.json();
    let successor = successor["refresh_token"].as_str().expect("a token");
    shop.advance(20);
    shop.try_refresh(successor).await.expect(201);
}

#[tokio::test]
async fn answers_every_failure_as_the_contract_specifies() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let form = "application/x-www-form-urlencoded";
    let good = format!("grant_type=password&username=john@example.com&password={PASSWORD}");
    let as_json =
        json!({"grant_type": "password", "username": "john@example.com", "password": PASSWORD}).to_string();
    let rows = [
        (form, String::new(), UNKNOWN_GRANT),
        (form, format!("username=john@example.com&password={PASSWORD}"), UNKNOWN_GRANT),
        (form, "grant_type=".into(), UNKNOWN_GRANT),
        (form, "grant_type=client_credentials".into(), UNKNOWN_GRANT),
        (form, "grant_type=Password&username=john@example.com&password=x".into(), UNKNOWN_GRANT),
        (form, "grant_type=password&username=john@example.com&password=wrong".into(), BAD_CREDENTIALS),
        (
            form,
            format!("grant_type=password&username=nobody@example.com&password={PASSWORD}"),
            BAD_CREDENTIALS,
        ),
        (form, format!("grant_type=password&username=nobody&password={PASSWORD}"), BAD_CREDENTIALS),
        (form, "grant_type=password&username=john@example.com".into(), MALFORMED),
        (form, format!("grant_type=password&password={PASSWORD}"), MALFORMED),
        (form, "grant_type=password".into(), MALFORMED),
        (form, "grant_type=refresh_token".into(), MALFORMED),
        (form, "grant_type=refresh_token&refresh_token=x".into(), BAD_REFRESH_TOKEN),
        (
            form,
            format!("grant_type=refresh_token&refresh_token={}x", customer.refresh_token),
            BAD_REFRESH_TOKEN,
        ),
        (
            form,
            format!("grant_type=refresh_token&refresh_token={}", customer.access_token),
            BAD_REFRESH_TOKEN,
        ),
        ("application/json", as_json.clone(), MALFORMED),
        ("application/json", good.clone(), MALFORMED),
        ("application/vnd.api+json", as_json, MALFORMED),
        ("text/plain", good.clone(), MALFORMED),
        ("multipart/form-data; boundary=x", good.clone(), MALFORMED),
    ];
    let mut table = Table::default();
    for (content_type, body, (error, description)) in rows {
        let request = Request::new("POST", "/token").header("Content-Type", content_type).body(&body);
        let answer = shop.anonymous().send(request).await;
        let row = format!("{content_type} {body}");
        table.check(&row, answer.status, 400);
        table.check(&row, answer.json(), json!({"error": error, "error_description": description}));
        table.check(&row, answer.header("Content-Type"), Some("application/json"));
        table.check(&row, answer.header("Access-Control-Allow-Origin").is_some(), true);
    }
    let without_type = shop.anonymous().send(Request::new("POST", "/token").body(&good)).await;
    table.check("no content type", without_type.json()["error"].clone(), MALFORMED.0);
    for spelling in ["application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-Urlencoded"]
    {
        let request = Request::new("POST", "/token").header("Content-Type", spelling).body(&good);
        table.check(spelling, shop.anonymous().send(request).await.status, 200);
    }
    table.finish();
}

#[tokio::test]
async fn reads_forms_as_browsers_write_them() {
    let shop = Shop::start().await;
    let customer = shop.register("john.o+tag@example.com").await;
    let password = "a+b c&d=e%f ü😀";
    customer.change_password(PASSWORD, password).await.expect(204);
    let form = "grant_type=password&username=john.o%2Btag%40example.com&password=a%2Bb+c%26d%3De%25f%20%C3%BC%F0%9F%98%80";
    shop.anonymous().form("/token", form).await.expect(200);
}

#[tokio::test]
async fn refresh_tokens_of_ended_sessions_are_refused() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    customer.delete("/refresh-tokens/mine").await.expect(204);
    let form = format!("grant_type=refresh_token&refresh_token={}", customer.refresh_token);
    let answer = shop.anonymous().form("/token", &form).await.expect(400);
    assert_eq!(
        answer.json(),
        json!({"error": BAD_REFRESH_TOKEN.0, "error_description": BAD_REFRESH_TOKEN.1})
    );
}
