//! `POST /customer-confirmation`: confirms an e-mail address with the key that was mailed to it.

use serde_json::{Map, Value};
use shared::domain::CustomerKey;
use shared::http::input::Input;
use shared::tokens::secret_hash;
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn confirm(app: &App, call: Call) -> Result<Reply, Error> {
    let attributes = call.attributes("customer-confirmation")?;
    let key = mailed_key(&attributes, "registrationKey")?.ok_or(Error::InvalidRegistrationKey)?;

    let stored = app.store.customer(&key.reference).await?.ok_or(Error::InvalidRegistrationKey)?;
    let hash = secret_hash(&key.reveal());
    let asked_by = match &stored.customer.pending_email {
        Some(pending) => app.store.authenticated(&key.reference, &pending.session).await?,
        None => None,
    };
    let asked_by = asked_by.map(|(_, session)| session.id);
    app.store
        .save(stored, |customer| {
            let now = app.clock.now();
            let is_own = customer.registration_key.as_ref().is_some_and(|keys| keys.accept(&hash, now));
            if is_own {
                customer.confirm(now);
                return Ok(());
            }
            let waits = customer.pending_email.take();
            let pending = waits.filter(|pending| {
                pending.keys.accept(&hash, now) && asked_by == Some(pending.session.clone())
            });
            app.move_to(customer, pending.ok_or(Error::InvalidRegistrationKey)?.email, true);
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

/// The key from a mail that moves an e-mail or confirms one; `None` if it cannot be one.
pub(crate) fn mailed_key(
    attributes: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<CustomerKey>, Error> {
    let mut input = Input::new(attributes);
    let key = input.required(name, shared::http::input::not_blank);
    let key = input.finish(|| key).map_err(Error::Invalid)?;
    Ok(CustomerKey::parse(&key))
}
