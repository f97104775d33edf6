//! Parses the attributes of a request into domain values and collects all problems.

use serde_json::{Map, Value};

use crate::domain::{Parsed, Violation};
use crate::error::{Problem, Problems};

/// The attributes of one request. Read the fields in the contract's order, which is also that of the problems.
pub struct Input<'a> {
    attributes: &'a Map<String, Value>,
    problems: Problems,
}

impl<'a> Input<'a> {
    pub fn new(attributes: &'a Map<String, Value>) -> Input<'a> {
        Input { attributes, problems: Problems::default() }
    }

    /// A text that must be present and not be blank. `None` means that a problem was added.
    pub fn required<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Parsed<T>) -> Option<T> {
        if self.attributes.contains_key(name) {
            self.optional(name, parse)
        } else {
            self.problems.add(name, Violation::Missing);
            None
        }
    }

    /// A text that may be absent, but not blank.
    pub fn optional<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Parsed<T>) -> Option<T> {
        let parsed = match self.attributes.get(name)? {
            Value::String(text) => parse(text),
            blank if is_blank(blank) => Err(vec![Violation::Blank]),
            _ => Err(vec![Violation::NotAString]),
        };
        self.take(name, parsed)
    }

    /// A text that may be absent, and that `null` clears (the inner `None`).
    pub fn clearable<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Parsed<T>,
    ) -> Option<Option<T>> {
        let parsed = match self.attributes.get(name)? {
            Value::String(text) => parse(text).map(Some),
            Value::Null => Ok(None),
            // Blank values of other types follow the rules of the empty text.
            blank if is_blank(blank) => parse("").map(|_| None),
            _ => Err(vec![Violation::NotAString]),
        };
        self.take(name, parsed)
    }

    /// A boolean that may be absent; `null` counts as absent.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        match self.attributes.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::Null => None,
            _ => self.take(name, Err(vec![Violation::NotABoolean])),
        }
    }

    /// A boolean that must be `true`.
    pub fn accepted(&mut self, name: &'static str) {
        match self.attributes.get(name) {
            Some(Value::Bool(true)) => {}
            Some(_) => self.problems.add(name, Violation::NotTrue),
            None => self.problems.add(name, Violation::Missing),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    pub fn value(&self, name: &str) -> Option<&Value> {
        self.attributes.get(name)
    }

    /// Adds that a field is missing, for fields that only one of the profiles requires.
    pub fn missing(&mut self, name: &'static str) {
        self.problems.add(name, Violation::Missing);
    }

    /// Adds one of the owner's codes, which come after all field errors.
    pub fn owners_problem(&mut self, problem: Problem) {
        self.problems.add_owners(problem);
    }

    /// What `build` makes of the fields, if there was no problem with any of them.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Problems> {
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        Ok(build().expect("a field without a value has left a problem"))
    }

    fn take<T>(&mut self, name: &'static str, parsed: Parsed<T>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(violations) => {
                for violation in violations {
                    self.problems.add(name, violation);
                }
                None
            }
        }
    }
}

/// Whether the contract calls a value blank.
pub fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}

/// Any text that is not blank, such as a key or a token that is checked later.
pub fn not_blank(raw: &str) -> Parsed<String> {
    if raw.is_empty() { Err(vec![Violation::Blank]) } else { Ok(raw.to_owned()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{City, Date, Line};
    use crate::error::Error;

    fn problems(read: impl FnOnce(&mut Input<'_>), value: Value) -> Vec<String> {
        let attributes = json!({ "field": value });
        let mut input = Input::new(attributes.as_object().expect("an object"));
        read(&mut input);
        match input.finish(|| Some(())) {
            Ok(()) => Vec::new(),
            Err(problems) => Error::Invalid(problems)
                .objects()
                .into_iter()
                .map(|object| object.detail.into_owned())
                .collect(),
        }
    }

    #[test]
    fn blank_values_of_other_types_only_break_the_rule_on_blanks() {
        for value in [json!(null), json!(false), json!([])] {
            let found = problems(|input| drop(input.required("field", City::parse)), value);
            assert_eq!(found, ["field => This value should not be blank."]);
        }
        let found = problems(|input| drop(input.required("field", City::parse)), json!(""));
        assert_eq!(found.len(), 2, "too short as well");
    }

    #[test]
    fn other_types_are_the_only_problem_of_their_field() {
        for value in [json!(5), json!(true), json!({}), json!([1])] {
            for read in [
                |input: &mut Input<'_>| drop(input.required("field", City::parse)),
                |input: &mut Input<'_>| {
                    drop(input.clearable("field", Line::parse));
                },
            ] {
                let found = problems(read, value.clone());
                assert_eq!(found, ["field => This value should be of type string."]);
            }
        }
    }

    #[test]
    fn null_clears_and_other_blank_values_are_checked_like_the_empty_text() {
        let attributes = json!({ "line": null, "date": false });
        let mut input = Input::new(attributes.as_object().expect("an object"));
        assert_eq!(input.clearable("line", Line::parse), Some(None));
        assert_eq!(input.clearable("date", Date::parse), None, "not a date");
        assert_eq!(input.clearable("absent", Line::parse), None);
    }

    #[test]
    fn flags_are_booleans() {
        for value in [json!(""), json!("true"), json!(1), json!([])] {
            assert_eq!(
                problems(|input| assert_eq!(input.flag("field"), None), value),
                ["field => This value should be of type bool."]
            );
        }
        assert!(problems(|input| assert_eq!(input.flag("field"), None), json!(null)).is_empty());
    }
}
