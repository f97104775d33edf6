//! What the table holds about one customer, without what differs from run to run.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use shared::digest::sha256;
use tests::Shop;

/// Items by their kind of key, how many mails of each kind went to each address, and what was told about the customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State(BTreeMap<String, Vec<String>>);

/// Points in time and what is derived from them.
const TIMES: [&str; 14] = [
    "confirmed_at",
    "created_at",
    "updated_at",
    "accepted_terms_at",
    "started_at",
    "rotated_at",
    "earlier_rotations",
    "refresh_expires_at",
    "expires_at",
    "request_1",
    "minted_at",
    "day",
    "at",
    "since",
];

const CUSTOMER: &str = "CUSTOMER CUSTOMER";
const BY_MAILER: &str = "CUSTOMER by the mailer";
const MAILS: &str = "mails";
const EVENTS: &str = "events";

/// What the mailer changes in a customer's item.
const MAILERS: [&str; 7] = [
    "email_undo",
    "former_reset_key",
    "pending_notices",
    "registration_key",
    "reset_key",
    "served_reset_request",
    "version",
];

impl State {
    /// The state of everything that belongs to these e-mail addresses, or to this reference.
    pub(crate) async fn of(shop: &Shop, emails: &[&str], reference: &str) -> State {
        shop.mail_settled().await;
        let items = shop.items().await;
        let hashes: Vec<String> =
            emails.iter().map(|email| format!("EMAIL#{}", sha256(email.to_lowercase().as_bytes()))).collect();
        let signs_in_to = items
            .iter()
            .filter(|item| hashes.iter().any(|hash| item["pk"]["S"] == **hash))
            .filter_map(|item| item["reference"]["S"].as_str());
        let references: Vec<&str> = signs_in_to.chain([reference]).collect();
        let is_theirs = |item: &&Value| {
            let key = item["pk"]["S"].as_str().unwrap_or_default();
            hashes.iter().any(|hash| key == hash)
                || key.split_once('#').is_some_and(|(_, name)| references.contains(&name))
        };
        let mut state: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for item in items.iter().filter(is_theirs) {
            let name =
                |key: &str| item[key]["S"].as_str().unwrap_or_default().split('#').next().map(str::to_owned);
            let mut kind = name("pk").unwrap_or_default();
            if kind != "SESSION" && kind != "AUDIT" {
                kind = format!("{kind} {}", name("sk").unwrap_or_default());
            }
            let mut attributes = lasting(item);
            let mailers = attributes
                .clone()
                .into_iter()
                .filter(|(name, _)| kind == CUSTOMER && MAILERS.contains(&name.as_str()));
            let mailers: Map<String, Value> = mailers.collect();
            attributes.retain(|name, _| !mailers.contains_key(name));
            if !mailers.is_empty() {
                state.entry(BY_MAILER.to_owned()).or_default().push(Value::Object(mailers).to_string());
            }
            state.entry(kind).or_default().push(Value::Object(attributes).to_string());
        }
        for mail in shop.mails().await.iter().filter(|mail| emails.contains(&mail.to.as_str())) {
            state.entry(MAILS.to_owned()).or_default().push(format!("{} to {}", mail.kind, mail.to));
        }
        for event in shop.events().await {
            let resource = event["detail"]["resource"].as_str().expect("a text");
            if resource.strip_prefix("customers/").is_some_and(|of| references.contains(&of)) {
                state.entry(EVENTS.to_owned()).or_default().push(event["detail-type"].to_string());
            }
        }
        state.values_mut().for_each(|values| values.sort());
        State(state)
    }

    /// The part that a failed request must leave completely changed or unchanged. Its reserved attempt may stay, which
    /// counts only against the client that made it; and the mailer meets the same fault at its own time.
    pub(crate) fn of_the_request(&self) -> State {
        let beside = |kind: &String| {
            kind.starts_with("MAIL ")
                || kind.starts_with("SENT ")
                || ["ATTEMPTS ATTEMPTS", "EMAIL ATTEMPTS", "EMAIL MAILS", BY_MAILER, MAILS]
                    .contains(&kind.as_str())
        };
        State(self.0.clone().into_iter().filter(|(kind, _)| !beside(kind)).collect())
    }

    pub(crate) fn difference(&self, expected: &State) -> String {
        let kinds =
            self.0.keys().chain(expected.0.keys()).filter(|kind| self.0.get(*kind) != expected.0.get(*kind));
        kinds
            .map(|kind| format!("{kind}: {:?}, not {:?}; ", self.0.get(kind), expected.0.get(kind)))
            .collect()
    }
}

/// The attributes that are the same in every run; of the others, only their presence. Which attempts have failed is left
/// out, because one whose failure could not be noted counts all the same.
fn lasting(item: &Value) -> Map<String, Value> {
    let attributes = item.as_object().into_iter().flatten();
    attributes
        .filter(|(name, _)| !matches!(name.as_str(), "pk" | "sk" | "writes" | "failed"))
        .map(|(name, value)| {
            let lasting = if TIMES.contains(&name.as_str()) { json!("a time") } else { lasting_value(value) };
            (name.clone(), lasting)
        })
        .collect()
}

fn lasting_value(value: &Value) -> Value {
    match value {
        Value::Object(map) if map.contains_key("SS") => json!(map["SS"].as_array().map(Vec::len)),
        Value::Object(map) if map.contains_key("M") => Value::Object(lasting(&map["M"])),
        Value::Object(map) => map.iter().map(|(kind, value)| (kind.clone(), lasting_value(value))).collect(),
        Value::Array(values) => values.iter().map(lasting_value).collect(),
        Value::String(text) if is_random(text) => json!("random"),
        other => other.clone(),
    }
}

/// Ids, hashes, references: long, without a space or an @, or in PHC form.
fn is_random(text: &str) -> bool {
    let is_reference = text.starts_with("DE--");
    is_reference
        || text.starts_with('$')
        || (text.len() >= 32 && !text.contains([' ', '@']))
        || text.rsplit_once('#').is_some_and(|(_, id)| id.len() == 32)
}
