//! POST /refresh-tokens

use serde_json::json;
use tests::errors::{INVALID_TOKEN, REFRESH_FAILED, validation};
use tests::mail::{CONFIRMATION, SESSION_REUSED};
use tests::{Customer, PASSWORD, STOREFRONT, Shop};

use crate::races::at_once;
use crate::rules::{self, BLANK, Field};

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn answers_with_the_next_pair() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let answer = shop.try_refresh(&customer.refresh_token).await.expect(201);
    let (access_token, refresh_token) = (answer.text("accessToken"), answer.text("refreshToken"));
    assert_eq!(
        answer.json(),
        json!({"data": {
            "type": "refresh-tokens",
            "id": null,
            "attributes": {
                "tokenType": "Bearer",
                "expiresIn": 28800,
                "accessToken": access_token,
                "refreshToken": refresh_token,
                "idCompanyUser": null,
            },
            "links": {"self": format!("{}/refresh-tokens", shop.base_url())},
        }})
    );
    assert_eq!(answer.members("/data"), ["type", "id", "attributes", "links"]);
    assert_eq!(answer.header("Content-Type"), Some("application/vnd.api+json"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(answer.header("Location"), None);
    assert_ne!(refresh_token, customer.refresh_token);
    shop.bearer(&access_token).get("/customers").await.expect(200);
    assert!(customer.is_signed_in().await, "the older access token belongs to the same session");
}

#[tokio::test]
async fn two_requests_within_ten_seconds_get_the_same_successor() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let first = shop.try_refresh(&customer.refresh_token).await.expect(201).text("refreshToken");
    shop.advance(5);
    let second = shop.try_refresh(&customer.refresh_token).await.expect(201);
    assert_eq!(second.text("refreshToken"), first);
    shop.bearer(&second.text("accessToken")).get("/customers").await.expect(200);
    // And the successor is as valid as any other token.
    shop.try_refresh(&first).await.expect(201);
}

/// Three tabs hold a token each; those that are slow get the newest one.
#[tokio::test]
async fn every_token_replaced_within_ten_seconds_gets_the_newest_successor() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut tokens = vec![customer.refresh_token.clone()];
    for _ in 0..3 {
        let next = shop.try_refresh(tokens.last().expect("one")).await.expect(201).text("refreshToken");
        tokens.push(next);
        shop.advance(3);
    }
    for token in &tokens[..3] {
        let answer = shop.try_refresh(token).await.expect(201);
        assert_eq!(answer.text("refreshToken"), tokens[3]);
        shop.bearer(&answer.text("accessToken")).get("/customers").await.expect(200);
    }
    let newest = shop.try_refresh(&tokens[3]).await.expect(201).text("refreshToken");
    assert_eq!(shop.try_refresh(&tokens[1]).await.expect(201).text("refreshToken"), newest);
    shop.advance(2);
    assert!(customer.is_signed_in().await);
    // The first was replaced eleven seconds ago.
    shop.try_refresh(&tokens[0]).await.assert_error(REFRESH_FAILED);
    shop.try_refresh(&newest).await.assert_error(REFRESH_FAILED);
    assert!(!customer.is_signed_in().await);
}

/// As during a deployment: a function of an older version replaces the token without noting when the one before was.
#[tokio::test]
async fn a_session_that_an_older_version_has_refreshed_continues() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let second = shop.try_refresh(&customer.refresh_token).await.expect(201).text("refreshToken");
    let third = shop.try_refresh(&second).await.expect(201).text("refreshToken");
    let sessions = format!("SESSION#{}", customer.reference);
    let items = shop.items().await;
    let mut item = items.into_iter().find(|item| item["pk"]["S"] == sessions).expect("a session");
    item.as_object_mut().expect("an item").remove("earlier_rotations");
    shop.put_item(item).await;
    assert_eq!(shop.try_refresh(&second).await.expect(201).text("refreshToken"), third);
    shop.try_refresh(&third).await.expect(201);
}

#[tokio::test]
async fn after_ten_seconds_a_used_token_ends_the_session() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let other = shop.sign_in(&customer.reference, &customer.email, &customer.password).await;
    let next = shop.try_refresh(&customer.refresh_token).await.expect(201);
    shop.advance(11);
    shop.try_refresh(&customer.refresh_token).await.assert_error(REFRESH_FAILED);
    shop.try_refresh(&next.text("refreshToken")).await.assert_error(REFRESH_FAILED);
    shop.bearer(&next.text("accessToken")).get("/customers").await.assert_error(INVALID_TOKEN);
    assert!(!customer.is_signed_in().await);
    assert!(other.is_signed_in().await, "other sessions continue");
    shop.try_refresh(&other.refresh_token).await.expect(201);
}

