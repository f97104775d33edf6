//! The log: one JSON object per line, without personal data or secrets.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::runtime::meter::Counts;

/// Where log lines go.
#[derive(Clone)]
pub struct Log(Arc<dyn Fn(&str) + Send + Sync>);

impl Log {
    /// Standard output, which Lambda collects.
    pub fn stdout() -> Log {
        Log::from_fn(|line| {
            // A log that cannot be written is no reason to fail a request.
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        })
    }

    pub fn from_fn(write: impl Fn(&str) + Send + Sync + 'static) -> Log {
        Log(Arc::new(write))
    }

    pub fn write(&self, entry: &Value) {
        (self.0)(&entry.to_string());
    }
}

/// The cost of one request or mail, and whether it failed.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    pub operation: &'static str,
    pub duration: Duration,
    pub counts: Counts,
    /// Whether it failed through a fault of the service's own.
    pub is_failure: bool,
}

impl Figures {
    /// The beginning of a log line. Durations are in milliseconds; calls and units are left out if there were none.
    pub fn entry(&self) -> Value {
        let mut entry = json!({
            "level": if self.is_failure { "ERROR" } else { "INFO" },
            "operation": self.operation,
            // To a tenth: every byte of a log is paid for.
            "duration": (self.duration.as_secs_f64() * 10_000.0).round() / 10.0,
        });
        let Counts { read_calls, read_units, write_calls, write_units, .. } = self.counts;
        if read_calls > 0 {
            entry["readCalls"] = json!(read_calls);
            entry["readUnits"] = json!(read_units);
        }
        if write_calls > 0 {
            entry["writeCalls"] = json!(write_calls);
            entry["writeUnits"] = json!(write_units);
        }
        entry
    }
}
