//! One account, whole at every moment: what a customer shows is what signs in, and they can always sign out and be
//! erased. The table is checked at the end of each test, as everywhere.

use serde_json::{Value, json};
use tests::faults::Fault;
use tests::mail::{CONFIRMATION, PASSWORD_RESET};
use tests::{Answer, Customer, NEW_PASSWORD, PASSWORD, Shop, address, merged};

use crate::races::{at_once, statuses};

const ROUNDS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_profile_form_that_sends_the_old_email_along_races_an_email_change() {
    let shop = Shop::start().await;
    for round in 0..ROUNDS {
        let (old, new) = (format!("old{round}@example.com"), format!("new{round}@example.com"));
        let customer = shop.register(&old).await;
        let changes = [json!({"email": new, "firstName": "A"}), json!({"email": old, "firstName": "B"})];
        let answers = patches(&customer, &changes).await;
        assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status)), "{:?}", statuses(&answers));
        is_whole(&shop, &customer, &[&old, &new], PASSWORD).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn email_changes_race_each_other_and_a_new_password() {
    let shop = Shop::start().await;
    for round in 0..ROUNDS {
        let email = |letter: &str| format!("{letter}{round}@example.com");
        let (a, b, c) = (email("a"), email("b"), email("c"));
        let customer = shop.register(&a).await;
        let changes = [&a, &b, &c].map(|email| json!({"email": email}));
        let (answers, changed) =
            tokio::join!(patches(&customer, &changes), customer.change_password(PASSWORD, NEW_PASSWORD));
        // A new password ends the session, so what comes after it is refused.
        let expected = |answer: &Answer| {
            [200, 503].contains(&answer.status) || changed.status == 204 && answer.status == 401
        };
        assert!(answers.iter().all(expected), "{:?}", statuses(&answers));
        assert!([204, 503].contains(&changed.status), "{}", changed.summary());
        let password = if changed.status == 204 { NEW_PASSWORD } else { PASSWORD };
        is_whole(&shop, &customer, &[&a, &b, &c], password).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn losing_a_race_signs_no_customer_out() {
    let shop = Shop::start().await;
    for round in 0..ROUNDS {
        let customer = shop.register(&format!("start{round}@example.com")).await;
        let emails: Vec<String> = (0..5).map(|index| format!("e{index}-{round}@example.com")).collect();
        let changes: Vec<Value> = emails.iter().map(|email| json!({"email": email})).collect();
        let answers = patches(&customer, &changes).await;
        assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status)), "{:?}", statuses(&answers));
        assert!(answers.iter().any(|answer| answer.status == 200));
        is_whole(&shop, &customer, &emails.iter().map(String::as_str).collect::<Vec<_>>(), PASSWORD).await;
    }
}

#[tokio::test]
async fn a_torn_account_of_an_older_version_signs_out_and_is_erased() {
    let shop = Shop::start().await;
    // The end of the race above, as versions left it that kept the hash in the Login alone: the profile shows one
    // e-mail, another one signs in.
    for erase in [false, true] {
        let email = format!("new{erase}@example.com");
        let customer = shop.register(&email).await;
        shop.mail_settled().await;
        let items = shop.items().await;
        let own = |item: &&Value| item["pk"]["S"] == format!("CUSTOMER#{}", customer.reference).as_str();
        let mut torn = items.iter().find(own).expect("the customer's item").clone();
        let attributes = torn.as_object_mut().expect("an item");
        attributes.insert("email".to_owned(), json!({"S": format!("old{erase}@example.com")}));
        attributes.remove("password_hash");
        attributes.remove("confirmed");
        shop.put_item(torn).await;

        customer.get(&customer.path()).await.expect(200);
        if erase {
            customer.delete(&customer.path()).await.expect(204);
        } else {
            customer.delete("/refresh-tokens/mine").await.expect(204);
        }
        assert!(!customer.is_signed_in().await);
    }
    shop.break_on_purpose();
}

#[tokio::test]
async fn a_login_that_has_become_another_customers_is_left_alone() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    shop.mail_settled().await;
    let mut login = shop.item("LOGIN").await;
    let other = shop.register("other@example.com").await;
    shop.mail_settled().await;
    login["reference"]["S"] = json!(other.reference);
    shop.put_item(login).await;

    customer.patch(&customer.path(), json!({"firstName": "Jack"})).await.expect(200);
    customer.delete(&customer.path()).await.expect(204);
    let signed_in = shop.try_sign_in("john@example.com", PASSWORD).await.expect(201);
    assert!(
        shop.bearer(&signed_in.text("accessToken")).get("/customers").await.expect(200).json()["data"][0]["id"]
            == other.reference.as_str()
    );
    shop.break_on_purpose();
}

