//! After an account is anonymised, the service stores nothing about the person any more.

use local::Failure;
use serde_json::{Value, json};
use tests::errors::EMAIL_TAKEN;
use tests::mail::{ACCOUNT_ERASED, CONFIRMATION, PASSWORD_CHANGED, PASSWORD_RESET};
use tests::{NEW_PASSWORD, PASSWORD, Shop, merged, registration};

/// Part of every text about the person.
const MARK: &str = "Quetzalcoatl";

#[tokio::test]
async fn nothing_of_the_person_is_left_in_any_item_or_log_line() {
    let shop = Shop::start().await;
    let old_email = format!("{MARK}.old@example.com");
    let email = format!("{MARK}@example.com");
    let person = json!({"firstName": MARK, "lastName": MARK, "dateOfBirth": "1977-07-07"});
    let registered =
        shop.anonymous().post("/customers", merged(registration(&old_email), person)).await.expect(201);
    shop.confirm(&old_email).await;
    let customer = shop.sign_in(&registered.id(), &old_email, PASSWORD).await;
    let texts = ["firstName", "lastName", "address1", "address2", "address3", "city", "company"];
    let marked: Value = texts.iter().map(|name| (name.to_string(), json!(MARK))).collect();
    customer.add_address(merged(marked, json!({"phone": "+44 1632 960001", "zipCode": "X9 9ZZ"}))).await;
    customer.patch(&customer.path(), json!({"email": email})).await.expect(200);
    shop.confirm(&email).await;
    shop.anonymous().post("/customer-forgotten-password", json!({"email": email})).await.expect(204);
    shop.mail_to(&email, PASSWORD_RESET).await;
    shop.try_sign_in(&email, "wrong").await.expect(401);
    shop.anonymous().post("/customers", registration(&email)).await.assert_error(EMAIL_TAKEN);
    shop.mail_settled().await;
    assert!(
        found(&shop, MARK).await && found(&shop, "+44 1632 960001").await,
        "the search finds what is there"
    );

    customer.delete(&customer.path()).await.expect(204);
    shop.mail_settled().await;

    for trace in [MARK, "1977-07-07", "+44 1632 960001", "X9 9ZZ", "john@", PASSWORD, NEW_PASSWORD] {
        assert!(!found(&shop, trace).await, "{trace}");
        assert!(!shop.log().iter().any(|line| contains(line, trace)), "{trace} is in the log");
    }
    // The record itself stays, so that the reference is never given out again.
    let record = shop.item("CUSTOMER").await;
    assert_eq!(record["pk"]["S"], format!("CUSTOMER#{}", customer.reference));
    let newcomer = shop.register(&email).await;
    assert_ne!(newcomer.reference, customer.reference);
}

#[tokio::test]
async fn the_person_is_told_and_so_are_notices_that_were_queued_before() {
    let shop = Shop::start().await;
    let email = format!("{MARK}@example.com");
    let customer = shop.register_confirmed(&email).await;
    shop.ses().fail_for(&email, Failure::Down);
    customer.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    let customer = shop.sign_in(&customer.reference, &email, NEW_PASSWORD).await;
    customer.delete(&customer.path()).await.expect(204);
    shop.mail_settled().await;
    shop.ses().recover();
    shop.redrive_mail();
    assert_eq!(shop.count_mails(&email, PASSWORD_CHANGED).await, 1);
    let farewell = shop.mail_to(&email, ACCOUNT_ERASED).await;
    assert!(farewell.text.starts_with("Hello,\n"), "the name is gone: {}", farewell.text);
    assert!(!found(&shop, MARK).await);
}

/// Of every notice that cannot be sent, because it is refused or one too many.
#[tokio::test]
async fn no_address_is_kept_for_a_notice_that_is_never_sent() {
    let shop = Shop::start().await;
    let email = format!("{MARK}@example.com");
    let customer = shop.register_confirmed(&email).await;
    shop.mail_settled().await;
    shop.ses().fail_for(&email, Failure::Rejected);
    customer.delete(&customer.path()).await.expect(204);
    shop.mail_settled().await;
    assert!(!found(&shop, MARK).await);
    assert_eq!(shop.count_mails(&email, ACCOUNT_ERASED).await, 0);
}

#[tokio::test]
async fn no_farewell_to_an_address_that_nobody_confirmed() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    customer.delete(&customer.path()).await.expect(204);
    assert_eq!(shop.count_mails("john@example.com", ACCOUNT_ERASED).await, 0);
}

#[tokio::test]
async fn no_reset_mail_is_sent_after_the_anonymisation() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    shop.mail_to("john@example.com", CONFIRMATION).await;
    customer.delete(&customer.path()).await.expect(204);
    shop.anonymous()
        .post("/customer-forgotten-password", json!({"email": "john@example.com"}))
        .await
        .expect(204);
    assert_eq!(shop.count_mails("john@example.com", PASSWORD_RESET).await, 0);
}

async fn found(shop: &Shop, text: &str) -> bool {
    shop.items().await.iter().any(|item| contains(&item.to_string(), text))
}

fn contains(haystack: &str, text: &str) -> bool {
    haystack.to_lowercase().contains(&text.to_lowercase())
}
