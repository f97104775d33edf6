//! A new e-mail, where configuration asks for more than a token: a recent sign-in, a confirmation first, or a way back.

use serde_json::json;
use tests::errors::{
    AUTHENTICATION_FAILED, BAD_CONFIRMATION_KEY, EMAIL_TAKEN, INVALID_TOKEN, PRECONDITION_FAILED,
    REFRESH_FAILED, SIGN_IN_TOO_OLD, UNAUTHORIZED,
};
use tests::mail::{CONFIRMATION, EMAIL_CHANGED, PASSWORD_RESET};
use tests::{Answer, Customer, NEW_PASSWORD, PASSWORD, Shop};

const OLD: &str = "john@example.com";
const NEW: &str = "jack@example.com";

#[tokio::test]
async fn a_new_email_needs_a_recent_sign_in_if_configured() {
    let shop = Shop::with(&[("REAUTHENTICATE_FOR", "email"), ("REAUTHENTICATION_SECONDS", "60")]).await;
    let customer = shop.register(OLD).await;
    let jane = shop.register("jane@example.com").await;
    shop.advance(30);
    customer.patch(&customer.path(), json!({"email": "joe@example.com"})).await.expect(200);
    shop.advance(31);

    let to_new = json!({"email": NEW});
    customer.patch(&customer.path(), to_new.clone()).await.assert_error(SIGN_IN_TOO_OLD);
    customer.patch(&jane.path(), to_new.clone()).await.assert_error(UNAUTHORIZED);
    let stale = shop.bearer(&customer.access_token).header("If-Match", "\"stale\"");
    stale.patch(&customer.path(), to_new.clone()).await.assert_error(SIGN_IN_TOO_OLD);
    stale.patch(&customer.path(), json!({"firstName": "Joe"})).await.assert_error(PRECONDITION_FAILED);
    let taken = json!({"email": "jane@example.com"});
    customer.patch(&customer.path(), taken).await.assert_error(SIGN_IN_TOO_OLD);

    // What a form sends along unchanged, or in another spelling, is no new e-mail.
    let same = json!({"email": "JOE@example.com", "firstName": "Joe"});
    customer.patch(&customer.path(), same).await.expect(200);
    customer.delete(&format!("{}/sessions/none", customer.path())).await.expect(204);

    let refreshed = shop.try_refresh(&customer.refresh_token).await.expect(201);
    let refreshed = shop.bearer(&refreshed.text("accessToken"));
    refreshed.patch(&customer.path(), to_new.clone()).await.assert_error(SIGN_IN_TOO_OLD);
    let again = shop.sign_in(&customer.reference, "joe@example.com", PASSWORD).await;
    again.patch(&customer.path(), to_new).await.expect(200);
}

#[tokio::test]
async fn anonymising_needs_a_recent_sign_in_if_configured() {
    let shop = Shop::with(&[("REAUTHENTICATE_FOR", "delete")]).await;
    let customer = shop.register(OLD).await;
    shop.advance(901);
    customer.delete(&customer.path()).await.assert_error(SIGN_IN_TOO_OLD);
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    let again = shop.sign_in(&customer.reference, NEW, PASSWORD).await;
    again.delete(&customer.path()).await.expect(204);
}

#[tokio::test]
async fn a_new_email_waits_for_its_confirmation_if_configured() {
    let shop = Shop::with(&[("EMAIL_CHANGE", "confirmed")]).await;
    let customer = confirmed(&shop).await;
    let answer =
        customer.patch(&customer.path(), json!({"email": NEW, "firstName": "Jack"})).await.expect(200);
    assert_eq!((answer.text("email"), answer.text("firstName")), (OLD.into(), "Jack".into()));
    shop.try_sign_in(NEW, PASSWORD).await.assert_error(AUTHENTICATION_FAILED);
    // A form that sends the shown e-mail along changes nothing about that.
    customer.patch(&customer.path(), json!({"email": OLD})).await.expect(200);
    assert_eq!(shop.count_mails(OLD, EMAIL_CHANGED).await, 0);

    let key = shop.mail_to(NEW, CONFIRMATION).await.token();
    confirm(&shop, &key).await.expect(204);
    assert_eq!(customer.get(&customer.path()).await.expect(200).text("email"), NEW, "the session goes on");
    shop.mail_to(OLD, EMAIL_CHANGED).await;
    shop.try_sign_in(OLD, PASSWORD).await.assert_error(AUTHENTICATION_FAILED);
    shop.sign_in(&customer.reference, NEW, PASSWORD).await;
    assert_eq!(export(&customer).await["isConfirmed"], true);
    confirm(&shop, &key).await.assert_error(BAD_CONFIRMATION_KEY);
}

