//! What became of the mails: SES says it at any time, in any order, more than once, and not only about our mails.

use std::time::Duration;

use local::Fate;
use serde_json::{Value, json};
use tests::faults::Fault;
use tests::mail::{ACCOUNT_ERASED, CONFIRMATION, PASSWORD_CHANGED, PASSWORD_RESET};
use tests::{Customer, NEW_PASSWORD, PASSWORD, Shop, Table, merged, registration, without};

const EMAIL: &str = "john@example.com";
const HARD_BOUNCE: Fate = Fate::Bounce("Permanent", "General", Some("5.1.1"));
const DAY: u64 = 86_400;

#[tokio::test]
async fn each_address_of_the_simulator_ends_as_it_says() {
    let shop = Shop::start().await;
    let mut table = Table::default();
    for (name, state, detail) in [
        ("success", "delivered", None),
        ("bounce", "bounced", Some("Permanent/General 5.1.1")),
        ("suppressionlist", "bounced", Some("Permanent/OnAccountSuppressionList")),
        ("complaint", "complained", Some("abuse")),
        // Out of office: the mail is there.
        ("ooto", "delivered", None),
    ] {
        let email = format!("{name}+label@simulator.amazonses.com");
        let customer = shop.register(&email).await;
        let sent = shop.sent_mail(&customer.reference, CONFIRMATION).await.expect("an item");
        table.check(name, (&*sent.state, sent.detail.as_deref()), (state, detail));
    }
    table.finish();
    assert_eq!(shop.dead_letters(), 0);
}

#[tokio::test]
async fn other_fates_are_known_too_and_say_no_more_than_needed() {
    let shop = Shop::start().await;
    let customer = shop.register(EMAIL).await;
    let mut table = Table::default();
    for (fates, state, detail) in [
        (&[][..], "sent", None),
        (&[Fate::Reject], "refused", None),
        (&[Fate::DeliveryDelay("MailboxFull")], "delayed", Some("MailboxFull")),
        (&[Fate::DeliveryDelay("MailboxFull"), Fate::Delivery], "delivered", None),
        (
            &[Fate::Bounce("Transient", "MailboxFull", Some("4.2.2"))],
            "bounced",
            Some("Transient/MailboxFull 4.2.2"),
        ),
    ] {
        shop.ses().fate_for(EMAIL, fates);
        shop.advance(DAY);
        forget(&shop, EMAIL).await;
        let sent = shop.sent_mail(&customer.reference, PASSWORD_RESET).await.expect("an item");
        table.check(format!("{fates:?}"), (&*sent.state, sent.detail.as_deref()), (state, detail));
    }
    table.finish();
    let hash = shared::digest::sha256(EMAIL.as_bytes());
    let items = shop.items().await;
    for item in items.iter().filter(|item| item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("SENT#")))
    {
        assert!(item["expires_at"]["N"].is_string(), "{item}");
        let item = item.to_string();
        assert!(!item.contains('@') && !item.contains("example") && !item.contains(&hash), "{item}");
    }
}

#[tokio::test]
async fn what_is_heard_twice_or_late_changes_nothing() {
    let shop = Shop::start().await;
    shop.ses().fate_for(EMAIL, &[]);
    let customer = shop.register(EMAIL).await;
    shop.mail_settled().await;
    let complaint = json!({"timestamp": "2026-11-28T10:00:03.000Z", "complaintFeedbackType": "abuse"});
    let bounce = |kind: &str| json!({"bounceType": kind, "bounceSubType": "General", "timestamp": "2026-11-28T10:00:02.000Z"});
    for (kind, name, said, state) in [
        ("DeliveryDelay", "deliveryDelay", json!({"delayType": "General"}), "delayed"),
        ("DeliveryDelay", "deliveryDelay", json!({"delayType": "Other"}), "delayed"),
        ("Bounce", "bounce", bounce("Transient"), "bounced"),
        ("Delivery", "delivery", json!({"timestamp": "2026-11-28T10:00:01.000Z"}), "delivered"),
        ("Bounce", "bounce", bounce("Undetermined"), "delivered"),
        ("DeliveryDelay", "deliveryDelay", json!({"delayType": "Late"}), "delivered"),
        ("Bounce", "bounce", bounce("Permanent"), "bounced"),
        ("Delivery", "delivery", json!({"timestamp": "2026-11-28T10:00:04.000Z"}), "bounced"),
        ("Complaint", "complaint", complaint.clone(), "complained"),
        ("Bounce", "bounce", bounce("Permanent"), "complained"),
    ] {
        let before = shop.sent_mail(&customer.reference, CONFIRMATION).await.expect("an item");
        let event = event(&shop, kind, name, said);
        for _ in 0..2 {
            shop.server().queue_message(event.to_string());
            let after = shop.sent_mail(&customer.reference, CONFIRMATION).await.expect("an item");
            assert_eq!(after.state, state, "{event}");
            if before.state == state {
                assert_eq!(after.item, before.item, "{event}");
            }
        }
    }
    assert_eq!(shop.dead_letters(), 0);
}