#[tokio::test]
async fn a_customer_is_told_once_whose_token_was_used_again_and_on_which_device() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let key = shop.mail_to("john@example.com", CONFIRMATION).await.token();
    shop.anonymous().post("/customer-confirmation", json!({"registrationKey": key})).await.expect(204);
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let credentials = json!({"username": "john@example.com", "password": PASSWORD});
    let client = shop.anonymous().header("User-Agent", firefox);
    let signed_in = client.post("/access-tokens", credentials).await.expect(201);
    let used = signed_in.text("refreshToken");
    shop.try_refresh(&used).await.expect(201);
    shop.advance(11);
    let answers = at_once(6, |_| {
        let client = shop.anonymous();
        let used = json!({"refreshToken": used});
        async move { client.post("/refresh-tokens", used).await }
    });
    answers.await.iter().for_each(|answer| answer.assert_error(REFRESH_FAILED));
    let mail = shop.mail_to("john@example.com", SESSION_REUSED).await;
    assert!(mail.text.contains("Firefox on Linux"), "{}", mail.text);
    let link = format!("{STOREFRONT}/sign-out/everywhere");
    assert!(mail.text.lines().any(|line| line == link) && mail.html.contains(&link), "{}", mail.text);
    assert_eq!(shop.count_mails("john@example.com", SESSION_REUSED).await, 1);
    assert!(customer.is_signed_in().await, "other sessions continue");
}

/// Only who has seen a token of the session knows the secret in it.
#[tokio::test]
async fn so_is_one_whose_session_got_a_token_that_never_was_one() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let key = shop.mail_to("john@example.com", CONFIRMATION).await.token();
    shop.anonymous().post("/customer-confirmation", json!({"registrationKey": key})).await.expect(204);
    let (session, _) = customer.refresh_token.rsplit_once('.').expect("parts");
    shop.try_refresh(&format!("{session}.{}", "A".repeat(43))).await.assert_error(REFRESH_FAILED);
    assert!(!customer.is_signed_in().await);
    shop.mail_to("john@example.com", SESSION_REUSED).await;
}

#[tokio::test]
async fn an_address_that_nobody_has_confirmed_gets_no_such_mail() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    shop.try_refresh(&customer.refresh_token).await.expect(201);
    shop.advance(11);
    shop.try_refresh(&customer.refresh_token).await.assert_error(REFRESH_FAILED);
    assert!(!customer.is_signed_in().await);
    assert_eq!(shop.count_mails("john@example.com", SESSION_REUSED).await, 0);
}

#[tokio::test]
async fn a_token_used_long_ago_ends_the_session_too() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut token = customer.refresh_token.clone();
    for _ in 0..3 {
        shop.advance(60);
        token = shop.try_refresh(&token).await.expect(201).text("refreshToken");
    }
    shop.try_refresh(&customer.refresh_token).await.assert_error(REFRESH_FAILED);
    shop.try_refresh(&token).await.assert_error(REFRESH_FAILED);
    assert!(!customer.is_signed_in().await);
}

#[tokio::test]
async fn a_token_that_was_never_issued_ends_nothing() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let token = &customer.refresh_token;
    let mut parts: Vec<_> = token.split('.').collect();
    let all_but_the_last = parts[..parts.len() - 1].join(".");
    let last = parts.remove(parts.len() - 1);
    let other = "A".repeat(last.len());
    let forged = [
        "x".into(),
        String::from(last),
        all_but_the_last.clone(),
        format!("{all_but_the_last}."),
        format!("{token}x"),
        format!("{token}.{token}"),
        customer.access_token.clone(),
        "...".into(),
        "\u{0}".into(),
        "😀".repeat(1000),
        "x".repeat(60_000),
    ];
    for token in forged {
        shop.try_refresh(&token).await.assert_error(REFRESH_FAILED);
    }
    assert!(customer.is_signed_in().await);
    shop.try_refresh(&format!("{all_but_the_last}.{other}")).await.assert_error(REFRESH_FAILED);
    assert_session_is_open_or_completely_ended(&shop, &customer).await;
}

/// A client that knows the session's secret but presents a wrong token may have an old one: the service may end the
/// session or ignore the token, but nothing in between.
async fn assert_session_is_open_or_completely_ended(shop: &Shop, customer: &Customer) {
    let signed_in = customer.is_signed_in().await;
    let refreshed = shop.try_refresh(&customer.refresh_token).await.status == 201;
    assert_eq!(signed_in, refreshed);
}

#[tokio::test]
async fn a_token_is_valid_for_thirty_days_from_its_issue() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    shop.advance(30 * DAY - 60);
    let next = shop.try_refresh(&customer.refresh_token).await.expect(201).text("refreshToken");
    shop.advance(30 * DAY + 60);
    shop.try_refresh(&next).await.assert_error(REFRESH_FAILED);
}

#[tokio::test]
async fn a_session_lasts_a_hundred_and_eighty_days() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut token = customer.refresh_token.clone();
    for _ in 0..8 {
        shop.advance(22 * DAY);
        token = shop.try_refresh(&token).await.expect(201).text("refreshToken");
    }
    shop.advance(4 * DAY - 60);
    let answer = shop.try_refresh(&token).await.expect(201);
    shop.advance(120);
    shop.try_refresh(&answer.text("refreshToken")).await.assert_error(REFRESH_FAILED);
}

#[tokio::test]
async fn checks_the_token() {
    let shop = Shop::start().await;
    let fields = [Field::required_text("refreshToken").with(json!(""), &[BLANK])];
    let base = json!({"refreshToken": "x"});
    rules::check(&shop.anonymous(), "POST", "/refresh-tokens", &base, &fields, &[REFRESH_FAILED]).await;
    let answer = shop.anonymous().post("/refresh-tokens", json!({})).await;
    answer.assert_error(validation("refreshToken => This field is missing."));
}
