//! As much of JSON Schema as `openapi.yaml` uses. An unknown keyword panics, so that no rule is skipped.

use std::slice;

use regex_lite::Regex;
use serde_json::{Map, Value};
use tests::Ordered;

use super::document::Document;

/// What is wrong with a value according to the schema at a pointer. With `ordered`, the same value with the order of
/// its members, they must be in the schema's order.
pub(super) fn problems(
    document: &Document,
    schema: &str,
    value: &Value,
    ordered: Option<&Ordered>,
) -> Vec<String> {
    Checker { document, ordered }.check(schema, value, "")
}

struct Checker<'a> {
    document: &'a Document,
    ordered: Option<&'a Ordered>,
}

impl Checker<'_> {
    /// `schema` and `at` are pointers into the document and into the value.
    fn check(&self, schema: &str, value: &Value, at: &str) -> Vec<String> {
        let rules =
            self.document.at(schema).as_object().unwrap_or_else(|| panic!("{schema} is not a schema"));
        let check = |(keyword, rule): (&String, &Value)| match keyword.as_str() {
            "$ref" => self.check(text(rule).trim_start_matches('#'), value, at),
            "allOf" => self.alternatives(schema, keyword, value, at).concat(),
            "anyOf" => self.any_of(schema, value, at),
            "properties" => self.properties(schema, rule, value, at),
            "additionalProperties" => self.additional_properties(schema, rules, value, at),
            "items" => self.items(schema, value, at),
            _ if is_kept(keyword, rule, value) => Vec::new(),
            _ => vec![format!("{at}: {value} breaks {keyword} {rule}")],
        };
        rules.iter().flat_map(check).collect()
    }

    fn alternatives(&self, schema: &str, keyword: &str, value: &Value, at: &str) -> Vec<Vec<String>> {
        let all = self.document.at(&format!("{schema}/{keyword}")).as_array().expect("a list of schemas");
        (0..all.len()).map(|index| self.check(&format!("{schema}/{keyword}/{index}"), value, at)).collect()
    }

    fn any_of(&self, schema: &str, value: &Value, at: &str) -> Vec<String> {
        let alternatives = self.alternatives(schema, "anyOf", value, at);
        alternatives.into_iter().min_by_key(Vec::len).expect("an alternative")
    }

    fn properties(&self, schema: &str, rule: &Value, value: &Value, at: &str) -> Vec<String> {
        let Value::Object(members) = value else { return Vec::new() };
        let known = rule.as_object().expect("properties");
        let known = known.keys().filter_map(|name| Some((name, members.get(name)?)));
        let problems = known.flat_map(|(name, member)| {
            self.check(&format!("{schema}/properties/{name}"), member, &format!("{at}/{name}"))
        });
        problems.chain(self.order(schema, at)).collect()
    }

    fn order(&self, schema: &str, at: &str) -> Option<String> {
        let found = self.ordered?.members(at).expect("an object");
        let listed = self.document.ordered.members(&format!("{schema}/properties")).expect("properties");
        let place = |name: &String| listed.iter().position(|listed| listed == name);
        let is_ordered = found.iter().filter_map(place).is_sorted();
        (!is_ordered).then(|| format!("{at}: {found:?} are not in the order of {listed:?}"))
    }

    fn additional_properties(
        &self,
        schema: &str,
        rules: &Map<String, Value>,
        value: &Value,
        at: &str,
    ) -> Vec<String> {
        let Value::Object(members) = value else { return Vec::new() };
        let others = members.iter().filter(|(name, _)| rules["properties"].get(name).is_none());
        let check = |(name, member): (&String, &Value)| match &rules["additionalProperties"] {
            Value::Bool(false) => vec![format!("{at}: {name} is not known")],
            _ => self.check(&format!("{schema}/additionalProperties"), member, &format!("{at}/{name}")),
        };
        others.flat_map(check).collect()
    }

    fn items(&self, schema: &str, value: &Value, at: &str) -> Vec<String> {
        let items = value.as_array().into_iter().flatten().enumerate();
        items
            .flat_map(|(index, item)| self.check(&format!("{schema}/items"), item, &format!("{at}/{index}")))
            .collect()
    }
}

/// Whether a value obeys a rule that contains no schema. A value obeys every rule for values of other types.
fn is_kept(keyword: &str, rule: &Value, value: &Value) -> bool {
    let length = || value.as_str().map(|text| text.chars().count() as u64);
    let count = || value.as_array().map(|items| items.len() as u64);
    let limit = || rule.as_u64().expect("a count");
    match keyword {
        "description" | "example" => true,
        "type" => rule
            .as_array()
            .map_or(slice::from_ref(rule), Vec::as_slice)
            .iter()
            .any(|kind| is_of(text(kind), value)),
        "const" => value == rule,
        "enum" => rule.as_array().expect("a list").contains(value),
        "required" => value.as_object().is_none_or(|members| {
            rule.as_array().expect("a list").iter().all(|name| members.contains_key(text(name)))
        }),
        "minLength" => length().is_none_or(|length| length >= limit()),
        "maxLength" => length().is_none_or(|length| length <= limit()),
        "minItems" => count().is_none_or(|count| count >= limit()),
        "maxItems" => count().is_none_or(|count| count <= limit()),
        "minimum" => value.as_u64().is_none_or(|number| number >= limit()),
        "maximum" => value.as_u64().is_none_or(|number| number <= limit()),
        "pattern" => value.as_str().is_none_or(|value| matches(text(rule), value)),
        "format" => value.as_str().is_none_or(|value| matches(format(text(rule)), value)),
        _ => panic!("unknown keyword {keyword}"),
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => panic!("unknown type {kind}"),
    }
}

fn format(name: &str) -> &'static str {
    match name {
        "date" => r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$",
        "uri" => r"^https?://[^/\s]+(/\S*)?$",
        "uuid" => "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        _ => panic!("unknown format {name}"),
    }
}

fn matches(pattern: &str, value: &str) -> bool {
    Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")).is_match(value)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a string"))
}