#[tokio::test]
async fn ses_may_be_faster_than_its_own_answer() {
    let (shop, faults) = Shop::with_faults().await;
    // The registration; the mailer's read, count and mint; then it notes that the mail is sent.
    let register = async {
        let answer = shop.anonymous().post("/customers", registration(EMAIL)).await.expect(201);
        shop.mail_settled().await;
        answer.id()
    };
    let fate = async {
        let delivery = event(&shop, "Delivery", "delivery", json!({"timestamp": "2026-11-28T10:00:00.000Z"}));
        shop.server().queue_message(delivery.to_string());
        while !shop.items().await.iter().any(|item| item["state"]["S"] == "delivered") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(shop.items().await.iter().any(|item| item["state"]["S"] == "ordered"));
    };
    let (reference, ()) = faults.interrupt(5, register, fate).await;
    let sent = shop.sent_mail(&reference, CONFIRMATION).await.expect("an item");
    assert_eq!(sent.state, "delivered");
    assert!(sent.item["message_id"]["S"].is_string(), "{:?}", sent.item);
}

#[tokio::test]
async fn an_answer_that_gets_lost_sends_no_second_mail() {
    let (shop, faults) = Shop::with_faults().await;
    faults.plan(Fault::CutAfter, 5, 5);
    let reference = shop.anonymous().post("/customers", registration(EMAIL)).await.expect(201).id();
    assert_eq!(shop.count_mails(EMAIL, CONFIRMATION).await, 1);
    assert_eq!(faults.heal(), 1);
    assert_eq!(sent_items(&shop).await.len(), 1);
    assert_eq!(shop.sent_mail(&reference, CONFIRMATION).await.expect("an item").state, "sent");
    faults.plan(Fault::CutAfter, 1, 1);
    shop.server()
        .queue_message(event(&shop, "Bounce", "bounce", json!({"bounceType": "Permanent"})).to_string());
    assert_eq!(shop.sent_mail(&reference, CONFIRMATION).await.expect("an item").state, "bounced");
    assert_eq!(faults.heal(), 1);
    assert_eq!((sent_items(&shop).await.len(), shop.dead_letters()), (1, 0));
}

#[tokio::test]
async fn an_address_that_bounced_gets_what_its_owner_asks_for_and_no_notices() {
    for fate in [HARD_BOUNCE, Fate::Complaint, Fate::Bounce("Permanent", "OnAccountSuppressionList", None)] {
        let shop = Shop::start().await;
        let customer = shop.register_confirmed(EMAIL).await;
        shop.ses().fate_for(EMAIL, &[fate]);
        change_password(&shop, &customer, PASSWORD, NEW_PASSWORD).await;
        assert_eq!(shop.count_mails(EMAIL, PASSWORD_CHANGED).await, 1);

        shop.advance(DAY);
        change_password(&shop, &customer, NEW_PASSWORD, PASSWORD).await;
        let sent = shop.sent_mail(&customer.reference, PASSWORD_CHANGED).await.expect("an item");
        assert_eq!(sent.state, "withheld");
        let bounced = shop.items().await.into_iter().find(|item| item["sk"]["S"] == "UNDELIVERABLE");
        assert_eq!(sent.detail.as_deref(), bounced.expect("an item")["reason"]["S"].as_str());
        assert_eq!(shop.count_mails(EMAIL, PASSWORD_CHANGED).await, 1, "none that nobody asked for");
        assert_eq!(shop.count_mails(EMAIL, PASSWORD_RESET).await, 0);
        forget(&shop, EMAIL).await;
        assert_eq!(shop.count_mails(EMAIL, PASSWORD_RESET).await, 1);

        // That one did not arrive either. The next one does, so the address works again.
        shop.advance(DAY);
        change_password(&shop, &customer, PASSWORD, NEW_PASSWORD).await;
        assert_eq!(shop.count_mails(EMAIL, PASSWORD_CHANGED).await, 1);
        shop.ses().fate_for(EMAIL, &[Fate::Delivery]);
        forget(&shop, EMAIL).await;
        assert_eq!(shop.count_mails(EMAIL, PASSWORD_RESET).await, 2);
        change_password(&shop, &customer, NEW_PASSWORD, PASSWORD).await;
        assert_eq!(shop.count_mails(EMAIL, PASSWORD_CHANGED).await, 2, "{fate:?}");
        assert!(
            !shop.items().await.iter().any(|item| item["pk"]["S"].as_str().unwrap().starts_with("MAIL#"))
        );
        assert_eq!(shop.dead_letters(), 0);
    }
}

