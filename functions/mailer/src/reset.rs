//! Reset requests: a customer has forgotten the password, or someone tried to register an e-mail that is taken.

use std::time::Duration;

use shared::Error;
use shared::domain::{Customer, CustomerKey, Email};
use shared::store::EmailHash;
use shared::tokens::secret_hash;

use crate::Mailer;
use crate::occasion::Occasion;
use crate::quota::{self, over_quota};
use crate::send::Outcome;

/// A reset key is valid for this long (contract, section 4).
const KEY_LIFETIME: Duration = Duration::from_secs(2 * 3_600);

/// Two reads and two writes; one read if the e-mail is unknown.
pub(crate) async fn deliver(mailer: &Mailer, email: &EmailHash) -> Result<Outcome, Error> {
    let app = &mailer.app;
    let Some(request) = app.store.reset_request(email).await? else { return Ok(Outcome::Obsolete) };
    let reference = request.login.reference;
    let Some(stored) = app.store.customer(&reference).await? else { return Ok(Outcome::Obsolete) };
    let served = stored.customer.served_reset_request.as_ref();
    if address(&stored.customer, email).is_none() || served == Some(&request.id) {
        return Ok(Outcome::Obsolete);
    }

    let key = CustomerKey::new(reference.clone(), app.random.secret()).reveal();
    let (hash, expires_at) = (secret_hash(&key), app.clock.now().plus(KEY_LIFETIME));
    let minted = app.store.save(stored, |customer| {
        if address(customer, email).is_none() {
            return Ok(Err(Outcome::Obsolete));
        }
        let previous = customer.reset_key.clone();
        let keys = quota::mint(app, customer, previous, &request.id, &hash, Some(expires_at));
        let Some(keys) = keys else { return Ok(Err(over_quota())) };
        customer.reset_key = Some(keys);
        Ok(Ok(customer.clone()))
    });
    let outcome = match minted.await? {
        Ok(customer) => match address(&customer, email) {
            Some(to) => {
                mailer.send(&customer, to, Occasion::PasswordReset { restore_password_key: &key }).await?
            }
            None => Outcome::Obsolete,
        },
        Err(outcome) => outcome,
    };
    app.store.serve_reset_request(&reference, &request.id).await?;
    Ok(outcome)
}

/// The customer's e-mail, if it is the one that the request is for.
fn address<'a>(customer: &'a Customer, requested: &EmailHash) -> Option<&'a Email> {
    customer.email.as_ref().filter(|own| EmailHash::of(own) == *requested)
}