#[tokio::test]
async fn a_later_request_replaces_a_waiting_email() {
    let shop = Shop::with(&[("EMAIL_CHANGE", "confirmed")]).await;
    let customer = confirmed(&shop).await;
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    let first = shop.mail_to(NEW, CONFIRMATION).await.token();
    customer.patch(&customer.path(), json!({"email": "joe@example.com"})).await.expect(200);
    confirm(&shop, &first).await.assert_error(BAD_CONFIRMATION_KEY);
    let second = shop.mail_to("joe@example.com", CONFIRMATION).await.token();
    confirm(&shop, &second).await.expect(204);
    assert_eq!(customer.get(&customer.path()).await.expect(200).text("email"), "joe@example.com");
}

#[tokio::test]
async fn an_unconfirmed_email_can_be_confirmed_while_another_waits() {
    let shop = Shop::with(&[("EMAIL_CHANGE", "confirmed")]).await;
    let customer = shop.register(OLD).await;
    let first = shop.mail_to(OLD, CONFIRMATION).await.token();
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    let to_new = shop.mail_to(NEW, CONFIRMATION).await.token();
    shop.anonymous().post("/customer-confirmation-requests", json!({"email": OLD})).await.expect(204);
    let second = shop.mail_to(OLD, CONFIRMATION).await.token();
    confirm(&shop, &first).await.assert_error(BAD_CONFIRMATION_KEY);
    confirm(&shop, &second).await.expect(204);
    assert_eq!(customer.get(&customer.path()).await.expect(200).text("email"), OLD);
    assert_eq!(export(&customer).await["isConfirmed"], true);
    confirm(&shop, &to_new).await.expect(204);
    assert_eq!(customer.get(&customer.path()).await.expect(200).text("email"), NEW);
}

#[tokio::test]
async fn a_waiting_email_that_is_taken_is_refused_at_either_end() {
    let shop = Shop::with(&[("EMAIL_CHANGE", "confirmed")]).await;
    let customer = confirmed(&shop).await;
    shop.register("jane@example.com").await;
    customer.patch(&customer.path(), json!({"email": "Jane@example.com"})).await.assert_error(EMAIL_TAKEN);
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    let key = shop.mail_to(NEW, CONFIRMATION).await.token();
    shop.register(NEW).await;
    confirm(&shop, &key).await.assert_error(BAD_CONFIRMATION_KEY);
    assert_eq!(customer.get(&customer.path()).await.expect(200).text("email"), OLD);
}

#[tokio::test]
async fn a_waiting_email_ends_with_the_sessions() {
    let shop = Shop::with(&[("EMAIL_CHANGE", "confirmed")]).await;
    let mut customer = confirmed(&shop).await;
    for way in ["password", "sign out everywhere"] {
        customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
        let key = shop.mail_to(NEW, CONFIRMATION).await.token();
        match way {
            "password" => customer.change_password(PASSWORD, NEW_PASSWORD).await.expect(204),
            _ => customer.delete("/refresh-tokens/mine").await.expect(204),
        };
        confirm(&shop, &key).await.assert_error(BAD_CONFIRMATION_KEY);
        customer = shop.sign_in(&customer.reference, OLD, NEW_PASSWORD).await;
    }
}

