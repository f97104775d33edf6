//! POST /customer-confirmation

use serde_json::json;
use tests::errors::{AUTHENTICATION_FAILED, BAD_CONFIRMATION_KEY, NOT_CONFIRMED, validation};
use tests::mail::CONFIRMATION;
use tests::{Answer, PASSWORD, STOREFRONT, Shop, registration};

use crate::rules::{self, BLANK, Field};

#[tokio::test]
async fn accepts_the_key_from_the_mail_once() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mail = shop.mail_to(&customer.email, CONFIRMATION).await;
    assert_eq!(mail.link(), format!("{STOREFRONT}/register/confirm?token={}", mail.token()));
    assert!(mail.html.contains(&mail.link()), "{}", mail.html);
    confirm(&shop, &mail.token()).await.expect(204);
    confirm(&shop, &mail.token()).await.assert_error(BAD_CONFIRMATION_KEY);
    assert!(customer.is_signed_in().await);
}

#[tokio::test]
async fn other_keys_are_invalid() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    let key = shop.mail_to(&john.email, CONFIRMATION).await.token();
    let (_, secret) = key.rsplit_once('.').unwrap_or(("", &key));
    let foreign = format!("{}.{secret}", jane.reference);
    for other in
        ["x", secret, &foreign, &format!("{key}x"), &key[..key.len() - 1], "\u{0}", &"😀".repeat(1000)]
    {
        confirm(&shop, other).await.assert_error(BAD_CONFIRMATION_KEY);
    }
    confirm(&shop, &key).await.expect(204);
}

#[tokio::test]
async fn checks_the_key() {
    let shop = Shop::start().await;
    let fields = [Field::required_text("registrationKey").with(json!(""), &[BLANK])];
    let base = json!({"registrationKey": "x"});
    let path = "/customer-confirmation";
    rules::check(&shop.anonymous(), "POST", path, &base, &fields, &[BAD_CONFIRMATION_KEY]).await;
    shop.anonymous()
        .post(path, json!({}))
        .await
        .assert_error(validation("registrationKey => This field is missing."));
}

#[tokio::test]
async fn sign_in_requires_it_only_if_configured() {
    let shop = Shop::with(&[("REQUIRE_CONFIRMATION", "true")]).await;
    let reference =
        shop.anonymous().post("/customers", registration("john@example.com")).await.expect(201).id();
    let form = format!("grant_type=password&username=john@example.com&password={PASSWORD}");
    // Only a wrong password counts.
    for _ in 0..6 {
        shop.try_sign_in("john@example.com", PASSWORD).await.assert_error(NOT_CONFIRMED);
        let refused = shop.anonymous().form("/token", &form).await.expect(400);
        let expected = json!({"error": "invalid_grant", "error_description": NOT_CONFIRMED.2});
        assert_eq!(refused.json(), expected);
    }
    shop.try_sign_in("john@example.com", "wrong").await.assert_error(AUTHENTICATION_FAILED);
    let key = shop.mail_to("john@example.com", CONFIRMATION).await.token();
    confirm(&shop, &key).await.expect(204);
    let customer = shop.sign_in(&reference, "john@example.com", PASSWORD).await;

    // A new e-mail must be confirmed as well.
    customer.patch(&customer.path(), json!({"email": "jack@example.com"})).await.expect(200);
    shop.try_sign_in("jack@example.com", PASSWORD).await.assert_error(AUTHENTICATION_FAILED);
    let key = shop.mail_to("jack@example.com", CONFIRMATION).await.token();
    confirm(&shop, &key).await.expect(204);
    shop.sign_in(&reference, "jack@example.com", PASSWORD).await;
}

#[tokio::test]
async fn a_key_sent_to_the_old_address_does_not_confirm_the_new_one() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let old = shop.mail_to("john@example.com", CONFIRMATION).await.token();
    customer.patch(&customer.path(), json!({"email": "jack@example.com"})).await.expect(200);
    let new = shop.mail_to("jack@example.com", CONFIRMATION).await.token();
    confirm(&shop, &old).await.assert_error(BAD_CONFIRMATION_KEY);
    confirm(&shop, &new).await.expect(204);
}

async fn confirm(shop: &Shop, key: &str) -> Answer {
    shop.anonymous().post("/customer-confirmation", json!({"registrationKey": key})).await
}

#[tokio::test]
async fn another_mail_can_be_asked_for_and_replaces_the_first() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let first = shop.mail_to(&customer.email, CONFIRMATION).await.token();
    for email in ["John@example.com", "nobody@example.com"] {
        request(&shop, email).await.expect(204);
    }
    let second = shop.mail_to(&customer.email, CONFIRMATION).await.token();
    confirm(&shop, &first).await.assert_error(BAD_CONFIRMATION_KEY);
    // Within a minute of the request before.
    request(&shop, "john@example.com").await.expect(204);
    shop.mail_settled().await;
    confirm(&shop, &second).await.expect(204);
    // A confirmed address gets none.
    shop.advance(61);
    request(&shop, "john@example.com").await.expect(204);
    assert_eq!(shop.count_mails("john@example.com", CONFIRMATION).await, 2);
    assert_eq!(shop.count_mails("nobody@example.com", CONFIRMATION).await, 0);
}

#[tokio::test]
async fn a_request_whose_mail_may_not_be_sent_voids_no_key() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    shop.mail_to(&customer.email, CONFIRMATION).await;
    let mut keys = Vec::new();
    for _ in 0..2 {
        request(&shop, "john@example.com").await.expect(204);
        keys.push(shop.mail_to(&customer.email, CONFIRMATION).await.token());
        shop.advance(3_600);
    }
    request(&shop, "john@example.com").await.expect(204);
    assert_eq!(shop.count_mails("john@example.com", CONFIRMATION).await, 3);
    confirm(&shop, &keys[1]).await.expect(204);
}

async fn request(shop: &Shop, email: &str) -> Answer {
    shop.anonymous().post("/customer-confirmation-requests", json!({"email": email})).await
}
