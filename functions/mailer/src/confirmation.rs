//! Mails that ask to confirm an e-mail: at registration, after an e-mail change, or because somebody asks for another.

use shared::Error;
use shared::domain::{Customer, CustomerKey, MailBudget, MailId, MailKind};
use shared::store::{EmailHash, RequestedMail, Stored};
use shared::tokens::secret_hash;

use crate::Mailer;
use crate::budget::one_too_many;
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
    let is_unconfirmed = |customer: &Customer| {
        customer.recipient().is_some_and(|to| !to.confirmed && EmailHash::of(&to.email) == *email)
    };
    if !is_unconfirmed(&stored.customer) {
        return Ok(Outcome::Obsolete);
    }
    // Counted now, so that a mail that may not be sent takes the place of none.
    let reference = &request.login.reference;
    if store.count_mail(email, MailBudget::Confirmations, reference, &mail.to_string()).await?.is_none() {
        let outcome = one_too_many();
        if let Some(how) = outcome.hand_over() {
            store.note_hand_over(reference, &mail, how).await?;
        }
        return Ok(outcome);
    }
    let queue = store.save(stored, |customer| {
        let is_queued = customer.registration_key.as_ref().is_some_and(|key| key.is_of(&mail.to_string()));
        if is_unconfirmed(customer) && !is_queued {
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
    let Some(to) = stored.customer.asked_to_confirm(&id) else { return Ok(Outcome::Obsolete) };
    let reference = stored.customer.reference.clone();
    let mint_and_send = async {
        let key = CustomerKey::new(reference.clone(), app.random.secret()).reveal();
        let hash = secret_hash(&key);
        let minted = app.store.save(stored, |customer| {
            // Only for the address that the mail was counted for.
            if customer.asked_to_confirm(&id).as_ref() != Some(&to) {
                return Ok(None);
            }
            customer.add_registration_key(&id, hash.clone());
            Ok(Some(customer.clone()))
        });
        match minted.await? {
            Some(customer) => {
                mailer.send(&customer, &to, mail, Occasion::Confirmation { registration_key: &key }).await
            }
            None => Ok(Outcome::Obsolete),
        }
    };
    mailer.within(MailBudget::Confirmations, &to.email, &reference, &id, mint_and_send).await
}
