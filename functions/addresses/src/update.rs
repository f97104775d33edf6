//! `PATCH /customers/{customerReference}/addresses/{addressId}`.

use shared::domain::AddressId;
use shared::error::Saving;
use shared::http::etag::IfMatch;
use shared::http::resources::{self, ADDRESSES};
use shared::{App, Call, Error, Reply, reply};

use crate::attributes;

pub(crate) async fn update(app: &App, call: Call, reference: &str, address: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let change = attributes::change(&call.attributes(ADDRESSES)?)?;
    caller.owns(reference)?;
    let id = AddressId::parse(address).ok_or(Error::AddressNotFound)?;
    let if_match = IfMatch::of(&call.headers);
    let resource = app
        .store
        .save(caller.stored, |customer| {
            let address = customer.address(id).ok_or(Error::AddressNotFound)?;
            if_match.check(&resources::address(&call, customer, address))?;
            let patch = change.clone().ok_or(Error::UnknownCountry)?;
            let changed = customer.patch_address(id, patch).ok_or(Error::AddressNotFound)?.clone();
            Ok(resources::address(&call, customer, &changed))
        })
        .await
        .map_err(|error| error.while_saving(Saving::Address))?;
    Ok(reply::ok(&resource, &[], &call.view))
}
