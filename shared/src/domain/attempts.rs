//! Attempts at a password, and when they lock further ones out.

use std::time::Duration;

use super::Timestamp;

/// This many attempts within [`WINDOW`] lock further ones out (contract, section 6).
pub(crate) const MAX_ATTEMPTS: usize = 10;
const WINDOW: Duration = Duration::from_secs(600);
const LOCKOUT: Duration = Duration::from_secs(300);
/// Lock-outs by customer end when the oldest of the attempts leaves the window, and not at that very moment.
const MOMENT: Duration = Duration::from_millis(1);

/// What a record of attempts is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One customer or e-mail from one address. A lock-out lasts five minutes, and then the count starts again.
    Address,
    /// A customer whose access token is at hand. There are never more than ten attempts within the window.
    Customer,
}

/// The recorded attempts, oldest first, and which of them have failed. Each is its time and a nonce that distinguishes
/// attempts at the same instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attempts {
    recorded: Vec<String>,
    failed: Vec<String>,
}

/// The failed attempts at one customer's password, over all addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailedAttempts {
    pub attempts: usize,
    /// How many addresses they came from.
    pub places: usize,
    /// How many of those are locked out.
    pub locked_places: usize,
}

/// Why no attempt may be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    LockedOut(Lockout),
    /// Attempts are still being judged: if one of them succeeds, there is room.
    Unjudged,
}

/// How long one who is locked out must wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    pub remaining: Duration,
}

impl FailedAttempts {
    /// These and those from one more address.
    pub(crate) fn and(self, record: &Attempts, now: Timestamp) -> FailedAttempts {
        let horizon = Attempts::entry(now.minus(WINDOW).minus(LOCKOUT), "");
        let failed = record.failed.iter().filter(|failed| **failed >= horizon).count();
        let is_locked = failed > 0 && record.locked_until(Scope::Address).is_some_and(|until| now < until);
        FailedAttempts {
            attempts: self.attempts + failed,
            places: self.places + usize::from(failed > 0),
            locked_places: self.locked_places + usize::from(is_locked),
        }
    }
}

impl Attempts {
    /// Every request is answered earlier: an attempt that has not failed by then was abandoned, or made by a function of
    /// a version that does not note failures.
    const JUDGED_WITHIN: Duration = Duration::from_secs(30);

    /// One attempt as it is recorded: its time in milliseconds, then `nonce`.
    pub(crate) fn entry(at: Timestamp, nonce: &str) -> String {
        format!("{:015}#{nonce}", at.micros() / 1_000)
    }

    pub(crate) fn new(mut recorded: Vec<String>, failed: Vec<String>) -> Attempts {
        recorded.sort_unstable();
        Attempts { recorded, failed }
    }

    pub(crate) fn contains(&self, entry: &str) -> bool {
        self.recorded.iter().any(|known| known == entry)
    }

    /// The record with `entry` added at `now`, or why it cannot be added.
    ///
    /// The tenth attempt is the newest, because none is added while a lock-out lasts. Without a lock-out, attempts older
    /// than the window are dropped.
    pub(crate) fn reserve(&self, entry: &str, now: Timestamp, scope: Scope) -> Result<Vec<String>, Refusal> {
        if let Some(locked_until) = self.locked_until(scope) {
            if now < locked_until && self.may_be_unjudged(now) {
                return Err(Refusal::Unjudged);
            }
            if now < locked_until {
                return Err(Refusal::LockedOut(Lockout { remaining: locked_until.since(now) }));
            }
            if scope == Scope::Address {
                return Ok(vec![entry.to_owned()]);
            }
        }
        // A function whose clock is ahead may have recorded the newest.
        let now = self.recorded.last().map_or(now, |newest| now.max(time_of(newest)));
        let horizon = Attempts::entry(now.minus(WINDOW), "");
        let recent = self.recorded.iter().filter(|known| **known >= horizon).cloned();
        Ok(recent.chain([entry.to_owned()]).collect())
    }

    /// Those that `after` no longer holds.
    pub(crate) fn dropped<'a>(&'a self, after: &'a [String]) -> impl Iterator<Item = &'a String> {
        self.recorded.iter().filter(|known| !after.contains(known))
    }

    /// When a record is no longer needed.
    pub(crate) fn forgotten_at(now: Timestamp) -> Timestamp {
        now.plus(WINDOW).plus(LOCKOUT)
    }

    /// Whether a recorded attempt may still succeed.
    fn may_be_unjudged(&self, now: Timestamp) -> bool {
        let is_judged = |entry: &String| {
            self.failed.contains(entry) || now.since(time_of(entry)) >= Attempts::JUDGED_WITHIN
        };
        !self.recorded.iter().all(is_judged)
    }

