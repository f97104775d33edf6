//! The roles of `template.yaml`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::project::Template;

/// The name of a function's role.
#[track_caller]
pub(crate) fn name<'a>(template: &'a Template, function: &str) -> &'a str {
    let role = template.resource(function)["Properties"]["Role"].as_str();
    role.and_then(|role| role.strip_suffix(".Arn")).unwrap_or_else(|| panic!("{function} has no role"))
}

/// The properties of a function's role.
#[track_caller]
pub(crate) fn of<'a>(template: &'a Template, function: &str) -> &'a Value {
    &template.resource(name(template, function))["Properties"]
}

/// What it may do always; [`conditional`] comes on top.
pub(crate) fn statements(role: &Value) -> impl Iterator<Item = &Value> {
    let policies = role["Policies"].as_array().expect("policies");
    policies
        .iter()
        .filter(|policy| policy.is_object())
        .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().expect("statements"))
}

/// What it may do on a condition: `!If` reads as a list.
pub(crate) fn conditional(role: &Value) -> impl Iterator<Item = &Value> {
    role["Policies"].as_array().expect("policies").iter().filter(|policy| policy.is_array())
}

/// What a function may do: `<action> on <key prefix>` for the table, otherwise the action alone. Its log and the queue
/// that Lambda reads for it are left out.
pub(crate) fn permissions(template: &Template, function: &str) -> BTreeSet<String> {
    let mut permissions = BTreeSet::new();
    for statement in statements(of(template, function)) {
        assert_eq!(statement["Effect"], "Allow", "{function}");
        for action in texts(&statement["Action"]) {
            let service = action.split(':').next().expect("a service");
            match service {
                "logs" | "sqs" => {}
                "dynamodb" => {
                    // The keys of the index are none of the table's.
                    let has_indexs_keys = prefixes(statement).all(|prefix| prefix == "FIND#");
                    let on = if has_indexs_keys { "${Table.Arn}/index/directory" } else { "Table.Arn" };
                    assert_eq!(statement["Resource"], on, "{function}");
                    permissions.extend(prefixes(statement).map(|prefix| format!("{action} on {prefix}")));
                }
                _ => {
                    permissions.insert(action.to_owned());
                }
            }
        }
    }
    permissions
}

/// The key prefixes of a statement, which must deny requests without keys.
fn prefixes(statement: &Value) -> impl Iterator<Item = &str> {
    let condition = &statement["Condition"];
    assert_eq!(condition["Null"]["dynamodb:LeadingKeys"], "false", "{statement}");
    let keys = texts(&condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]);
    assert!(!keys.is_empty(), "{statement}");
    keys.into_iter().map(|key| key.strip_suffix('*').expect("a prefix"))
}

/// One text, or the texts of a list and of the lists in it.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        value => value.as_str().into_iter().collect(),
    }
}
