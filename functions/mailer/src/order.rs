//! Mail orders: confirmations and notices, each written with the change that asks for it.

use shared::domain::{Customer, CustomerKey, CustomerReference, KeyHashes, OrderKind};
use shared::store::{OrderState, Stored};
use shared::tokens::secret_hash;
use shared::{App, Error};

use crate::mail::MailKind;
use crate::send::{Outcome, over_quota, send};

/// One read; one write to the customer and one to the order.
pub(crate) async fn carry_out(app: &App, reference: &CustomerReference, id: &str) -> Result<Outcome, Error> {
    let Some(pending) = app.store.pending_order(reference, id).await? else { return Ok(Outcome::Obsolete) };
    if pending.state == OrderState::Rejected {
        return Ok(Outcome::Obsolete);
    }
    let kind = OrderKind::of_order(id).ok_or_else(|| Error::unexpected("a mail order of no known kind"))?;
    let outcome = match pending.stored {
        // An anonymised customer has no address, and nothing more to be told.
        Some(stored) if stored.customer.email.is_some() => match kind {
            OrderKind::Confirmation => confirmation(app, stored, id).await?,
            OrderKind::PasswordChanged => password_changed(app, stored).await?,
            OrderKind::EmailChanged => email_changed(app, stored, id).await?,
        },
        _ => Outcome::Obsolete,
    };
    match &outcome {
        Outcome::Rejected { reason } => app.store.reject_order(reference, id, reason).await?,
        Outcome::Sent | Outcome::Obsolete => app.store.finish_order(reference, id).await?,
    }
    Ok(outcome)
}

async fn confirmation(app: &App, stored: Stored, id: &str) -> Result<Outcome, Error> {
    let key = CustomerKey::new(stored.customer.reference.clone(), app.random.secret()).reveal();
    let hash = secret_hash(&key);
    let minted = app.store.update(stored, |customer| {
        let previous = customer.registration_key.take();
        if !spend_quota_once(app, customer, previous.as_ref(), id) {
            return Ok(None);
        }
        customer.registration_key = Some(KeyHashes::with_minted(previous, id, hash.clone(), None));
        Ok(Some(customer.clone()))
    });
    let Some(customer) = minted.await? else { return Ok(over_quota()) };
    let Some(to) = &customer.email else { return Ok(Outcome::Obsolete) };
    send(app, &customer, to, MailKind::Confirmation { registration_key: &key }).await
}

/// Counted once it is sent, like every notice: tries that fail use nothing of the quota up.
async fn password_changed(app: &App, stored: Stored) -> Result<Outcome, Error> {
    let customer = &stored.customer;
    let Some(to) = &customer.email else { return Ok(Outcome::Obsolete) };
    if customer.mail_quota.spend(app.clock.now().day()).is_none() {
        return Ok(over_quota());
    }
    let outcome = send(app, customer, to, MailKind::PasswordChanged).await?;
    app.store
        .update(stored, |customer| {
            spend_quota(app, customer);
            Ok(())
        })
        .await?;
    Ok(outcome)
}

/// The old address is in the customer's record until the notice is out, so that it cannot be lost in between.
async fn email_changed(app: &App, stored: Stored, id: &str) -> Result<Outcome, Error> {
    let customer = &stored.customer;
    let Some(notice) = customer.pending_notices.iter().find(|notice| notice.order == id) else {
        return Ok(Outcome::Obsolete);
    };
    let outcome = match customer.mail_quota.spend(app.clock.now().day()) {
        Some(_) => send(app, customer, &notice.email, MailKind::EmailChanged).await?,
        None => over_quota(),
    };
    app.store
        .update(stored, |customer| {
            customer.pending_notices.retain(|notice| notice.order != id);
            spend_quota(app, customer);
            Ok(())
        })
        .await?;
    Ok(outcome)
}

/// Counts one more mail of today; `None` if that is one too many.
pub(crate) fn spend_quota(app: &App, customer: &mut Customer) -> Option<()> {
    customer.mail_quota = customer.mail_quota.spend(app.clock.now().day())?;
    Some(())
}

/// The same for an order with a key, of which only the first mint counts: an outage of SES uses nobody's quota up.
pub(crate) fn spend_quota_once(
    app: &App,
    customer: &mut Customer,
    minted: Option<&KeyHashes>,
    order: &str,
) -> bool {
    minted.is_some_and(|minted| minted.is_of(order)) || spend_quota(app, customer).is_some()
}
