//! `GET /customers/{customerReference}/export`: everything stored about the caller, as a file to download.

use serde_json::Value;
use shared::domain::MailKind;
use shared::http::jsonapi::Meta;
use shared::http::resources;
use shared::{App, Call, Error, Reply, reply};

use crate::sessions::{self, SESSIONS};

/// More queued mails than this are not shown: of each, only the kind is.
const MAX_PENDING_MAILS: usize = 100;

pub(crate) async fn export(app: &App, mut call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let reference = caller.owns(reference)?;
    // Overrides the view that the client asked for, because an export is always complete.
    call.view = resources::complete_view();
    let (sessions, pending_mails) = tokio::try_join!(
        sessions::page(app, &call, &caller, None),
        app.store.queued_mails(reference, MAX_PENDING_MAILS),
    )?;
    let customer = caller.customer();
    let (mut resource, mut included) = resources::customer(&call, customer);
    let all_sessions = sessions.next.map(|_| sessions::link(&call, reference));
    resource.relate(SESSIONS, &sessions.resources, all_sessions);
    included.extend(sessions.resources);
    let meta = Meta(vec![
        ("acceptedTermsAt", Value::from(customer.accepted_terms_at.map(|at| at.to_string()))),
        ("language", Value::from(customer.language.as_str())),
        ("isConfirmed", Value::from(customer.confirmed)),
        ("pendingMails", pending_mails.into_iter().map(MailKind::as_str).collect()),
    ]);
    let file_name = format!("customer-{reference}.json");
    Ok(reply::attachment(&resource, &included, &meta, &call.view, &file_name))
}
