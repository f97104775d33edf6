//! `GET /admin/customers/{customerReference}/record`: a customer for the systems that follow the events.

use serde_json::Value;
use shared::http::jsonapi::Meta;
use shared::http::resources;
use shared::{App, Call, Error, Reply, reply};

/// One read.
pub(crate) async fn record(app: &App, mut call: Call, reference: &str) -> Result<Reply, Error> {
    call.operator()?;
    let stored = crate::customer(app, reference).await?;
    call.view = resources::complete_view();
    let customer = &stored.customer;
    let (resource, included) = resources::customer(&call, customer);
    let meta = Meta(vec![
        ("version", Value::from(stored.version())),
        ("isConfirmed", Value::from(customer.confirmed)),
        ("isAnonymised", Value::from(customer.is_anonymised())),
        ("language", Value::from(customer.language.as_str())),
    ]);
    Ok(reply::ok_with_meta(&resource, &included, &meta, &call.view))
}
