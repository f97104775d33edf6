//! Queued mails: confirmations and notices, each written in the same transaction as the change that causes it.

use shared::Error;
use shared::domain::{
    Customer, CustomerKey, CustomerReference, Email, KeyHashes, MailBudget, MailId, MailKind, Recipient,
};
use shared::store::Stored;
use shared::tokens::secret_hash;

use crate::Mailer;
use crate::occasion::Occasion;
use crate::send::Outcome;

/// One read; a write or two that count the mail, one to the queued mail, and for a confirmation one to the customer.
pub(crate) async fn deliver(
    mailer: &Mailer,
    reference: &CustomerReference,
    mail: &MailId,
) -> Result<Outcome, Error> {
    let store = &mailer.app.store;
    let Some(queued) = store.queued_mail(reference, mail).await? else { return Ok(Outcome::Obsolete) };
    let Some(stored) = queued.stored.filter(|_| !queued.rejected) else { return Ok(Outcome::Obsolete) };
    let outcome = match mail.kind {
        MailKind::Confirmation => confirmation(mailer, stored, mail).await?,
        MailKind::PasswordChanged => {
            notice(mailer, stored, queued.to, mail, Occasion::PasswordChanged).await?
        }
        MailKind::EmailChanged => notice(mailer, stored, queued.to, mail, Occasion::EmailChanged).await?,
        MailKind::SessionReused => {
            let occasion = Occasion::SessionReused { device: queued.device.as_deref() };
            notice(mailer, stored, queued.to, mail, occasion).await?
        }
        MailKind::AccountErased => notice(mailer, stored, queued.to, mail, Occasion::AccountErased).await?,
    };
    match &outcome {
        Outcome::Rejected { reason } => store.reject_mail(reference, mail, reason).await?,
        Outcome::Sent | Outcome::Obsolete => store.finish_mail(reference, mail).await?,
    }
    Ok(outcome)
}

async fn confirmation(mailer: &Mailer, stored: Stored, mail: &MailId) -> Result<Outcome, Error> {
    let app = &mailer.app;
    let id = mail.to_string();
    let Some(to) = unconfirmed(&stored.customer, &id) else { return Ok(Outcome::Obsolete) };
    if let Err(outcome) = mailer.count(&to.email, MailBudget::Confirmations, &id).await? {
        return Ok(outcome);
    }
    let key = CustomerKey::new(stored.customer.reference.clone(), app.random.secret()).reveal();
    let hash = secret_hash(&key);
    let minted = app.store.save(stored, |customer| {
        let Some(to) = unconfirmed(customer, &id) else { return Ok(None) };
        let previous = customer.registration_key.take();
        customer.registration_key = Some(KeyHashes::with_minted(previous, &id, hash.clone(), None));
        Ok(Some((customer.clone(), to)))
    });
    match minted.await? {
        Some((customer, to)) => {
            mailer.send(&customer, &to, Occasion::Confirmation { registration_key: &key }).await
        }
        None => Ok(Outcome::Obsolete),
    }
}

/// The address that this mail asks to confirm; `None` if a newer mail has taken its place, or there is nothing left to
/// confirm.
fn unconfirmed(customer: &Customer, mail: &str) -> Option<Recipient> {
    let is_replaced = customer.registration_key.as_ref().is_some_and(|key| !key.is_of(mail));
    customer.recipient().filter(|to| !to.confirmed && !is_replaced)
}

async fn notice(
    mailer: &Mailer,
    stored: Stored,
    to: Option<Email>,
    mail: &MailId,
    occasion: Occasion<'_>,
) -> Result<Outcome, Error> {
    let customer = &stored.customer;
    let Some(email) = to.or_else(|| recipient_in_record(customer, mail)) else {
        return Ok(Outcome::Obsolete);
    };
    let outcome = match mailer.count(&email, MailBudget::Notices, &mail.to_string()).await? {
        Ok(()) => mailer.send(customer, &Recipient { email, confirmed: true }, occasion).await?,
        Err(outcome) => outcome,
    };
    // No write if there is none.
    let forget = mailer.app.store.save(stored, |customer| {
        customer.pending_notices.retain(|notice| notice.mail != *mail);
        Ok(())
    });
    forget.await?;
    Ok(outcome)
}

/// To whom a notice goes that an older version queued.
fn recipient_in_record(customer: &Customer, mail: &MailId) -> Option<Email> {
    let pending = customer.pending_notices.iter().find(|notice| notice.mail == *mail);
    let own =
        || customer.email.clone().filter(|_| mail.kind == MailKind::PasswordChanged && customer.confirmed);
    pending.map(|notice| notice.email.clone()).or_else(own)
}
