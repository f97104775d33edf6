//! Mailed keys: hard to guess, stored as hashes, and used up only by the request that presents them.

use std::collections::HashSet;

use serde_json::{Value, json};
use tests::errors::{BAD_CONFIRMATION_KEY, BAD_RESTORE_KEY};
use tests::mail::{CONFIRMATION, PASSWORD_RESET};
use tests::{NEW_PASSWORD, Request, Shop, Table};

const RESTORE: &str = "/customer-restore-password";
const CONFIRM: &str = "/customer-confirmation";

#[tokio::test]
async fn a_key_is_256_random_bits() {
    let shop = Shop::start().await;
    let mut secrets = HashSet::new();
    for number in 0..20 {
        let email = format!("customer{number}@example.com");
        let customer = shop.register(&email).await;
        for kind in [CONFIRMATION, PASSWORD_RESET] {
            if kind == PASSWORD_RESET {
                forgotten(&shop, &email).await;
            }
            let key = shop.mail_to(&email, kind).await.token();
            let (reference, secret) = key.split_once('.').expect("a reference and a secret");
            assert_eq!(reference, customer.reference);
            // 43 characters of 64 kinds, the last of which has four bits: 256.
            assert_eq!(secret.len(), 43, "{secret}");
            assert!(
                secret.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character))
            );
            secrets.insert(secret.to_owned());
        }
    }
    assert_eq!(secrets.len(), 40, "no secret occurs twice");
    // Each place of a random secret has many different characters.
    for place in 0..42 {
        let kinds: HashSet<char> = secrets.iter().filter_map(|secret| secret.chars().nth(place)).collect();
        assert!(kinds.len() > 15, "place {place}: {kinds:?}");
    }
}

#[tokio::test]
async fn no_other_request_uses_a_key_up() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let confirmation = shop.mail_to(&customer.email, CONFIRMATION).await.token();
    forgotten(&shop, &customer.email).await;
    let restore = shop.mail_to(&customer.email, PASSWORD_RESET).await.token();
    let good = new_password(&restore);
    let confirmed = json!({"registrationKey": confirmation});
    let with_type = |path: &str, body: &Value, kind: &str| {
        let document = json!({"data": {"type": kind, "attributes": body}});
        Request::new(if path == CONFIRM { "POST" } else { "PATCH" }, path).json(&document)
    };
    let mut table = Table::default();
    for (row, request) in [
        (
            "GET with the key in the query",
            Request::new("GET", &format!("{RESTORE}?restorePasswordKey={restore}")),
        ),
        ("GET with the key in the path", Request::new("GET", &format!("{RESTORE}/{restore}"))),
        ("HEAD", Request::new("HEAD", &format!("{RESTORE}/{restore}"))),
        ("POST", Request::new("POST", RESTORE).attributes(good.clone())),
        ("PUT", Request::new("PUT", RESTORE).attributes(good.clone())),
        ("DELETE", Request::new("DELETE", &format!("{RESTORE}/{restore}"))),
        ("OPTIONS", Request::new("OPTIONS", &format!("{RESTORE}/{restore}"))),
        ("wrong type", with_type(RESTORE, &good, "customers")),
        (
            "another row's path",
            with_type(CONFIRM, &json!({"registrationKey": restore}), "customer-confirmation"),
        ),
        ("the other key", with_type(RESTORE, &new_password(&confirmation), "customer-restore-password")),
        (
            "no password",
            with_type(RESTORE, &json!({"restorePasswordKey": restore}), "customer-restore-password"),
        ),
        (
            "GET of the confirmation",
            Request::new("GET", &format!("{CONFIRM}?registrationKey={confirmation}")),
        ),
        ("HEAD of the confirmation", Request::new("HEAD", &format!("{CONFIRM}/{confirmation}"))),
        ("PATCH of the confirmation", Request::new("PATCH", CONFIRM).attributes(confirmed.clone())),
    ] {
        let status = shop.anonymous().send(request).await.status;
        table.check(row, status == 204 && row != "OPTIONS", false);
        table.check(row, status < 500, true);
    }
    table.finish();
    shop.anonymous().patch(RESTORE, good.clone()).await.expect(204);
    shop.anonymous().patch(RESTORE, good).await.assert_error(BAD_RESTORE_KEY);
    // The restore has confirmed the address, which uses up the confirmation key.
    shop.anonymous().post(CONFIRM, confirmed).await.assert_error(BAD_CONFIRMATION_KEY);
}

#[tokio::test]
async fn a_key_is_valid_until_the_second_it_expires() {
    for (seconds, is_valid) in [(2 * 60 * 60 - 5, true), (2 * 60 * 60 + 1, false)] {
        let shop = Shop::start().await;
        shop.register("john@example.com").await;
        forgotten(&shop, "john@example.com").await;
        let key = shop.mail_to("john@example.com", PASSWORD_RESET).await.token();
        shop.advance(seconds);
        let answer = shop.anonymous().patch(RESTORE, new_password(&key)).await;
        assert_eq!(answer.status == 204, is_valid, "after {seconds} s: {}", answer.summary());
    }
}

#[tokio::test]
async fn neither_table_nor_log_holds_a_key() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let confirmation = shop.mail_to(&customer.email, CONFIRMATION).await.token();
    forgotten(&shop, &customer.email).await;
    let restore = shop.mail_to(&customer.email, PASSWORD_RESET).await.token();
    // A careless client puts its secrets into paths and queries too.
    for secret in [&confirmation, &restore, &customer.refresh_token, &customer.access_token] {
        shop.anonymous().get(&format!("{RESTORE}/{secret}?token={secret}")).await.expect(404);
        customer.delete(&format!("/refresh-tokens/{secret}x")).await.expect(204);
    }
    let items = shop.items().await;
    let kept = items.iter().map(Value::to_string).chain(shop.log()).collect::<Vec<_>>().join("\n");
    assert!(kept.contains(&customer.reference) && kept.contains("\"operation\""), "both are searched");
    for token in [&confirmation, &restore, &customer.refresh_token, &customer.access_token] {
        for part in token.split('.').skip(1) {
            assert!(!kept.contains(part), "{part}");
        }
    }
}

async fn forgotten(shop: &Shop, email: &str) {
    shop.anonymous().post("/customer-forgotten-password", json!({"email": email})).await.expect(204);
}

fn new_password(key: &str) -> Value {
    json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD})
}
