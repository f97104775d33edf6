//! Who calls, and why: what every call but that for a record leaves on record.

use shared::domain::AuditEntry;
use shared::store::Audit;
use shared::{App, Call, Error};

const HEADER: &str = "x-reason";
/// In characters. A ticket's number fits, and no story: what is on record for years should not be about the customer.
const LENGTH: std::ops::RangeInclusive<usize> = 3..=200;

/// The entry of the audit for this call.
///
/// # Errors
///
/// [`Error::NotFound`] without an operator; [`Error::InvalidReason`] without a reason that can be kept.
pub(crate) fn audit<'a>(app: &App, call: &'a Call, action: &str) -> Result<Audit<'a>, Error> {
    let operator = call.operator()?;
    let mut given = call.headers.get_all(HEADER).iter();
    let reason = match (given.next().and_then(|reason| reason.to_str().ok()), given.next()) {
        (Some(reason), None) => reason.trim(),
        _ => "",
    };
    let is_kept = |character: char| (' '..='~').contains(&character) && character != '@';
    if !LENGTH.contains(&reason.len()) || !reason.chars().all(is_kept) {
        return Err(Error::InvalidReason);
    }
    let entry = AuditEntry {
        at: app.clock.now(),
        who: operator.arn.clone(),
        source_address: operator.source_address.clone(),
        action: action.to_owned(),
        reason: reason.to_owned(),
    };
    Ok(Audit { request: &operator.request_id, entry, kept_for: app.config.audit_kept_for })
}
