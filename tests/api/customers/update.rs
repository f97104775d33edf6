//! PATCH /customers/{customerReference}

use serde_json::{Value, json};
use tests::errors::{CUSTOMER_NOT_SAVED, EMAIL_TAKEN, EMAIL_TOO_LONG, PASSWORDS_DIFFER, UNAUTHORIZED};
use tests::mail::{CONFIRMATION, EMAIL_CHANGED};
use tests::{NEW_PASSWORD, PASSWORD, Shop, address, merged};

use crate::rules::{self, CLASSIC, CURRENT, Field};

#[tokio::test]
async fn changes_the_given_attributes_and_answers_with_all() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let before = customer.get(&customer.path()).await.expect(200);
    shop.advance(5);

    let answer = customer
        .patch(&customer.path(), json!({"lastName": "Johnson", "gender": "Female"}))
        .await
        .expect(200);
    assert_eq!(answer.id(), customer.reference);
    let mut expected = before.json();
    let attributes = &mut expected["data"]["attributes"];
    attributes["lastName"] = json!("Johnson");
    attributes["gender"] = json!("Female");
    attributes["updatedAt"] = answer.attribute("updatedAt");
    assert_eq!(answer.json(), expected);
    assert!(answer.text("updatedAt") > before.text("updatedAt"));
    assert_eq!(answer.members("/data"), ["type", "id", "attributes", "links"]);
    assert_eq!(
        answer.members("/data/attributes"),
        ["firstName", "lastName", "email", "gender", "dateOfBirth", "salutation", "createdAt", "updatedAt"]
    );
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(customer.get(&customer.path()).await.json(), expected);
}

#[tokio::test]
async fn every_attribute_can_be_changed() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let changes = json!({
        "salutation": "n/a", "firstName": "Ĵön", "lastName": " ", "gender": "Female", "dateOfBirth": "1999-12-31",
        "email": "other@example.com",
    });
    let answer = customer.patch(&customer.path(), changes.clone()).await.expect(200);
    for (name, value) in changes.as_object().expect("an object") {
        assert_eq!(answer.attribute(name), *value);
    }
    let nothing = customer.patch(&customer.path(), json!({})).await.expect(200);
    for (name, value) in changes.as_object().expect("an object") {
        assert_eq!(nothing.attribute(name), *value);
    }
}

#[tokio::test]
async fn an_empty_date_of_birth_clears_it() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    for empty in [json!(""), json!(null)] {
        customer.patch(&customer.path(), json!({"dateOfBirth": "1999-12-31"})).await.expect(200);
        let answer = customer.patch(&customer.path(), json!({"dateOfBirth": empty})).await.expect(200);
        assert_eq!(answer.attribute("dateOfBirth"), Value::Null);
    }
}

#[tokio::test]
async fn checks_every_field_that_is_present() {
    for profile in [CLASSIC, CURRENT] {
        let shop = Shop::with(&profile.settings()).await;
        let customer = shop.register("john@example.com").await;
        let base = json!({"password": PASSWORD, "confirmPassword": NEW_PASSWORD});
        let fields = [
            rules::email(Field::present_text("email")),
            rules::gender(Field::new("gender")),
            rules::salutation(Field::present_text("salutation")),
            rules::person_name(Field::present_text("firstName")),
            rules::person_name(Field::present_text("lastName")),
            Field::new("acceptedTerms").with_all([json!(null), json!(false), json!("no"), json!([])], &[]),
            rules::date_of_birth(),
            profile.password(Field::present_text("password")),
            profile.password_length(Field::present_text("confirmPassword")),
        ];
        rules::check(&customer, "PATCH", &customer.path(), &base, &fields, &[PASSWORDS_DIFFER]).await;
    }
}

#[tokio::test]
async fn a_password_is_checked_but_changes_nothing() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let same = json!({"password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    for attributes in [json!({"password": NEW_PASSWORD}), json!({"confirmPassword": NEW_PASSWORD}), same] {
        customer.patch(&customer.path(), attributes).await.expect(200);
    }
    assert!(customer.is_signed_in().await);
    assert_eq!(shop.try_sign_in(&customer.email, NEW_PASSWORD).await.status, 401);
    shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
}