#[tokio::test]
async fn no_session_speaks_for_an_unconfirmed_email_where_confirmation_is_required() {
    let folder = tempfile::tempdir().expect("a folder");
    let issuer = ("TOKEN_ISSUER", "https://issuer.example");
    let shop = Shop::with_data(folder.path(), &[issuer]).await;
    let customer = shop.register(OLD).await;
    let key = shop.mail_to(OLD, CONFIRMATION).await.token();
    shop.stop().await;

    let shop = Shop::with_data(folder.path(), &[issuer, ("REQUIRE_CONFIRMATION", "true")]).await;
    let client = shop.bearer(&customer.access_token);
    client.get(&customer.path()).await.assert_error(INVALID_TOKEN);
    shop.try_refresh(&customer.refresh_token).await.assert_error(REFRESH_FAILED);
    confirm(&shop, &key).await.expect(204);
    client.get(&customer.path()).await.expect(200);

    // The way that was found: an own address is confirmed, and exchanged for a stranger's.
    client.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    assert_eq!(client.get(&customer.path()).await.expect(200).text("email"), OLD);
    shop.try_sign_in(NEW, PASSWORD).await.assert_error(AUTHENTICATION_FAILED);
    let refreshed = shop.try_refresh(&customer.refresh_token).await.expect(201);
    let answer = shop.bearer(&refreshed.text("accessToken")).get(&customer.path()).await.expect(200);
    assert_eq!(answer.text("email"), OLD);
}

#[tokio::test]
async fn a_former_email_takes_the_account_back_if_configured() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "72")]).await;
    let customer = long_confirmed(&shop, 72).await;
    // A thief moves it, and moves it on, and sets a password of their own.
    customer.patch(&customer.path(), json!({"email": "thief@example.com"})).await.expect(200);
    let notice = shop.mail_to(OLD, EMAIL_CHANGED).await;
    let moved_key = shop.mail_to("thief@example.com", CONFIRMATION).await.token();
    confirm(&shop, &moved_key).await.expect(204);
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    let second = shop.mail_to("thief@example.com", EMAIL_CHANGED).await;
    assert!(!second.text.contains("token="), "{}", second.text);
    customer.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    let thief = shop.sign_in(&customer.reference, NEW, NEW_PASSWORD).await;

    assert!(
        notice.link().starts_with("https://storefront.example/email/restore?token="),
        "{}",
        notice.link()
    );
    restore(&shop, &notice.token()).await.expect(204);
    assert!(!thief.is_signed_in().await);
    for email in [OLD, NEW, "thief@example.com"] {
        for password in [PASSWORD, NEW_PASSWORD] {
            shop.try_sign_in(email, password).await.assert_error(AUTHENTICATION_FAILED);
        }
    }
    let key = shop.mail_to(OLD, PASSWORD_RESET).await.token();
    let set = json!({"restorePasswordKey": key, "password": PASSWORD, "confirmPassword": PASSWORD});
    shop.anonymous().patch("/customer-restore-password", set).await.expect(204);
    let owner = shop.sign_in(&customer.reference, OLD, PASSWORD).await;
    assert_eq!(export(&owner).await["isConfirmed"], true);
    restore(&shop, &notice.token()).await.assert_error(BAD_CONFIRMATION_KEY);
}

#[tokio::test]
async fn a_former_email_has_its_time() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "2")]).await;
    let customer = long_confirmed(&shop, 2).await;
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    let key = shop.mail_to(OLD, EMAIL_CHANGED).await.token();
    shop.advance(2 * 3_600);
    restore(&shop, &key).await.assert_error(BAD_CONFIRMATION_KEY);
    assert!(customer.is_signed_in().await);
    // The next change can be taken back again, once the e-mail has been confirmed for as long.
    confirm(&shop, &shop.mail_to(NEW, CONFIRMATION).await.token()).await.expect(204);
    shop.advance(2 * 3_600);
    let again = shop.sign_in(&customer.reference, NEW, PASSWORD).await;
    again.patch(&customer.path(), json!({"email": "joe@example.com"})).await.expect(200);
    restore(&shop, &shop.mail_to(NEW, EMAIL_CHANGED).await.token()).await.expect(204);
}

#[tokio::test]
async fn an_email_confirmed_just_now_gives_no_way_back() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "2")]).await;
    let customer = confirmed(&shop).await;
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    let notice = shop.mail_to(OLD, EMAIL_CHANGED).await;
    assert!(!notice.text.contains("token="), "{}", notice.text);
}

