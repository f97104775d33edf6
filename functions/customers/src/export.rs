//! `GET /customers/{customerReference}/export`: everything that is held about the caller, as a file to keep.

use serde_json::Value;
use shared::domain::{CustomerReference, OrderKind};
use shared::jsonapi::{Meta, View};
use shared::resources::{self, ADDRESSES};
use shared::store::EmailHash;
use shared::{App, Call, Caller, Error, Reply, reply};

use crate::sessions::{self, SESSIONS};

pub(crate) async fn export(app: &App, mut call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let reference = caller.owns(reference)?;
    // Whatever the client asked to see: a part would not be everything.
    call.view = View::parse([("include", ADDRESSES)].into_iter());
    let (sessions, pending_mails, is_confirmed) = tokio::try_join!(
        sessions::resources(app, &call, &caller, reference),
        app.store.mail_orders(reference),
        is_confirmed(app, &caller, reference),
    )?;
    let customer = caller.customer();
    let (mut resource, mut included) = resources::customer(&call, customer);
    resource.relate(SESSIONS, &sessions);
    included.extend(sessions);
    let meta = Meta(vec![
        ("acceptedTermsAt", Value::from(customer.accepted_terms_at.to_string())),
        ("language", Value::from(customer.language.as_str())),
        ("isConfirmed", Value::from(is_confirmed)),
        ("pendingMails", pending_mails.into_iter().map(OrderKind::as_str).collect()),
    ]);
    let file_name = format!("customer-{reference}.json");
    Ok(reply::attachment(&resource, &included, &meta, &call.view, &file_name))
}

/// Only the Login knows. If the e-mail has just changed, the one that was read has none or is somebody else's by now.
async fn is_confirmed(app: &App, caller: &Caller, reference: &CustomerReference) -> Result<bool, Error> {
    let Some(email) = &caller.customer().email else { return Ok(false) };
    let login = app.store.login(&EmailHash::of(email)).await?;
    Ok(login.is_some_and(|login| login.reference == *reference && login.confirmed))
}
