//! The table behind a shop, for tests that check what is stored, or store what no request can.

use serde_json::{Value, json};

use shared::digest::sha256;

use crate::{Client, Customer, Request, Shop, http};

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

    /// Gives a customer with one session more of them, each begun a second after the one before, without the sign-ins that
    /// would open them. Returns their ids in that order.
    pub async fn add_sessions(&self, customer: &Customer, count: usize) -> Vec<String> {
        let partition = format!("SESSION#{}", customer.reference);
        let items = self.items().await;
        let first = items.iter().find(|item| item["pk"]["S"] == partition).expect("a session");
        let begun: u64 = first["started_at"]["N"].as_str().and_then(|at| at.parse().ok()).expect("a time");
        let mut ids = Vec::new();
        for number in 1..=count {
            let id = sha256(format!("{} {number}", customer.reference).as_bytes());
            let mut item = first.clone();
            item["sk"]["S"] = json!(id);
            item["id"]["S"] = json!(id);
            item["started_at"]["N"] = json!((begun + number as u64 * 1_000_000).to_string());
            self.put_item(item).await;
            ids.push(id);
        }
        ids
    }

    async fn dynamodb(&self, operation: &str, mut input: Value) -> Value {
        let settings = self.server().settings();
        input["TableName"] = json!(settings["TABLE_NAME"]);
        let request = Request::new("POST", "/")
            .header("X-Amz-Target", format!("DynamoDB_20120810.{operation}"))
            .header("Content-Type", "application/x-amz-json-1.0")
            .header("Authorization", http::signature(&settings))
            .body(input.to_string());
        Client::service(&settings["AWS_ENDPOINT_URL_DYNAMODB"]).send(request).await.expect(200).json()
    }
}
