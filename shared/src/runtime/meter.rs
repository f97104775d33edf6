//! Measures what one request costs in DynamoDB: calls, capacity units and time.

use std::future::Future;
use std::ops::AddAssign;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

tokio::task_local! {
    static COUNTS: Arc<Mutex<Counts>>;
}

/// Calls (each attempt of the SDK is one), capacity units as DynamoDB reports them, and the time spent waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    pub read_calls: u32,
    pub read_units: f64,
    pub read_time: Duration,
    pub write_calls: u32,
    pub write_units: f64,
    pub write_time: Duration,
}

/// Whether a call reads or writes the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Runs `work` and counts the DynamoDB calls made in its task. An enclosing measurement counts them too.
pub async fn measure<T>(work: impl Future<Output = T>) -> (T, Counts) {
    let counts = Arc::new(Mutex::new(Counts::default()));
    let output = COUNTS.scope(Arc::clone(&counts), work).await;
    let counts = *counts.lock().unwrap_or_else(PoisonError::into_inner);
    update(|outer| *outer += counts);
    (output, counts)
}

/// Adds one call to the request that the current task serves, if it is measured.
pub(crate) fn record(access: Access, units: f64, time: Duration) {
    update(|counts| match access {
        Access::Read => {
            *counts += Counts { read_calls: 1, read_units: units, read_time: time, ..Counts::default() }
        }
        Access::Write => {
            *counts += Counts { write_calls: 1, write_units: units, write_time: time, ..Counts::default() };
        }
    });
}

fn update(change: impl FnOnce(&mut Counts)) {
    // Outside `measure` there is nothing to count.
    let _ = COUNTS.try_with(|counts| change(&mut counts.lock().unwrap_or_else(PoisonError::into_inner)));
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.read_calls += other.read_calls;
        self.read_units += other.read_units;
        self.read_time += other.read_time;
        self.write_calls += other.write_calls;
        self.write_units += other.write_units;
        self.write_time += other.write_time;
    }
}
