//! `POST /customer-confirmation`: confirms an e-mail address with the key that was mailed to it.

use shared::domain::CustomerKey;
use shared::http::input::Input;
use shared::tokens::secret_hash;
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn confirm(app: &App, call: Call) -> Result<Reply, Error> {
    let attributes = call.attributes("customer-confirmation")?;
    let mut input = Input::new(&attributes);
    let key = input.required("registrationKey", shared::http::input::not_blank);
    let key = input.finish(|| key).map_err(Error::Invalid)?;
    let key = CustomerKey::parse(&key).ok_or(Error::InvalidRegistrationKey)?;

    let stored = app.store.customer(&key.reference).await?.ok_or(Error::InvalidRegistrationKey)?;
    let hash = secret_hash(&key.reveal());
    app.store
        .save(stored, |customer| {
            let known = customer.registration_key.as_ref();
            if !known.is_some_and(|known| known.accept(&hash, app.clock.now())) {
                return Err(Error::InvalidRegistrationKey);
            }
            customer.confirm();
            Ok(())
        })
        .await?;
    Ok(reply::no_content())
}
