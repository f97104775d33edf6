//! Accounts that somebody fills in for the owner of a mailbox, and what our mails say to the owner in whose words.

use serde_json::{Value, json};
use tests::errors::IDEMPOTENCY_KEY_REUSED;
use tests::mail::{CONFIRMATION, PASSWORD_RESET};
use tests::{Answer, Customer, NEW_PASSWORD, PASSWORD, Shop, merged, registration};

const VICTIM: &str = "victim@example.com";
const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

#[tokio::test]
async fn who_restores_an_account_that_nobody_confirmed_inherits_nothing() {
    let shop = Shop::start().await;
    let registered = shop.register(VICTIM).await;
    let moved = shop.register_confirmed("attacker@example.com").await;
    for (attacker, email) in [(registered, VICTIM), (moved, "other.victim@example.com")] {
        attacker.add_address(json!({"city": "Nowhere", "isDefaultShipping": true})).await;
        let changes = json!({"email": email, "dateOfBirth": "1999-12-31"});
        attacker.patch(&attacker.path(), changes).await.expect(200);
        let before = attacker.get(&attacker.path()).await.expect(200).json();
        let owner = restored(&shop, &attacker.reference, email).await;

        let profile = owner.get(&owner.path()).await.expect(200);
        for name in ["firstName", "lastName", "salutation", "gender", "dateOfBirth"] {
            assert_eq!(profile.attribute(name), Value::Null, "{name}");
        }
        assert_eq!(profile.attribute("email"), email);
        assert_eq!(profile.attribute("createdAt"), before["data"]["attributes"]["createdAt"]);
        assert_eq!(owner.addresses().await, []);
        let export = owner.get(&format!("{}/export", owner.path())).await.expect(200).json();
        assert_eq!(export["meta"]["isConfirmed"], true);
        assert!(!export.to_string().contains("Nowhere"));
        assert!(!attacker.is_signed_in().await);

        // The owner fills it in anew.
        let changed =
            owner.patch(&owner.path(), json!({"firstName": "Vic", "salutation": "Ms"})).await.expect(200);
        assert_eq!(changed.attribute("firstName"), "Vic");
        let address = owner.add_address(json!({})).await;
        assert_eq!(owner.get(&owner.address_path(&address)).await.attribute("isDefaultShipping"), true);
    }
}

#[tokio::test]
async fn who_restores_a_confirmed_account_keeps_everything() {
    let shop = Shop::start().await;
    let customer = shop.register_confirmed("john@example.com").await;
    customer.add_address(json!({})).await;
    let owner = restored(&shop, &customer.reference, "john@example.com").await;
    assert_eq!(owner.get(&owner.path()).await.attribute("firstName"), "John");
    assert_eq!(owner.addresses().await.len(), 1);
}

#[tokio::test]
async fn a_registration_cannot_be_repeated_into_an_account_that_was_taken_over() {
    let shop = Shop::start().await;
    let registered = keyed(&shop, PASSWORD).await.expect(201);
    shop.mail_settled().await;
    restored(&shop, &registered.id(), VICTIM).await;
    keyed(&shop, PASSWORD).await.assert_error(tests::errors::EMAIL_TAKEN);
}

#[tokio::test]
async fn a_repeated_registration_is_no_way_to_guess_a_password() {
    let shop = Shop::start().await;
    keyed(&shop, PASSWORD).await.expect(201);
    // The right one does not count, and resets nothing.
    for _ in 0..5 {
        shop.try_sign_in(VICTIM, "wrong").await.expect(401);
        keyed(&shop, PASSWORD).await.expect(201);
    }
    for _ in 0..5 {
        keyed(&shop, NEW_PASSWORD).await.assert_error(IDEMPOTENCY_KEY_REUSED);
    }
    let locked_out = keyed(&shop, PASSWORD).await;
    assert_eq!(locked_out.status, 429, "{}", locked_out.summary());
    assert_eq!(shop.try_sign_in(VICTIM, PASSWORD).await.status, 429);
    shop.advance(301);
    keyed(&shop, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn no_mail_greets_by_what_is_no_name() {
    let shop = Shop::start().await;
    for (number, name) in [
        "Your account is locked - please phone +1 900 555 0199",
        "evil\u{200b}.com",
        "evil\u{2024}com",
        "http:8.8.8.8",
        "mailto:a@b",
        "<img src=x onerror=alert(1)>\r\nBcc: evil@example.com",
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("victim{number}@example.com");
        let names = json!({"firstName": name, "lastName": "X"});
        shop.anonymous().post("/customers", merged(registration(&email), names)).await.expect(201);
        shop.confirm(&email).await;
        forgot(&shop, &email).await;
        let mail = shop.mail_to(&email, PASSWORD_RESET).await;
        assert!(mail.text.starts_with("Hello,\n"), "{}", mail.text);
        assert!(mail.html.contains(">Hello,<"), "{}", mail.html);
    }
}

#[tokio::test]
async fn an_address_that_nobody_confirmed_is_told_no_name() {
    let shop = Shop::start().await;
    shop.register(VICTIM).await;
    forgot(&shop, VICTIM).await;
    for kind in [CONFIRMATION, PASSWORD_RESET] {
        let mail = shop.mail_to(VICTIM, kind).await;
        assert!(mail.text.starts_with("Hello,\n") && !mail.html.contains("Doe"), "{}", mail.text);
    }
}

/// The session of the mailbox's owner, after a reset.
async fn restored(shop: &Shop, reference: &str, email: &str) -> Customer {
    forgot(shop, email).await;
    let key = shop.mail_to(email, PASSWORD_RESET).await.token();
    let restore =
        json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    shop.anonymous().patch("/customer-restore-password", restore).await.expect(204);
    shop.sign_in(reference, email, NEW_PASSWORD).await
}

async fn forgot(shop: &Shop, email: &str) {
    shop.anonymous().post("/customer-forgotten-password", json!({"email": email})).await.expect(204);
}

/// The victim's registration with this password and a key.
async fn keyed(shop: &Shop, password: &str) -> Answer {
    let own = json!({"password": password, "confirmPassword": password});
    let client = shop.anonymous().header("Idempotency-Key", KEY);
    client.post("/customers", merged(registration(VICTIM), own)).await
}
