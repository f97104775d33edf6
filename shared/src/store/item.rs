//! Between domain values and DynamoDB items.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Item, Key};
use crate::domain::Timestamp;
use crate::error::Error;

/// The attribute that DynamoDB's TTL goes by: seconds since the epoch.
pub(super) const EXPIRES_AT: &str = "expires_at";

/// `value` as an item under `key`.
pub(super) fn encode<T: Serialize>(key: &Key, value: &T) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(Error::unexpected)?;
    item.extend(key.attributes());
    Ok(item)
}

/// The value of an item. Attributes that it does not know are ignored.
pub(super) fn decode<T: DeserializeOwned>(item: Item) -> Result<T, Error> {
    // The error's words may quote what could not be read, which is the customer's and not the log's.
    serde_dynamo::from_item(item).map_err(|_| Error::unexpected("an item of the table cannot be read"))
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn expiry(at: Timestamp) -> AttributeValue {
    number(at.seconds())
}

/// DynamoDB deletes an item some days after it has expired.
pub(super) fn has_expired(item: &Item, now: Timestamp) -> bool {
    number_of(item, EXPIRES_AT).is_some_and(|end| now.seconds() >= end)
}

pub(super) fn number_of(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

pub(super) fn text_of(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}

pub(super) fn texts_of(item: &Item, name: &str) -> Vec<String> {
    match item.get(name) {
        Some(AttributeValue::Ss(texts)) => texts.clone(),
        Some(AttributeValue::L(values)) => {
            values.iter().filter_map(|value| value.as_s().ok().cloned()).collect()
        }
        _ => Vec::new(),
    }
}

/// Takes the item with this key out of a batch.
pub(super) fn take(items: &mut Vec<Item>, key: &Key) -> Option<Item> {
    let index = items.iter().position(|item| key.names(item))?;
    Some(items.swap_remove(index))
}

/// The size of attributes in bytes, by DynamoDB's rules (Developer Guide, "DynamoDB item sizes and formats").
pub(super) fn size<'a>(attributes: impl Iterator<Item = (&'a String, &'a AttributeValue)>) -> usize {
    attributes.map(|(name, value)| name.len() + size_of_value(value)).sum()
}

fn size_of_value(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + size_of_value(value)).sum::<usize>(),
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, value)| 1 + name.len() + size_of_value(value)).sum::<usize>()
        }
        _ => 1,
    }
}
