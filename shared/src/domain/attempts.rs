//! Failed sign-ins for one e-mail from one address, and when they lock the pair out.

use std::time::Duration;

use super::Timestamp;

/// This many attempts within [`WINDOW`] lock the pair out (contract, section 6).
pub(crate) const MAX_ATTEMPTS: usize = 10;
const WINDOW: Duration = Duration::from_secs(600);
const LOCKOUT: Duration = Duration::from_secs(300);

/// The recorded attempts, oldest first: each is its time and a nonce that distinguishes attempts at the same instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attempts(Vec<String>);

/// How long a locked-out pair must wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    pub remaining: Duration,
}

impl Attempts {
    /// By this time an attempt has succeeded or failed, unless passwords are queueing to be hashed.
    pub(crate) const JUDGED_WITHIN: Duration = Duration::from_secs(2);

    /// Whether a recorded attempt may still succeed, which would clear them all.
    pub(crate) fn may_be_unjudged(&self, now: Timestamp) -> bool {
        self.0.last().is_some_and(|newest| now.since(time_of(newest)) < Attempts::JUDGED_WITHIN)
    }

    /// One attempt as it is recorded: its time in milliseconds, then `nonce`.
    pub(crate) fn entry(at: Timestamp, nonce: &str) -> String {
        format!("{:015}#{nonce}", at.micros() / 1_000)
    }

    pub(crate) fn from_entries(mut entries: Vec<String>) -> Attempts {
        entries.sort_unstable();
        Attempts(entries)
    }

    pub(crate) fn contains(&self, entry: &str) -> bool {
        self.0.iter().any(|known| known == entry)
    }

    /// The record with `entry` added at `now`, or the lock-out that prevents it.
    ///
    /// A lock-out starts with the tenth attempt, which is the newest, because none is added while it lasts. When it is
    /// over, the count starts again from zero. Without a lock-out, attempts older than the window are dropped.
    pub(crate) fn reserve(&self, entry: &str, now: Timestamp) -> Result<Vec<String>, Lockout> {
        if let Some(locked_until) = self.locked_until() {
            if now < locked_until {
                return Err(Lockout { remaining: locked_until.since(now) });
            }
            return Ok(vec![entry.to_owned()]);
        }
        let horizon = Attempts::entry(now.minus(WINDOW), "");
        let recent = self.0.iter().filter(|known| **known >= horizon).cloned();
        Ok(recent.chain([entry.to_owned()]).collect())
    }

    /// When a record is no longer needed.
    pub(crate) fn forgotten_at(now: Timestamp) -> Timestamp {
        now.plus(WINDOW).plus(LOCKOUT)
    }

    fn locked_until(&self) -> Option<Timestamp> {
        let newest = self.0.last()?;
        let tenth = self.0.len().checked_sub(MAX_ATTEMPTS).and_then(|index| self.0.get(index))?;
        let span = time_of(newest).since(time_of(tenth));
        (span <= WINDOW).then(|| time_of(newest).plus(LOCKOUT))
    }
}

fn time_of(entry: &str) -> Timestamp {
    let millis = entry.split('#').next().and_then(|digits| digits.parse().ok()).unwrap_or(0_u64);
    Timestamp::from_micros(millis.saturating_mul(1_000))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_seconds(1_000_000 + second)
    }

    fn attempts(seconds: impl IntoIterator<Item = u64>) -> Attempts {
        let entries = seconds
            .into_iter()
            .enumerate()
            .map(|(index, second)| Attempts::entry(at(second), &index.to_string()));
        Attempts::from_entries(entries.collect())
    }

    fn reserve(attempts: &Attempts, second: u64) -> Result<usize, u64> {
        let entry = Attempts::entry(at(second), "new");
        attempts
            .reserve(&entry, at(second))
            .map(|entries| entries.len())
            .map_err(|lockout| lockout.remaining.as_secs())
    }

    #[test]
    fn the_eleventh_attempt_within_the_window_is_locked_out() {
        assert_eq!(reserve(&attempts(0..9), 9), Ok(10));
        assert_eq!(reserve(&attempts(0..10), 10), Err(299));
    }

    #[test]
    fn the_lock_lasts_300_seconds_from_the_tenth_attempt_and_then_the_count_starts_again() {
        let ten = attempts(0..10);
        assert_eq!(reserve(&ten, 308), Err(1));
        assert_eq!(reserve(&ten, 309), Ok(1));
    }

    #[test]
    fn ten_attempts_over_more_than_the_window_do_not_lock_out() {
        let slow = attempts((0..10).map(|index| index * 70));
        assert_eq!(reserve(&slow, 640), Ok(10), "the first, at 0, is older than 600 s");
    }

    #[test]
    fn a_lock_does_not_end_because_old_attempts_leave_the_window() {
        let late = attempts([0].into_iter().chain(591..600));
        assert_eq!(reserve(&late, 650), Err(249));
    }

    proptest! {
        #[test]
        fn no_record_ever_holds_more_than_the_limit(seconds in proptest::collection::vec(0_u64..2_000, 0..40)) {
            let mut sorted = seconds;
            sorted.sort_unstable();
            let mut record = Attempts::default();
            for (index, second) in sorted.into_iter().enumerate() {
                let entry = Attempts::entry(at(second), &index.to_string());
                if let Ok(entries) = record.reserve(&entry, at(second)) {
                    record = Attempts::from_entries(entries);
                }
                prop_assert!(record.0.len() <= MAX_ATTEMPTS);
            }
        }
    }
}
