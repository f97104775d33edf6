//! `GET /customers`: the caller's own customer, as an array of one.

use shared::http::resources;
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn list(app: &App, call: Call) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let (resource, included) = resources::customer(&call, caller.customer());
    Ok(reply::ok_collection(&[resource], &call.link("/customers"), &included, &call.view))
}
