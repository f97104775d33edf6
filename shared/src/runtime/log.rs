//! The log: one JSON object per line, without personal data or secrets.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::Timestamp;
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
pub struct Figures<'a> {
    pub namespace: &'a str,
    pub operation: &'static str,
    pub duration: Duration,
    pub counts: Counts,
    /// Whether it failed through a fault of the service's own.
    pub is_failure: bool,
}

impl Figures<'_> {
    /// The beginning of a log line, in the embedded metric format, from which CloudWatch derives metrics. Durations are
    /// in milliseconds.
    pub fn entry(&self, at: Timestamp) -> Value {
        let metric = |name: &str, unit: &str| json!({ "Name": name, "Unit": unit });
        json!({
            "_aws": {
                "Timestamp": at.micros() / 1_000,
                "CloudWatchMetrics": [{
                    "Namespace": self.namespace,
                    "Dimensions": [["operation"]],
                    "Metrics": [
                        metric("duration", "Milliseconds"),
                        metric("readCalls", "Count"),
                        metric("readUnits", "Count"),
                        metric("writeCalls", "Count"),
                        metric("writeUnits", "Count"),
                        metric("serverErrors", "Count"),
                    ],
                }],
            },
            "level": if self.is_failure { "ERROR" } else { "INFO" },
            "operation": self.operation,
            "duration": self.duration.as_secs_f64() * 1_000.0,
            "readCalls": self.counts.read_calls,
            "readUnits": self.counts.read_units,
            "writeCalls": self.counts.write_calls,
            "writeUnits": self.counts.write_units,
            "serverErrors": u8::from(self.is_failure),
        })
    }
}
