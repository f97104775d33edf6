//! GET /customers/{customerReference}

use serde_json::json;
use tests::Shop;
use tests::errors::CUSTOMER_NOT_FOUND;

#[tokio::test]
async fn answers_with_the_callers_own_customer() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let answer = customer.get(&customer.path()).await.expect(200);
    let (created_at, updated_at) = (answer.text("createdAt"), answer.text("updatedAt"));
    assert_eq!(
        answer.json(),
        json!({"data": {
            "type": "customers",
            "id": customer.reference,
            "attributes": {
                "firstName": "John",
                "lastName": "Doe",
                "email": "john@example.com",
                "gender": "Male",
                "dateOfBirth": null,
                "salutation": "Mr",
                "createdAt": created_at,
                "updatedAt": updated_at,
            },
            "links": {"self": format!("{}/customers/{}", shop.base_url(), customer.reference)},
        }})
    );
    assert_eq!(answer.members("/data"), ["type", "id", "attributes", "links"]);
    assert_eq!(answer.header("Content-Type"), Some("application/vnd.api+json"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(answer.header("Location"), None);
}

#[tokio::test]
async fn any_other_reference_is_not_found() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    for reference in [jane.reference.as_str(), "DE--1", "x", &john.reference[..5], "%20", "mine"] {
        john.get(&format!("/customers/{reference}")).await.assert_error(CUSTOMER_NOT_FOUND);
    }
}
