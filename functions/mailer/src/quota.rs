//! The daily quota of mails per customer.

use shared::App;
use shared::domain::{Customer, KeyHashes, Timestamp};

use crate::send::Outcome;

/// Counts one more mail for today; `None` if that exceeds the quota.
pub(crate) fn spend(app: &App, customer: &mut Customer) -> Option<()> {
    customer.mail_quota = customer.mail_quota.spend(app.clock.now().day())?;
    Some(())
}

/// The hashes to store once another key, with this hash, is minted for `mail`. `None` if the quota is used up: the keys
/// mailed before then stay valid.
///
/// Only the first key for a mail counts, so an SES outage does not use up the quota.
pub(crate) fn mint(
    app: &App,
    customer: &mut Customer,
    previous: Option<KeyHashes>,
    mail: &str,
    hash: &str,
    expires_at: Option<Timestamp>,
) -> Option<KeyHashes> {
    if !previous.as_ref().is_some_and(|previous| previous.has_key_of(mail)) {
        spend(app, customer)?;
    }
    Some(KeyHashes::with_minted(previous, mail, hash.to_owned(), expires_at))
}

/// The outcome of a mail beyond the daily quota.
pub(crate) fn over_quota() -> Outcome {
    Outcome::Rejected { reason: "the customer's daily quota of mails is used up".to_owned() }
}
