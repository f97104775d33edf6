//! The pauses between the tries of one operation: short, growing, jittered, and bounded in sum.

use std::time::Duration;

use tokio::time::Instant;

use crate::runtime::random::Random;

/// How long conflicting changes may keep trying. A function's time-out has to leave time for the last try.
const RETRY_FOR: Duration = Duration::from_millis(5_000);
const LONGEST_PAUSE_MS: u64 = 250;
/// How long an attempt may wait for others to be judged. There is no hurry: what it waits for takes as long as a hash.
const JUDGE_FOR: Duration = Duration::from_millis(20_000);
const LONGEST_PAUSE_WHILE_JUDGING_MS: u64 = 1_000;
/// After a lost race the winner's item is at hand, so waiting longer would only lose to requests that come later.
const LONGEST_PAUSE_BETWEEN_RACES_MS: u64 = 16;

pub(super) struct Backoff {
    until: Instant,
    tries: u32,
    /// The bound of the first pause; each further one is twice as long.
    first_pause_ms: u64,
    longest_pause_ms: u64,
}

impl Backoff {
    pub(super) fn new() -> Backoff {
        Backoff {
            until: Instant::now() + RETRY_FOR,
            tries: 0,
            first_pause_ms: 8,
            longest_pause_ms: LONGEST_PAUSE_MS,
        }
    }

    pub(super) fn between_races() -> Backoff {
        Backoff { longest_pause_ms: LONGEST_PAUSE_BETWEEN_RACES_MS, ..Backoff::new() }
    }

    pub(super) fn while_judging() -> Backoff {
        Backoff {
            until: Instant::now() + JUDGE_FOR,
            tries: 0,
            first_pause_ms: 32,
            longest_pause_ms: LONGEST_PAUSE_WHILE_JUDGING_MS,
        }
    }

    /// Waits for the next try; `false` once the time is up.
    pub(super) async fn wait(&mut self, random: &Random) -> bool {
        let bound = (self.first_pause_ms << self.tries.min(5)).min(self.longest_pause_ms);
        self.tries += 1;
        let pause = Duration::from_millis(1 + random.below(bound));
        if Instant::now() + pause > self.until {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }
}
