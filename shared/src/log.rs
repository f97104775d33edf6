//! The log: one JSON object a line, without personal data or secrets.

use std::io::Write;
use std::sync::Arc;

use serde_json::Value;

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
