//! `POST /customers/{customerReference}/addresses`.

use shared::domain::AddressId;
use shared::resources::{self, ADDRESSES};
use shared::{App, Call, Error, Reply, reply};

use crate::attributes;

pub(crate) async fn create(app: &App, call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let id = AddressId::new(app.random.uuid());
    let new = attributes::new_address(&call.attributes(ADDRESSES)?, app.config.profile, id)?;
    caller.owns(reference)?;
    let new = new.ok_or_else(attributes::unknown_country)?;
    let resource = app
        .store
        .update(caller.stored, |customer| {
            customer
                .add_address(new.clone())
                .map_err(|_| Error::AddressNotSaved("too many addresses".into()))?;
            Ok(resources::address(&call, customer, &new.address))
        })
        .await
        .map_err(|error| error.unexpected_as(Error::AddressNotSaved))?;
    Ok(reply::created(&resource, &[], &call.view))
}
