//! Points in time.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A point in time, in microseconds since the Unix epoch; displayed as the contract's `YYYY-MM-DD HH:MM:SS.ffffff`, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
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

    /// Whole days since the epoch.
    pub const fn day(self) -> u64 {
        self.seconds() / 86_400
    }

    pub const fn plus(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(duration.as_micros() as u64))
    }

    pub const fn minus(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(duration.as_micros() as u64))
    }

    /// How long ago `earlier` was; nothing if it lies ahead.
    pub const fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000).map_err(|_| fmt::Error)?;
        write!(
            formatter,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            at.microsecond()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_displayed_as_the_contract_has_it() {
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
