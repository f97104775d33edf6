//! `DELETE /customers/{customerReference}/addresses/{addressId}`.

use shared::domain::AddressId;
use shared::resources;
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn delete(app: &App, call: Call, reference: &str, address: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    caller.owns(reference)?;
    let id = AddressId::parse(address).ok_or(Error::AddressNotFound)?;
    app.store
        .update(caller.stored, |customer| {
            let address = customer.address(id).ok_or(Error::AddressNotFound)?;
            call.check_match(&resources::address(&call, customer, address))?;
            customer.remove_address(id).map(drop).ok_or(Error::AddressNotFound)
        })
        .await?;
    Ok(reply::no_content())
}
