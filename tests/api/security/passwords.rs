//! How passwords are stored, and which are accepted.

use serde_json::{Value, json};
use tests::errors::{AUTHENTICATION_FAILED, validation};
use tests::mail::PASSWORD_RESET;
use tests::{NEW_PASSWORD, PASSWORD, Shop, merged, registration};

#[tokio::test]
async fn a_stored_hash_names_its_parameters_and_equal_passwords_differ() {
    let shop =
        Shop::with(&[("ARGON2_MEMORY_KIB", "64"), ("ARGON2_ITERATIONS", "2"), ("ARGON2_PARALLELISM", "1")])
            .await;
    for email in ["john@example.com", "jane@example.com"] {
        shop.anonymous().post("/customers", registration(email)).await.expect(201);
    }
    let items = shop.items().await;
    let logins = items.iter().filter(|item| item["sk"]["S"] == "LOGIN");
    let hashes: Vec<&str> = logins.filter_map(|item| item["password_hash"]["S"].as_str()).collect();
    assert_eq!(hashes.len(), 2);
    let customers = items.iter().filter(|item| item["sk"]["S"] == "CUSTOMER");
    let copies =
        customers.filter(|item| hashes.contains(&item["password_hash"]["S"].as_str().expect("a hash")));
    assert_eq!(copies.count(), 2, "each customer has the hash of the Login");
    assert!(hashes.iter().all(|hash| hash.starts_with("$argon2id$v=19$m=64,t=2,p=1$")), "{hashes:?}");
    assert_ne!(hashes[0], hashes[1]);
}

/// U+FFFD is what a gateway makes of bytes that are no text, so with it many passwords would be the same one.
#[tokio::test]
async fn a_new_password_holds_no_replacement_character() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    shop.anonymous()
        .post("/customer-forgotten-password", json!({"email": "john@example.com"}))
        .await
        .expect(204);
    let key = shop.mail_to("john@example.com", PASSWORD_RESET).await.token();
    for password in ["\u{fffd}", "Change.123-\u{fffd}Now", &"\u{fffd}".repeat(200)] {
        let new = json!({"password": password, "confirmPassword": password});
        let error = validation("password => This value should be of type string.");
        let answer =
            shop.anonymous().post("/customers", merged(registration("jane@example.com"), new.clone())).await;
        assert_eq!(answer.errors()[0].2, error.2);
        let restore = merged(json!({"restorePasswordKey": key}), new);
        let answer = shop.anonymous().patch("/customer-restore-password", restore).await.expect(422);
        assert_eq!(answer.errors()[0].2, error.2);
        let answer = customer.change_password(PASSWORD, password).await.expect(422);
        assert_eq!(answer.errors()[0].2, "newPassword => This value should be of type string.");
    }
    // One that was set before still signs in, or is simply wrong.
    shop.try_sign_in("john@example.com", "Change.123-\u{fffd}Now").await.assert_error(AUTHENTICATION_FAILED);
}

#[tokio::test]
async fn an_imported_bcrypt_hash_signs_in_and_is_replaced() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    // Made by libxcrypt: crypt("rasmuslerdorf", "$2y$07$BCryptRequires22Chrcte").
    let mut login = shop.item("LOGIN").await;
    login["password_hash"]["S"] = json!("$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq");
    shop.put_item(login).await;

    for wrong in [PASSWORD, "rasmuslerdor", "rasmuslerdorf1"] {
        shop.try_sign_in(&customer.email, wrong).await.assert_error(AUTHENTICATION_FAILED);
    }
    shop.try_sign_in(&customer.email, "rasmuslerdorf").await.expect(201);
    let upgraded = shop.item("LOGIN").await["password_hash"]["S"].to_string();
    assert!(upgraded.contains("$argon2id$"), "{upgraded}");
    shop.try_sign_in(&customer.email, "rasmuslerdorf").await.expect(201);
    shop.try_sign_in(&customer.email, "rasmuslerdorf1").await.assert_error(AUTHENTICATION_FAILED);
}

#[tokio::test]
async fn a_common_password_is_refused_wherever_a_new_one_can_be_set() {
    let shop = Shop::with(&[("DENY_COMMON_PASSWORDS", "true")]).await;
    let customer = shop.register("john@example.com").await;
    shop.anonymous().post("/customer-forgotten-password", json!({"email": customer.email})).await.expect(204);
    let key = shop.mail_to(&customer.email, PASSWORD_RESET).await.token();
    let common = json!({"password": "Password1", "confirmPassword": "Password1"});
    let registered =
        shop.anonymous().post("/customers", merged(registration("jane@example.com"), common.clone())).await;
    let restored = shop
        .anonymous()
        .patch("/customer-restore-password", merged(json!({"restorePasswordKey": key}), common.clone()))
        .await;
    for answer in [registered, restored, customer.patch(&customer.path(), common).await] {
        answer.assert_error(validation("password => The password is listed as common."));
    }
    let changed = customer.change_password(PASSWORD, "Password1").await;
    changed.assert_error(validation("newPassword => The password is listed as common."));
    customer.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
}

#[tokio::test]
async fn common_passwords_are_accepted_unless_configured() {
    let shop = Shop::start().await;
    let common = json!({"password": "password1", "confirmPassword": "password1"});
    shop.anonymous().post("/customers", merged(registration("john@example.com"), common)).await.expect(201);
}

#[tokio::test]
async fn a_long_password_of_many_scripts_round_trips_and_its_beginning_does_not() {
    let shop = Shop::start().await;
    let long: String = "pässwörd-пароль-密码-🔑".chars().cycle().take(128).collect();
    let twice: Value = json!({"password": long, "confirmPassword": long});
    shop.anonymous().post("/customers", merged(registration("john@example.com"), twice)).await.expect(201);
    shop.try_sign_in("john@example.com", &long).await.expect(201);
    let beginning: String = long.chars().take(127).collect();
    shop.try_sign_in("john@example.com", &beginning).await.assert_error(AUTHENTICATION_FAILED);
}

#[tokio::test]
async fn the_length_counts_as_typed_and_the_hash_as_composed() {
    let shop = Shop::start().await;
    // Seven code points as typed, and five once composed.
    let (decomposed, composed) = ("o\u{308}o\u{308}abc", "\u{f6}\u{f6}abc");
    let twice = json!({"password": decomposed, "confirmPassword": decomposed});
    shop.anonymous().post("/customers", merged(registration("john@example.com"), twice)).await.expect(201);
    shop.try_sign_in("john@example.com", composed).await.expect(201);
    let twice = json!({"password": composed, "confirmPassword": composed});
    let too_short = "This value is too short. It should have 7 characters or more.";
    let answer = shop.anonymous().post("/customers", merged(registration("jane@example.com"), twice)).await;
    let details: Vec<String> = answer.errors().into_iter().map(|(_, _, detail)| detail).collect();
    assert_eq!(details, [format!("password => {too_short}"), format!("confirmPassword => {too_short}")]);
}
