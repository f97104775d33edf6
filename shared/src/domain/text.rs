//! Free text of limited length.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::violation::{Parsed, Violation, unless_broken};

/// Between `MIN` and `MAX` code points of text. A `MIN` of 1 or more makes the empty text blank too.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

/// A first or last name.
pub type Name = Text<1, 100>;
/// An address line that must not be blank.
pub type RequiredLine = Text<1, 255>;
/// Optional text: the third address line, a company, a phone number.
pub type Line = Text<0, 255>;
pub type ZipCode = Text<1, 15>;
pub type City = Text<3, 255>;
/// A country code before it is looked up: whether the country exists is checked later (error 409).
pub type CountryText = Text<1, 2>;

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    pub fn parse(raw: &str) -> Parsed<Self> {
        let length = raw.chars().count();
        let mut violations = Vec::new();
        if MIN > 0 && raw.is_empty() {
            violations.push(Violation::Blank);
        }
        // The contract has a minimum length only where it is above one; otherwise being blank is the only error.
        if MIN > 1 && length < MIN {
            violations.push(Violation::TooShort(MIN));
        }
        if length > MAX {
            violations.push(Violation::TooLong(MAX));
        }
        unless_broken(Text(raw.to_owned()), violations)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shows nothing: names and addresses must not get into a log.
impl<const MIN: usize, const MAX: usize> fmt::Debug for Text<MIN, MAX> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Text(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bounds_count_code_points() {
        assert!(Name::parse(&"ü".repeat(100)).is_ok());
        assert_eq!(Name::parse(&"ü".repeat(101)), Err(vec![Violation::TooLong(100)]));
        assert_eq!(City::parse("Ül"), Err(vec![Violation::TooShort(3)]));
    }

    #[test]
    fn the_empty_text_is_blank_and_may_be_too_short_as_well() {
        assert_eq!(Name::parse(""), Err(vec![Violation::Blank]));
        assert_eq!(City::parse(""), Err(vec![Violation::Blank, Violation::TooShort(3)]));
        assert!(Line::parse("").is_ok());
    }

    proptest! {
        #[test]
        fn parsed_text_is_unchanged(raw in ".{0,300}") {
            if let Ok(line) = Line::parse(&raw) {
                prop_assert_eq!(line.as_str(), raw);
            }
        }
    }
}
