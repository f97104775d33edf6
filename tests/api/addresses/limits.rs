//! How many addresses a customer can keep.

use serde_json::json;
use tests::errors::ADDRESS_NOT_SAVED;
use tests::{Shop, address, merged};

#[tokio::test]
async fn a_hundred_and_no_more() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut first = None;
    for _ in 0..100 {
        let id = customer.add_address(json!({})).await;
        first.get_or_insert(id);
    }
    customer.post(&customer.addresses_path(), address()).await.assert_error(ADDRESS_NOT_SAVED);
    assert_eq!(customer.addresses().await.len(), 100);
    // Deleting one makes room; changing one needs none.
    let first = customer.address_path(&first.expect("an address"));
    customer.patch(&first, json!({"city": "Potsdam"})).await.expect(200);
    customer.delete(&first).await.expect(204);
    customer.add_address(json!({})).await;
}

#[tokio::test]
async fn a_full_record_accepts_neither_another_address_nor_a_longer_one() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let smiles = "😀".repeat(255);
    let long = merged(
        address(),
        json!({"address1": smiles, "address2": smiles, "address3": smiles, "company": smiles}),
    );
    // First long ones, then short ones, each until one no longer fits.
    let mut ids = Vec::new();
    for attributes in [long, address()] {
        let refused = loop {
            let answer = customer.post(&customer.addresses_path(), attributes.clone()).await;
            if answer.status != 201 {
                break answer;
            }
            ids.push(answer.id());
        };
        refused.assert_error(ADDRESS_NOT_SAVED);
    }
    assert!((11..100).contains(&ids.len()), "{} fit", ids.len());
    let path = customer.address_path(&ids[ids.len() - 1]);
    customer.patch(&path, json!({"phone": smiles})).await.assert_error(ADDRESS_NOT_SAVED);
    assert_eq!(customer.get(&path).await.text("phone"), "22111-3-4-5");
    customer.patch(&path, json!({"phone": null})).await.expect(200);
}