    fn locked_until(&self, scope: Scope) -> Option<Timestamp> {
        let newest = self.recorded.last()?;
        let tenth =
            self.recorded.len().checked_sub(MAX_ATTEMPTS).and_then(|index| self.recorded.get(index))?;
        let (newest, tenth) = (time_of(newest), time_of(tenth));
        match scope {
            Scope::Address => (newest.since(tenth) <= WINDOW).then(|| newest.plus(LOCKOUT)),
            Scope::Customer => Some(tenth.plus(WINDOW).plus(MOMENT)),
        }
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

    fn record(entries: Vec<String>) -> Attempts {
        Attempts::new(entries.clone(), entries)
    }

    /// They all have failed.
    fn attempts(seconds: impl IntoIterator<Item = u64>) -> Attempts {
        let entries = seconds
            .into_iter()
            .enumerate()
            .map(|(index, second)| Attempts::entry(at(second), &index.to_string()));
        record(entries.collect())
    }

    /// How many are on record then, or for how many seconds there is a lock-out.
    fn reserve(attempts: &Attempts, second: u64, scope: Scope) -> Result<usize, u64> {
        let entry = Attempts::entry(at(second), "new");
        attempts.reserve(&entry, at(second), scope).map(|entries| entries.len()).map_err(|refusal| {
            let Refusal::LockedOut(lockout) = refusal else { panic!("all are judged") };
            lockout.remaining.as_secs()
        })
    }

    #[test]
    fn the_eleventh_attempt_within_the_window_is_locked_out() {
        assert_eq!(reserve(&attempts(0..9), 9, Scope::Address), Ok(10));
        assert_eq!(reserve(&attempts(0..10), 10, Scope::Address), Err(299));
        assert_eq!(reserve(&attempts(0..10), 10, Scope::Customer), Err(590));
    }

    #[test]
    fn the_lock_lasts_300_seconds_from_the_tenth_attempt_and_then_the_count_starts_again() {
        let ten = attempts(0..10);
        assert_eq!(reserve(&ten, 308, Scope::Address), Err(1));
        assert_eq!(reserve(&ten, 309, Scope::Address), Ok(1));
    }

    #[test]
    fn a_customers_attempts_leave_the_window_one_by_one() {
        let ten = attempts(0..10);
        assert_eq!(reserve(&ten, 600, Scope::Customer), Err(0));
        assert_eq!(reserve(&ten, 601, Scope::Customer), Ok(10));
    }

    #[test]
    fn ten_attempts_over_more_than_the_window_do_not_lock_out() {
        let slow = attempts((0..10).map(|index| index * 70));
        for scope in [Scope::Address, Scope::Customer] {
            assert_eq!(reserve(&slow, 640, scope), Ok(10), "the first, at 0, is older than 600 s");
        }
    }

    #[test]
    fn a_lock_does_not_end_because_old_attempts_leave_the_window() {
        let late = attempts([0].into_iter().chain(591..600));
        assert_eq!(reserve(&late, 650, Scope::Address), Err(249));
    }

    #[test]
    fn only_failures_lock_out() {
        let Attempts { recorded, mut failed } = attempts(0..10);
        failed.pop();
        let one_is_pending = Attempts::new(recorded, failed);
        let refusal =
            |second| one_is_pending.reserve("new", at(second), Scope::Address).expect_err("there are ten");
        assert_eq!(refusal(38), Refusal::Unjudged);
        assert!(matches!(refusal(39), Refusal::LockedOut(_)), "it was abandoned");
    }

    proptest! {
        #[test]
        fn a_full_record_drops_something_whatever_the_clocks_say(
            seconds in proptest::collection::vec(0_u64..2_000, MAX_ATTEMPTS),
            now in 0_u64..3_000,
            scope in proptest::sample::select(vec![Scope::Address, Scope::Customer]),
        ) {
            let full = attempts(seconds);
            if let Ok(after) = full.reserve(&Attempts::entry(at(now), "new"), at(now), scope) {
                prop_assert!(full.dropped(&after).next().is_some());
            }
        }

        #[test]
        fn no_record_ever_holds_more_than_the_limit(
            seconds in proptest::collection::vec(0_u64..2_000, 0..40),
            scope in proptest::sample::select(vec![Scope::Address, Scope::Customer]),
        ) {
            let mut sorted = seconds;
            sorted.sort_unstable();
            let (mut recorded, mut made) = (Attempts::default(), Vec::new());
            for (index, second) in sorted.into_iter().enumerate() {
                let entry = Attempts::entry(at(second), &index.to_string());
                if let Ok(entries) = recorded.reserve(&entry, at(second), scope) {
                    recorded = record(entries);
                    made.push(second);
                }
                prop_assert!(recorded.recorded.len() <= MAX_ATTEMPTS);
            }
            if scope == Scope::Customer {
                let of_the_window = |now: &u64| made.iter().filter(|made| (*now - 600..=*now).contains(made)).count();
                prop_assert!(made.iter().filter(|now| **now >= 600).all(|now| of_the_window(now) <= MAX_ATTEMPTS));
            }
        }
    }
}
