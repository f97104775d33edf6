//! A proxy in front of an AWS service that records what a function does with it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use tests::http;

/// What a function calls in place of the service itself.
pub(crate) struct Recorder {
    pub(crate) endpoint: String,
    accesses: Arc<Mutex<Vec<Access>>>,
}

/// One action on one item, as IAM sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// Without the service's name.
    pub(crate) action: String,
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Recorder {
    /// In front of DynamoDB.
    pub(crate) async fn in_front_of_table(dynamodb: &str) -> Recorder {
        let accesses = Arc::new(Mutex::new(Vec::new()));
        let (seen, dynamodb) = (Arc::clone(&accesses), dynamodb.to_owned());
        let endpoint = http::serve(move |request| {
            let (operation, input) = http::aws_call(&request);
            seen.lock().expect("unpoisoned").extend(accesses_of(&operation, &input));
            let dynamodb = dynamodb.clone();
            async move { http::send(&dynamodb, request).await }
        })
        .await;
        Recorder { endpoint, accesses }
    }

    /// In front of SES, whose calls have no keys.
    pub(crate) async fn in_front_of_ses(ses: &str) -> Recorder {
        let accesses = Arc::new(Mutex::new(Vec::new()));
        let (seen, ses) = (Arc::clone(&accesses), ses.to_owned());
        let endpoint = http::serve(move |request| {
            let form = String::from_utf8_lossy(request.body()).into_owned();
            let action = form.split('&').find_map(|pair| pair.strip_prefix("Action=")).expect("an action");
            seen.lock().expect("unpoisoned").push(access(action, &Value::Null));
            let ses = ses.clone();
            async move { http::send(&ses, request).await }
        })
        .await;
        Recorder { endpoint, accesses }
    }

    /// Everything so far, in order.
    pub(crate) fn accesses(&self) -> Vec<Access> {
        self.accesses.lock().expect("unpoisoned").clone()
    }

    /// The different actions with the prefixes of their keys.
    pub(crate) fn on_prefixes(&self) -> BTreeSet<String> {
        let permission = |access: Access| {
            let prefix = access.pk.find(['#', '/']).map_or("", |end| &access.pk[..=end]);
            format!("dynamodb:{} on {prefix}", access.action)
        };
        self.accesses().into_iter().map(permission).collect()
    }
}

/// A transaction counts as its parts, because it has no action of its own.
fn accesses_of(operation: &str, input: &Value) -> Vec<Access> {
    match operation {
        "GetItem" | "UpdateItem" | "DeleteItem" => vec![access(operation, &input["Key"])],
        "Query" => {
            let of = if input["IndexName"] == "directory" { ":shard" } else { ":pk" };
            let key = &input["ExpressionAttributeValues"][of];
            vec![access(operation, &serde_json::json!({ "pk": key }))]
        }
        "PutItem" => vec![access(operation, &input["Item"])],
        "BatchGetItem" => {
            let keys = tables(input).flat_map(|table| items(&table["Keys"]));
            keys.map(|key| access(operation, key)).collect()
        }
        "BatchWriteItem" => tables(input)
            .flat_map(items)
            .map(|write| match write.get("PutRequest") {
                Some(put) => access(operation, &put["Item"]),
                None => access(operation, &write["DeleteRequest"]["Key"]),
            })
            .collect(),
        "TransactWriteItems" => {
            let parts = items(&input["TransactItems"]).flat_map(|part| part.as_object().expect("a part"));
            let action = |(kind, part): (&String, &Value)| match kind.as_str() {
                "Put" => access("PutItem", &part["Item"]),
                "ConditionCheck" => access("ConditionCheckItem", &part["Key"]),
                kind => access(&format!("{kind}Item"), &part["Key"]),
            };
            parts.map(action).collect()
        }
        unknown => vec![access(unknown, &Value::Null)],
    }
}

fn access(action: &str, key: &Value) -> Access {
    let text = |name: &str| key[name]["S"].as_str().unwrap_or_default().to_owned();
    Access { action: action.to_owned(), pk: text("pk"), sk: text("sk") }
}

fn tables(input: &Value) -> impl Iterator<Item = &Value> {
    input["RequestItems"].as_object().expect("tables").values()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().expect("a list").iter()
}
