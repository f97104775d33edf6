//! Queued mails: confirmations and notices, each written in the same transaction as the change that causes it.

use shared::Error;
use shared::domain::{
    Customer, CustomerKey, CustomerReference, Email, MailBudget, MailId, MailKind, Recipient,
};
use shared::store::{EmailHash, HandOver, Stored};
use shared::tokens::secret_hash;

use crate::occasion::Occasion;
use crate::send::Outcome;
use crate::{Mailer, confirmation, reset};

/// One read, for a notice a second one of its address; a write or two that count the mail, one that ends it, and for a
/// confirmation one to the customer.
pub(crate) async fn deliver(
    mailer: &Mailer,
    reference: &CustomerReference,
    mail: &MailId,
) -> Result<Outcome, Error> {
    let store = &mailer.app.store;
    let Some(queued) = store.queued_mail(reference, mail).await? else { return Ok(Outcome::Obsolete) };
    let Some(stored) = queued.stored.filter(|_| !queued.rejected) else { return Ok(Outcome::Obsolete) };
    if let Some(reason) = withheld(mailer, &stored, queued.to.as_ref(), mail).await? {
        let how = HandOver::Withheld { reason };
        store.finish_mail(reference, mail, Some(&how)).await?;
        return Ok(Outcome::Done(how));
    }
    let outcome = match mail.kind {
        MailKind::Confirmation => confirmation::deliver(mailer, stored, mail).await?,
        MailKind::PasswordChanged => {
            notice(mailer, stored, queued.to, mail, Occasion::PasswordChanged).await?
        }
        MailKind::EmailChanged => email_changed(mailer, stored, queued.to, mail).await?,
        MailKind::PasswordReset => reset::deliver_queued(mailer, stored, mail).await?,
        MailKind::SessionReused => {
            let occasion = Occasion::SessionReused { device: queued.device.as_deref() };
            notice(mailer, stored, queued.to, mail, occasion).await?
        }
        MailKind::AccountErased => notice(mailer, stored, queued.to, mail, Occasion::AccountErased).await?,
    };
    match outcome.hand_over() {
        Some(HandOver::Rejected { reason }) => store.reject_mail(reference, mail, reason).await?,
        how => store.finish_mail(reference, mail, how).await?,
    }
    Ok(outcome)
}

/// Why a mail is not sent to its address, if it bounced or complained: what nobody waits for only makes SES think worse of
/// the shop there. Whoever steals an account must not be able to bring that about for the mail that gives it back.
async fn withheld(
    mailer: &Mailer,
    stored: &Stored,
    to: Option<&Email>,
    mail: &MailId,
) -> Result<Option<String>, Error> {
    if mail.kind.is_never_withheld() {
        return Ok(None);
    }
    match to.cloned().or_else(|| recipient_in_record(&stored.customer, mail)) {
        Some(to) => mailer.app.store.undeliverable(&EmailHash::of(&to)).await,
        None => Ok(None),
    }
}

/// With a key that takes the account back, if the former address may.
async fn email_changed(
    mailer: &Mailer,
    stored: Stored,
    to: Option<Email>,
    mail: &MailId,
) -> Result<Outcome, Error> {
    let app = &mailer.app;
    let key = CustomerKey::new(stored.customer.reference.clone(), app.random.secret()).reveal();
    let (hash, id) = (secret_hash(&key), mail.to_string());
    // No write if it may not.
    let mint = app.store.save(stored.clone(), |customer| Ok(customer.add_undo_key(&id, hash.clone())));
    let restore_email_key = mint.await?.then_some(key.as_str());
    notice(mailer, stored, to, mail, Occasion::EmailChanged { restore_email_key }).await
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
    let budget = match mail.kind {
        MailKind::EmailChanged => MailBudget::EmailChanges,
        MailKind::SessionReused => MailBudget::ReusedSessions,
        _ => MailBudget::Notices,
    };
    let to = Recipient { email, confirmed: true };
    let send = mailer.send(customer, &to, mail, occasion);
    let outcome = mailer.within(budget, &to.email, &customer.reference, &mail.to_string(), send).await?;
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
