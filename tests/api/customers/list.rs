//! GET /customers

use serde_json::json;
use tests::Shop;

#[tokio::test]
async fn lists_only_the_callers_own_customer() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    shop.register("jane@example.com").await;
    let one = john.get(&john.path()).await.expect(200).json();
    let list = john.get("/customers").await.expect(200);
    let url = format!("{}/customers", shop.base_url());
    assert_eq!(list.json(), json!({"data": [one["data"]], "links": {"self": url}}));
    assert_eq!(list.members(""), ["data", "links"]);
    assert_eq!(list.members("/data/0"), ["type", "id", "attributes", "links"]);
    assert_eq!(
        list.members("/data/0/attributes"),
        ["firstName", "lastName", "email", "gender", "dateOfBirth", "salutation", "createdAt", "updatedAt"]
    );
    assert_eq!(list.header("Content-Type"), Some("application/vnd.api+json"));
    assert_eq!(list.header("Cache-Control"), Some("no-store"));
}
