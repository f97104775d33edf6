//! Mail that strangers cause: what they can have sent to an address, and whether they can use up what its owner needs.

use local::Failure;
use serde_json::json;
use tests::mail::{
    ACCOUNT_ERASED, CONFIRMATION, EMAIL_CHANGED, PASSWORD_CHANGED, PASSWORD_RESET, SESSION_REUSED,
};
use tests::{Customer, NEW_PASSWORD, PASSWORD, Shop};

const VICTIM: &str = "victim@example.com";
const HOUR: u64 = 3_600;
/// The most mails in a day to somebody who has never confirmed an address.
const HANDFUL: usize = 5;

#[tokio::test]
async fn a_stranger_is_mailed_a_handful_of_times_a_day_whatever_is_done() {
    let shop = Shop::start().await;
    let mut attackers = Vec::new();
    for number in 0..3 {
        let own = format!("attacker{number}@example.com");
        attackers.push((shop.register_confirmed(&own).await, own));
    }
    for day in 1..=2 {
        for _ in 0..4 {
            let customer = shop.register(VICTIM).await;
            forgot(&shop, VICTIM).await;
            shop.mail_settled().await;
            customer.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
            shop.mail_settled().await;
            let customer = shop.sign_in(&customer.reference, VICTIM, NEW_PASSWORD).await;
            customer.delete(&customer.path()).await.expect(204);
            shop.mail_settled().await;
            for (attacker, own) in &attackers {
                move_to(&shop, attacker, VICTIM).await;
                forgot(&shop, VICTIM).await;
                move_to(&shop, attacker, own).await;
            }
            shop.advance(90 * 60);
            for (attacker, own) in &mut attackers {
                *attacker = shop.sign_in(&attacker.reference, own, PASSWORD).await;
            }
        }
        shop.mail_settled().await;
        let mails = shop.mails().await;
        let kinds: Vec<&str> =
            mails.iter().filter(|mail| mail.to == VICTIM).map(|mail| mail.kind.as_str()).collect();
        assert!(kinds.len() <= HANDFUL * day, "{kinds:?}");
        assert!(kinds.len() > HANDFUL * (day - 1), "a day later, mail is sent again: {kinds:?}");
        assert!(kinds.iter().all(|kind| [CONFIRMATION, PASSWORD_RESET].contains(kind)), "{kinds:?}");
        shop.advance(24 * HOUR);
        for (attacker, own) in &mut attackers {
            *attacker = shop.sign_in(&attacker.reference, own, PASSWORD).await;
        }
    }
}

#[tokio::test]
async fn an_address_that_nobody_confirmed_gets_no_notice() {
    let shop = Shop::start().await;
    let customer = shop.register(VICTIM).await;
    customer.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    let customer = shop.sign_in(&customer.reference, VICTIM, NEW_PASSWORD).await;
    move_to(&shop, &customer, "jack@example.com").await;
    shop.mail_settled().await;
    let mails = shop.mails().await;
    let kinds: Vec<&str> = mails.iter().map(|mail| mail.kind.as_str()).collect();
    assert_eq!(kinds, [CONFIRMATION; 2]);
}

#[tokio::test]
async fn email_changes_use_up_neither_reset_keys_nor_notices() {
    let shop = Shop::start().await;
    let customer = shop.register_confirmed("john@example.com").await;
    for number in 0..9 {
        move_to(&shop, &customer, &format!("john{number}@example.com")).await;
    }
    move_to(&shop, &customer, "john@example.com").await;
    assert_eq!(shop.count_mails("john@example.com", EMAIL_CHANGED).await, 1);
    forgot(&shop, "john@example.com").await;
    let key = shop.mail_to("john@example.com", PASSWORD_RESET).await.token();
    restore(&shop, &key).await.expect(204);
    shop.mail_to("john@example.com", PASSWORD_CHANGED).await;
}

