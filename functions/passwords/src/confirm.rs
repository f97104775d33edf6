//! `POST /customer-confirmation`: the registration key shows that mail to the address arrives.

use shared::domain::CustomerKey;
use shared::input::Input;
use shared::store::{EmailHash, Saved, Was, With};
use shared::tokens::secret_hash;
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn confirm(app: &App, call: Call) -> Result<Reply, Error> {
    let attributes = call.attributes("customer-confirmation")?;
    let mut input = Input::new(&attributes);
    let key = input.required("registrationKey", shared::input::not_blank);
    let key = input.finish(|| key).map_err(Error::Invalid)?;
    let key = CustomerKey::parse(&key).ok_or(Error::InvalidRegistrationKey)?;

    let stored = app.store.customer(&key.reference).await?.ok_or(Error::InvalidRegistrationKey)?;
    let hash = secret_hash(&key.reveal());
    let saved = app
        .store
        .save(stored, |customer| {
            let is_good =
                customer.registration_key.as_ref().is_some_and(|known| known.accept(&hash, app.clock.now()));
            let email = customer.email.as_ref().filter(|_| is_good).map(EmailHash::of);
            let email = email.ok_or(Error::InvalidRegistrationKey)?;
            customer.registration_key = None;
            let was = Was::Epoch(customer.session_epoch);
            Ok(((), vec![With::UpdateLogin { email, was, password_hash: None, confirmed: true }]))
        })
        .await?;
    match saved {
        Saved::Done(()) => Ok(reply::no_content()),
        Saved::LoginChanged => Err(Error::unavailable("the login of a confirmed customer changed")),
    }
}
