//! DELETE /customers/{customerReference}/addresses/{addressId}

use serde_json::json;
use tests::Shop;
use tests::errors::{ADDRESS_NOT_FOUND, UNAUTHORIZED};

#[tokio::test]
async fn deletes_an_address_only_once() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let first = customer.add_address(json!({})).await;
    let second = customer.add_address(json!({})).await;
    customer.delete(&customer.address_path(&first)).await.expect(204);
    customer.delete(&customer.address_path(&first)).await.assert_error(ADDRESS_NOT_FOUND);
    customer.get(&customer.address_path(&first)).await.assert_error(ADDRESS_NOT_FOUND);
    let left: Vec<_> = customer.addresses().await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(left, [second]);
}

#[tokio::test]
async fn finds_only_the_callers_own() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    let hers = jane.add_address(json!({})).await;
    for id in [hers.as_str(), "3a6ee102-007f-5245-aaec-af5b6e05685b", "1"] {
        john.delete(&john.address_path(id)).await.assert_error(ADDRESS_NOT_FOUND);
    }
    john.delete(&jane.address_path(&hers)).await.assert_error(UNAUTHORIZED);
    john.delete(&format!("/customers/DE--1/addresses/{hers}")).await.assert_error(UNAUTHORIZED);
    jane.get(&jane.address_path(&hers)).await.expect(200);
}
