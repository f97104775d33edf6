//! The table behind a shop, for tests that check what is stored, or store what no request can.

use serde_json::{Value, json};

use crate::{Client, Request, Shop};

impl Shop {
    /// Every item of the table, in DynamoDB's JSON.
    pub async fn items(&self) -> Vec<Value> {
        let output = self.dynamodb("Scan", json!({})).await;
        assert!(output.get("LastEvaluatedKey").is_none(), "one page holds them all");
        output["Items"].as_array().expect("items").clone()
    }

    /// The one item whose sort key this is.
    pub async fn item(&self, sort_key: &str) -> Value {
        let items = self.items().await;
        let mut items = items.into_iter().filter(|item| item["sk"]["S"] == sort_key);
        let item = items.next().unwrap_or_else(|| panic!("no {sort_key}"));
        assert!(items.next().is_none(), "one {sort_key}");
        item
    }

    pub async fn put_item(&self, item: Value) {
        self.dynamodb("PutItem", json!({ "Item": item })).await;
    }

    async fn dynamodb(&self, operation: &str, mut input: Value) -> Value {
        let app = self.server().app();
        input["TableName"] = json!(app.config.table_name);
        let request = Request::new("POST", "/")
            .header("X-Amz-Target", format!("DynamoDB_20120810.{operation}"))
            .header("Content-Type", "application/x-amz-json-1.0")
            .body(input.to_string());
        let endpoint = format!("http://{}", self.server().dynamodb());
        Client::new(&endpoint).send(request).await.expect(200).json()
    }
}