#[tokio::test]
async fn an_address_is_tried_again_after_a_month_and_a_passing_bounce_stops_nothing() {
    let shop = Shop::start().await;
    let customer = shop.register_confirmed(EMAIL).await;
    shop.ses().fate_for(EMAIL, &[Fate::Bounce("Transient", "MailboxFull", None)]);
    change_password(&shop, &customer, PASSWORD, NEW_PASSWORD).await;
    shop.ses().fate_for(EMAIL, &[HARD_BOUNCE]);
    change_password(&shop, &customer, NEW_PASSWORD, PASSWORD).await;
    assert_eq!(shop.count_mails(EMAIL, PASSWORD_CHANGED).await, 2);
    shop.advance(30 * DAY - 60);
    change_password(&shop, &customer, PASSWORD, NEW_PASSWORD).await;
    assert_eq!(shop.count_mails(EMAIL, PASSWORD_CHANGED).await, 2);
    shop.advance(120);
    change_password(&shop, &customer, NEW_PASSWORD, PASSWORD).await;
    assert_eq!(shop.count_mails(EMAIL, PASSWORD_CHANGED).await, 3);
}

#[tokio::test]
async fn a_late_fate_brings_nothing_of_an_anonymised_customer_back() {
    let shop = Shop::start().await;
    shop.ses().fate_for(EMAIL, &[]);
    let customer = shop.register_confirmed(EMAIL).await;
    customer.delete(&customer.path()).await.expect(204);
    assert_eq!(shop.count_mails(EMAIL, ACCOUNT_ERASED).await, 1);
    // As if DynamoDB had deleted by now what has expired.
    let keys = |items: Vec<Value>| -> Vec<(Value, Value)> {
        items.into_iter().map(|item| (item["pk"]["S"].clone(), item["sk"]["S"].clone())).collect()
    };
    let before = keys(shop.items().await);
    let mut foreign = event(&shop, "Bounce", "bounce", json!({"bounceType": "Permanent"}));
    foreign["mail"]["tags"]["mail"] = json!(["forgotten"]);
    shop.server().queue_message(foreign.to_string());
    shop.mail_settled().await;
    let items = shop.items().await;
    let new: Vec<&Value> = items
        .iter()
        .filter(|item| !before.contains(&(item["pk"]["S"].clone(), item["sk"]["S"].clone())))
        .collect();
    let mut names: Vec<&str> = new.iter().filter_map(|item| item["sk"]["S"].as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["UNDELIVERABLE", "confirmation#forgotten"]);
    assert!(new.iter().all(|item| item["expires_at"]["N"].is_string()), "{new:?}");
    assert!(!json!(new).to_string().contains('@'), "{new:?}");
    assert_eq!(items.len(), before.len() + 2);
}

#[tokio::test]
async fn the_export_says_what_became_of_the_mails() {
    let shop = Shop::start().await;
    let customer = shop.register("bounce+1@simulator.amazonses.com").await;
    shop.mail_settled().await;
    shop.advance(60);
    shop.ses().fate_for(&customer.email, &[]);
    forget(&shop, &customer.email).await;
    shop.mail_settled().await;
    let export = customer.get(&format!("{}/export", customer.path())).await.expect(200).json();
    let mails = export["meta"]["mails"].as_array().expect("a list");
    let known: Vec<_> = mails.iter().map(|mail| (&mail["kind"], &mail["state"])).collect();
    assert_eq!(
        known,
        [(&json!(PASSWORD_RESET), &json!("sent")), (&json!(CONFIRMATION), &json!("bounced"))],
        "newest first"
    );
    assert_eq!(mails[0].as_object().map(serde_json::Map::len), Some(3));
    assert_eq!(mails[0]["at"].as_str().map(str::len), Some("2026-11-28 10:00:00.000000".len()));
}

