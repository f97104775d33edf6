//! What other systems are told: every change of a customer that they can see, once, in order, and nothing else.

use serde_json::{Value, json};
use shared::domain::{Customer as Record, CustomerReference, Language, Timestamp};
use tests::faults::Fault;
use tests::mail::{EMAIL_CHANGED, PASSWORD_RESET};
use tests::{Customer, NEW_PASSWORD, PASSWORD, Shop, address, registration};

const OLD: &str = "john@example.com";
const NEW: &str = "jack@example.com";
const REGISTERED: &str = "CustomerRegistered";
const CONFIRMED: &str = "CustomerConfirmed";
const UPDATED: &str = "CustomerUpdated";
const ADDRESSES_CHANGED: &str = "CustomerAddressesChanged";
const EMAIL_MOVED: &str = "CustomerEmailChanged";
const ANONYMISED: &str = "CustomerAnonymised";

/// Remembers how many events were looked at.
struct Listener<'a> {
    shop: &'a Shop,
    heard: usize,
}

impl Listener<'_> {
    fn to(shop: &Shop) -> Listener<'_> {
        Listener { shop, heard: 0 }
    }

    /// Exactly these events have come since the last call.
    #[track_caller]
    fn hears(&mut self, what: &str, expected: &[&str]) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let events = self.shop.events().await;
            let new: Vec<&str> =
                events[self.heard..].iter().filter_map(|event| event["detail-type"].as_str()).collect();
            assert_eq!(new, expected, "{what}, at {place}");
            self.heard = events.len();
        }
    }
}

#[tokio::test]
async fn a_customer_is_told_of_from_registration_to_erasure() {
    let shop = Shop::start().await;
    let mut others = Listener::to(&shop);
    let client = shop.anonymous();
    let registered = client.post("/customers", registration(OLD)).await.expect(201);
    others.hears("registration", &[REGISTERED]).await;
    client.post("/customers", registration(OLD)).await.expect(422);
    others.hears("a registration with the same e-mail", &[]).await;
    shop.confirm(OLD).await;
    others.hears("confirmation", &[CONFIRMED]).await;
    let john = shop.sign_in(&registered.id(), OLD, PASSWORD).await;
    let path = john.path();
    for (what, change, expected) in [
        ("names", json!({"firstName": "Jack", "lastName": "Roe"}), &[UPDATED][..]),
        ("salutation", json!({"salutation": "Dr"}), &[UPDATED]),
        ("gender", json!({"gender": "Female"}), &[UPDATED]),
        ("date of birth", json!({"dateOfBirth": "2000-01-01"}), &[UPDATED]),
        ("the same again", json!({"firstName": "Jack", "lastName": "Roe"}), &[]),
        ("the same e-mail", json!({"email": OLD}), &[]),
        ("a new spelling", json!({"email": "John@Example.com"}), &[]),
        ("a new e-mail and name", json!({"email": NEW, "firstName": "Joe"}), &[EMAIL_MOVED, UPDATED]),
    ] {
        john.patch(&path, change).await.expect(200);
        others.hears(what, expected).await;
    }
    john.patch(&path, json!({"firstName": ""})).await.expect(422);
    others.hears("what is refused", &[]).await;
    shop.confirm(NEW).await;
    others.hears("confirmation of the new e-mail", &[CONFIRMED]).await;
    john.add_address(json!({})).await;
    others.hears("an address", &[ADDRESSES_CHANGED]).await;
    john.delete(&path).await.expect(204);
    others.hears("erasure", &[ANONYMISED]).await;
    john.delete(&path).await.expect(401);
    others.hears("erasure again", &[]).await;
}

#[tokio::test]
async fn a_change_of_the_address_book_is_one_event() {
    let shop = Shop::start().await;
    let john = shop.register(OLD).await;
    let mut others = Listener::to(&shop);
    others.hears("registration", &[REGISTERED]).await;
    let list = john.addresses_path();
    let keyed = (*john).clone().header("Idempotency-Key", "8e03978e-40d5-43dd-bc93-6894a57f9324");
    let first = keyed.post(&list, address()).await.expect(201).id();
    others.hears("created", &[ADDRESSES_CHANGED]).await;
    keyed.post(&list, address()).await.expect(201);
    others.hears("repeated", &[]).await;
    let second = john.add_address(json!({})).await;
    others.hears("another", &[ADDRESSES_CHANGED]).await;
    for (what, change, expected) in [
        ("another city", json!({"city": "Hamburg"}), &[ADDRESSES_CHANGED][..]),
        ("the same city", json!({"city": "Hamburg"}), &[]),
        (
            "both defaults move",
            json!({"isDefaultShipping": true, "isDefaultBilling": true}),
            &[ADDRESSES_CHANGED],
        ),
        ("they are there", json!({"isDefaultShipping": true}), &[]),
    ] {
        john.patch(&john.address_path(&second), change).await.expect(200);
        others.hears(what, expected).await;
    }
    john.delete(&john.address_path(&first)).await.expect(204);
    others.hears("removed", &[ADDRESSES_CHANGED]).await;
    john.delete(&john.address_path(&first)).await.expect(404);
    others.hears("removed again", &[]).await;
}

