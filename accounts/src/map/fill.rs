//! Values for what rows leave out.

use serde_json::Value;

use super::{ADDRESS, CUSTOMER, Fields, Map};
use crate::error::AccountsError;
use crate::form::{Attributes, Row};

/// What `--fill` can fill: texts without which a row is rejected.
const FILLABLE: [&str; 8] =
    ["salutation", "firstName", "lastName", "address1", "address2", "zipCode", "city", "iso2Code"];
/// The only one that can be too short without being empty.
const MIN_CITY: usize = 3;

/// What replaces attributes that are left out, or too short.
#[derive(Default)]
pub(crate) struct Fill {
    customer: Vec<(String, String)>,
    address: Vec<(String, String)>,
}

impl Fill {
    /// Each column by its own name or by that of its attribute.
    pub(crate) fn new(columns: &[(String, String)], map: Option<&Map>) -> Result<Fill, AccountsError> {
        let mut fill = Fill::default();
        for (column, value) in columns {
            let of_column = |fields: &Fields| -> Vec<String> {
                let fields = fields.fields.iter().filter(|(_, field)| field.column.0.contains(column));
                fields.map(|(attribute, _)| attribute.clone()).collect()
            };
            let mut attributes: Vec<String> =
                map.into_iter().flat_map(Map::all_fields).flat_map(of_column).collect();
            attributes.push(column.clone());
            attributes.retain(|attribute| FILLABLE.contains(&attribute.as_str()));
            attributes.dedup();
            if attributes.is_empty() || value.is_empty() {
                return Err(AccountsError::Fill(column.clone(), FILLABLE.join(", ")));
            }
            for attribute in attributes {
                let pair = (attribute, value.clone());
                if CUSTOMER.contains(&pair.0.as_str()) {
                    fill.customer.push(pair.clone());
                }
                if ADDRESS.contains(&pair.0.as_str()) {
                    fill.address.push(pair);
                }
            }
        }
        Ok(fill)
    }

    pub(crate) fn apply(&self, row: &mut Row) {
        complete(&mut row.attributes, &self.customer);
        for address in &mut row.addresses {
            complete(&mut address.attributes, &self.address);
        }
    }
}

fn complete(attributes: &mut Attributes, values: &[(String, String)]) {
    for (attribute, value) in values {
        let min = if attribute == "city" { MIN_CITY } else { 1 };
        let text = attributes.entry(attribute).or_insert(Value::Null);
        if text.is_null() {
            *text = Value::from("");
        }
        if let Value::String(text) = text {
            while text.chars().count() < min {
                text.push_str(value);
            }
        }
    }
}
