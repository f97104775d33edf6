//! `GET /customers/{customerReference}/export`: everything stored about the caller, as a file to download.

use serde_json::{Value, json};
use shared::domain::AuditEntry;
use shared::http::jsonapi::Meta;
use shared::http::resources;
use shared::store::SentMail;
use shared::{App, Call, Error, Reply, reply};

use crate::sessions::{self, SESSIONS};

/// More queued or sent mails than this are not shown.
const MAX_MAILS: usize = 100;

/// The same for what the help desk has done, and for its searches: years of it fit.
const MAX_ENTRIES: usize = 1_000;

pub(crate) async fn export(app: &App, mut call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let reference = caller.owns(reference)?;
    // Overrides the view that the client asked for, because an export is always complete.
    call.view = resources::complete_view();
    let (sessions, pending_mails, mails, mut trail, searches) = tokio::try_join!(
        sessions::page(app, &call, &caller, None),
        app.store.queued_mails(reference, MAX_MAILS),
        app.store.sent_mails(reference, MAX_MAILS),
        app.store.trail(reference, false, MAX_ENTRIES),
        app.store.trail(reference, true, MAX_ENTRIES),
    )?;
    trail.extend(searches);
    trail.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    let customer = caller.customer();
    let (mut resource, mut included) = resources::customer(&call, customer);
    let all_sessions = sessions.next.map(|_| sessions::link(&call, reference));
    resource.relate(SESSIONS, &sessions.resources, all_sessions);
    included.extend(sessions.resources);
    let meta = Meta(vec![
        ("acceptedTermsAt", Value::from(customer.accepted_terms_at.map(|at| at.to_string()))),
        ("language", Value::from(customer.language.as_str())),
        ("isConfirmed", Value::from(customer.confirmed)),
        ("pendingMails", pending_mails.iter().map(|pending| pending.mail.kind.as_str()).collect()),
        ("mails", mails.iter().map(shown).collect()),
        ("supportAccess", trail.iter().map(access).collect()),
    ]);
    let file_name = format!("customer-{reference}.json");
    Ok(reply::attachment(&resource, &included, &meta, &call.view, &file_name))
}

/// When the help desk looked or did something, and what. Who and why is the shop's own
/// (CJEU, C-579/21, Pankki S).
fn access(entry: &AuditEntry) -> Value {
    json!({ "at": entry.at.to_string(), "action": entry.action })
}

fn shown(sent: &SentMail) -> Value {
    json!({ "at": sent.at.to_string(), "kind": sent.mail.kind.as_str(), "state": sent.state.as_str() })
}