#[tokio::test]
async fn whoever_registers_with_a_former_email_does_not_keep_its_owner_out() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "2")]).await;
    let customer = long_confirmed(&shop, 2).await;
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    let key = shop.mail_to(OLD, EMAIL_CHANGED).await.token();
    let squatter = shop.register(OLD).await;
    shop.mail_to(OLD, CONFIRMATION).await;
    restore(&shop, &key).await.expect(204);
    assert!(!squatter.is_signed_in().await);

    // Whoever has confirmed it has the mailbox.
    let owner = restored(&shop, OLD).await;
    assert_eq!(owner.reference, customer.reference);
    shop.advance(2 * 3_600);
    let owner = shop.sign_in(&owner.reference, OLD, NEW_PASSWORD).await;
    owner.patch(&owner.path(), json!({"email": NEW})).await.expect(200);
    let key = shop.mail_to(OLD, EMAIL_CHANGED).await.token();
    let other = confirmed(&shop).await;
    restore(&shop, &key).await.assert_error(BAD_CONFIRMATION_KEY);
    assert!(other.is_signed_in().await);
}

#[tokio::test]
async fn only_who_still_has_a_former_email_makes_way_for_its_owner() {
    let (shop, faults) = Shop::with_faults().await;
    let (mut moved, mut evicted) = (0, 0);
    for call in 1..=8 {
        let customer = long_confirmed(&shop, 1).await;
        customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
        let key = shop.mail_to(OLD, EMAIL_CHANGED).await.token();
        let squatter = shop.register(OLD).await;
        shop.mail_to(OLD, CONFIRMATION).await;
        shop.mail_settled().await;
        let path = squatter.path();
        let move_on = squatter.patch(&path, json!({"email": format!("squatter{call}@example.com")}));
        let (answer, move_on) = faults.interrupt(call, restore(&shop, &key), move_on).await;
        answer.expect(204);
        match move_on.status {
            200 => moved += 1,
            _ => evicted += 1,
        }
        assert_eq!(squatter.is_signed_in().await, move_on.status == 200, "before call {call}");
        restored(&shop, OLD).await.delete(&customer.path()).await.expect(204);
        // Which the e-mail's mails of the day would not last.
        shop.advance(86_400);
    }
    assert!(moved > 1 && evicted > 1, "{moved} moved on, {evicted} were evicted");
}

#[tokio::test]
async fn a_former_email_gets_nothing_of_the_one_who_took_the_account_over() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "2")]).await;
    let attacker = long_confirmed(&shop, 2).await;
    attacker.patch(&attacker.path(), json!({"email": NEW})).await.expect(200);
    let key = shop.mail_to(OLD, EMAIL_CHANGED).await.token();
    shop.anonymous().post("/customer-forgotten-password", json!({"email": NEW})).await.expect(204);
    let victim = restored(&shop, NEW).await;
    victim.patch(&victim.path(), json!({"firstName": "Jane"})).await.expect(200);
    victim.add_address(json!({})).await;

    restore(&shop, &key).await.expect(204);
    let attacker = restored(&shop, OLD).await;
    let customer = attacker.get(&format!("{}?include=addresses", attacker.path())).await.expect(200);
    assert_eq!(customer.attribute("firstName"), serde_json::Value::Null);
    assert!(customer.json().get("included").is_none());
}

#[tokio::test]
async fn nor_of_one_who_had_confirmed_the_email_first() {
    for mode in ["direct", "confirmed"] {
        let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "2"), ("EMAIL_CHANGE", mode)]).await;
        let attacker = long_confirmed(&shop, 2).await;
        attacker.patch(&attacker.path(), json!({"email": NEW})).await.expect(200);
        confirm(&shop, &shop.mail_to(NEW, CONFIRMATION).await.token()).await.expect(204);
        let key = shop.mail_to(OLD, EMAIL_CHANGED).await.token();
        shop.anonymous().post("/customer-forgotten-password", json!({"email": NEW})).await.expect(204);
        let victim = restored(&shop, NEW).await;
        victim.patch(&victim.path(), json!({"firstName": "Jane"})).await.expect(200);

        restore(&shop, &key).await.expect(204);
        let attacker = restored(&shop, OLD).await;
        let customer = attacker.get(&attacker.path()).await.expect(200);
        assert_eq!(customer.attribute("firstName"), serde_json::Value::Null, "{mode}");
    }
}

