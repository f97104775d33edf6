//! `GET /customers/{customerReference}/addresses`.

use shared::http::resources;
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn list(app: &App, call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let reference = caller.owns(reference)?;
    let addresses = resources::addresses(&call, caller.customer());
    let self_link = call.link(&format!("/customers/{reference}/addresses"));
    Ok(reply::ok_collection(&addresses, &self_link, &[], &call.view))
}
