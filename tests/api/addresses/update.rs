//! PATCH /customers/{customerReference}/addresses/{addressId}

use serde_json::{Value, json};
use tests::errors::{ADDRESS_NOT_FOUND, ADDRESS_NOT_SAVED, UNAUTHORIZED};
use tests::{Shop, address};

use super::create::{ATTRIBUTES, fields, flags};
use crate::rules::{self, CLASSIC, CURRENT, Field};

#[tokio::test]
async fn changes_the_given_attributes_and_answers_with_all() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut expected = customer.post(&customer.addresses_path(), address()).await.expect(201).json();
    let path = customer.address_path(expected["data"]["id"].as_str().expect("an id"));

    let changes = json!({"city": "Boston", "iso2Code": "us", "country": "Atlantis"});
    let answer = customer.patch(&path, changes).await.expect(200);
    let attributes = &mut expected["data"]["attributes"];
    attributes["city"] = json!("Boston");
    attributes["iso2Code"] = json!("US");
    attributes["country"] = json!("United States");
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.members("/data"), ["type", "id", "attributes", "links"]);
    assert_eq!(answer.members("/data/attributes"), ATTRIBUTES);
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(customer.get(&path).await.json(), expected);
    assert_eq!(customer.patch(&path, json!({})).await.expect(200).json(), expected);
}

#[tokio::test]
async fn null_clears_optional_attributes() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let path = customer.address_path(&customer.add_address(json!({})).await);
    for name in ["address3", "phone", "company"] {
        assert_ne!(customer.get(&path).await.attribute(name), Value::Null);
        assert_eq!(customer.patch(&path, json!({name: null})).await.expect(200).attribute(name), Value::Null);
        assert_eq!(customer.get(&path).await.attribute(name), Value::Null);
    }
}

#[tokio::test]
async fn checks_every_field_that_is_present() {
    for profile in [CLASSIC, CURRENT] {
        let shop = Shop::with(&profile.settings()).await;
        let customer = shop.register("john@example.com").await;
        let path = customer.address_path(&customer.add_address(json!({})).await);
        let before = customer.get(&path).await.json();
        let base = json!({"iso2Code": "XX"});
        rules::check(&customer, "PATCH", &path, &base, &fields(Field::present_text), &[ADDRESS_NOT_SAVED])
            .await;
        // An absent flag is valid here, in both profiles.
        rules::check(&customer, "PATCH", &path, &base, &flags(CLASSIC), &[ADDRESS_NOT_SAVED]).await;
        assert_eq!(customer.get(&path).await.json(), before);
    }
}

#[tokio::test]
async fn finds_only_the_callers_own() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    let hers = jane.add_address(json!({})).await;
    let change = json!({"city": "Potsdam"});
    for id in [hers.as_str(), "3a6ee102-007f-5245-aaec-af5b6e05685b", "1"] {
        john.patch(&john.address_path(id), change.clone()).await.assert_error(ADDRESS_NOT_FOUND);
    }
    john.patch(&jane.address_path(&hers), change.clone()).await.assert_error(UNAUTHORIZED);
    john.patch(&format!("/customers/DE--1/addresses/{hers}"), change).await.assert_error(UNAUTHORIZED);
    assert_eq!(jane.get(&jane.address_path(&hers)).await.text("city"), "Berlin");
}
