use super::*;
use crate::domain::{
    AddressId, CustomerReference, Date, Email, Gender, KeyHashes, Language, Name, NewCustomer, PasswordHash,
    Salutation, Timestamp,
};

const NOW: Timestamp = Timestamp::from_seconds(1);

fn customer() -> Customer {
    let new = NewCustomer {
        email: email("jdoe@example.com"),
        salutation: Salutation::Mr,
        first_name: name("John"),
        last_name: name("Doe"),
        gender: None,
        date_of_birth: None,
    };
    let reference = CustomerReference::parse("DE--1").expect("valid");
    Customer::register(new, reference, Language::English, NOW)
}

fn email(raw: &str) -> Email {
    Email::parse(raw).expect("valid")
}

fn name(raw: &str) -> Name {
    Name::parse(raw).expect("valid")
}

fn after(change: impl FnOnce(&mut Customer)) -> Vec<Event> {
    let before = customer();
    let mut after = before.clone();
    change(&mut after);
    Event::between(&before, &after)
}

#[test]
fn names_are_read_back_and_differ() {
    for event in Event::ALL {
        assert_eq!(Event::parse(event.as_str()), Some(event));
    }
    assert_eq!(Event::parse("CustomerDeleted"), None);
}

#[test]
fn what_others_see_of_a_customer_is_told() {
    assert_eq!(after(|it| it.email = Some(email("j@example.com"))), [Event::EmailChanged]);
    assert_eq!(after(|it| it.confirmed = true), [Event::Confirmed]);
    assert_eq!(
        after(|it| it.default_billing = Some(AddressId::new(uuid::Uuid::nil()))),
        [Event::AddressesChanged]
    );
    let of_profile: [fn(&mut Customer); 5] = [
        |it| it.salutation = None,
        |it| it.first_name = Some(name("Jack")),
        |it| it.last_name = Some(name("Roe")),
        |it| it.gender = Some(Gender::Male),
        |it| it.date_of_birth = Date::parse("1990-01-31").ok(),
    ];
    for change in of_profile {
        assert_eq!(after(change), [Event::Updated]);
    }
    let all = [Event::EmailChanged, Event::Confirmed, Event::Updated];
    let change = |it: &mut Customer| {
        it.email = Some(email("j@example.com"));
        it.confirmed = true;
        it.first_name = None;
    };
    assert_eq!(after(change), all);
}

#[test]
fn an_erasure_is_told_alone_and_once() {
    assert_eq!(after(|it| drop(it.anonymise(NOW))), [Event::Anonymised]);
    let mut gone = customer();
    gone.anonymise(NOW);
    assert_eq!(Event::between(&gone, &gone), []);
}

#[test]
fn the_rest_concerns_nobody_else() {
    let others: [fn(&mut Customer); 7] = [
        |_| {},
        |it| it.updated_at = Timestamp::from_seconds(2),
        |it| it.email = Some(email("JDoe@Example.com")),
        |it| it.password_hash = Some(PasswordHash::new("hash".to_owned())),
        |it| it.end_sessions(),
        |it| it.add_reset_key("1", "hash".to_owned(), NOW),
        |it| it.registration_key = Some(KeyHashes::with_minted(None, "1", "hash".to_owned(), None)),
    ];
    for change in others {
        assert_eq!(after(change), []);
    }
    let mut confirmed = customer();
    confirmed.confirmed = true;
    assert_eq!(Event::between(&confirmed, &customer()), [], "only the other way round");
}