#[tokio::test]
async fn after_validation_come_ownership_then_mismatch_then_length_then_uniqueness() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let other = shop.register("jane@example.com").await;
    let mismatch = json!({"password": PASSWORD, "confirmPassword": NEW_PASSWORD});
    let too_long = json!({"email": format!("{}@example.com", "j".repeat(89))});
    for path in [other.path(), "/customers/DE--1".into()] {
        customer.patch(&path, json!({})).await.assert_error(UNAUTHORIZED);
        customer.patch(&path, mismatch.clone()).await.assert_error(UNAUTHORIZED);
    }
    let path = customer.path();
    customer.patch(&path, merged(mismatch.clone(), too_long.clone())).await.assert_error(PASSWORDS_DIFFER);
    customer
        .patch(&path, merged(mismatch, json!({"email": "jane@example.com"})))
        .await
        .assert_error(PASSWORDS_DIFFER);
    customer.patch(&path, too_long).await.assert_error(EMAIL_TOO_LONG);
    let taken = json!({"email": "Jane@Example.com", "firstName": "Changed"});
    customer.patch(&path, taken).await.assert_error(EMAIL_TAKEN);
    // A request that fails changes nothing at all.
    assert_eq!(customer.get(&path).await.attribute("firstName"), "John");
    assert_eq!(customer.get(&path).await.attribute("email"), "john@example.com");
}

#[tokio::test]
async fn a_new_email_takes_effect_at_once() {
    let shop = Shop::start().await;
    let customer = shop.register_confirmed("john@example.com").await;
    let answer = customer.patch(&customer.path(), json!({"email": "Jack@Example.com"})).await.expect(200);
    assert_eq!(answer.attribute("email"), "Jack@Example.com");
    assert!(customer.is_signed_in().await, "an e-mail change ends no session");
    assert_eq!(shop.try_sign_in("john@example.com", PASSWORD).await.status, 401);
    shop.sign_in(&customer.reference, "jack@example.com", PASSWORD).await;
    shop.mail_to("john@example.com", EMAIL_CHANGED).await;
    shop.mail_to("Jack@Example.com", CONFIRMATION).await.token();
    // The old one is free again.
    let newcomer = shop.register("john@example.com").await;
    assert_ne!(newcomer.reference, customer.reference);
}

#[tokio::test]
async fn the_same_email_in_another_case_is_not_a_new_one() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let answer = customer.patch(&customer.path(), json!({"email": "JOHN@example.com"})).await.expect(200);
    assert_eq!(answer.attribute("email"), "JOHN@example.com");
    customer.patch(&customer.path(), json!({"email": "JOHN@example.com"})).await.expect(200);
    shop.sign_in(&customer.reference, "john@EXAMPLE.com", PASSWORD).await;
    assert_eq!(shop.count_mails("john@example.com", EMAIL_CHANGED).await, 0);
}

#[tokio::test]
async fn a_full_record_accepts_no_more() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let long = |length: usize| json!("x".repeat(length));
    // Addresses of decreasing size, each size until one no longer fits.
    for length in [255, 100, 1] {
        for round in 0.. {
            assert!(round < 100, "the record never gets full");
            let lines = json!({
                "address1": long(length), "address2": long(length), "address3": long(length),
                "company": long(length), "phone": long(length), "city": long(length.max(3)),
            });
            let answer = customer.post(&customer.addresses_path(), merged(address(), lines)).await;
            if answer.status != 201 {
                answer.assert_error(tests::errors::ADDRESS_NOT_SAVED);
                break;
            }
        }
    }
    let smiles = "😀".repeat(100);
    let answer = customer.patch(&customer.path(), json!({"firstName": smiles, "lastName": smiles})).await;
    answer.assert_error(CUSTOMER_NOT_SAVED);
    assert_eq!(customer.get(&customer.path()).await.attribute("firstName"), "John");
    customer.patch(&customer.path(), json!({"firstName": "Jo"})).await.expect(200);
}
