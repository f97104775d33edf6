//! The rules that a field can break.

use std::fmt;

use serde::Serialize;

/// A parsed value, or every rule that it breaks, in the contract's order.
pub type Parsed<T> = Result<T, Vec<Violation>>;

/// A broken rule. Displays as the contract's message for it (section 4), and serialises as its name there and its limit:
/// `{"rule":"min","limit":7}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "rule", content = "limit", rename_all = "camelCase")]
pub enum Violation {
    #[serde(rename = "required")]
    Missing,
    #[serde(rename = "string")]
    NotAString,
    #[serde(rename = "notBlank")]
    Blank,
    #[serde(rename = "email")]
    NotAnEmail,
    #[serde(rename = "min")]
    TooShort(usize),
    #[serde(rename = "max")]
    TooLong(usize),
    #[serde(rename = "choice")]
    NotAChoice,
    #[serde(rename = "true")]
    NotTrue,
    #[serde(rename = "boolean")]
    NotABoolean,
    #[serde(rename = "date")]
    NotADate,
    #[serde(rename = "passwordCharacters")]
    WeakPassword,
    CommonPassword,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::Missing => formatter.write_str("This field is missing."),
            Violation::NotAString => formatter.write_str("This value should be of type string."),
            Violation::Blank => formatter.write_str("This value should not be blank."),
            Violation::NotAnEmail => formatter.write_str("This value is not a valid email address."),
            Violation::TooShort(min) => {
                write!(formatter, "This value is too short. It should have {min} characters or more.")
            }
            Violation::TooLong(max) => {
                write!(formatter, "This value is too long. It should have {max} characters or less.")
            }
            Violation::NotAChoice => formatter.write_str("The value you selected is not a valid choice."),
            Violation::NotTrue => formatter.write_str("This value should be true."),
            Violation::NotABoolean => formatter.write_str("This value should be of type bool."),
            Violation::NotADate => formatter.write_str("This value is not a valid date."),
            Violation::WeakPassword => formatter.write_str(
                "Your password must include at least one uppercase letter, one lowercase letter, one number, and one \
                 special character from the following list: !@#$%^&*()_-+=[]{}|;:<>.,/?\\~. Non-Latin and other \
                 special characters are not allowed.",
            ),
            Violation::CommonPassword => formatter.write_str("The password is listed as common."),
        }
    }
}

/// `value`, if it broke no rule.
pub(crate) fn unless_broken<T>(value: T, violations: Vec<Violation>) -> Parsed<T> {
    if violations.is_empty() { Ok(value) } else { Err(violations) }
}
