//! `POST /customer-confirmation`: confirms an e-mail address with the key that was mailed to it.

use serde_json::{Map, Value};
use shared::domain::CustomerKey;
use shared::http::input::Input;
use shared::tokens::secret_hash;
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn confirm(app: &App, call: Call) -> Result<Reply, Error> {
    let attributes = call.attributes("customer-confirmation")?;
    let key = mailed_key(&attributes, "registrationKey")?;

    let stored = app.store.customer(&key.reference).await?.ok_or(Error::InvalidRegistrationKey)?;
    let hash = secret_hash(&key.reveal());
    if let Some(pending) = &stored.customer.pending_email
        && app.store.authenticated(&key.reference, &pending.session).await?.is_none()
    {
        return Err(Error::InvalidRegistrationKey);
    }
    app.store
        .save(stored, |customer| {
            let known = customer.registration_key.as_ref();
            if !known.is_some_and(|known| known.accept(&hash, app.clock.now())) {
                return Err(Error::InvalidRegistrationKey);
            }
            match customer.pending_email.take() {
                Some(pending) => app.move_to(customer, pending.email, true),
                None => customer.confirm(app.clock.now()),
            }
            Ok(())
        })
        .await
        .map_err(|error| match error {
            // Somebody else has the e-mail by now.
            Error::EmailTaken => Error::InvalidRegistrationKey,
            other => other,
        })?;
    Ok(reply::no_content())
}

/// The key from a mail that moves an e-mail or confirms one.
pub(crate) fn mailed_key(attributes: &Map<String, Value>, name: &'static str) -> Result<CustomerKey, Error> {
    let mut input = Input::new(attributes);
    let key = input.required(name, shared::http::input::not_blank);
    let key = input.finish(|| key).map_err(Error::Invalid)?;
    CustomerKey::parse(&key).ok_or(Error::InvalidRegistrationKey)
}
