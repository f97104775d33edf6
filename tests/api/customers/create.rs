//! POST /customers

use serde_json::{Value, json};
use tests::errors::{
    BAD_GENDER, EMAIL_TAKEN, EMAIL_TOO_LONG, PASSWORDS_DIFFER, TERMS_NOT_ACCEPTED, validation,
};
use tests::mail::PASSWORD_RESET;
use tests::{NEW_PASSWORD, Request, Shop, Table, document, merged, registration, without};

use crate::rules::{self, CLASSIC, CURRENT, Field, MISSING, NOT_TRUE, Profile};

#[tokio::test]
async fn answers_with_the_new_customer() {
    let shop = Shop::start().await;
    let attributes = merged(registration("John.Doe@Example.com"), json!({"dateOfBirth": "1980-02-29"}));
    let answer = shop.anonymous().post("/customers", attributes).await.expect(201);

    let reference = answer.id();
    let (prefix, suffix) = reference.split_once("--").expect("prefix--characters");
    assert_eq!(prefix, "DE");
    assert!(
        !suffix.is_empty() && suffix.chars().all(|character| character.is_ascii_alphanumeric()),
        "{reference}"
    );

    let created_at = answer.text("createdAt");
    let url = format!("{}/customers/{reference}", shop.base_url());
    assert_eq!(
        answer.json(),
        json!({"data": {
            "type": "customers",
            "id": reference,
            "attributes": {
                "firstName": "John",
                "lastName": "Doe",
                "email": "John.Doe@Example.com",
                "gender": "Male",
                "dateOfBirth": "1980-02-29",
                "salutation": "Mr",
                "createdAt": created_at,
                "updatedAt": created_at,
            },
            "links": {"self": url},
        }})
    );
    assert_eq!(answer.members(""), ["data"]);
    assert_eq!(answer.members("/data"), ["type", "id", "attributes", "links"]);
    assert_eq!(
        answer.members("/data/attributes"),
        ["firstName", "lastName", "email", "gender", "dateOfBirth", "salutation", "createdAt", "updatedAt"]
    );
    let shape: String = created_at
        .chars()
        .map(|character| if character.is_ascii_digit() { '0' } else { character })
        .collect();
    assert_eq!(shape, "0000-00-00 00:00:00.000000");
    assert_eq!(answer.header("Location"), Some(url.as_str()));
    assert_eq!(answer.header("Content-Type"), Some("application/vnd.api+json"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
}

#[tokio::test]
async fn optional_attributes_are_null() {
    let shop = Shop::start().await;
    let answer = shop
        .anonymous()
        .post("/customers", without(registration("john@example.com"), "gender"))
        .await
        .expect(201);
    assert_eq!(answer.attribute("gender"), Value::Null);
    assert_eq!(answer.attribute("dateOfBirth"), Value::Null);
}

#[tokio::test]
async fn ignores_the_id_and_unknown_attributes() {
    let shop = Shop::start().await;
    let attributes =
        merged(registration("john@example.com"), json!({"createdAt": "1999", "role": {"admin": [true]}}));
    let mut body = document("customers", attributes);
    body["data"]["id"] = json!("DE--1");
    body["meta"] = json!(1);
    let answer = shop.anonymous().send(Request::new("POST", "/customers").json(&body)).await.expect(201);
    assert_ne!(answer.id(), "DE--1");
    assert_ne!(answer.text("createdAt"), "1999");
    assert_eq!(answer.members("/data/attributes").len(), 8);
}

#[tokio::test]
async fn the_prefix_of_references_is_configurable() {
    let shop = Shop::with(&[("CUSTOMER_REFERENCE_PREFIX", "AT")]).await;
    let customer = shop.register("john@example.com").await;
    assert!(customer.reference.starts_with("AT--"), "{}", customer.reference);
    customer.get(&customer.path()).await.expect(200);
}

#[tokio::test]
async fn checks_every_field() {
    for profile in [CLASSIC, CURRENT] {
        let shop = Shop::with(&profile.settings()).await;
        // Every valid row fails at the comparison of the passwords, after validation.
        let base = merged(registration("john@example.com"), json!({"confirmPassword": NEW_PASSWORD}));
        rules::check(&shop.anonymous(), "POST", "/customers", &base, &fields(profile), &[PASSWORDS_DIFFER])
            .await;
    }
}

fn fields(profile: Profile) -> Vec<Field> {
    let gender_absent: &[&str] = if profile.is_current { &[MISSING] } else { &[] };
    let terms = [NOT_TRUE, TERMS_NOT_ACCEPTED.2];
    vec![
        rules::email(Field::required_text("email")),
        rules::gender(Field::new("gender").missing(gender_absent)),
        rules::salutation(Field::required_text("salutation")),
        rules::person_name(Field::required_text("firstName")),
        rules::person_name(Field::required_text("lastName")),
        profile.password(Field::required_text("password")),
        profile.password_length(Field::required_text("confirmPassword")),
        Field::new("acceptedTerms").missing(&[MISSING]).with_all(
            [json!(null), json!(false), json!("true"), json!(1), json!(""), json!([]), json!({})],
            &terms,
        ),
        rules::date_of_birth(),
    ]
}

#[tokio::test]
async fn reports_all_problems_at_once_in_the_order_of_the_fields() {
    let shop = Shop::start().await;
    let missing = |fields: &[&'static str]| {
        let error = |field: &&str| (422, String::from("901"), format!("{field} => This field is missing."));
        fields.iter().map(error).collect::<Vec<_>>()
    };
    let answer = shop.anonymous().post("/customers", json!({})).await;
    let fields =
        ["email", "salutation", "firstName", "lastName", "password", "confirmPassword", "acceptedTerms"];
    assert_eq!(answer.errors(), missing(&fields));

    let current = Shop::with(&CURRENT.settings()).await;
    let answer = current.anonymous().post("/customers", json!({})).await;
    let fields = [
        "email",
        "gender",
        "salutation",
        "firstName",
        "lastName",
        "password",
        "confirmPassword",
        "acceptedTerms",
    ];
    assert_eq!(answer.errors(), missing(&fields));

    // The owner's own codes come last, terms before gender, whatever the order of their fields.
    let attributes = json!({
        "dateOfBirth": "today", "acceptedTerms": false, "confirmPassword": "", "password": "short", "lastName": null,
        "firstName": 7, "salutation": "Sir", "gender": "none", "email": "nobody",
    });
    shop.anonymous().post("/customers", attributes).await.assert_errors(&[
        validation("email => This value is not a valid email address."),
        validation("gender => The value you selected is not a valid choice."),
        validation("salutation => The value you selected is not a valid choice."),
        validation("firstName => This value should be of type string."),
        validation("lastName => This value should not be blank."),
        validation("password => This value is too short. It should have 7 characters or more."),
        validation("confirmPassword => This value should not be blank."),
        validation("confirmPassword => This value is too short. It should have 7 characters or more."),
        validation("acceptedTerms => This value should be true."),
        validation("dateOfBirth => This value is not a valid date."),
        TERMS_NOT_ACCEPTED,
        BAD_GENDER,
    ]);
}

#[tokio::test]
async fn the_minimum_length_of_passwords_is_configurable() {
    for profile in [CLASSIC, CURRENT] {
        let shop = Shop::with(&[profile.settings()[0], ("PASSWORD_MIN_LENGTH", "14")]).await;
        let attributes = merged(registration("john@example.com"), json!({"password": "Change.123456"}));
        shop.anonymous().post("/customers", attributes).await.assert_error(validation(
            "password => This value is too short. It should have 14 characters or more.",
        ));
    }
}

#[tokio::test]
async fn after_validation_come_mismatch_then_length_then_uniqueness() {
    let shop = Shop::start().await;
    shop.register("john@example.com").await;
    let long = format!("{}@example.com", "j".repeat(89));
    let longest = format!("{}@example.com", "j".repeat(88));
    assert_eq!((long.len(), longest.len()), (101, 100));
    let other = json!(NEW_PASSWORD);
    let rows = [
        ("mismatch and too long", json!({"email": long, "confirmPassword": other}), vec![PASSWORDS_DIFFER]),
        (
            "mismatch and taken",
            json!({"email": "john@example.com", "confirmPassword": other}),
            vec![PASSWORDS_DIFFER],
        ),
        ("too long", json!({"email": long}), vec![EMAIL_TOO_LONG]),
        ("taken", json!({"email": "john@example.com"}), vec![EMAIL_TAKEN]),
        ("taken in capitals", json!({"email": "JOHN@EXAMPLE.COM"}), vec![EMAIL_TAKEN]),
        ("not too long", json!({"email": longest}), vec![]),
    ];
    let mut table = Table::default();
    for (row, changes, expected) in rows {
        let answer =
            shop.anonymous().post("/customers", merged(registration("jane@example.com"), changes)).await;
        if expected.is_empty() {
            table.check(row, answer.status, 201);
        } else {
            let expected = expected
                .iter()
                .map(|(status, code, detail)| (*status, String::from(*code), String::from(*detail)));
            table.check(row, answer.errors(), expected.collect::<Vec<_>>());
        }
    }
    table.finish();
    let invalid = format!("{}@example", "j".repeat(120));
    let answer = shop.anonymous().post("/customers", registration(&invalid)).await;
    answer.assert_error(validation("email => This value is not a valid email address."));
}

#[tokio::test]
async fn the_owner_of_a_taken_email_is_mailed_a_reset_link() {
    let shop = Shop::start().await;
    let owner = shop.register("John@example.com").await;
    shop.anonymous().post("/customers", registration("john@EXAMPLE.com")).await.assert_error(EMAIL_TAKEN);
    let key = shop.mail_to("John@example.com", PASSWORD_RESET).await.token();
    // Under the same cap as a request for a forgotten password: one a minute.
    shop.anonymous().post("/customers", registration("john@example.com")).await.assert_error(EMAIL_TAKEN);
    shop.anonymous().post("/customer-forgotten-password", json!({"email": owner.email})).await.expect(204);
    assert_eq!(shop.count_mails("John@example.com", PASSWORD_RESET).await, 1);

    let attributes =
        json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    shop.anonymous().patch("/customer-restore-password", attributes).await.expect(204);
    shop.sign_in(&owner.reference, "john@example.com", NEW_PASSWORD).await;
}