/// Anybody with the account's SES can send through the same set, and SES can change.
#[tokio::test]
async fn what_is_no_business_of_the_mailers_is_done_with_a_warning() {
    let shop = Shop::start().await;
    shop.ses().fate_for(EMAIL, &[]);
    shop.register(EMAIL).await;
    shop.mail_settled().await;
    let before = shop.items().await;
    let own = event(&shop, "Delivery", "delivery", json!({"timestamp": "2026-11-28T10:00:00.000Z"}));
    let tagged = |tags: Value| merged(own.clone(), json!({"mail": {"tags": tags}}));
    let own_tags = &own["mail"]["tags"];
    let with = |name: &str, value: Value| tagged(merged(own_tags.clone(), json!({name: value})));
    let events = [
        tagged(json!({})),
        tagged(json!({"ses:configuration-set": ["MailConfigurationSet"]})),
        tagged(without(own_tags.clone(), "recipient")),
        tagged(json!("tags")),
        with("kind", json!(["newsletter"])),
        with("customer", json!(["DE--1"])),
        with("customer", json!(["////"])),
        with("customer", json!(["IyMj"])),
        with("mail", json!(["a#b"])),
        with("mail", json!(["a", "b"])),
        with("recipient", json!([EMAIL])),
        merged(own.clone(), json!({"eventType": "Send"})),
        merged(own.clone(), json!({"eventType": "Open"})),
        merged(own.clone(), json!({"eventType": 5})),
        merged(own.clone(), json!({"eventType": "Bounce"})),
        merged(own.clone(), json!({"eventType": "Bounce", "bounce": {}})),
        merged(own.clone(), json!({"eventType": "Bounce", "bounce": "hard"})),
        merged(own.clone(), json!({"eventType": "Complaint"})),
        without(own.clone(), "delivery"),
        without(own.clone(), "mail"),
    ];
    for event in &events {
        shop.server().queue_message(event.to_string());
    }
    shop.mail_settled().await;
    assert_eq!(shop.items().await, before);
    assert_eq!(shop.dead_letters(), 0);
    let log = shop.log();
    let warnings: Vec<&String> =
        log.iter().filter(|line| line.contains(r#""operation":"MailFate""#)).collect();
    assert_eq!(warnings.len(), events.len());
    assert!(warnings.iter().all(|line| line.contains(r#""level":"WARN""#)), "{warnings:?}");
    assert!(!log.iter().any(|line| line.contains(EMAIL)));
    // What is neither a change of the table nor from SES is kept for somebody to look at.
    for body in ["", "{}", "[]", r#"{"eventtype":"Delivery"}"#] {
        shop.server().queue_message(body.to_owned());
    }
    shop.mail_settled().await;
    assert_eq!(shop.dead_letters(), 4);
}

/// An event about the first mail that was sent, by its tags.
fn event(shop: &Shop, kind: &str, name: &str, said: Value) -> Value {
    let mails = shop.ses().to(EMAIL);
    let tags: Value = mails[0].tags.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    json!({
        "eventType": kind,
        "mail": {
            "timestamp": "2026-11-28T10:00:00.000Z",
            "messageId": "1",
            "destination": [EMAIL],
            "commonHeaders": {"to": [EMAIL], "subject": mails[0].subject},
            "tags": tags,
        },
        name: said,
    })
}

/// In a session of its own, because the change ends all of them.
async fn change_password(shop: &Shop, customer: &Customer, current: &str, new: &str) {
    shop.mail_settled().await;
    let session = shop.sign_in(&customer.reference, &customer.email, current).await;
    session.change_password(current, new).await.expect(204);
    shop.mail_settled().await;
}

async fn forget(shop: &Shop, email: &str) {
    shop.anonymous().post("/customer-forgotten-password", json!({"email": email})).await.expect(204);
    shop.mail_settled().await;
}

async fn sent_items(shop: &Shop) -> Vec<Value> {
    let items = shop.items().await.into_iter();
    items.filter(|item| item["pk"]["S"].as_str().is_some_and(|key| key.starts_with("SENT#"))).collect()
}
