//! Mails that ask to confirm an e-mail: at registration, after an e-mail change, or because somebody asks for another.

use shared::Error;
use shared::domain::{Customer, CustomerKey, KeyHashes, MailBudget, MailId, MailKind, Recipient};
use shared::store::{EmailHash, RequestedMail, Stored};
use shared::tokens::secret_hash;

use crate::Mailer;
use crate::occasion::Occasion;
use crate::send::Outcome;

/// Queues another confirmation mail because it was asked for. The request's id is the mail's, so that a request that
/// is handled twice queues one. Two reads and one transaction; one read if the e-mail is unknown.
pub(crate) async fn queue(mailer: &Mailer, email: &EmailHash) -> Result<Outcome, Error> {
    let store = &mailer.app.store;
    let request = store.mail_request(RequestedMail::Confirmation, email).await?;
    let Some(request) = request else { return Ok(Outcome::Obsolete) };
    let Some(stored) = store.customer(&request.login.reference).await? else { return Ok(Outcome::Obsolete) };
    let mail = MailId { kind: MailKind::Confirmation, unique: request.id };
    let queue = store.save(stored, |customer| {
        let to = customer.unconfirmed_recipient().filter(|to| EmailHash::of(&to.email) == *email);
        let is_queued = customer.registration_key.as_ref().is_some_and(|key| key.is_of(&mail.to_string()));
        if to.is_some() && !is_queued {
            customer.ask_to_confirm(mail.clone());
        }
        Ok(())
    });
    queue.await?;
    Ok(Outcome::Obsolete)
}

pub(crate) async fn deliver(mailer: &Mailer, stored: Stored, mail: &MailId) -> Result<Outcome, Error> {
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
    customer.unconfirmed_recipient().filter(|_| !is_replaced)
}
