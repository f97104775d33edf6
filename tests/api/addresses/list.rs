//! GET /customers/{customerReference}/addresses

use serde_json::json;
use tests::Shop;
use tests::errors::UNAUTHORIZED;

use super::create::ATTRIBUTES;

#[tokio::test]
async fn lists_all_addresses_in_the_order_of_their_creation() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let url = format!("{}{}", shop.base_url(), customer.addresses_path());
    let empty = customer.get(&customer.addresses_path()).await.expect(200);
    assert_eq!(empty.json(), json!({"data": [], "links": {"self": url}}));
    assert_eq!(empty.members(""), ["data", "links"]);

    let mut ids = Vec::new();
    for city in ["Zwickau", "Aachen", "München", "Berlin"] {
        ids.push(customer.add_address(json!({"city": city})).await);
    }
    // Neither a change nor a new default moves an address, and a new address comes last.
    customer.patch(&customer.address_path(&ids[0]), json!({"city": "Zittau"})).await.expect(200);
    customer.patch(&customer.address_path(&ids[2]), json!({"isDefaultShipping": true})).await.expect(200);
    customer.delete(&customer.address_path(&ids.remove(1))).await.expect(204);
    ids.push(customer.add_address(json!({"city": "Aachen"})).await);

    let list = customer.get(&customer.addresses_path()).await.expect(200);
    let mut items = Vec::new();
    for id in &ids {
        items.push(customer.get(&customer.address_path(id)).await.expect(200).json()["data"].clone());
    }
    assert_eq!(list.json(), json!({"data": items, "links": {"self": url}}));
    assert_eq!(list.members(""), ["data", "links"]);
    assert_eq!(list.members("/data/3"), ["type", "id", "attributes", "links"]);
    assert_eq!(list.members("/data/3/attributes"), ATTRIBUTES);
    assert_eq!(list.header("Cache-Control"), Some("no-store"));
}

#[tokio::test]
async fn no_other_customer_may() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    john.get(&jane.addresses_path()).await.assert_error(UNAUTHORIZED);
    john.get("/customers/DE--1/addresses").await.assert_error(UNAUTHORIZED);
}
