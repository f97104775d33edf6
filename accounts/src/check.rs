//! Checks the items of a table for consistency, and repairs them where there is one right answer.
//!
//! The whole table is scanned once, at a few kilobytes of memory per customer. A table in use changes meanwhile, so
//! whatever looks broken is read again before it counts.

mod rules;
mod snapshot;

use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use shared::Error;
use shared::domain::{Customer, PasswordHash};
use shared::store::{Login, Store};

pub use self::rules::Broken;
use self::snapshot::Snapshot;
use crate::error::AccountsError;
use crate::target::Target;

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    pub customers: usize,
    /// The rules that are broken, or still broken after a repair.
    pub broken: Vec<Broken>,
    /// The rules that were broken and have been repaired.
    pub repaired: Vec<Broken>,
}

/// A change in flight is over after this pause.
const PAUSE: Duration = Duration::from_millis(50);
/// Accounts that are read or repaired at once.
const AT_ONCE: usize = 16;
/// How often a repair is tried on an account that keeps changing.
const TRIES: usize = 8;

/// Checks the table of `target`, and with `repair` also repairs it.
///
/// # Errors
///
/// A table that cannot be opened or does not answer.
pub async fn check(target: Target, repair: bool) -> Result<Checked, AccountsError> {
    let opened = target.open_existing()?;
    Ok(check_store(&opened.app.store, repair).await?)
}

/// The same for a store that is already open.
pub async fn check_store(store: &Store, repair: bool) -> Result<Checked, Error> {
    let snapshot = Snapshot::of_table(store).await?;
    let (lasting, mut broken): (Vec<Broken>, Vec<Broken>) =
        snapshot.broken().into_iter().partition(Broken::is_lasting);
    // Two items were not read at one moment, so what looks inconsistent must still be so at a second look.
    for _ in 0..2 {
        if !broken.is_empty() {
            tokio::time::sleep(PAUSE).await;
            let again = Snapshot::around(store, &broken).await?.broken();
            broken.retain(|broken| again.contains(broken));
        }
    }
    broken.extend(lasting);
    let mut checked = Checked { customers: snapshot.customers(), broken, repaired: Vec::new() };
    if repair {
        let snapshot = &snapshot;
        let repairs = stream::iter(std::mem::take(&mut checked.broken)).map(|broken| async move {
            match repair_one(store, snapshot, &broken).await {
                Err(error @ Error::Unavailable(_)) => Err(error),
                // What cannot be read or saved is left, and keeps nothing else from being repaired.
                repaired => Ok((repaired.unwrap_or(false), broken)),
            }
        });
        let repairs: Vec<_> = repairs.buffer_unordered(AT_ONCE).try_collect().await?;
        for (is_repaired, broken) in repairs {
            if is_repaired { checked.repaired.push(broken) } else { checked.broken.push(broken) }
        }
    }
    checked.broken.sort_by_cached_key(ToString::to_string);
    checked.repaired.sort_by_cached_key(ToString::to_string);
    Ok(checked)
}

/// Whether the rule holds now.
async fn repair_one(store: &Store, snapshot: &Snapshot, broken: &Broken) -> Result<bool, Error> {
    match broken {
        Broken::OlderLayout(reference)
        | Broken::Unlisted(reference)
        | Broken::NoLogin(reference, _)
        | Broken::LoginDiffers(reference, _)
        | Broken::StrayLogin(reference, _)
        | Broken::StrayDefault(reference) => {
            let known_hash = snapshot.only_hash(reference);
            let stray = match broken {
                Broken::StrayLogin(_, email) => Some(email),
                _ => None,
            };
            for _ in 0..TRIES {
                let Some(stored) = store.customer(reference).await? else { return Ok(false) };
                let is_lost = stored.customer.password_hash.is_none() && known_hash.is_none();
                if stray.is_some() && stored.customer.email.is_some() && is_lost {
                    // Only strays hold a password, and not the same one.
                    return Ok(false);
                }
                let own = snapshot.own_login(&stored.customer);
                if store.rewrite(stored, stray, |customer| set_right(customer, own, known_hash)).await? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        Broken::OrphanedLogin(reference, email) => store.delete_login(email, reference).await?,
        Broken::OrphanedSession(reference, id) | Broken::SessionAhead(reference, id) => {
            store.end_session(reference, id).await?;
        }
        Broken::OrphanedMail(reference, mail) => store.finish_mail(reference, mail, None).await?,
        Broken::EmailTaken(..) | Broken::Unreadable(_) => return Ok(false),
    }
    Ok(true)
}

/// The customer as the rules want it. A password that only a Login remembers is kept.
fn set_right(customer: &mut Customer, own: Option<&Login>, known_hash: Option<&PasswordHash>) {
    if let Some(own) = own.filter(|own| own.session_epoch > customer.session_epoch) {
        // The customer's item is older than the Login, as after a partial restore.
        customer.password_hash.clone_from(&own.password_hash);
        customer.confirmed = own.confirmed;
        customer.session_epoch = own.session_epoch;
    }
    if customer.email.is_some() && customer.password_hash.is_none() {
        customer.password_hash = known_hash.cloned();
    }
    for default in [&mut customer.default_shipping, &mut customer.default_billing] {
        default.take_if(|id| !customer.addresses.iter().any(|address| address.id == *id));
    }
}
