//! SES fails, the mailer crashes half-way, messages arrive twice: every queued mail is delivered with a valid key, or
//! recorded as rejected, or is in the dead-letter queue.

use std::time::Duration;

use local::Failure;
use serde_json::{Value, json};
use tests::faults::{Fault, Faults};
use tests::mail::{CONFIRMATION, EMAIL_CHANGED, PASSWORD_CHANGED, PASSWORD_RESET};
use tests::{Mail, NEW_PASSWORD, PASSWORD, Shop, registration};

const EMAIL: &str = "john@example.com";

#[tokio::test]
async fn an_outage_of_ses_delays_mail_and_loses_none() {
    let shop = Shop::start().await;
    let customer = shop.register_confirmed(EMAIL).await;
    shop.mail_settled().await;
    shop.ses().fail_for(EMAIL, Failure::Down);
    forget(&shop).await;
    customer.patch(&customer.path(), json!({"email": "jack@example.com"})).await.expect(200);
    shop.mail_settled().await;
    // The reset request has become obsolete, because no customer has that address any more; the notice waits.
    assert_eq!(shop.dead_letters(), 1);
    // An impatient operator redrives while SES is still down.
    for _ in 0..2 {
        shop.redrive_mail();
        shop.mail_settled().await;
    }
    shop.ses().recover();
    shop.redrive_mail();
    shop.mail_settled().await;
    assert_eq!(shop.dead_letters(), 0);
    assert_eq!(shop.count_mails(EMAIL, EMAIL_CHANGED).await, 1);
    assert_eq!(shop.count_mails(EMAIL, PASSWORD_RESET).await, 0);
    assert_eq!(shop.count_mails("jack@example.com", CONFIRMATION).await, 1);
}

#[tokio::test]
async fn failed_attempts_use_up_no_budget() {
    let shop = Shop::start().await;
    let notified = shop.register_confirmed("jane@example.com").await;
    shop.mail_settled().await;
    for email in [EMAIL, "jane@example.com"] {
        shop.ses().fail_for(email, Failure::Down);
    }
    shop.register(EMAIL).await;
    notified.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    forget(&shop).await;
    shop.mail_settled().await;
    for _ in 0..3 {
        shop.redrive_mail();
        shop.mail_settled().await;
    }
    assert_eq!(shop.dead_letters(), 3);
    shop.ses().recover();
    shop.redrive_mail();
    shop.mail_settled().await;
    for (email, kind) in
        [(EMAIL, CONFIRMATION), ("jane@example.com", PASSWORD_CHANGED), (EMAIL, PASSWORD_RESET)]
    {
        assert_eq!(shop.count_mails(email, kind).await, 1, "{kind}");
    }
    let items = shop.items().await;
    let counted = items.iter().filter_map(|item| item["mails"]["SS"].as_array().map(Vec::len));
    // Jane's confirmation is the fourth.
    assert_eq!(counted.collect::<Vec<_>>(), [1; 4]);
    let key = shop.mail_to(EMAIL, PASSWORD_RESET).await.token();
    restore(&shop, &key).await;
}

#[tokio::test]
async fn a_rejected_recipient_is_recorded_and_delays_no_other() {
    let shop = Shop::start().await;
    shop.ses().fail_for(EMAIL, Failure::Rejected);
    shop.anonymous().post("/customers", registration(EMAIL)).await.expect(201);
    shop.anonymous().post("/customers", registration("jane@example.com")).await.expect(201);
    assert_eq!(shop.count_mails("jane@example.com", CONFIRMATION).await, 1);
    assert_eq!((shop.count_mails(EMAIL, CONFIRMATION).await, shop.dead_letters()), (0, 0));
    let queued_mails = queued_mails(&shop).await;
    assert_eq!(queued_mails.len(), 1, "{queued_mails:?}");
    assert_eq!(queued_mails[0]["state"]["S"], "rejected");
    assert!(
        queued_mails[0]["reason"]["S"].as_str().is_some_and(|reason| !reason.is_empty()),
        "{queued_mails:?}"
    );
}

#[tokio::test]
async fn a_mail_that_is_refused_for_the_senders_sake_is_there_after_the_sender_is_mended() {
    let shop = Shop::start().await;
    shop.ses().fail_for(EMAIL, Failure::Sender);
    shop.anonymous().post("/customers", registration(EMAIL)).await.expect(201);
    shop.mail_settled().await;
    assert_eq!((shop.count_mails(EMAIL, CONFIRMATION).await, shop.dead_letters()), (0, 1));
    shop.ses().recover();
    shop.redrive_mail();
    let key = shop.mail_to(EMAIL, CONFIRMATION).await.token();
    let body = json!({ "registrationKey": key });
    shop.anonymous().post("/customer-confirmation", body).await.expect(204);
}

