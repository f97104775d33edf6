//! Events on their way to other systems, written with the change that they tell of. The table's stream carries their keys
//! to the event bus, which are the message; nobody reads the items.

use std::time::Duration;

use super::Key;
use super::item::{EXPIRES_AT, expiry, text};
use super::write::Write;
use crate::domain::{CustomerReference, Event, Timestamp};

/// Once in the stream, an event needs its item no more.
const LIFETIME: Duration = Duration::from_secs(86_400);

/// The writes for events of one change, whose id is like no other's.
pub(super) fn create(
    reference: &CustomerReference,
    events: &[Event],
    change: &str,
    now: Timestamp,
) -> impl Iterator<Item = Write> {
    events.iter().map(move |event| write(reference, *event, change, now))
}

/// The write for an event. `change` is like no other's: a put that changes nothing would not get into the stream.
pub(super) fn write(reference: &CustomerReference, event: Event, change: &str, now: Timestamp) -> Write {
    let mut item = Key::event(reference, event).attributes();
    item.insert("change".to_owned(), text(change));
    item.insert(EXPIRES_AT.to_owned(), expiry(now.plus(LIFETIME)));
    Write::put(item)
}
