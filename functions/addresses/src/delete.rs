//! `DELETE /customers/{customerReference}/addresses/{addressId}`.

use shared::domain::AddressId;
use shared::http::etag::IfMatch;
use shared::http::resources;
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn delete(app: &App, call: Call, reference: &str, address: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    caller.owns(reference)?;
    let id = AddressId::parse(address).ok_or(Error::AddressNotFound)?;
    let if_match = IfMatch::of(&call.headers);
    app.store
        .save(caller.stored, |customer| {
            let address = customer.address(id).ok_or(Error::AddressNotFound)?;
            if_match.check(&resources::address(&call, customer, address))?;
            customer.remove_address(id).map(drop).ok_or(Error::AddressNotFound)
        })
        .await?;
    Ok(reply::no_content())
}
