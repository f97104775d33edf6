//! `POST /customer-email-restoration`: a former e-mail takes its account back, with the key from the notice of the change.

use shared::domain::MailKind;
use shared::tokens::secret_hash;
use shared::{App, Call, Error, Reply, reply};

use crate::confirm::{mailed_key, unless_taken};

pub(crate) async fn restore_email(app: &App, call: Call) -> Result<Reply, Error> {
    let attributes = call.attributes("customer-email-restoration")?;
    let key = mailed_key(&attributes, "restoreEmailKey")?;
    let stored = app.store.customer(&key.reference).await?.ok_or(Error::InvalidRegistrationKey)?;
    let hash = secret_hash(&key.reveal());
    app.store
        .save(stored, |customer| {
            let now = app.clock.now();
            let accepted = customer.email_undo.take().filter(|undo| undo.keys.accept(&hash, now));
            let undo = accepted.ok_or(Error::InvalidRegistrationKey)?;
            customer.take_back(undo.email, now);
            customer.queue(app.mail_id(MailKind::PasswordReset));
            Ok(())
        })
        .await
        .map_err(unless_taken)?;
    Ok(reply::no_content())
}
