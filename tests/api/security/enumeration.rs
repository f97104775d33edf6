//! Neither the content nor the cost of an answer reveals whether an e-mail address has an account.
//!
//! Times are compared by `cargo run --release --package bench --bin enumeration`.

use serde_json::{Value, json};
use tests::errors::NOT_CONFIRMED;
use tests::mail::CONFIRMATION;
use tests::{Answer, Calls, PASSWORD, Request, Shop, registration};

#[tokio::test]
async fn forgotten_passwords_of_known_and_unknown_emails_are_answered_alike() {
    let shop = Shop::start().await;
    shop.register("known@example.com").await;
    for _ in 0..3 {
        let known = forgotten(&shop, "known@example.com").await;
        let unknown = forgotten(&shop, "nobody@example.com").await;
        assert_eq!(known.status, 204);
        assert_alike(&known, &unknown);
        // The next one is beyond the cap of one a minute.
    }
}

#[tokio::test]
async fn failed_sign_ins_of_known_and_unknown_emails_are_answered_alike() {
    let shop = Shop::start().await;
    shop.register("known@example.com").await;
    let anonymous = shop.anonymous();
    // The last ones are locked out.
    for _ in 0..12 {
        let known = shop.try_sign_in("known@example.com", "wrong").await;
        let unknown = shop.try_sign_in("nobody@example.com", "wrong").await;
        assert_alike(&known, &unknown);
    }
    shop.advance(301);
    let form = |email: &str| format!("grant_type=password&username={email}&password=wrong");
    let known = anonymous.form("/token", &form("known@example.com")).await.expect(400);
    let unknown = anonymous.form("/token", &form("nobody@example.com")).await.expect(400);
    assert_alike(&known, &unknown);
}

#[tokio::test]
async fn an_anonymised_customer_is_answered_like_an_unknown_one() {
    let shop = Shop::start().await;
    let customer = shop.register("known@example.com").await;
    customer.delete(&customer.path()).await.expect(204);
    let known = shop.try_sign_in("known@example.com", PASSWORD).await;
    let unknown = shop.try_sign_in("nobody@example.com", PASSWORD).await;
    assert_alike(&known, &unknown);
    assert_alike(&forgotten(&shop, "known@example.com").await, &forgotten(&shop, "nobody@example.com").await);
}

/// Whatever an import or a repair by hand has left in the table.
#[tokio::test]
async fn an_account_whose_hash_nothing_can_have_made_is_answered_like_an_unknown_one() {
    let shop = Shop::start().await;
    shop.break_on_purpose();
    shop.register("known@example.com").await;
    let login = shop.item("LOGIN").await;
    let hash = login["password_hash"]["S"].as_str().expect("a hash").to_owned();
    for unusable in [
        hash.replace("v=19", "v=18"),
        hash.replace("argon2id", "scrypt"),
        hash.replace("m=", "n="),
        hash.replace("p=1", "p=1,x=1"),
        hash.rsplit_once('$').expect("parts").0.to_owned(),
        "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4".to_owned(),
        "change123".to_owned(),
    ] {
        assert_ne!(unusable, hash);
        let mut login = login.clone();
        login["password_hash"]["S"] = json!(unusable);
        shop.put_item(login).await;
        let known = shop.try_sign_in("known@example.com", PASSWORD).await;
        let unknown = shop.try_sign_in("nobody@example.com", PASSWORD).await;
        assert_alike(&known, &unknown);
    }
}

/// Hashes of other parameters take other times to verify, so a refusal does not come as soon as it could.
#[tokio::test]
async fn only_refused_sign_ins_wait() {
    // So long that all others are answered meanwhile.
    let shop = Shop::with(&[("SIGN_IN_FLOOR_MS", "10000"), ("REQUIRE_CONFIRMATION", "true")]).await;
    let anonymous = shop.anonymous();
    for email in ["known@example.com", "unconfirmed@example.com"] {
        anonymous.post("/customers", registration(email)).await.expect(201);
    }
    let key = shop.mail_to("known@example.com", CONFIRMATION).await.token();
    anonymous.post("/customer-confirmation", json!({"registrationKey": key})).await.expect(204);

    let mut refused = Vec::new();
    let tries = [("known@example.com", "wrong"), ("unconfirmed@example.com", "wrong")];
    for (email, password) in tries.into_iter().chain([("nobody@example.com", "wrong"); 10]) {
        let client = anonymous.clone();
        let credentials = json!({"username": email, "password": password});
        refused.push(tokio::spawn(async move { client.post("/access-tokens", credentials).await }));
        let client = anonymous.clone();
        let form = format!("grant_type=password&username=x{email}&password={password}");
        refused.push(tokio::spawn(async move { client.form("/token", &form).await }));
    }
    let all_wait = || refused.iter().all(|request| !request.is_finished());
    let has_ten_failures = |item: &&Value| item["failed"]["SS"].as_array().is_some_and(|all| all.len() == 10);
    while shop.items().await.iter().filter(has_ten_failures).count() < 2 {
        assert!(all_wait());
    }
    shop.try_sign_in("known@example.com", PASSWORD).await.expect(201);
    shop.try_sign_in("unconfirmed@example.com", PASSWORD).await.assert_error(NOT_CONFIRMED);
    shop.try_sign_in("nobody@example.com", "wrong").await.expect(429);
    assert!(all_wait());
    refused.iter().for_each(tokio::task::JoinHandle::abort);
}

async fn forgotten(shop: &Shop, email: &str) -> Answer {
    let attributes: Value = json!({"email": email});
    shop.anonymous().send(Request::new("POST", "/customer-forgotten-password").attributes(attributes)).await
}

#[track_caller]
fn assert_alike(one: &Answer, other: &Answer) {
    assert_eq!(one.status, other.status);
    assert_eq!(one.body, other.body);
    // The date and the time taken differ between any two answers.
    let lasting = |answer: &Answer| -> Vec<(String, String)> {
        let differing = ["date", "server-timing", "x-amzn-requestid", "x-request-id", "retry-after"];
        let headers = answer.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
        headers.filter(|(name, _)| !differing.contains(&name.as_str())).collect()
    };
    assert_eq!(lasting(one), lasting(other));
    let calls = |answer: &Answer| {
        let Calls { reads, writes, .. } = answer.calls();
        (reads, writes)
    };
    assert_eq!(calls(one), calls(other));
}
