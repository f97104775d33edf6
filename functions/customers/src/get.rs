//! `GET /customers/{customerReference}`.

use shared::http::resources;
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn get(app: &App, call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    caller.owns(reference).map_err(|_| Error::CustomerNotFound)?;
    let (resource, included) = resources::customer(&call, caller.customer());
    Ok(reply::ok(&resource, &included, &call.view))
}
