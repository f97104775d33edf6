//! Checks that what belongs together in a table agrees, and repairs it where there is one right answer.
//!
//! The whole table is scanned once, at about a kilobyte of memory per customer. A table in use changes meanwhile, so
//! whatever looks broken is read again before it counts.

mod rules;
mod snapshot;

use std::time::Duration;

use shared::Error;
use shared::domain::{Customer, PasswordHash};
use shared::store::Store;

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

/// How often something that looks broken is read again, and the pause before that: a change in flight is over by then.
const LOOKS: usize = 2;
const PAUSE: Duration = Duration::from_millis(50);

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
    let mut broken = snapshot.broken();
    for _ in 0..LOOKS {
        broken = still(store, broken).await?;
    }
    let mut checked = Checked { customers: snapshot.customers(), broken, repaired: Vec::new() };
    if repair && !checked.broken.is_empty() {
        let fresh = Snapshot::around(store, &checked.broken).await?;
        for broken in &checked.broken {
            repair_one(store, &fresh, broken).await?;
        }
        let left = still(store, checked.broken.clone()).await?;
        checked.repaired = checked.broken.into_iter().filter(|broken| !left.contains(broken)).collect();
        checked.broken = left;
    }
    Ok(checked)
}

/// Those that are broken at a second look, too.
async fn still(store: &Store, mut broken: Vec<Broken>) -> Result<Vec<Broken>, Error> {
    if !broken.is_empty() {
        tokio::time::sleep(PAUSE).await;
        let again = Snapshot::around(store, &broken).await?.broken();
        broken.retain(|broken| matches!(broken, Broken::Unreadable(_)) || again.contains(broken));
    }
    Ok(broken)
}

async fn repair_one(store: &Store, fresh: &Snapshot, broken: &Broken) -> Result<(), Error> {
    match broken {
        Broken::OlderLayout(reference)
        | Broken::NoLogin(reference, _)
        | Broken::LoginDiffers(reference, _)
        | Broken::StrayLogin(reference, _)
        | Broken::StrayDefault(reference) => {
            let Some(stored) = store.customer(reference).await? else { return Ok(()) };
            let known_hash = fresh.only_hash(reference);
            let stray = match broken {
                Broken::StrayLogin(_, email) => Some(email),
                _ => None,
            };
            // Refused if the customer has changed meanwhile: then another run will see what is left to repair.
            store.rewrite(stored, stray, |customer| set_right(customer, known_hash)).await.map(drop)
        }
        Broken::OrphanedLogin(reference, email) => store.delete_login(email, reference).await,
        Broken::OrphanedSession(reference, id) | Broken::SessionAhead(reference, id) => {
            store.end_session(reference, id).await
        }
        Broken::OrphanedMail(reference, mail) => store.finish_mail(reference, mail).await,
        Broken::EmailTaken(..) | Broken::Unreadable(_) => Ok(()),
    }
}

/// The customer as the rules want it. A password that only a Login remembers is kept.
fn set_right(customer: &mut Customer, known_hash: Option<&PasswordHash>) {
    if customer.email.is_some() && customer.password_hash.is_none() {
        customer.password_hash = known_hash.cloned();
    }
    for default in [&mut customer.default_shipping, &mut customer.default_billing] {
        default.take_if(|id| !customer.addresses.iter().any(|address| address.id == *id));
    }
}
