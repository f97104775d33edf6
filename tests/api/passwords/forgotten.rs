//! POST /customer-forgotten-password

use serde_json::json;
use tests::mail::PASSWORD_RESET;
use tests::{Answer, NEW_PASSWORD, STOREFRONT, Shop};

use crate::rules::{self, Field, too_long};

#[tokio::test]
async fn mails_a_link_with_the_key() {
    let shop = Shop::start().await;
    let customer = shop.register("John@example.com").await;
    forgotten(&shop, "john@EXAMPLE.com").await.expect(204);
    let mail = shop.mail_to(&customer.email, PASSWORD_RESET).await;
    assert_eq!(mail.link(), format!("{STOREFRONT}/password/restore?token={}", mail.token()));
    assert!(mail.html.contains(&mail.link()), "{}", mail.html);
    assert!(customer.is_signed_in().await, "a reset request, which anyone can make, ends no session");
}

#[tokio::test]
async fn answers_the_same_for_an_unknown_email() {
    let shop = Shop::start().await;
    shop.register("john@example.com").await;
    let known = forgotten(&shop, "john@example.com").await.expect(204);
    let unknown = forgotten(&shop, "jack@example.com").await.expect(204);
    let names = |answer: &Answer| answer.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&known), names(&unknown));
    assert_eq!(known.calls(), unknown.calls());
    assert_eq!(shop.count_mails("jack@example.com", PASSWORD_RESET).await, 0);
    assert_eq!(shop.count_mails("john@example.com", PASSWORD_RESET).await, 1);
}

#[tokio::test]
async fn checks_the_email() {
    let shop = Shop::start().await;
    let host = "@example.com";
    let longest = format!("{}{host}", "j".repeat(255 - host.len()));
    let field = rules::email(Field::required_text("email"))
        .with(json!(longest), &[])
        .with(json!(format!("j{longest}")), &[&too_long(255)])
        .with(json!("j".repeat(256)), &[rules::NOT_AN_EMAIL, &too_long(255)]);
    let base = json!({"email": "john@example.com"});
    let fields = [field];
    for path in ["/customer-forgotten-password", "/customer-confirmation-requests"] {
        rules::check(&shop.anonymous(), "POST", path, &base, &fields, &[]).await;
    }
}

#[tokio::test]
async fn a_newer_key_replaces_the_previous_one() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    forgotten(&shop, &customer.email).await.expect(204);
    let first = shop.mail_to(&customer.email, PASSWORD_RESET).await.token();
    shop.advance(61);
    forgotten(&shop, &customer.email).await.expect(204);
    let second = shop.mail_to(&customer.email, PASSWORD_RESET).await.token();
    restore(&shop, &first).await.assert_error(tests::errors::BAD_RESTORE_KEY);
    restore(&shop, &second).await.expect(204);
}

#[tokio::test]
async fn one_a_minute_three_an_hour_six_a_day_and_then_one_every_four_hours() {
    let shop = Shop::start().await;
    let customer = shop.register_confirmed("john@example.com").await;
    let mut sent = 0;
    let mut key = String::new();
    let minute = 60;
    let hour = 60 * minute;
    // Seconds to wait before each request, and whether it is served.
    let requests = [
        (0, true),
        (30, false),
        (31, true),
        (minute + 1, true),
        (minute + 1, false),
        (50 * minute, false),
        (10 * minute, true),
        (2 * minute, true),
        (2 * minute, true),
        (2 * hour, false),
        (2 * hour - 60, false),
        (60, true),
        (4 * hour - 60, false),
        (60, true),
        (16 * hour, true),
        (2 * minute, true),
    ];
    for (index, (wait, served)) in requests.into_iter().enumerate() {
        shop.advance(wait);
        // Another spelling does not get around the limit.
        let email = if index % 2 == 0 { "john@example.com" } else { "John@Example.COM" };
        forgotten(&shop, email).await.expect(204);
        if served {
            sent += 1;
            key = shop.mail_to(&customer.email, PASSWORD_RESET).await.token();
        }
        assert_eq!(shop.count_mails(&customer.email, PASSWORD_RESET).await, sent, "request {index}");
    }
    forgotten(&shop, &customer.email).await.expect(204);
    // A request that was not served leaves the key alone.
    restore(&shop, &key).await.expect(204);
}

async fn forgotten(shop: &Shop, email: &str) -> Answer {
    shop.anonymous().post("/customer-forgotten-password", json!({"email": email})).await
}

async fn restore(shop: &Shop, key: &str) -> Answer {
    let attributes =
        json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    shop.anonymous().patch("/customer-restore-password", attributes).await
}
