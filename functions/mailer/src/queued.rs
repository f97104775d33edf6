//! Queued mails: confirmations and notices, each written in the same transaction as the change that causes it.

use shared::Error;
use shared::domain::{CustomerKey, CustomerReference, MailId, MailKind};
use shared::store::Stored;
use shared::tokens::secret_hash;

use crate::Mailer;
use crate::occasion::Occasion;
use crate::quota::{self, over_quota};
use crate::send::Outcome;

/// One read; one write to the customer and one to the queued mail.
pub(crate) async fn deliver(
    mailer: &Mailer,
    reference: &CustomerReference,
    mail: &MailId,
) -> Result<Outcome, Error> {
    let store = &mailer.app.store;
    let Some(queued) = store.queued_mail(reference, mail).await? else { return Ok(Outcome::Obsolete) };
    if queued.rejected {
        return Ok(Outcome::Obsolete);
    }
    let outcome = match queued.stored {
        // An anonymised customer has no address left.
        Some(stored) if stored.customer.email.is_some() => match mail.kind {
            MailKind::Confirmation => confirmation(mailer, stored, mail).await?,
            MailKind::PasswordChanged => password_changed(mailer, stored).await?,
            MailKind::EmailChanged => email_changed(mailer, stored, mail).await?,
        },
        _ => Outcome::Obsolete,
    };
    match &outcome {
        Outcome::Rejected { reason } => store.reject_mail(reference, mail, reason).await?,
        Outcome::Sent | Outcome::Obsolete => store.finish_mail(reference, mail).await?,
    }
    Ok(outcome)
}

async fn confirmation(mailer: &Mailer, stored: Stored, mail: &MailId) -> Result<Outcome, Error> {
    let app = &mailer.app;
    let key = CustomerKey::new(stored.customer.reference.clone(), app.random.secret()).reveal();
    let (hash, mail) = (secret_hash(&key), mail.to_string());
    let minted = app.store.save(stored, |customer| {
        let previous = customer.registration_key.clone();
        // A newer mail has taken the place of this one, or there is nothing left to confirm.
        let is_obsolete = customer.email.is_none()
            || customer.confirmed
            || previous.as_ref().is_some_and(|previous| !previous.is_of(&mail));
        if is_obsolete {
            return Ok(Err(Outcome::Obsolete));
        }
        let Some(keys) = quota::mint(app, customer, previous, &mail, &hash, None) else {
            return Ok(Err(over_quota()));
        };
        customer.registration_key = Some(keys);
        Ok(Ok(customer.clone()))
    });
    let customer = match minted.await? {
        Ok(customer) => customer,
        Err(outcome) => return Ok(outcome),
    };
    let Some(to) = &customer.email else { return Ok(Outcome::Obsolete) };
    mailer.send(&customer, to, Occasion::Confirmation { registration_key: &key }).await
}

/// Counts against the quota only once it is sent, like every notice: failed attempts use none of it.
async fn password_changed(mailer: &Mailer, stored: Stored) -> Result<Outcome, Error> {
    let (app, customer) = (&mailer.app, &stored.customer);
    let Some(to) = &customer.email else { return Ok(Outcome::Obsolete) };
    if customer.mail_quota.spend(app.clock.now().day()).is_none() {
        return Ok(over_quota());
    }
    let outcome = mailer.send(customer, to, Occasion::PasswordChanged).await?;
    app.store
        .save(stored, |customer| {
            quota::spend(app, customer);
            Ok(())
        })
        .await?;
    Ok(outcome)
}

/// The previous address stays in the customer's record until the notice is sent, so that it cannot be lost in between.
async fn email_changed(mailer: &Mailer, stored: Stored, mail: &MailId) -> Result<Outcome, Error> {
    let (app, customer) = (&mailer.app, &stored.customer);
    let Some(notice) = customer.pending_notices.iter().find(|notice| notice.mail == *mail) else {
        return Ok(Outcome::Obsolete);
    };
    let outcome = match customer.mail_quota.spend(app.clock.now().day()) {
        Some(_) => mailer.send(customer, &notice.email, Occasion::EmailChanged).await?,
        None => over_quota(),
    };
    app.store
        .save(stored, |customer| {
            customer.pending_notices.retain(|notice| notice.mail != *mail);
            quota::spend(app, customer);
            Ok(())
        })
        .await?;
    Ok(outcome)
}