#[tokio::test]
async fn how_somebody_signs_in_concerns_nobody_else() {
    let shop = Shop::start().await;
    let john = shop.register_confirmed(OLD).await;
    let mut others = Listener::to(&shop);
    others.hears("before", &[REGISTERED, CONFIRMED]).await;
    shop.try_refresh(&john.refresh_token).await.expect(201);
    shop.try_sign_in(OLD, "wrong").await.expect(401);
    john.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    let john = shop.sign_in(&john.reference, OLD, NEW_PASSWORD).await;
    forget(&shop, OLD).await;
    restore(&shop, OLD).await;
    let john = shop.sign_in(&john.reference, OLD, PASSWORD).await;
    john.get(&format!("{}/export", john.path())).await.expect(200);
    john.delete("/refresh-tokens/mine").await.expect(204);
    others.hears("sessions and passwords", &[]).await;
}

/// Whoever owns the mailbox takes over an account that somebody else has filled in.
#[tokio::test]
async fn restoring_an_unconfirmed_account_confirms_and_empties_it() {
    let shop = Shop::start().await;
    let john = shop.register(OLD).await;
    john.add_address(json!({})).await;
    let mut others = Listener::to(&shop);
    others.hears("before", &[REGISTERED, ADDRESSES_CHANGED]).await;
    forget(&shop, OLD).await;
    restore(&shop, OLD).await;
    others.hears("restored", &[CONFIRMED, UPDATED, ADDRESSES_CHANGED]).await;
}

#[tokio::test]
async fn an_email_that_waits_is_told_of_once_it_moves() {
    let shop = Shop::with(&[("EMAIL_CHANGE", "confirmed")]).await;
    for (email, new, is_confirmed) in [(OLD, NEW, true), ("jane@example.com", "joan@example.com", false)] {
        let customer = shop.register(email).await;
        if is_confirmed {
            shop.confirm(email).await;
        }
        let mut others = Listener { shop: &shop, heard: shop.events().await.len() };
        customer.patch(&customer.path(), json!({"email": new})).await.expect(200);
        others.hears("it waits", &[]).await;
        shop.confirm(new).await;
        let moved = [EMAIL_MOVED, CONFIRMED];
        others.hears("it moves", if is_confirmed { &moved[..1] } else { &moved }).await;
    }
}

#[tokio::test]
async fn an_account_that_is_taken_back_and_one_that_makes_way_are_told_of() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "1")]).await;
    let john = shop.register_confirmed(OLD).await;
    shop.advance(3_600);
    let john = shop.sign_in(&john.reference, OLD, PASSWORD).await;
    let mut others = Listener::to(&shop);
    others.hears("before", &[REGISTERED, CONFIRMED]).await;
    john.patch(&john.path(), json!({"email": NEW})).await.expect(200);
    others.hears("moved", &[EMAIL_MOVED]).await;
    let squatter = shop.register(OLD).await;
    others.hears("the e-mail is registered again", &[REGISTERED]).await;
    let key = shop.mail_to(OLD, EMAIL_CHANGED).await.token();
    shop.anonymous().post("/customer-email-restoration", json!({"restoreEmailKey": key})).await.expect(204);
    others.hears("taken back", &[ANONYMISED, EMAIL_MOVED, CONFIRMED]).await;
    let events = shop.events().await;
    let [.., anonymised, moved, _] = &events[..] else { panic!("{events:?}") };
    assert_eq!(anonymised["detail"]["resource"], resource(&squatter));
    assert_eq!(moved["detail"]["resource"], resource(&john));
}

/// Nor of a registration that the import repeats, or of a customer whom it finds.
#[tokio::test]
async fn nobody_is_told_of_an_import() {
    let shop = Shop::start().await;
    let reference = CustomerReference::parse("auth0|5f.a_b-c").expect("valid");
    let moved_in = Record::anonymous(reference, Language::German, Timestamp::from_seconds(1));
    for _ in 0..2 {
        shop.server().app().store.create(&moved_in).await.expect("it is written, or there");
    }
    assert_eq!(shop.items().await.len(), 1);
    assert_eq!(shop.events().await, [Value::Null; 0]);
}

#[tokio::test]
async fn a_registration_that_is_repeated_is_told_of_once() {
    let shop = Shop::start().await;
    let client = shop.anonymous().header("Idempotency-Key", "8e03978e-40d5-43dd-bc93-6894a57f9324");
    for _ in 0..3 {
        client.post("/customers", registration(OLD)).await.expect(201);
    }
    Listener::to(&shop).hears("three requests with one key", &[REGISTERED]).await;
}

