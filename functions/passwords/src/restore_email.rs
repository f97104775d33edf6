//! `POST /customer-email-restoration`: a former e-mail takes its account back, with the key from the notice of the change.

use shared::domain::{Customer, CustomerKey, Email, EmailUndo, MailKind, Timestamp};
use shared::store::EmailHash;
use shared::tokens::secret_hash;
use shared::{App, Call, Error, Reply, reply};

use crate::confirm::mailed_key;

/// Each time, somebody may take the e-mail once more.
const TRIES: usize = 12;

pub(crate) async fn restore_email(app: &App, call: Call) -> Result<Reply, Error> {
    let attributes = call.attributes("customer-email-restoration")?;
    let key = mailed_key(&attributes, "restoreEmailKey")?.ok_or(Error::InvalidRestoreEmailKey)?;
    for _ in 0..TRIES {
        match take_back(app, &key).await? {
            None => return Ok(reply::no_content()),
            Some(taken) => evict(app, &taken).await?,
        }
    }
    Err(Error::unavailable("the e-mail is registered again and again"))
}

/// The e-mail, if another account has it.
async fn take_back(app: &App, key: &CustomerKey) -> Result<Option<Email>, Error> {
    let stored = app.store.customer(&key.reference).await?.ok_or(Error::InvalidRestoreEmailKey)?;
    let hash = secret_hash(&key.reveal());
    let email = stored.customer.email_undo.as_ref().map(|undo| undo.email.clone());
    let saved = app.store.save(stored, |customer| {
        let now = app.clock.now();
        let accepted = customer.email_undo.take().filter(|undo| undo.keys.accept(&hash, now));
        give_back(app, customer, accepted.ok_or(Error::InvalidRestoreEmailKey)?, now);
        Ok(())
    });
    match saved.await {
        Ok(()) => Ok(None),
        Err(Error::EmailTaken) => Ok(email),
        Err(error) => Err(error),
    }
}

/// Lets the account that has taken the e-mail make way, unless its owner, who has the mailbox, has confirmed it. It goes
/// back to the e-mail that it came from, if that can take it back; otherwise it is anonymised.
async fn evict(app: &App, email: &Email) -> Result<(), Error> {
    let Some(login) = app.store.login(&EmailHash::of(email)).await? else { return Ok(()) };
    let Some(stored) = app.store.customer(&login.reference).await? else {
        return Err(Error::InvalidRestoreEmailKey);
    };
    app.store
        .save(stored, |customer| {
            // It has moved on since its Login was read.
            if customer.is_another_email(email) {
                return Ok(());
            }
            if customer.confirmed || customer.vouched_for {
                return Err(Error::InvalidRestoreEmailKey);
            }
            let now = app.clock.now();
            match customer.email_undo.take_if(|undo| !undo.keys.have_expired(now)) {
                Some(undo) => give_back(app, customer, undo, now),
                None => drop(customer.anonymise(now)),
            }
            Ok(())
        })
        .await
        .map_err(|error| match error {
            // Somebody else has the e-mail that it came from.
            Error::EmailTaken => Error::InvalidRestoreEmailKey,
            other => other,
        })
}

fn give_back(app: &App, customer: &mut Customer, undo: EmailUndo, now: Timestamp) {
    customer.take_back(undo, app.mail_id(MailKind::EmailChanged), now);
    customer.queue(app.mail_id(MailKind::PasswordReset));
}
