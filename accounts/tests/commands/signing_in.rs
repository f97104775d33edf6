//! After an import, customers can sign in, and no mail has been sent.

use serde_json::{Value, json};
use tests::errors::AUTHENTICATION_FAILED;
use tests::mail::PASSWORD_RESET;
use tests::{NEW_PASSWORD, Shop, merged, without};

use crate::{BCRYPT_PASSWORD, Desk, address, items, row, stream_records};

#[tokio::test]
async fn a_customer_signs_in_with_the_existing_password_and_finds_everything_there() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[row(7)]);
    let run = desk.run(&["import", "customers.ndjson", "--data", "data"]);
    assert_eq!(run.summary(0), "1 moved in, 0 there already, 0 refused.");

    let shop = Shop::with_data(&desk.path("data"), &[("REQUIRE_CONFIRMATION", "true")]).await;
    shop.try_sign_in("customer.7@example.com", "rasmuslerdor").await.assert_error(AUTHENTICATION_FAILED);
    let customer = shop.sign_in("DE--7", "customer.7@example.com", BCRYPT_PASSWORD).await;
    let profile = customer.get(&customer.path()).await.expect(200).json();
    let expected = json!({
        "firstName": "Jürgen-Zoë",
        "lastName": "O’Neil",
        "email": "Customer.7@example.com",
        "gender": "Female",
        "dateOfBirth": "1985-12-31",
        "salutation": "Ms",
        "createdAt": "2018-11-06 08:15:02.694668",
        "updatedAt": "2019-01-02 03:04:05.000000",
    });
    assert_eq!(profile["data"]["attributes"], expected);
    let id = String::from(address(7)["id"].as_str().expect("an id"));
    let shown = merged(without(address(7), "id"), json!({ "country": "Germany" }));
    assert_eq!(customer.addresses().await, [(id, shown)]);
    shop.stop().await;

    let run = desk.run(&["export", "out.ndjson", "--data", "data"]);
    run.summary(0);
    let out = desk.rows("out.ndjson").remove(0);
    let upgraded = out["passwordHash"].as_str().expect("a hash");
    assert!(upgraded.starts_with("$argon2id$"), "{upgraded}");
    let run = desk.run(&["import", "customers.ndjson", "--data", "data"]);
    assert_eq!(run.summary(0), "0 moved in, 1 there already, 0 refused.");
}

#[tokio::test]
async fn a_hash_of_any_kind_lets_its_customer_sign_in_and_is_replaced() {
    // Each is explained in the tests of `shared::hasher`.
    let hashes = [
        "bcrypt_sha256$$2b$04$BCryptRequires22ChrcteHDj19fE1icfSIBsLQpaeoqhOEBGjZ6e",
        "pbkdf2_sha256$1000$seasalt22$ag3kVTCbKHWXVjAqH6lVlpacbIHBhTxQduRa6OagE+Q=",
        "$pbkdf2-sha512$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$ir0Q9h53PNotdP5XExdTXZIJz25SnmOTAGBzsjcx2kfUYF00AOaLWH1tmDMNUGqOQCpx5LJwbAk8aqkojPm6Jw",
        "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFi$5bI4FmRPRUMS4l16LS0QFqUgS2dUh443wVpY8agvIA8",
        "c2NyeXB0AAQAAAAIAAAAAQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4faeEnw9AEcwpAVV7UH4iV1foPHSbhqbpT91NlfqerPqt3krrmzKuVR5aEs2ezmJDR",
        "$5$rounds=1000$saltstring$XOerqOmpMSVHU9mNbPaeyQl.ERCF.mzsPRwK2vTfDwD",
    ];
    let desk = Desk::new();
    let numbered = || (1..).zip(hashes);
    let rows: Vec<Value> =
        numbered().map(|(number, hash)| merged(row(number), json!({ "passwordHash": hash }))).collect();
    desk.write_rows("customers.ndjson", &rows);
    desk.run(&["import", "customers.ndjson", "--data", "data"]).summary(0);

    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    for (number, hash) in numbered() {
        let email = format!("customer.{number}@example.com");
        shop.try_sign_in(&email, "rasmuslerdor").await.assert_error(AUTHENTICATION_FAILED);
        for _ in 0..2 {
            shop.try_sign_in(&email, BCRYPT_PASSWORD).await.expect(201);
        }
        assert!(!shop.items().await.iter().any(|item| item["password_hash"]["S"] == hash), "{hash}");
    }
    shop.stop().await;
    desk.run(&["export", "out.ndjson", "--data", "data"]).summary(0);
    for customer in desk.rows("out.ndjson") {
        let hash = customer["passwordHash"].as_str().expect("a hash");
        assert!(hash.starts_with("$argon2id$"), "{hash}");
    }
}

#[tokio::test]
async fn an_import_sends_no_mail() {
    let desk = Desk::new();
    let rows: Vec<Value> =
        (0..40).map(|number| merged(row(number), json!({ "confirmed": number % 2 == 0 }))).collect();
    desk.write_rows("customers.ndjson", &rows);
    desk.run(&["import", "customers.ndjson", "--data", "data"]).summary(0);

    let records = stream_records(&desk.path("data"));
    assert_eq!(records.len(), 80, "a customer and a login each");
    let keys = items(&desk.path("data")).into_iter().map(|(pk, sk, _)| format!(r#""{pk}" "{sk}""#));
    for key in records.into_iter().chain(keys) {
        assert!(!key.contains(r#""MAIL#"#) && !key.contains("RESET_REQUEST"), "{key}");
    }
    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    shop.mail_settled().await;
    assert!(shop.mails().await.is_empty());
    assert!(shop.events().await.is_empty());
}

#[tokio::test]
async fn customers_without_a_usable_hash_are_accepted_on_request_and_set_a_password_by_mail() {
    let desk = Desk::new();
    let rows = [
        without(row(1), "passwordHash"),
        merged(row(2), json!({ "passwordHash": "5f4dcc3b5aa765d61d8327deb882cf99", "confirmed": false })),
    ];
    desk.write_rows("customers.ndjson", &rows);
    let run = desk.run(&["import", "customers.ndjson", "--data", "data"]);
    assert_eq!(run.summary(1), "0 moved in, 0 there already, 2 refused.");
    let run = desk.run(&["import", "customers.ndjson", "--data", "data", "--without-password"]);
    assert_eq!(run.summary(0), "2 moved in, 0 there already, 0 refused.");

    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    for email in ["customer.1@example.com", "customer.2@example.com"] {
        let known = shop.try_sign_in(email, "password").await;
        known.assert_error(AUTHENTICATION_FAILED);
        let unknown = shop.try_sign_in("nobody@example.com", "password").await;
        assert_eq!(known.calls(), unknown.calls());
        assert_eq!((known.body, known.status), (unknown.body, unknown.status));

        shop.anonymous().post("/customer-forgotten-password", json!({ "email": email })).await.expect(204);
        // It goes to the address as the customer spells it.
        let spelt = email.replace("customer", "Customer");
        let key = shop.mail_to(&spelt, PASSWORD_RESET).await.token();
        let new =
            json!({ "restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD });
        shop.anonymous().patch("/customer-restore-password", new).await.expect(204);
        shop.try_sign_in(email, NEW_PASSWORD).await.expect(201);
    }
}