#[tokio::test]
async fn whose_account_was_moved_to_a_former_email_gets_it_back() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "2"), ("REAUTHENTICATE_FOR", "delete")]).await;
    let owner = long_confirmed(&shop, 2).await;
    owner.add_address(json!({})).await;
    // The thief's own account gives up an e-mail, which the owner's then takes, by a stolen token.
    let thief = shop.register_confirmed("thief@example.com").await;
    shop.advance(2 * 3_600);
    let thief = shop.sign_in(&thief.reference, "thief@example.com", PASSWORD).await;
    thief.patch(&thief.path(), json!({"email": NEW})).await.expect(200);
    let thiefs_key = shop.mail_to("thief@example.com", EMAIL_CHANGED).await.token();
    let owner = shop.sign_in(&owner.reference, OLD, PASSWORD).await;
    owner.patch(&owner.path(), json!({"email": "thief@example.com"})).await.expect(200);
    let key = shop.mail_to(OLD, EMAIL_CHANGED).await.token();
    restore(&shop, &thiefs_key).await.expect(204);
    assert!(!owner.is_signed_in().await);
    restore(&shop, &key).await.assert_error(BAD_CONFIRMATION_KEY);
    let owner = restored(&shop, OLD).await;
    assert_eq!(owner.addresses().await.len(), 1);
}

#[tokio::test]
async fn a_full_record_keeps_no_former_email_out() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "2")]).await;
    let customer = long_confirmed(&shop, 2).await;
    customer.patch(&customer.path(), json!({"email": "t@example.com"})).await.expect(200);
    let key = shop.mail_to(OLD, EMAIL_CHANGED).await.token();
    let confirmation = shop.mail_to("t@example.com", CONFIRMATION).await.token();
    for length in [255, 20, 3] {
        let long = "x".repeat(length);
        let lines = json!({
            "address1": long, "address2": long, "address3": long, "company": long, "phone": long, "city": long,
        });
        let lines = tests::merged(tests::address(), lines);
        while customer.post(&customer.addresses_path(), lines.clone()).await.status == 201 {}
    }
    confirm(&shop, &confirmation).await.expect(204);
    restore(&shop, &key).await.expect(204);
    assert!(!customer.is_signed_in().await);
}

#[tokio::test]
async fn an_email_that_comes_back_is_as_confirmed_as_before() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "2")]).await;
    let customer = long_confirmed(&shop, 2).await;
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    let first = shop.mail_to(OLD, EMAIL_CHANGED).await;
    customer.patch(&customer.path(), json!({"email": OLD})).await.expect(200);
    assert_eq!(export(&customer).await["isConfirmed"], true);
    shop.advance(3 * 3_600);
    let customer = shop.sign_in(&customer.reference, OLD, PASSWORD).await;
    customer.patch(&customer.path(), json!({"email": "thief@example.com"})).await.expect(200);
    restore(&shop, &first.token()).await.assert_error(BAD_CONFIRMATION_KEY);
    restore(&shop, &shop.mail_to(OLD, EMAIL_CHANGED).await.token()).await.expect(204);
    // A second theft, soon after.
    let customer = restored(&shop, OLD).await;
    customer.patch(&customer.path(), json!({"email": "thief@example.com"})).await.expect(200);
    restore(&shop, &shop.mail_to(OLD, EMAIL_CHANGED).await.token()).await.expect(204);
}

/// As a thief would, until the day's notices are used up.
#[tokio::test]
async fn moving_an_email_there_and_back_takes_no_key_from_its_owner() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "2")]).await;
    let customer = long_confirmed(&shop, 2).await;
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    let key = shop.mail_to(OLD, EMAIL_CHANGED).await.token();
    for _ in 0..22 {
        for email in [OLD, NEW] {
            customer.patch(&customer.path(), json!({"email": email})).await.expect(200);
        }
    }
    shop.mail_settled().await;
    shop.advance(3_600);
    restore(&shop, &key).await.expect(204);
    shop.mail_to(OLD, PASSWORD_RESET).await;
}

