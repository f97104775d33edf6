//! PATCH /customer-restore-password and /customer-restore-password/{anything}

use serde_json::{Value, json};
use tests::errors::{
    AUTHENTICATION_FAILED, BAD_RESTORE_KEY, INVALID_TOKEN, NOT_CONFIRMED, PASSWORDS_DIFFER, REFRESH_FAILED,
    validation,
};
use tests::mail::{CONFIRMATION, PASSWORD_CHANGED, PASSWORD_RESET};
use tests::{NEW_PASSWORD, PASSWORD, Shop, merged, without};

use crate::rules::{self, BLANK, CLASSIC, CURRENT, Field};

const PATH: &str = "/customer-restore-password";

#[tokio::test]
async fn the_new_password_takes_effect_and_every_session_ends() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let other = shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
    let key = reset_key(&shop, &customer.email).await;

    shop.anonymous().patch(PATH, new_password(&key)).await.expect(204);

    for session in [&customer, &other] {
        session.get(&session.path()).await.assert_error(INVALID_TOKEN);
        shop.try_refresh(&session.refresh_token).await.assert_error(REFRESH_FAILED);
    }
    shop.try_sign_in(&customer.email, PASSWORD).await.assert_error(AUTHENTICATION_FAILED);
    shop.sign_in(&customer.reference, &customer.email, NEW_PASSWORD).await;
    shop.mail_to(&customer.email, PASSWORD_CHANGED).await;
    shop.anonymous().patch(PATH, new_password(&key)).await.assert_error(BAD_RESTORE_KEY);
}

#[tokio::test]
async fn only_the_key_in_the_body_counts() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let key = reset_key(&shop, &customer.email).await;
    shop.anonymous()
        .patch(&format!("{PATH}/{key}"), new_password("other"))
        .await
        .assert_error(BAD_RESTORE_KEY);
    shop.anonymous().patch(&format!("{PATH}/anything"), new_password(&key)).await.expect(204);
}

#[tokio::test]
async fn only_success_uses_the_key_up() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let key = reset_key(&shop, &customer.email).await;
    let good = new_password(&key);
    let short = json!({"password": "short", "confirmPassword": "short"});
    let different = json!({"confirmPassword": PASSWORD});
    shop.anonymous().patch(PATH, merged(good.clone(), short)).await.expect(422);
    shop.anonymous().patch(PATH, merged(good.clone(), different)).await.assert_error(PASSWORDS_DIFFER);
    // What a mail scanner does with a link.
    shop.anonymous().get(&format!("{PATH}?token={key}")).await.expect(404);
    shop.try_sign_in(&customer.email, "wrong").await.expect(401);
    shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
    shop.anonymous().patch(PATH, good).await.expect(204);
}

#[tokio::test]
async fn a_key_is_valid_for_two_hours() {
    for (seconds, is_valid) in [(2 * 60 * 60 - 60, true), (2 * 60 * 60 + 60, false)] {
        let shop = Shop::start().await;
        let customer = shop.register("john@example.com").await;
        let key = reset_key(&shop, &customer.email).await;
        shop.advance(seconds);
        let answer = shop.anonymous().patch(PATH, new_password(&key)).await;
        if is_valid {
            answer.expect(204);
        } else {
            answer.assert_error(BAD_RESTORE_KEY);
        }
    }
}

#[tokio::test]
async fn other_keys_are_invalid() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    let johns = reset_key(&shop, &john.email).await;
    let janes = reset_key(&shop, &jane.email).await;
    let (_, secret) = johns.rsplit_once('.').unwrap_or(("", &johns));
    let confirmation = shop.mail_to(&john.email, CONFIRMATION).await.token();
    let keys = [
        "x".into(),
        secret.into(),
        format!("{}.{secret}", jane.reference),
        format!("{johns}x"),
        johns[..johns.len() - 1].into(),
        johns.to_uppercase(),
        confirmation,
        "9de02f7a4e08dcdf06e6b24add1e01da".into(),
        "\u{0}".into(),
        "😀".repeat(1000),
    ];
    for key in keys {
        if key != johns {
            shop.anonymous().patch(PATH, new_password(&key)).await.assert_error(BAD_RESTORE_KEY);
        }
    }
    assert!(john.is_signed_in().await && jane.is_signed_in().await);
    shop.anonymous().patch(PATH, new_password(&johns)).await.expect(204);
    shop.anonymous().patch(PATH, new_password(&janes)).await.expect(204);
}