#[tokio::test]
async fn an_item_of_an_older_layout_keeps_its_password_and_confirmation() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let key = shop.mail_to("john@example.com", CONFIRMATION).await.token();
    shop.anonymous().post("/customer-confirmation", json!({"registrationKey": key})).await.expect(204);
    shop.mail_settled().await;
    let mut item = shop.item("CUSTOMER").await;
    for attribute in ["password_hash", "confirmed"] {
        item.as_object_mut().expect("an item").remove(attribute);
    }
    shop.put_item(item).await;

    let export = customer.get(&format!("{}/export", customer.path())).await.expect(200);
    assert_eq!(export.json()["meta"]["isConfirmed"], true);
    customer.patch(&customer.path(), json!({"firstName": "Jack"})).await.expect(200);
    customer.delete("/refresh-tokens/mine").await.expect(204);
    let customer = shop.sign_in(&customer.reference, "john@example.com", PASSWORD).await;
    customer.patch(&customer.path(), json!({"email": "jack@example.com"})).await.expect(200);
    shop.sign_in(&customer.reference, "jack@example.com", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn correct_sign_ins_at_once_cause_no_lockout() {
    let shop = Shop::start().await;
    shop.register("john@example.com").await;
    let client = shop.anonymous();
    let answers = at_once(24, |_| {
        let client = client.clone();
        async move {
            client.post("/access-tokens", json!({"username": "john@example.com", "password": PASSWORD})).await
        }
    });
    assert_eq!(statuses(&answers.await), [201; 24]);
}

#[tokio::test]
async fn an_attempt_that_could_not_be_judged_does_not_count() {
    let (shop, faults) = Shop::with_faults().await;
    let customer = shop.register("john@example.com").await;
    shop.mail_settled().await;
    for _ in 0..12 {
        // Login and attempt go through; what then fails is the session, and at first taking back the attempt.
        faults.plan(Fault::Throttled, 3, 9);
        shop.try_sign_in("john@example.com", PASSWORD).await.expect(503);
    }
    faults.heal();
    shop.sign_in(&customer.reference, "john@example.com", PASSWORD).await;
}

#[tokio::test]
async fn a_request_beyond_the_days_mails_leaves_the_key_that_was_mailed() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    // Two a day, because the address is not confirmed.
    for _ in 0..3 {
        shop.anonymous()
            .post("/customer-forgotten-password", json!({"email": "john@example.com"}))
            .await
            .expect(204);
        shop.mail_settled().await;
        shop.advance(61);
    }
    shop.mail_to("john@example.com", PASSWORD_RESET).await;
    let key = shop.mail_to("john@example.com", PASSWORD_RESET).await.token();
    assert_eq!(shop.count_mails("john@example.com", PASSWORD_RESET).await, 2);
    let restored =
        json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    shop.anonymous().patch("/customer-restore-password", restored).await.expect(204);
    shop.sign_in(&customer.reference, "john@example.com", NEW_PASSWORD).await;
}

#[tokio::test]
async fn a_customer_with_a_full_address_book_gets_a_reset_mail() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    shop.mail_settled().await;
    let smiles = "😀".repeat(255);
    let long = json!({"address1": smiles, "address2": smiles, "address3": smiles, "company": smiles});
    let mut last = String::new();
    for attributes in [merged(address(), long), address()] {
        loop {
            let answer = customer.post(&customer.addresses_path(), attributes.clone()).await;
            if answer.status != 201 {
                break;
            }
            last = customer.address_path(&answer.id());
        }
    }
    // To the last byte.
    let mut phone = String::new();
    for length in [128, 64, 32, 16, 8, 4, 2, 1] {
        let longer = format!("{phone}{}", "1".repeat(length));
        if customer.patch(&last, json!({"phone": longer})).await.status == 200 {
            phone = longer;
        }
    }
    shop.anonymous()
        .post("/customer-forgotten-password", json!({"email": "john@example.com"}))
        .await
        .expect(204);
    let key = shop.mail_to("john@example.com", PASSWORD_RESET).await.token();
    let restored =
        json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    shop.anonymous().patch("/customer-restore-password", restored).await.expect(204);
    assert_eq!(shop.dead_letters(), 0);
    let customer = shop.sign_in(&customer.reference, "john@example.com", NEW_PASSWORD).await;

    // What the service counts in the record takes a digit more, and is no reason to refuse anything either.
    let mut item = shop.item("CUSTOMER").await;
    item["version"]["N"] = json!("9999999999");
    shop.put_item(item).await;
    customer.delete("/refresh-tokens/mine").await.expect(204);
    let customer = shop.sign_in(&customer.reference, "john@example.com", NEW_PASSWORD).await;
    customer.change_password(NEW_PASSWORD, PASSWORD).await.expect(204);
}

async fn patches(customer: &Customer, changes: &[Value]) -> Vec<Answer> {
    at_once(changes.len(), |index| {
        let (client, path, change) = ((**customer).clone(), customer.path(), changes[index].clone());
        async move { client.patch(&path, change).await }
    })
    .await
}

/// One of the e-mails signs in, and is the one that is shown; signing out everywhere and erasing work, and then all of
/// the e-mails are free.
async fn is_whole(shop: &Shop, customer: &Customer, emails: &[&str], password: &str) {
    shop.mail_settled().await;
    shop.check().await;
    let mut signed_in = Vec::new();
    for email in emails {
        let answer = shop.try_sign_in(email, password).await;
        if answer.status == 201 {
            signed_in.push((*email, answer));
        }
    }
    assert_eq!(signed_in.len(), 1, "of {emails:?}");
    let (email, answer) = &signed_in[0];
    let session = shop.bearer(&answer.text("accessToken"));
    assert_eq!(session.get(&customer.path()).await.expect(200).text("email"), *email);
    session.delete("/refresh-tokens/mine").await.expect(204);
    let session = shop.sign_in(&customer.reference, email, password).await;
    session.delete(&customer.path()).await.expect(204);
    for email in emails {
        let newcomer = shop.register(email).await;
        newcomer.delete(&newcomer.path()).await.expect(204);
    }
    shop.mail_settled().await;
}
