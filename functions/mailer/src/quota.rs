//! The daily quota of mails per customer.

use shared::App;
use shared::domain::{Customer, KeyHashes, Timestamp};

use crate::send::Outcome;

/// Counts one more mail of today; `None` if that is one too many.
pub(crate) fn spend(app: &App, customer: &mut Customer) -> Option<()> {
    customer.mail_quota = customer.mail_quota.spend(app.clock.now().day())?;
    Some(())
}

/// What is kept of the keys minted for `mail` once there is another one, with this hash. `None` beyond the quota: then the
/// keys that were mailed before stay as they are.
///
/// Only the first key for a mail counts, so an outage of SES uses up nobody's quota.
pub(crate) fn mint(
    app: &App,
    customer: &mut Customer,
    previous: Option<KeyHashes>,
    mail: &str,
    hash: &str,
    expires_at: Option<Timestamp>,
) -> Option<KeyHashes> {
    if !previous.as_ref().is_some_and(|previous| previous.is_of(mail)) {
        spend(app, customer)?;
    }
    Some(KeyHashes::with_minted(previous, mail, hash.to_owned(), expires_at))
}

/// The reason on record for a mail beyond the daily quota.
pub(crate) fn over_quota() -> Outcome {
    Outcome::Rejected { reason: "the customer's daily quota of mails is used up".to_owned() }
}