#[tokio::test]
async fn password_changes_and_email_changes_invalidate_the_key() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let key = reset_key(&shop, &john.email).await;
    john.patch(&john.path(), json!({"email": "jack@example.com"})).await.expect(200);
    shop.anonymous().patch(PATH, new_password(&key)).await.assert_error(BAD_RESTORE_KEY);

    let jane = shop.register("jane@example.com").await;
    let key = reset_key(&shop, &jane.email).await;
    jane.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    shop.anonymous().patch(PATH, new_password(&key)).await.assert_error(BAD_RESTORE_KEY);
}

#[tokio::test]
async fn accepts_the_confirmation_under_the_name_in_the_owners_table_too() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let key = reset_key(&shop, &customer.email).await;
    let neither = without(new_password(&key), "confirmPassword");
    let other_name = |value| merged(neither.clone(), json!({"passwordConfirmation": value}));
    let missing = validation("confirmPassword => This field is missing.");
    let blank = validation("confirmPassword => This value should not be blank.");
    shop.anonymous().patch(PATH, neither.clone()).await.assert_error(missing);
    shop.anonymous().patch(PATH, other_name(json!(null))).await.assert_error(blank);
    shop.anonymous().patch(PATH, other_name(json!(PASSWORD))).await.assert_error(PASSWORDS_DIFFER);
    // If both are present, confirmPassword is the one that is read.
    let both = merged(other_name(json!(NEW_PASSWORD)), json!({"confirmPassword": PASSWORD}));
    shop.anonymous().patch(PATH, both).await.assert_error(PASSWORDS_DIFFER);
    shop.anonymous().patch(PATH, other_name(json!(NEW_PASSWORD))).await.expect(204);
}

#[tokio::test]
async fn checks_every_field() {
    for profile in [CLASSIC, CURRENT] {
        let shop = Shop::with(&profile.settings()).await;
        let base = merged(new_password("key"), json!({"confirmPassword": PASSWORD}));
        let fields = [
            Field::required_text("restorePasswordKey")
                .with(json!(""), &[BLANK])
                .with(json!("k".repeat(5000)), &[]),
            profile.password(Field::required_text("password")),
            profile.password_length(Field::required_text("confirmPassword")),
        ];
        // A mismatch is reported before the unknown key.
        rules::check(&shop.anonymous(), "PATCH", PATH, &base, &fields, &[PASSWORDS_DIFFER]).await;
        shop.anonymous().patch(PATH, json!({})).await.assert_errors(&[
            validation("restorePasswordKey => This field is missing."),
            validation("password => This field is missing."),
            validation("confirmPassword => This field is missing."),
        ]);
    }
}

#[tokio::test]
async fn a_restore_confirms_the_email() {
    let shop = Shop::with(&[("REQUIRE_CONFIRMATION", "true")]).await;
    let reference =
        shop.anonymous().post("/customers", tests::registration("john@example.com")).await.expect(201).id();
    shop.try_sign_in("john@example.com", PASSWORD).await.assert_error(NOT_CONFIRMED);
    let key = reset_key(&shop, "john@example.com").await;
    shop.anonymous().patch(PATH, new_password(&key)).await.expect(204);
    shop.sign_in(&reference, "john@example.com", NEW_PASSWORD).await;
}

async fn reset_key(shop: &Shop, email: &str) -> String {
    shop.anonymous().post("/customer-forgotten-password", json!({"email": email})).await.expect(204);
    shop.mail_to(email, PASSWORD_RESET).await.token()
}

fn new_password(key: &str) -> Value {
    json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD})
}
