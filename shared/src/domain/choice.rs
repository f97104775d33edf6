//! Fields with a fixed set of values.

use serde::{Deserialize, Serialize};

use super::violation::{Parsed, Violation};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Salutation {
    Mr,
    Mrs,
    Ms,
    Dr,
    #[serde(rename = "n/a")]
    NotApplicable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gender {
    Male,
    Female,
}

impl Salutation {
    const ALL: [Salutation; 5] =
        [Salutation::Mr, Salutation::Mrs, Salutation::Ms, Salutation::Dr, Salutation::NotApplicable];

    pub fn parse(raw: &str) -> Parsed<Salutation> {
        one_of(&Salutation::ALL, Salutation::as_str, raw)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Salutation::Mr => "Mr",
            Salutation::Mrs => "Mrs",
            Salutation::Ms => "Ms",
            Salutation::Dr => "Dr",
            Salutation::NotApplicable => "n/a",
        }
    }
}

impl Gender {
    pub fn parse(raw: &str) -> Parsed<Gender> {
        one_of(&[Gender::Male, Gender::Female], Gender::as_str, raw)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Gender::Male => "Male",
            Gender::Female => "Female",
        }
    }
}

fn one_of<T: Copy>(choices: &[T], spelling: impl Fn(T) -> &'static str, raw: &str) -> Parsed<T> {
    match choices.iter().find(|choice| spelling(**choice) == raw) {
        Some(choice) => Ok(*choice),
        None if raw.is_empty() => Err(vec![Violation::Blank, Violation::NotAChoice]),
        None => Err(vec![Violation::NotAChoice]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_counts() {
        for salutation in Salutation::ALL {
            assert_eq!(Salutation::parse(salutation.as_str()), Ok(salutation));
        }
        assert_eq!(Gender::parse("Female"), Ok(Gender::Female));
        assert_eq!(Gender::parse("female"), Err(vec![Violation::NotAChoice]));
        assert_eq!(Salutation::parse(""), Err(vec![Violation::Blank, Violation::NotAChoice]));
    }
}
