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
    app.store
        .save(stored, |customer| {
            let known = customer.registration_key.as_ref();
            if !known.is_some_and(|known| known.accept(&hash, app.clock.now())) {
                return Err(Error::InvalidRegistrationKey);
            }
            match customer.pending_email.take() {
                Some(email) => app.move_to(customer, email, true),
                None => customer.confirm(),
            }
            Ok(())
        })
        .await
        .map_err(unless_taken)?;
    Ok(reply::no_content())
}

/// The key from a mail that moves an e-mail or confirms one.
pub(crate) fn mailed_key(attributes: &Map<String, Value>, name: &'static str) -> Result<CustomerKey, Error> {
    let mut input = Input::new(attributes);
    let key = input.required(name, shared::http::input::not_blank);
    let key = input.finish(|| key).map_err(Error::Invalid)?;
    CustomerKey::parse(&key).ok_or(Error::InvalidRegistrationKey)
}

/// A key is worth nothing once its e-mail is somebody else's.
pub(crate) fn unless_taken(error: Error) -> Error {
    match error {
        Error::EmailTaken => Error::InvalidRegistrationKey,
        other => other,
    }
}
