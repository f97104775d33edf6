//! `POST /customers/{customerReference}/addresses`.

use shared::domain::{Address, AddressId};
use shared::resources::{self, ADDRESSES};
use shared::{App, Call, Error, Reply, reply};

use crate::attributes;

/// A request with a key that is sent again gets the answer of the first one, whatever has become of the address since.
pub(crate) async fn create(app: &App, mut call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let key = call.take_idempotency_key()?;
    let id = AddressId::new(app.random.uuid());
    let new = attributes::new_address(&call.attributes(ADDRESSES)?, app.config.profile, id)?;
    caller.owns(reference)?;
    let new = new.ok_or_else(attributes::unknown_country)?;
    let request = key.map(|key| key.request(&[&call.body], app.clock.now()));
    let resource = app
        .store
        .update(caller.stored, |customer| {
            let added = match &request {
                Some(request) => customer.add_keyed_address(new.clone(), request)?,
                None => customer.add_address(new.clone()),
            };
            let (id, defaults) = added.map_err(|_| Error::AddressNotSaved("too many addresses".into()))?;
            let address = Address { id, ..new.address.clone() };
            Ok(resources::address_with(&call, &customer.reference, &address, defaults))
        })
        .await
        .map_err(|error| error.unexpected_as(Error::AddressNotSaved))?;
    Ok(reply::created(&resource, &[], &call.view))
}
