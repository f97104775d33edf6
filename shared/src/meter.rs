//! Counts what one request costs in DynamoDB: calls, capacity units and time.

use std::future::Future;
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
pub enum Access {
    Read,
    Write,
}

/// Runs `work` and counts the DynamoDB calls made in its task.
pub async fn measure<T>(work: impl Future<Output = T>) -> (T, Counts) {
    let counts = Arc::new(Mutex::new(Counts::default()));
    let output = COUNTS.scope(Arc::clone(&counts), work).await;
    let counts = *counts.lock().unwrap_or_else(PoisonError::into_inner);
    (output, counts)
}

/// Adds one call to the request that the current task serves, if it is measured.
pub(crate) fn record(access: Access, units: f64, time: Duration) {
    // Outside `measure` nobody asks for the counts.
    let _ = COUNTS.try_with(|counts| {
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (calls, total_units, total_time) = match access {
            Access::Read => {
                let Counts { read_calls, read_units, read_time, .. } = &mut *counts;
                (read_calls, read_units, read_time)
            }
            Access::Write => {
                let Counts { write_calls, write_units, write_time, .. } = &mut *counts;
                (write_calls, write_units, write_time)
            }
        };
        *calls += 1;
        *total_units += units;
        *total_time += time;
    });
}
