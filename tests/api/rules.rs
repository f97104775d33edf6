//! Section 4 of the contract as data: what each odd value of a field must be answered with.

mod fields;

use serde_json::{Value, json};
use tests::errors::{BAD_GENDER, Error, TERMS_NOT_ACCEPTED};
use tests::{Answer, Client, Request, Table, merged, without};

pub(crate) use fields::{CLASSIC, CURRENT, Profile, date_of_birth, email, gender, person_name, salutation};

pub(crate) const MISSING: &str = "This field is missing.";
pub(crate) const BLANK: &str = "This value should not be blank.";
pub(crate) const NOT_A_STRING: &str = "This value should be of type string.";
pub(crate) const NOT_A_BOOL: &str = "This value should be of type bool.";
pub(crate) const NOT_TRUE: &str = "This value should be true.";
pub(crate) const NOT_AN_EMAIL: &str = "This value is not a valid email address.";
pub(crate) const NO_CHOICE: &str = "The value you selected is not a valid choice.";
pub(crate) const NO_DATE: &str = "This value is not a valid date.";
pub(crate) const CHARACTER_SET: &str = "Your password must include at least one uppercase letter, one lowercase letter, \
    one number, and one special character from the following list: !@#$%^&*()_-+=[]{}|;:<>.,/?\\~. Non-Latin and other \
    special characters are not allowed.";

pub(crate) fn too_short(min: usize) -> String {
    format!("This value is too short. It should have {min} characters or more.")
}

pub(crate) fn too_long(max: usize) -> String {
    format!("This value is too long. It should have {max} characters or less.")
}

/// One field with its odd values: `None` leaves the key out. No messages mean that the value is valid.
pub(crate) struct Field {
    name: &'static str,
    rows: Vec<(Option<Value>, Vec<String>)>,
}

impl Field {
    pub(crate) fn new(name: &'static str) -> Field {
        Field { name, rows: Vec::new() }
    }

    /// A string that is required and must not be blank.
    pub(crate) fn required_text(name: &'static str) -> Field {
        Field::new(name).missing(&[MISSING]).blank().wrong_types()
    }

    /// A string that must not be blank if it is present; absence is not tried.
    pub(crate) fn present_text(name: &'static str) -> Field {
        Field::new(name).blank().wrong_types()
    }

    /// A string that may be anything, including `null`.
    pub(crate) fn optional_text(name: &'static str) -> Field {
        Field::new(name).missing(&[]).with(json!(null), &[]).wrong_types()
    }

    pub(crate) fn missing(mut self, messages: &[&str]) -> Field {
        self.rows.push((None, owned(messages)));
        self
    }

    pub(crate) fn with(mut self, value: Value, messages: &[&str]) -> Field {
        self.rows.push((Some(value), owned(messages)));
        self
    }

    pub(crate) fn with_all<const N: usize>(self, values: [Value; N], messages: &[&str]) -> Field {
        values.into_iter().fold(self, |field, value| field.with(value, messages))
    }

    /// At most `max` characters, which are code points: an emoji counts as one.
    pub(crate) fn max(self, max: usize) -> Field {
        let long = too_long(max);
        self.with(json!("😀".repeat(max)), &[]).with(json!("a".repeat(max + 1)), &[&long])
    }

    fn blank(self) -> Field {
        self.with_all([json!(null), json!(false), json!([])], &[BLANK])
    }

    fn wrong_types(self) -> Field {
        self.with_all(
            [json!(5), json!(0), json!(1.5), json!(true), json!({}), json!({"a": 1}), json!(["a"])],
            &[NOT_A_STRING],
        )
    }
}

/// Tries every value of every field in a request that is otherwise valid. `in_order` is the answer to valid values:
/// usually an error of the operation's own rules, which come later, so that nothing changes between rows.
pub(crate) async fn check(
    client: &Client,
    method: &str,
    path: &str,
    base: &Value,
    fields: &[Field],
    in_order: &[Error],
) {
    let mut table = Table::default();
    for field in fields {
        for (value, messages) in &field.rows {
            let attributes = match value {
                Some(value) => merged(base.clone(), json!({field.name: value})),
                None => without(base.clone(), field.name),
            };
            let answer = client.send(Request::new(method, path).attributes(attributes)).await;
            let expected = if messages.is_empty() {
                in_order
                    .iter()
                    .map(|(status, code, detail)| (*status, String::from(*code), String::from(*detail)))
                    .collect()
            } else {
                messages.iter().map(|message| error(field.name, message)).collect::<Vec<_>>()
            };
            let shown = value.as_ref().map_or("absent".into(), Value::to_string);
            table.check(format!("{method} {path} {} {shown:.80}", field.name), outcome(&answer), expected);
        }
    }
    table.finish();
}

/// No errors for a success.
fn outcome(answer: &Answer) -> Vec<(u16, String, String)> {
    if answer.status < 400 { Vec::new() } else { answer.errors() }
}

/// The owner's own codes are recognised by their details; everything else is a 901 of the field.
fn error(field: &str, message: &str) -> (u16, String, String) {
    match [BAD_GENDER, TERMS_NOT_ACCEPTED].iter().find(|(_, _, detail)| *detail == message) {
        Some((status, code, detail)) => (*status, String::from(*code), String::from(*detail)),
        None => (422, "901".into(), format!("{field} => {message}")),
    }
}

fn owned(messages: &[&str]) -> Vec<String> {
    messages.iter().map(|message| String::from(*message)).collect()
}