#[tokio::test]
async fn a_mailer_that_crashes_between_sending_and_finishing_invalidates_no_key() {
    // The calls: the registration; the mailer's read, count and mint; then the queued mail is finished, which fails until
    // the mailer gives up. The message is delivered again.
    for which in [0, 1] {
        let (shop, faults) = Shop::with_faults().await;
        faults.plan(Fault::CutBefore, 5, usize::MAX);
        shop.anonymous().post("/customers", registration(EMAIL)).await.expect(201);
        heal_once_the_mailer_has_given_up(&shop, &faults).await;
        let mails = mails(&shop, CONFIRMATION).await;
        assert_eq!(mails.len(), 2);
        assert_ne!(mails[0].token(), mails[1].token());
        shop.anonymous()
            .post("/customer-confirmation", json!({"registrationKey": mails[which].token()}))
            .await
            .expect(204);
        assert_eq!(queued_mails(&shop).await, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn a_reset_that_could_not_be_recorded_as_sent_leaves_both_keys_valid() {
    for which in [0, 1] {
        let (shop, faults) = Shop::with_faults().await;
        shop.register_confirmed(EMAIL).await;
        shop.mail_settled().await;
        // The request; the mailer's two reads and its mint; the note that it is served.
        faults.plan(Fault::CutBefore, 5, usize::MAX);
        forget(&shop).await;
        heal_once_the_mailer_has_given_up(&shop, &faults).await;
        let mails = mails(&shop, PASSWORD_RESET).await;
        assert_eq!(mails.len(), 2);
        restore(&shop, &mails[which].token()).await;
        assert_eq!(shop.dead_letters(), 0);
    }
}

#[tokio::test]
async fn a_mailer_that_crashes_between_minting_and_sending_still_sends_a_valid_key() {
    let shop = Shop::start().await;
    shop.register(EMAIL).await;
    shop.mail_settled().await;
    // Each failed attempt has minted a key that was never sent.
    shop.ses().fail_next(3, Failure::Down);
    forget(&shop).await;
    let mails = mails(&shop, PASSWORD_RESET).await;
    assert_eq!(mails.len(), 1);
    restore(&shop, &mails[0].token()).await;
}

#[tokio::test]
async fn an_older_request_that_arrives_late_changes_nothing() {
    let shop = Shop::start().await;
    shop.register(EMAIL).await;
    shop.mail_settled().await;
    shop.ses().fail_for(EMAIL, Failure::Down);
    forget(&shop).await;
    shop.mail_settled().await;
    assert_eq!(shop.dead_letters(), 1);
    shop.ses().recover();
    shop.advance(61);
    forget(&shop).await;
    shop.mail_settled().await;
    let newer = shop.mail_to(EMAIL, PASSWORD_RESET).await.token();
    // Now the message of the first request comes back.
    shop.redrive_mail();
    assert_eq!(shop.count_mails(EMAIL, PASSWORD_RESET).await, 1);
    restore(&shop, &newer).await;
}

#[tokio::test]
async fn notices_that_an_older_version_queued_are_sent() {
    let shop = Shop::start().await;
    let customer = shop.register_confirmed(EMAIL).await;
    shop.mail_settled().await;
    let mut item = shop.item("CUSTOMER").await;
    item["mail_quota"] = json!({"M": {"day": {"N": "20000"}, "sent": {"N": "20"}}});
    let notice = json!({"order": {"S": "email-changed#1"}, "email": {"S": "old@example.com"}});
    item["pending_notices"] = json!({"L": [{"M": notice}]});
    shop.put_item(item).await;
    for mail in ["email-changed#1", "password-changed#2"] {
        let partition = format!("MAIL#{}", customer.reference);
        shop.put_item(json!({"pk": {"S": partition}, "sk": {"S": mail}, "state": {"S": "ordered"}})).await;
    }
    assert_eq!(shop.count_mails("old@example.com", EMAIL_CHANGED).await, 1);
    assert_eq!(shop.count_mails(EMAIL, PASSWORD_CHANGED).await, 1);
    assert_eq!(shop.item("CUSTOMER").await["pending_notices"]["L"], json!([]));
    assert_eq!(queued_mails(&shop).await, Vec::<Value>::new());
}

async fn heal_once_the_mailer_has_given_up(shop: &Shop, faults: &Faults) {
    let given_up = r#""outcome":"failed""#;
    while !shop.log().iter().any(|line| line.contains(given_up)) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    faults.heal();
}

async fn forget(shop: &Shop) {
    shop.anonymous().post("/customer-forgotten-password", json!({"email": EMAIL})).await.expect(204);
}

async fn restore(shop: &Shop, key: &str) {
    let attributes =
        json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    shop.anonymous().patch("/customer-restore-password", attributes).await.expect(204);
}

/// The mails of a kind, oldest first, once everything is sent.
async fn mails(shop: &Shop, kind: &str) -> Vec<Mail> {
    shop.mail_settled().await;
    shop.mails().await.into_iter().filter(|mail| mail.kind == kind).collect()
}

async fn queued_mails(shop: &Shop) -> Vec<Value> {
    let items = shop.items().await.into_iter();
    items.filter(|item| item["pk"]["S"].as_str().is_some_and(|key| key.starts_with("MAIL#"))).collect()
}

#[tokio::test]
async fn a_confirmation_that_arrives_after_a_newer_one_neither_goes_out_nor_takes_its_key() {
    let shop = Shop::start().await;
    shop.ses().fail_for(EMAIL, Failure::Down);
    let customer = shop.register(EMAIL).await;
    shop.mail_settled().await;
    customer.patch(&customer.path(), json!({"email": "jack@example.com"})).await.expect(200);
    let key = shop.mail_to("jack@example.com", CONFIRMATION).await.token();
    shop.ses().recover();
    shop.redrive_mail();
    assert_eq!(shop.count_mails("jack@example.com", CONFIRMATION).await, 1);
    assert_eq!(shop.count_mails(EMAIL, CONFIRMATION).await, 0);
    shop.anonymous().post("/customer-confirmation", json!({"registrationKey": key})).await.expect(204);
}
