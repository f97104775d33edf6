//! Shortens a failing sequence.

use std::fmt;
use std::time::{Duration, Instant};

use super::run::{Find, run};
use super::step::{Burst, Sequence};

/// A short sequence, and how it failed last.
#[derive(Clone, Debug)]
pub struct Shrunk {
    pub sequence: Sequence,
    pub find: Find,
}

/// Races are random: a sequence that has not failed in this many runs counts as passing.
const RUNS: usize = 30;

/// Removes bursts and steps while the rest still fails, until the time is up.
pub async fn shrink(sequence: &Sequence, find: Find, patience: Duration) -> Shrunk {
    let deadline = Instant::now() + patience;
    let mut best = Shrunk { sequence: sequence.clone(), find };
    best.sequence.bursts.truncate(best.find.burst + 1);
    let mut before = usize::MAX;
    while steps(&best) < before && Instant::now() < deadline {
        before = steps(&best);
        drop_bursts(&mut best, deadline).await;
        drop_steps(&mut best, deadline).await;
    }
    best
}

fn steps(shrunk: &Shrunk) -> usize {
    shrunk.sequence.bursts.iter().map(|burst| 1 + burst.steps.len()).sum()
}

/// Halves first, then quarters, down to single ones.
async fn drop_bursts(best: &mut Shrunk, deadline: Instant) {
    let mut size = best.sequence.bursts.len();
    while size > 1 {
        size = size.div_ceil(2);
        let mut start = 0;
        while start < best.sequence.bursts.len() {
            let mut shorter = best.sequence.bursts.clone();
            shorter.drain(start..(start + size).min(shorter.len()));
            if !take(best, shorter, deadline).await {
                start += size;
            }
        }
    }
}

async fn drop_steps(best: &mut Shrunk, deadline: Instant) {
    let mut burst = 0;
    while burst < best.sequence.bursts.len() {
        let mut step = 0;
        while burst < best.sequence.bursts.len() && step < best.sequence.bursts[burst].steps.len() {
            let mut shorter = best.sequence.bursts.clone();
            shorter[burst].steps.remove(step);
            if !take(best, shorter, deadline).await {
                step += 1;
            }
        }
        burst += 1;
    }
}

/// Whether `shorter` fails; then it is the new best.
async fn take(best: &mut Shrunk, mut shorter: Vec<Burst>, deadline: Instant) -> bool {
    for _ in 0..RUNS {
        if shorter.is_empty() || Instant::now() > deadline {
            return false;
        }
        let sequence = Sequence { bursts: shorter.clone(), ..best.sequence };
        if let (_, Err(find)) = run(&sequence).await {
            shorter.truncate(find.burst + 1);
            best.sequence.bursts = shorter;
            best.find = find;
            return true;
        }
    }
    false
}

impl fmt::Display for Shrunk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, burst) in self.sequence.bursts.iter().enumerate() {
            writeln!(formatter, "burst {number}, after {} seconds", burst.wait)?;
            for step in &burst.steps {
                writeln!(formatter, "  {step:?}")?;
            }
        }
        write!(formatter, "{}", self.find)?;
        let sequence = serde_json::to_string(&self.sequence).map_err(|_| fmt::Error)?;
        writeln!(formatter, "To see it again, as often as it takes:")?;
        write!(formatter, "cargo run --release --package bench --bin model -- --replay '{sequence}'")
    }
}

impl fmt::Display for Find {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "in burst {}:", self.burst)?;
        for call in &self.calls {
            writeln!(formatter, "  {call}")?;
        }
        writeln!(formatter, "{}", self.reason)
    }
}
