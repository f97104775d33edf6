//! PATCH /customer-password and /customer-password/{customerReference}

use serde_json::{Value, json};
use tests::errors::{
    INVALID_TOKEN, NEW_PASSWORDS_DIFFER, REFRESH_FAILED, UNAUTHORIZED, WRONG_PASSWORD, validation,
};
use tests::mail::PASSWORD_CHANGED;
use tests::{NEW_PASSWORD, PASSWORD, Shop, merged};

use crate::rules::{self, BLANK, CLASSIC, CURRENT, Field};

#[tokio::test]
async fn the_new_password_takes_effect_and_every_session_ends() {
    let shop = Shop::start().await;
    let customer = shop.register_confirmed("john@example.com").await;
    let other = shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
    let bystander = shop.register("jane@example.com").await;

    customer.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);

    for session in [&customer, &other] {
        session.get(&session.path()).await.assert_error(INVALID_TOKEN);
        shop.try_refresh(&session.refresh_token).await.assert_error(REFRESH_FAILED);
    }
    assert!(bystander.is_signed_in().await);
    assert_eq!(shop.try_sign_in(&customer.email, PASSWORD).await.status, 401);
    let again = shop.sign_in(&customer.reference, &customer.email, NEW_PASSWORD).await;
    assert!(again.is_signed_in().await);
    let notice = shop.mail_to(&customer.email, PASSWORD_CHANGED).await;
    assert!(!notice.text.contains(NEW_PASSWORD) && !notice.html.contains(NEW_PASSWORD));
}

#[tokio::test]
async fn the_path_may_name_only_the_caller() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    for reference in [jane.reference.as_str(), "DE--1"] {
        john.patch(&format!("/customer-password/{reference}"), change()).await.assert_error(UNAUTHORIZED);
    }
    john.patch(&format!("/customer-password/{}", john.reference), change()).await.expect(204);
    shop.sign_in(&john.reference, &john.email, NEW_PASSWORD).await;
    assert!(jane.is_signed_in().await);
}

#[tokio::test]
async fn checks_every_field() {
    for profile in [CLASSIC, CURRENT] {
        let shop = Shop::with(&profile.settings()).await;
        let customer = shop.register("john@example.com").await;
        let base = merged(change(), json!({"confirmPassword": "Something.123-else"}));
        let fields = [
            Field::required_text("password").with(json!(""), &[BLANK]).with(json!("x"), &[]).max(128),
            profile.password(Field::required_text("newPassword")),
            profile.password_length(Field::required_text("confirmPassword")),
        ];
        rules::check(&customer, "PATCH", "/customer-password", &base, &fields, &[NEW_PASSWORDS_DIFFER]).await;
    }
}

#[tokio::test]
async fn validation_then_ownership_then_mismatch_then_the_current_password() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let wrong = merged(change(), json!({"password": "not this one"}));
    let mismatch = merged(wrong.clone(), json!({"confirmPassword": PASSWORD}));
    let foreign = "/customer-password/DE--1";

    customer
        .patch(foreign, json!({"password": "x", "confirmPassword": NEW_PASSWORD}))
        .await
        .assert_error(validation("newPassword => This field is missing."));
    customer.patch(foreign, mismatch.clone()).await.assert_error(UNAUTHORIZED);
    customer.patch("/customer-password", mismatch).await.assert_error(NEW_PASSWORDS_DIFFER);
    customer.patch("/customer-password", wrong).await.assert_error(WRONG_PASSWORD);
    customer.patch("/customer-password", json!({})).await.assert_errors(&[
        validation("password => This field is missing."),
        validation("newPassword => This field is missing."),
        validation("confirmPassword => This field is missing."),
    ]);
    assert!(customer.is_signed_in().await);
    shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
}

#[tokio::test]
async fn works_repeatedly() {
    let shop = Shop::start().await;
    let mut customer = shop.register("john@example.com").await;
    for (current, new) in [(PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, PASSWORD), (PASSWORD, PASSWORD)] {
        customer.change_password(current, new).await.expect(204);
        customer = shop.sign_in(&customer.reference, &customer.email, new).await;
    }
}

#[tokio::test]
async fn a_password_is_any_text_to_the_last_code_point() {
    let shop = Shop::start().await;
    let mut customer = shop.register("john@example.com").await;
    let nul = "nul\u{0}nul\u{0}";
    let mut current = String::from(PASSWORD);
    for new in ["   spaces   ", "😀😀😀😀😀😀😀", nul, "\"quoted\\\"", &"ß".repeat(128)] {
        customer.change_password(&current, new).await.expect(204);
        let shorter: String = new.chars().take(new.chars().count() - 1).collect();
        for wrong in [shorter.as_str(), new.trim(), &new.to_uppercase()] {
            if wrong != new {
                assert_ne!(shop.try_sign_in(&customer.email, wrong).await.status, 201, "{new:?} {wrong:?}");
            }
        }
        customer = shop.sign_in(&customer.reference, &customer.email, new).await;
        current = new.into();
    }
}

fn change() -> Value {
    json!({"password": PASSWORD, "newPassword": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD})
}
