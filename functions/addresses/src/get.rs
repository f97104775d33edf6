//! `GET /customers/{customerReference}/addresses/{addressId}`.

use shared::domain::AddressId;
use shared::http::resources;
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn get(app: &App, call: Call, reference: &str, address: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    caller.owns(reference)?;
    let customer = caller.customer();
    let address =
        AddressId::parse(address).and_then(|id| customer.address(id)).ok_or(Error::AddressNotFound)?;
    Ok(reply::ok(&resources::address(&call, customer, address), &[], &call.view))
}
