use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{City, CountryCode, MailKind, RequiredLine, ZipCode};

fn customer() -> Customer {
    let new = NewCustomer {
        email: Email::parse("jdoe@example.com").expect("valid"),
        salutation: Salutation::Mr,
        first_name: Name::parse("John").expect("valid"),
        last_name: Name::parse("Doe").expect("valid"),
        gender: None,
        date_of_birth: None,
    };
    let reference = CustomerReference::parse("DE--1").expect("valid");
    Customer::register(new, reference, Language::English, Timestamp::from_seconds(1))
}

fn id(number: u128) -> AddressId {
    AddressId::new(Uuid::from_u128(number))
}

fn address(number: u128, shipping: bool, billing: bool) -> NewAddress {
    NewAddress {
        address: Address {
            id: id(number),
            salutation: Salutation::Ms,
            first_name: Name::parse("Jane").expect("valid"),
            last_name: Name::parse("Doe").expect("valid"),
            address1: RequiredLine::parse("11 Second Street").expect("valid"),
            address2: RequiredLine::parse("4th Floor").expect("valid"),
            address3: None,
            zip_code: ZipCode::parse("12312").expect("valid"),
            city: City::parse("Berlin").expect("valid"),
            country: CountryCode::parse("DE").expect("valid"),
            company: None,
            phone: None,
        },
        defaults: DefaultFlags { shipping, billing },
    }
}

fn only_flags(shipping: bool, billing: bool) -> AddressPatch {
    AddressPatch {
        salutation: None,
        first_name: None,
        last_name: None,
        address1: None,
        address2: None,
        address3: None,
        zip_code: None,
        city: None,
        country: None,
        company: None,
        phone: None,
        defaults: DefaultFlags { shipping, billing },
    }
}

#[test]
fn the_first_address_is_the_default_whatever_it_says() {
    let mut customer = customer();
    customer.add_address(address(1, false, false)).expect("room");
    assert_eq!((customer.default_shipping, customer.default_billing), (Some(id(1)), Some(id(1))));
}

#[test]
fn deleting_a_default_promotes_nobody_and_the_next_touched_address_takes_it() {
    let mut customer = customer();
    for number in 1..=3 {
        customer.add_address(address(number, false, false)).expect("room");
    }
    customer.remove_address(id(1)).expect("it is there");
    assert_eq!(customer.default_shipping, None);
    customer.patch_address(id(3), only_flags(false, false)).expect("it is there");
    assert_eq!(customer.default_shipping, Some(id(3)));
}

#[test]
fn adding_an_address_again_changes_nothing() {
    let mut customer = customer();
    let first = customer.add_address(address(1, true, false)).expect("room");
    customer.add_address(address(2, true, false)).expect("room");
    let before = customer.clone();
    assert_eq!(customer.add_address(address(1, true, false)).expect("room").0, first.0);
    assert_eq!(customer, before);
}

#[test]
fn anonymising_leaves_nothing_personal() {
    let mut customer = customer();
    customer.add_address(address(1, true, true)).expect("room");
    customer.anonymise(Timestamp::from_seconds(9));
    assert!(customer.email.is_none() && customer.first_name.is_none() && customer.addresses.is_empty());
    assert_eq!(customer.session_epoch, 1);
}

#[test]
fn another_email_voids_mailed_keys_and_one_that_was_confirmed_for_long_can_take_the_account_back() {
    let email = |raw: &str| Email::parse(raw).expect("valid");
    let notice = |unique: &str| MailId { kind: MailKind::EmailChanged, unique: unique.to_owned() };
    let (undo, at) = (Duration::from_secs(9), Timestamp::from_seconds);
    let taken_back_by =
        |customer: &Customer| customer.email_undo.as_ref().map(|undo| undo.email.as_str().to_owned());
    let mut customer = customer();
    assert!(!customer.is_another_email(&email("JDOE@example.com")));
    assert!(customer.is_another_email(&email("other@example.com")));
    customer.reset_key = Some(KeyHashes::with_minted(None, "o", "h".to_owned(), None));
    customer.move_to(email("other@example.com"), true, notice("1"), undo, at(3));
    assert!(customer.reset_key.is_none() && customer.queued_mails.is_empty());
    customer.move_to(email("third@example.com"), true, notice("2"), undo, at(11));
    assert_eq!(taken_back_by(&customer), None, "it was confirmed a moment ago");
    customer.move_to(email("fourth@example.com"), true, notice("3"), undo, at(20));
    assert_eq!(taken_back_by(&customer).as_deref(), Some("third@example.com"));
    customer.move_to(email("fifth@example.com"), false, notice("4"), undo, at(28));
    assert_eq!(customer.queued_mails.len(), 3);
    assert_eq!(taken_back_by(&customer).as_deref(), Some("third@example.com"), "the first one counts");
    customer.confirm(at(29));
    customer.move_to(email("sixth@example.com"), false, notice("5"), undo, at(38));
    assert_eq!(
        taken_back_by(&customer).as_deref(),
        Some("fifth@example.com"),
        "the time of the first is over"
    );
}

/// During a deployment, functions of two versions share the table. The older one requires these attributes.
#[test]
fn an_older_version_can_read_what_this_one_writes() {
    let item = serde_json::to_value(customer()).expect("it serialises");
    for required in [
        "reference",
        "language",
        "accepted_terms_at",
        "created_at",
        "updated_at",
        "addresses",
        "session_epoch",
        "pending_notices",
        "mail_quota",
    ] {
        assert!(item.get(required).is_some(), "{required}");
    }
    assert_eq!(item["mail_quota"], serde_json::json!({"day": 0, "sent": 0}));
}

proptest! {
    #[test]
    fn a_default_is_always_one_of_the_addresses(steps in proptest::collection::vec((0_u8..3, 0_u128..6, any::<bool>(), any::<bool>()), 0..60)) {
        let mut customer = customer();
        for (step, number, shipping, billing) in steps {
            match step {
                0 if customer.address(id(number)).is_none() => {
                    customer.add_address(address(number, shipping, billing)).expect("room");
                }
                1 => {
                    customer.patch_address(id(number), only_flags(shipping, billing));
                }
                _ => {
                    customer.remove_address(id(number));
                }
            }
            for default in [customer.default_shipping, customer.default_billing].into_iter().flatten() {
                prop_assert!(customer.address(default).is_some());
            }
        }
    }
}