#[tokio::test]
async fn who_loses_a_confirmed_email_to_a_former_one_is_told() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "2")]).await;
    let customer = long_confirmed(&shop, 2).await;
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    confirm(&shop, &shop.mail_to(NEW, CONFIRMATION).await.token()).await.expect(204);
    restore(&shop, &shop.mail_to(OLD, EMAIL_CHANGED).await.token()).await.expect(204);
    let notice = shop.mail_to(NEW, EMAIL_CHANGED).await;
    assert!(!notice.text.contains("token="), "{}", notice.text);
}

#[tokio::test]
async fn emails_that_have_expired_are_forgotten_at_the_next_change() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "2"), ("EMAIL_CHANGE", "confirmed")]).await;
    let customer = long_confirmed(&shop, 2).await;
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    confirm(&shop, &shop.mail_to(NEW, CONFIRMATION).await.token()).await.expect(204);
    customer.patch(&customer.path(), json!({"email": "joe@example.com"})).await.expect(200);
    shop.mail_settled().await;
    shop.advance(86_400);
    let customer = shop.sign_in(&customer.reference, NEW, PASSWORD).await;
    customer.patch(&customer.path(), json!({"firstName": "Joe"})).await.expect(200);
    let items = serde_json::to_string(&shop.items().await).expect("JSON");
    assert!(items.contains(NEW) && !items.contains(OLD) && !items.contains("joe@example.com"));
}

#[tokio::test]
async fn a_waiting_email_ends_with_the_session_that_asked_for_it() {
    let shop = Shop::with(&[("EMAIL_CHANGE", "confirmed")]).await;
    let owner = confirmed(&shop).await;
    let thief = shop.sign_in(&owner.reference, OLD, PASSWORD).await;
    thief.patch(&thief.path(), json!({"email": NEW})).await.expect(200);
    let key = shop.mail_to(NEW, CONFIRMATION).await.token();
    thief.delete(&format!("/refresh-tokens/{}", thief.refresh_token)).await.expect(204);
    confirm(&shop, &key).await.assert_error(BAD_CONFIRMATION_KEY);

    owner.patch(&owner.path(), json!({"email": NEW})).await.expect(200);
    let key = shop.mail_to(NEW, CONFIRMATION).await.token();
    shop.advance(86_400);
    confirm(&shop, &key).await.assert_error(BAD_CONFIRMATION_KEY);
}

#[tokio::test]
async fn an_erased_account_cannot_be_taken_back() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "2")]).await;
    let customer = long_confirmed(&shop, 2).await;
    customer.patch(&customer.path(), json!({"email": NEW})).await.expect(200);
    let key = shop.mail_to(OLD, EMAIL_CHANGED).await.token();
    customer.delete(&customer.path()).await.expect(204);
    restore(&shop, &key).await.assert_error(BAD_CONFIRMATION_KEY);
}

async fn confirmed(shop: &Shop) -> Customer {
    let customer = shop.register(OLD).await;
    confirm(shop, &shop.mail_to(OLD, CONFIRMATION).await.token()).await.expect(204);
    customer
}

/// With an e-mail that has been confirmed for so many hours.
async fn long_confirmed(shop: &Shop, hours: u64) -> Customer {
    let customer = confirmed(shop).await;
    shop.advance(hours * 3_600);
    shop.sign_in(&customer.reference, OLD, PASSWORD).await
}

/// The customer who sets a new password with the next reset key mailed to this address.
async fn restored(shop: &Shop, email: &str) -> Customer {
    let key = shop.mail_to(email, PASSWORD_RESET).await.token();
    let (reference, _) = key.split_once('.').expect("a reference and a secret");
    let set = json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    shop.anonymous().patch("/customer-restore-password", set).await.expect(204);
    shop.sign_in(reference, email, NEW_PASSWORD).await
}

async fn confirm(shop: &Shop, key: &str) -> Answer {
    shop.anonymous().post("/customer-confirmation", json!({"registrationKey": key})).await
}

async fn restore(shop: &Shop, key: &str) -> Answer {
    shop.anonymous().post("/customer-email-restoration", json!({"restoreEmailKey": key})).await
}

/// The export's `meta`.
async fn export(customer: &Customer) -> serde_json::Value {
    customer.get(&format!("{}/export", customer.path())).await.expect(200).json()["meta"].clone()
}
