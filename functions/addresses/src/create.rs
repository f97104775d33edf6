//! `POST /customers/{customerReference}/addresses`.

use shared::domain::{Address, AddressId};
use shared::error::Saving;
use shared::http::idempotency::IdempotencyKey;
use shared::http::resources::{self, ADDRESSES};
use shared::{App, Call, Error, Reply, reply};

use crate::attributes;

/// A repeated request with the same key gets the first one's answer, even if the address has changed since.
pub(crate) async fn create(app: &App, call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let key = IdempotencyKey::of(&call.headers)?;
    let id = AddressId::new(app.random.uuid());
    let new = attributes::new_address(&call.attributes(ADDRESSES)?, app.config.profile, id)?;
    caller.owns(reference)?;
    let new = new.ok_or(Error::UnknownCountry)?;
    let request = key.map(|key| key.request(&[&call.body], app.clock.now()));
    let resource = app
        .store
        .save(caller.stored, |customer| {
            let (id, defaults) = match &request {
                Some(request) => customer.add_keyed_address(new.clone(), request)??,
                None => customer.add_address(new.clone())?,
            };
            let address = Address { id, ..new.address.clone() };
            Ok(resources::address_with(&call, &customer.reference, &address, defaults))
        })
        .await
        .map_err(|error| error.while_saving(Saving::Address))?;
    Ok(reply::created(&resource, &[], &call.view))
}
