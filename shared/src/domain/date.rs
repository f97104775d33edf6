//! Calendar days.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::Month;

use super::violation::{Parsed, Violation};

/// An existing day, written `YYYY-MM-DD`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Date(String);

impl Date {
    pub fn parse(raw: &str) -> Parsed<Date> {
        calendar_day(raw).map(|_| Date(raw.to_owned())).ok_or_else(|| vec![Violation::NotADate])
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

hidden!(Date);

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The day that is written `YYYY-MM-DD`; `None` if it does not exist.
pub(super) fn calendar_day(raw: &str) -> Option<time::Date> {
    let mut parts = raw.splitn(3, '-');
    let year = digits(parts.next()?, 4).filter(|year| *year > 0)?;
    let month = Month::try_from(digits::<u8>(parts.next()?, 2)?).ok()?;
    time::Date::from_calendar_date(year, month, digits(parts.next()?, 2)?).ok()
}

/// The number that is written with exactly `length` ASCII digits: `parse` alone would also take a sign.
pub(super) fn digits<T: FromStr>(raw: &str, length: usize) -> Option<T> {
    let is_number = raw.len() == length && raw.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| raw.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_real_days_are_dates() {
        for raw in ["1985-12-31", "2024-02-29", "0001-01-01"] {
            assert_eq!(Date::parse(raw).map(|date| date.to_string()), Ok(raw.to_owned()));
        }
        for raw in [
            "",
            "1985-13-01",
            "2023-02-29",
            "0000-01-01",
            "31.12.1985",
            "1985-1-1",
            "1985-12-31 ",
            "١٩٨٥-١٢-٣١",
        ] {
            assert_eq!(Date::parse(raw), Err(vec![Violation::NotADate]), "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_parses_or_does_not_without_panic(raw in ".*") {
            if let Ok(date) = Date::parse(&raw) {
                prop_assert_eq!(date.as_str(), raw);
            }
        }
    }
}
