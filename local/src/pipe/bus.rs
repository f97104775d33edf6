//! The event bus, and what the pipe to it makes of a stream record, as far as `template.yaml` uses EventBridge.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::Filter;

/// More than this are forgotten, the oldest first.
const KEPT: usize = 1_000;

/// The newest events. A bus has nothing to look at, only rules that hand events on.
#[derive(Default)]
pub(crate) struct Bus {
    events: Mutex<VecDeque<Value>>,
}

/// What `template.yaml` says about the pipe to the bus.
#[derive(Debug)]
pub(crate) struct EventPipe {
    pub(crate) filter: Filter,
    pub(crate) source: String,
    /// A path into the record, such as `$.eventID`.
    pub(crate) detail_type: String,
    /// JSON with a `<path>` in place of each value.
    pub(crate) input_template: String,
}

impl Bus {
    /// The newest first.
    pub(crate) fn all(&self) -> Vec<Value> {
        self.events().iter().cloned().collect()
    }

    pub(super) fn put(&self, event: Value) {
        let mut events = self.events();
        events.push_front(event);
        events.truncate(KEPT);
    }

    fn events(&self) -> MutexGuard<'_, VecDeque<Value>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventPipe {
    /// The event that a record becomes; an error if the template does not become JSON.
    pub(super) fn event(&self, record: &Value) -> serde_json::Result<Value> {
        let mut parts = self.input_template.split('<');
        let mut detail = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (path, rest) = part.split_once('>').unwrap_or((part, ""));
            detail.push_str(&at(record, path).to_string());
            detail.push_str(rest);
        }
        let detail: Value = serde_json::from_str(&detail)?;
        Ok(json!({ "source": self.source, "detail-type": at(record, &self.detail_type), "detail": detail }))
    }
}

/// The value at a JSON path of names alone.
fn at<'a>(record: &'a Value, path: &str) -> &'a Value {
    path.trim_start_matches("$.").split('.').fold(record, |value, name| &value[name])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_becomes_an_event_with_values_as_json() {
        let pipe = EventPipe {
            filter: Filter::parse([]).expect("no pattern"),
            source: "shop".to_owned(),
            detail_type: "$.a.kind".to_owned(),
            input_template: r#"{"one":1,"text":<$.a.text>,"number":<$.number>}"#.to_owned(),
        };
        let record = json!({ "a": { "kind": "Made", "text": "say \"<hi>\"" }, "number": 2 });
        let expected = json!({
            "source": "shop",
            "detail-type": "Made",
            "detail": { "one": 1, "text": "say \"<hi>\"", "number": 2 },
        });
        assert_eq!(pipe.event(&record).expect("JSON"), expected);
        let broken = EventPipe { input_template: "{".to_owned(), ..pipe };
        assert!(broken.event(&record).is_err());
    }

    #[test]
    fn only_the_newest_events_are_kept() {
        let bus = Bus::default();
        (0..=KEPT).for_each(|n| bus.put(json!(n)));
        let all = bus.all();
        assert_eq!((all.len(), &all[0], &all[KEPT - 1]), (KEPT, &json!(KEPT), &json!(1)));
    }
}
