//! One write of an item, with its condition: the same value whether it is sent alone or in a transaction.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::{Item, Key};

#[derive(Clone)]
pub(super) struct Write {
    pub(super) action: Action,
    pub(super) condition: Option<String>,
    pub(super) names: HashMap<String, String>,
    pub(super) values: HashMap<String, AttributeValue>,
}

#[derive(Clone)]
pub(super) enum Action {
    Put(Item),
    /// With an update expression.
    Update(Key, String),
    Delete(Key),
}

hidden!(Write, Action);

impl Write {
    pub(super) fn put(item: Item) -> Write {
        Write::new(Action::Put(item))
    }

    pub(super) fn update(key: Key, expression: impl Into<String>) -> Write {
        Write::new(Action::Update(key, expression.into()))
    }

    /// Deleting an item that does not exist succeeds.
    pub(super) fn delete(key: Key) -> Write {
        Write::new(Action::Delete(key))
    }

    /// Makes the write depend on a condition expression.
    pub(super) fn when(mut self, condition: impl Into<String>) -> Write {
        self.condition = Some(condition.into());
        self
    }

    /// Gives a `:placeholder` its value.
    pub(super) fn value(mut self, placeholder: impl Into<String>, value: AttributeValue) -> Write {
        self.values.insert(placeholder.into(), value);
        self
    }

    /// Gives a `#placeholder` its attribute's name, for names that are DynamoDB's reserved words.
    pub(super) fn name(mut self, placeholder: &str, name: &str) -> Write {
        self.names.insert(placeholder.to_owned(), name.to_owned());
        self
    }

    fn new(action: Action) -> Write {
        Write { action, condition: None, names: HashMap::new(), values: HashMap::new() }
    }
}

/// Sets the condition of a write in any of the SDK's builders, and asks for the item that fails it.
macro_rules! fill {
    ($builder:expr, $write:expr) => {{
        let write: &$crate::store::write::Write = &$write;
        let mut builder = $builder.set_condition_expression(write.condition.clone());
        if !write.names.is_empty() {
            builder = builder.set_expression_attribute_names(Some(write.names.clone()));
        }
        if !write.values.is_empty() {
            builder = builder.set_expression_attribute_values(Some(write.values.clone()));
        }
        builder.return_values_on_condition_check_failure(
            aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld,
        )
    }};
}

pub(super) use fill;
