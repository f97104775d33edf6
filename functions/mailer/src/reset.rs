//! Reset requests: somebody has forgotten a password, or tried to register an e-mail that is taken.

use std::time::Duration;

use shared::domain::{CustomerKey, KeyHashes};
use shared::store::EmailHash;
use shared::tokens::secret_hash;
use shared::{App, Error};

use crate::mail::MailKind;
use crate::order::spend_quota_once;
use crate::send::{Outcome, over_quota, send};

/// A reset key is good for this long (contract, section 4).
const KEY_LIFETIME: Duration = Duration::from_secs(2 * 3_600);

/// Two reads and two writes; one read if nobody signs in with the e-mail.
pub(crate) async fn carry_out(app: &App, email: &EmailHash) -> Result<Outcome, Error> {
    let Some(request) = app.store.requested_reset(email).await? else { return Ok(Outcome::Obsolete) };
    let reference = request.login.reference;
    let Some(stored) = app.store.customer(&reference).await? else { return Ok(Outcome::Obsolete) };
    let customer = &stored.customer;
    let is_current = customer.email.as_ref().is_some_and(|own| EmailHash::of(own) == *email);
    if !is_current || customer.served_reset_request.as_ref() == Some(&request.id) {
        return Ok(Outcome::Obsolete);
    }

    let key = CustomerKey::new(reference.clone(), app.random.secret()).reveal();
    let hash = secret_hash(&key);
    let expires_at = app.clock.now().plus(KEY_LIFETIME);
    let minted = app.store.update(stored, |customer| {
        let previous = customer.reset_key.take();
        if !spend_quota_once(app, customer, previous.as_ref(), &request.id) {
            return Ok(None);
        }
        let hashes = KeyHashes::with_minted(previous, &request.id, hash.clone(), Some(expires_at));
        customer.reset_key = Some(hashes);
        Ok(Some(customer.clone()))
    });
    let outcome = match minted.await? {
        Some(customer) => match customer.email.as_ref().filter(|own| EmailHash::of(own) == *email) {
            Some(to) => {
                send(app, &customer, to, MailKind::PasswordReset { restore_password_key: &key }).await?
            }
            None => Outcome::Obsolete,
        },
        None => over_quota(),
    };
    app.store.serve_reset_request(&reference, &request.id).await?;
    Ok(outcome)
}
