//! The audit: who of the help desk looked at which customer or did what, written before the call is answered.

use std::time::Duration;

use super::failure::failed;
use super::item::{EXPIRES_AT, expiry, has_expired, text, text_of};
use super::keys::SEARCHES;
use super::write::Write;
use super::{Item, Key, Store};
use crate::domain::{AuditEntry, CustomerReference, Timestamp};
use crate::error::Error;

/// A call of the help desk, as it is put on record.
pub struct Audit<'a> {
    /// The id of the call.
    pub request: &'a str,
    pub entry: AuditEntry,
    /// How long the entry is kept.
    pub kept_for: Duration,
}

const WHO: &str = "who";
const SOURCE: &str = "source_ip";
const ACTION: &str = "action";
const REASON: &str = "reason";

impl Audit<'_> {
    /// The entry about a customer. No other has its key.
    pub(super) fn write(&self, reference: &CustomerReference) -> Write {
        let AuditEntry { at, who, source_address, action, reason } = &self.entry;
        let mut item = Key::audit(reference, *at, self.request, action == AuditEntry::FOUND).attributes();
        for (name, value) in [(WHO, who), (SOURCE, source_address), (ACTION, action), (REASON, reason)] {
            item.insert(name.to_owned(), text(value));
        }
        item.insert(EXPIRES_AT.to_owned(), expiry(at.plus(self.kept_for)));
        Write::put(item).when("attribute_not_exists(pk)")
    }
}

impl Store {
    /// Puts a call about some customers on record: one write, a transaction if there are several, none without any.
    pub async fn audit(&self, audit: &Audit<'_>, about: &[&CustomerReference]) -> Result<(), Error> {
        let entries = about.iter().map(|reference| audit.write(reference)).collect();
        // Only the entry itself has its key: if it is there, an answer was lost.
        self.table.write(entries).await.map(drop)
    }

    /// The last entries about a customer, newest first, without those of searches, or those alone. One read.
    pub async fn trail(
        &self,
        reference: &CustomerReference,
        of_searches: bool,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, Error> {
        let comparison = if of_searches { ">=" } else { "<" };
        let request = self
            .table
            .partition(Key::trail(reference), limit)
            .key_condition_expression(format!("pk = :pk AND sk {comparison} :searches"))
            .expression_attribute_values(":searches", text(SEARCHES))
            .scan_index_forward(false);
        let items = request.send().await.map_err(failed)?.items.unwrap_or_default();
        let now = self.clock.now();
        Ok(items.iter().filter(|item| !has_expired(item, now)).filter_map(entry).collect())
    }
}

fn entry(item: &Item) -> Option<AuditEntry> {
    let key = text_of(item, "sk")?;
    let micros = key.trim_start_matches(SEARCHES).split_once('#')?.0.parse().ok()?;
    let part = |name| text_of(item, name).unwrap_or_default();
    Some(AuditEntry {
        at: Timestamp::from_micros(micros),
        who: part(WHO),
        source_address: part(SOURCE),
        action: part(ACTION),
        reason: part(REASON),
    })
}
