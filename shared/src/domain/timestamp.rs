//! Points in time.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, Time};

use super::date::{calendar_day, digits};
use super::violation::{Parsed, Violation};

/// A point in time, in microseconds since the Unix epoch. Displays as the contract's `YYYY-MM-DD HH:MM:SS.ffffff`, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Parses the displayed form. The fraction may be shorter or absent, a day alone means its midnight, and ISO 8601's
    /// `T` and `Z` are accepted. Times before 1970 are refused.
    pub fn parse(raw: &str) -> Parsed<Timestamp> {
        point_in_time(raw).map(Timestamp).ok_or_else(|| vec![Violation::NotADate])
    }

    pub const fn from_micros(micros: u64) -> Timestamp {
        Timestamp(micros)
    }

    pub const fn from_seconds(seconds: u64) -> Timestamp {
        Timestamp(seconds.saturating_mul(1_000_000))
    }

    pub const fn micros(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch: the form of JWT claims and of DynamoDB's TTL.
    pub const fn seconds(self) -> u64 {
        self.0 / 1_000_000
    }

    pub const fn plus(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(duration.as_micros() as u64))
    }

    pub(crate) const fn minus(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(duration.as_micros() as u64))
    }

    /// The time since `earlier`; zero if that lies ahead.
    pub(crate) const fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000).map_err(|_| fmt::Error)?;
        let (hour, minute, second, micros) = at.to_hms_micro();
        write!(formatter, "{} {hour:02}:{minute:02}:{second:02}.{micros:06}", at.date())
    }
}

/// Microseconds since the epoch.
fn point_in_time(raw: &str) -> Option<u64> {
    let (day, rest) = raw.split_at_checked(10)?;
    let time = if rest.is_empty() { Time::MIDNIGHT } else { time_of_day(rest.strip_prefix([' ', 'T'])?)? };
    let at = calendar_day(day)?.with_time(time).assume_utc();
    u64::try_from(at.unix_timestamp_nanos() / 1_000).ok()
}

/// `HH:MM:SS`, with up to six digits of a fraction.
fn time_of_day(raw: &str) -> Option<Time> {
    let raw = raw.strip_suffix('Z').unwrap_or(raw);
    let (time, fraction) = raw.split_once('.').unwrap_or((raw, "0"));
    let mut parts = time.splitn(3, ':').map(|part| digits(part, 2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let micros = if fraction.is_empty() { None } else { digits(&format!("{fraction:0<6}"), 6) };
    Time::from_hms_micro(hour, minute, second, micros?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_formats_that_databases_export_are_parsed() {
        for (raw, seconds) in [
            ("2018-11-06 08:15:02", 1_541_492_102),
            ("2018-11-06 08:15:02.000000", 1_541_492_102),
            ("2018-11-06T08:15:02Z", 1_541_492_102),
            ("2018-11-06", 1_541_462_400),
            ("1970-01-01", 0),
        ] {
            assert_eq!(Timestamp::parse(raw), Ok(Timestamp::from_seconds(seconds)), "{raw}");
        }
        assert_eq!(
            Timestamp::parse("2018-11-06 08:15:02.69").map(Timestamp::micros),
            Ok(1_541_492_102_690_000)
        );
        for raw in [
            "",
            "now",
            "0000-00-00 00:00:00",
            "1969-12-31",
            "2018-11-06 ",
            "2018-11-06 08:15",
            "2018-11-06 24:00:00",
            "2018-11-06 08:15:02.",
            "2018-11-06 08:15:02.1234567",
            "2018-11-06 08:15:02+02:00",
            "2018-11-06 8:15:02",
            "2018-11-06 08:15:02:09",
            "2018-11-06 +8:15:02",
        ] {
            assert_eq!(Timestamp::parse(raw), Err(vec![Violation::NotADate]), "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn timestamps_survive_a_round_trip(micros in 0_u64..253_402_300_800_000_000) {
            let at = Timestamp::from_micros(micros);
            prop_assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
        }

        #[test]
        fn any_text_parses_or_does_not_without_panic(raw in ".{0,30}") {
            let _ = Timestamp::parse(&raw);
        }
    }

    #[test]
    fn it_is_displayed_as_the_contract_specifies() {
        assert_eq!(Timestamp::from_micros(1_541_492_102_694_668).to_string(), "2018-11-06 08:15:02.694668");
        assert_eq!(Timestamp::from_micros(0).to_string(), "1970-01-01 00:00:00.000000");
    }

    #[test]
    fn differences_do_not_wrap() {
        let early = Timestamp::from_seconds(5);
        assert_eq!(early.since(Timestamp::from_seconds(9)), Duration::ZERO);
        assert_eq!(early.minus(Duration::from_secs(9)), Timestamp::from_seconds(0));
    }
}