#[tokio::test]
async fn a_notice_that_is_one_too_many_takes_nothing_from_reset_keys() {
    let shop = Shop::start().await;
    let customer = shop.register_confirmed("john@example.com").await;
    let mut session = shop.sign_in(&customer.reference, "john@example.com", PASSWORD).await;
    for (current, new) in [(PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, PASSWORD)].into_iter().cycle().take(24) {
        session.change_password(current, new).await.expect(204);
        session = shop.sign_in(&customer.reference, "john@example.com", new).await;
    }
    assert_eq!(shop.count_mails("john@example.com", PASSWORD_CHANGED).await, 20);
    forgot(&shop, "john@example.com").await;
    shop.mail_to("john@example.com", PASSWORD_RESET).await;
}

#[tokio::test]
async fn used_refresh_tokens_use_up_no_other_notices() {
    let shop = Shop::start().await;
    let owner = shop.register_confirmed("john@example.com").await;
    for _ in 0..20 {
        let session = shop.sign_in(&owner.reference, "john@example.com", PASSWORD).await;
        let (known, _) = session.refresh_token.rsplit_once('.').expect("parts");
        shop.try_refresh(&format!("{known}.{}", "A".repeat(43))).await.expect(401);
    }
    assert_eq!(shop.count_mails("john@example.com", SESSION_REUSED).await, 3);
    let session = shop.sign_in(&owner.reference, "john@example.com", PASSWORD).await;
    session.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    shop.mail_to("john@example.com", PASSWORD_CHANGED).await;
    let session = shop.sign_in(&owner.reference, "john@example.com", NEW_PASSWORD).await;
    session.delete(&session.path()).await.expect(204);
    shop.mail_to("john@example.com", ACCOUNT_ERASED).await;
}

#[tokio::test]
async fn a_reset_key_that_is_not_sent_does_not_count() {
    let shop = Shop::start().await;
    shop.register("john@example.com").await;
    shop.mail_settled().await;
    shop.ses().fail_for("john@example.com", Failure::Down);
    for _ in 0..3 {
        forgot(&shop, "john@example.com").await;
        shop.mail_settled().await;
        shop.advance(61);
    }
    shop.ses().recover();
    shop.redrive_mail();
    shop.mail_to("john@example.com", PASSWORD_RESET).await;
}

#[tokio::test]
async fn a_stranger_cannot_use_up_the_days_reset_keys() {
    let shop = Shop::start().await;
    shop.register_confirmed("john@example.com").await;
    for _ in 0..2 {
        for _ in 0..8 {
            forgot(&shop, "john@example.com").await;
            shop.mail_settled().await;
            shop.advance(61);
        }
        shop.advance(HOUR);
    }
    let sent = shop.count_mails("john@example.com", PASSWORD_RESET).await;
    assert_eq!(sent, 6);
    shop.advance(3 * HOUR);
    forgot(&shop, "john@example.com").await;
    shop.mail_settled().await;
    assert_eq!(shop.count_mails("john@example.com", PASSWORD_RESET).await, sent + 1);
    let mails = shop.mails().await;
    let newest = mails.iter().rfind(|mail| mail.kind == PASSWORD_RESET).expect("a mail");
    restore(&shop, &newest.token()).await.expect(204);
}

#[tokio::test]
async fn a_reset_key_that_never_arrives_voids_none_that_did() {
    let shop = Shop::start().await;
    shop.register_confirmed("john@example.com").await;
    forgot(&shop, "john@example.com").await;
    let key = shop.mail_to("john@example.com", PASSWORD_RESET).await.token();
    for failure in [Failure::Down, Failure::Rejected] {
        shop.advance(61);
        shop.ses().fail_for("john@example.com", failure);
        forgot(&shop, "john@example.com").await;
        shop.mail_settled().await;
    }
    restore(&shop, &key).await.expect(204);
}

/// Waits for the mails, because a confirmation that a newer one replaces is not sent.
async fn move_to(shop: &Shop, customer: &Customer, email: &str) {
    customer.patch(&customer.path(), json!({"email": email})).await.expect(200);
    shop.mail_settled().await;
}

async fn forgot(shop: &Shop, email: &str) {
    shop.anonymous().post("/customer-forgotten-password", json!({"email": email})).await.expect(204);
}

async fn restore(shop: &Shop, key: &str) -> tests::Answer {
    let attributes =
        json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    shop.anonymous().patch("/customer-restore-password", attributes).await
}
