//! The pipe's filter: EventBridge patterns, as far as `template.yaml` uses them.

use serde_json::Value;

/// A record passes if any of the patterns matches it.
#[derive(Debug)]
pub(crate) struct Filter(Vec<Pattern>);

#[derive(Debug)]
enum Pattern {
    /// Every field must match.
    Fields(Vec<(String, Pattern)>),
    /// One of these must match.
    AnyOf(Vec<Rule>),
}

#[derive(Debug)]
enum Rule {
    Exact(Value),
    Prefix(String),
}

impl Filter {
    /// From patterns as JSON text. An unknown operator is an error: passing too much or too little would be worse.
    pub(crate) fn parse<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Filter, String> {
        patterns
            .into_iter()
            .map(|text| pattern(&serde_json::from_str(text).map_err(|error| error.to_string())?))
            .collect::<Result<_, _>>()
            .map(Filter)
    }

    pub(crate) fn passes(&self, record: &Value) -> bool {
        self.0.iter().any(|pattern| pattern.matches(record))
    }
}

impl Pattern {
    fn matches(&self, value: &Value) -> bool {
        match self {
            Pattern::Fields(fields) => fields
                .iter()
                .all(|(name, pattern)| value.get(name).is_some_and(|value| pattern.matches(value))),
            Pattern::AnyOf(rules) => rules.iter().any(|rule| rule.matches(value)),
        }
    }
}

impl Rule {
    fn matches(&self, value: &Value) -> bool {
        match self {
            Rule::Exact(expected) => value == expected,
            Rule::Prefix(prefix) => value.as_str().is_some_and(|text| text.starts_with(prefix)),
        }
    }
}

fn pattern(value: &Value) -> Result<Pattern, String> {
    match value {
        Value::Object(fields) if !fields.keys().any(|name| name.starts_with('$')) => fields
            .iter()
            .map(|(name, value)| Ok((name.clone(), pattern(value)?)))
            .collect::<Result<_, _>>()
            .map(Pattern::Fields),
        Value::Array(rules) => rules.iter().map(rule).collect::<Result<_, _>>().map(Pattern::AnyOf),
        other => Err(format!("{other} is not a pattern")),
    }
}

fn rule(value: &Value) -> Result<Rule, String> {
    match value {
        Value::Object(operator) => match operator.get("prefix").and_then(Value::as_str) {
            Some(prefix) if operator.len() == 1 => Ok(Rule::Prefix(prefix.to_owned())),
            _ => Err(format!("{value} is not a known operator")),
        },
        Value::Array(_) => Err(format!("{value} is not a rule")),
        plain => Ok(Rule::Exact(plain.clone())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const QUEUED: &str =
        r#"{"eventName":["INSERT","MODIFY"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"MAIL#"}]}}}}"#;
    const REQUESTS: &str = r#"{"dynamodb":{"Keys":{"sk":{"S":["RESET_REQUEST"]}}}}"#;

    fn record(event: &str, pk: &str, sk: &str) -> Value {
        json!({ "eventName": event, "dynamodb": { "Keys": { "pk": { "S": pk }, "sk": { "S": sk } } } })
    }

    #[test]
    fn a_record_passes_if_one_pattern_matches_in_all_fields() {
        let filter = Filter::parse([QUEUED, REQUESTS]).expect("known operators");
        assert!(filter.passes(&record("INSERT", "MAIL#DE--1", "confirm#1")));
        assert!(filter.passes(&record("MODIFY", "MAIL#DE--1", "confirm#1")));
        assert!(!filter.passes(&record("REMOVE", "MAIL#DE--1", "confirm#1")));
        assert!(!filter.passes(&record("INSERT", "CUSTOMER#DE--1", "CUSTOMER")));
        assert!(filter.passes(&record("REMOVE", "EMAIL#1", "RESET_REQUEST")));
        assert!(!filter.passes(&json!({ "eventName": "INSERT" })));
    }

    #[test]
    fn unknown_operators_are_refused() {
        for text in [
            r#"{"a":[{"anything-but":"b"}]}"#,
            r#"{"$or":[{"a":["b"]}]}"#,
            r#"{"a":"b"}"#,
            r#"{"a":[{"prefix":"b","suffix":"c"}]}"#,
            "[",
        ] {
            assert!(Filter::parse([text]).is_err(), "{text}");
        }
    }
}