/// Consumers are told where to look, and by whom nothing of a customer can be read.
#[tokio::test]
async fn an_event_has_the_documented_members_and_nothing_of_a_person() {
    let shop = Shop::start().await;
    let john = shop.register_confirmed(OLD).await;
    john.add_address(json!({})).await;
    john.patch(&john.path(), json!({"lastName": "Roe", "email": NEW})).await.expect(200);
    john.delete(&john.path()).await.expect(204);
    let (mut ids, mut sequences) = (Vec::new(), Vec::new());
    for event in shop.events().await {
        let detail = &event["detail"];
        let text = |name: &str| detail[name].as_str().unwrap_or_else(|| panic!("{name}: {event}")).to_owned();
        assert!(detail["at"].is_u64(), "{event}");
        let expected = json!({
            "source": "customer-accounts",
            "detail-type": event["detail-type"],
            "detail": {
                "schema": 1,
                "id": text("id"),
                "sequence": text("sequence"),
                "at": detail["at"],
                "resource": resource(&john),
            },
        });
        assert_eq!(event, expected);
        assert!(event["detail-type"].as_str().is_some_and(|kind| kind.starts_with("Customer")), "{event}");
        ids.push(text("id"));
        sequences.push((text("sequence").len(), text("sequence")));
    }
    assert_eq!(ids.len(), 6);
    assert!(sequences.is_sorted(), "longer is later, then by text: {sequences:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 6, "no id twice");
    let shown = shop.anonymous().get("/_local/events").await;
    assert_eq!(shown.status, 403, "not to a page elsewhere");
    let shown = tests::Client::service(shop.base_url()).get("/_local/events").await.expect(200).json();
    let mut newest_first = shop.events().await;
    newest_first.reverse();
    assert_eq!(shown, Value::from(newest_first));
    // The items say no more than the events.
    let items = shop.items().await;
    let items: Vec<&Value> = items.iter().filter(|item| item["pk"]["S"] == resource(&john)).collect();
    assert_eq!(items.len(), 6);
    for item in items {
        let names: Vec<&String> = item.as_object().expect("an item").keys().collect();
        assert_eq!(names.len(), 4, "{names:?}");
        assert_eq!(item["change"]["S"].as_str().map(str::len), Some(11), "random: {item}");
        assert!(item["expires_at"]["N"].is_string());
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_tells_of_the_change_once() {
    let (shop, faults) = Shop::with_faults().await;
    let mut others = Listener::to(&shop);
    // Each is one write; the change of a profile or address book comes after a read.
    for fault in [Fault::CutAfter, Fault::CutAfterConflict] {
        let email = format!("{fault:?}@example.com");
        faults.plan(fault, 1, 1);
        let created = shop.anonymous().post("/customers", registration(&email)).await.expect(201);
        assert_ne!(faults.heal(), 0);
        others.hears("registration", &[REGISTERED]).await;
        let customer = shop.sign_in(&created.id(), &email, PASSWORD).await;
        faults.plan(fault, 2, 2);
        customer.patch(&customer.path(), json!({"lastName": "Roe"})).await.expect(200);
        assert_ne!(faults.heal(), 0);
        others.hears("profile", &[UPDATED]).await;
        faults.plan(fault, 2, 2);
        customer.add_address(json!({})).await;
        assert_ne!(faults.heal(), 0);
        others.hears("address", &[ADDRESSES_CHANGED]).await;
    }
}

/// A change that loses a race is compared with what the winner has left.
#[tokio::test]
async fn a_lost_race_tells_of_what_it_wrote_in_the_end() {
    let (shop, faults) = Shop::with_faults().await;
    let john = shop.register(OLD).await;
    let mut others = Listener::to(&shop);
    others.hears("before", &[REGISTERED]).await;
    let rename = || async { john.patch(&john.path(), json!({"lastName": "Roe"})).await };
    let (loser, winner) = faults.interrupt(2, rename(), rename()).await;
    loser.expect(200);
    winner.expect(200);
    others.hears("the same name twice", &[UPDATED]).await;
    let erase = async { john.delete(&john.path()).await };
    let add = async { john.post(&john.addresses_path(), address()).await };
    let (loser, winner) = faults.interrupt(2, add, erase).await;
    winner.expect(204);
    loser.expect(401);
    others.hears("an address for somebody who has gone", &[ANONYMISED]).await;
}

fn resource(of: &Customer) -> String {
    format!("customers/{}", of.reference)
}

async fn forget(shop: &Shop, email: &str) {
    shop.anonymous().post("/customer-forgotten-password", json!({"email": email})).await.expect(204);
}

async fn restore(shop: &Shop, email: &str) {
    let key = shop.mail_to(email, PASSWORD_RESET).await.token();
    let set = json!({"restorePasswordKey": key, "password": PASSWORD, "confirmPassword": PASSWORD});
    shop.anonymous().patch("/customer-restore-password", set).await.expect(204);
}
