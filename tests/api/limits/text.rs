//! Text comes back as it was sent.

use serde_json::json;
use tests::{Customer, Shop};

#[tokio::test]
async fn any_text_is_kept_to_the_last_code_point() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    for text in
        ["\u{0}", "\u{feff}x", "e\u{301}", "é", "\u{202e}abc", "🏳️‍🌈", "\\\"\u{1}", " x ", "<b>&amp;</b>", "ﷺ"]
    {
        assert_kept(&customer, &customer.path(), "lastName", text).await;
        let id = customer.add_address(json!({"company": text})).await;
        assert_kept(&customer, &customer.address_path(&id), "company", text).await;
    }
}

async fn assert_kept(customer: &Customer, path: &str, field: &str, text: &str) {
    let answer = customer.patch(path, json!({field: text})).await.expect(200);
    assert_eq!(answer.attribute(field), text);
    assert_eq!(customer.get(path).await.expect(200).attribute(field), text);
}
