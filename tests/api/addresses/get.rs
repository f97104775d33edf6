//! GET /customers/{customerReference}/addresses/{addressId}

use serde_json::json;
use tests::Shop;
use tests::errors::{ADDRESS_NOT_FOUND, UNAUTHORIZED};

use super::create::ATTRIBUTES;

#[tokio::test]
async fn answers_with_what_was_created() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let created = customer.post(&customer.addresses_path(), tests::address()).await.expect(201);
    let answer = customer.get(&customer.address_path(&created.id())).await.expect(200);
    assert_eq!(answer.json(), created.json());
    assert_eq!(answer.members("/data"), ["type", "id", "attributes", "links"]);
    assert_eq!(answer.members("/data/attributes"), ATTRIBUTES);
    assert_eq!(answer.header("Content-Type"), Some("application/vnd.api+json"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(answer.header("Location"), None);
}

#[tokio::test]
async fn finds_only_the_callers_own() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    let hers = jane.add_address(json!({})).await;
    for id in [hers.as_str(), "3a6ee102-007f-5245-aaec-af5b6e05685b", "1", "x%00y", "%F0%9F%98%80"] {
        john.get(&john.address_path(id)).await.assert_error(ADDRESS_NOT_FOUND);
    }
    john.get(&jane.address_path(&hers)).await.assert_error(UNAUTHORIZED);
    john.get(&format!("/customers/DE--1/addresses/{hers}")).await.assert_error(UNAUTHORIZED);
}
