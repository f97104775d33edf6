//! `GET /admin/customers/{customerReference}`: everything that support sees of a customer.

use serde_json::{Value, json};
use shared::domain::{AuditEntry, MailKind, Session, Timestamp, device_label};
use shared::http::jsonapi::Meta;
use shared::http::resources;
use shared::store::{SentMail, WaitingMail};
use shared::{App, Call, Error, Reply, reply};

use crate::reason;

/// More sessions are not shown, nor mails, nor entries of the trail.
const MAX_SESSIONS: usize = 100;
const MAX_MAILS: usize = 100;
const MAX_ENTRIES: usize = 50;

/// Six reads and a write.
pub(crate) async fn show(app: &App, mut call: Call, reference: &str) -> Result<Reply, Error> {
    let audit = reason::audit(app, &call, AuditEntry::SHOW)?;
    let stored = crate::customer(app, reference).await?;
    let customer = &stored.customer;
    let store = &app.store;
    let (failed, mut sessions, waiting, sent, trail) = tokio::try_join!(
        store.failed_attempts(&customer.reference),
        store.sessions(&customer.reference, None, MAX_SESSIONS),
        store.queued_mails(&customer.reference, MAX_MAILS),
        store.sent_mails(&customer.reference, MAX_MAILS),
        store.trail(&customer.reference, false, MAX_ENTRIES),
    )?;
    let now = app.clock.now();
    sessions.retain(|session| session.is_open(customer.session_epoch, now));
    sessions.sort_by_key(|session| session.started_at);
    store.audit(&audit, &[&customer.reference]).await?;

    call.view = resources::complete_view();
    let (resource, included) = resources::customer(&call, customer);
    let pending_email = customer.pending_email.as_ref().map(|pending| pending.email.as_str());
    let meta = Meta(vec![
        ("isConfirmed", Value::from(customer.confirmed)),
        ("isAnonymised", Value::from(customer.is_anonymised())),
        ("confirmedAt", time(customer.confirmed_at)),
        ("takeBackUntil", time(customer.can_be_taken_back_until(now))),
        ("hasPassword", Value::from(customer.password_hash.is_some())),
        ("language", Value::from(customer.language.as_str())),
        ("acceptedTermsAt", time(customer.accepted_terms_at)),
        ("pendingEmail", Value::from(pending_email)),
        (
            "signIn",
            json!({
                "failedAttempts": failed.attempts,
                "places": failed.places,
                "lockedPlaces": failed.locked_places,
            }),
        ),
        ("sessions", sessions.iter().map(session).collect()),
        ("mails", waiting.iter().map(self::waiting).chain(sent.iter().map(self::sent)).collect()),
        ("trail", trail.iter().map(entry).collect()),
    ]);
    Ok(reply::ok_with_meta(&resource, &included, &meta, &call.view))
}

/// Without its id, by which it could be ended.
fn session(session: &Session) -> Value {
    json!({
        "device": session.device.as_deref().and_then(device_label),
        "startedAt": session.started_at.to_string(),
        "lastSeenAt": session.rotated_at.to_string(),
    })
}

fn waiting(mail: &WaitingMail) -> Value {
    let state = if mail.rejected.is_some() { "rejected" } else { "waiting" };
    self::mail(mail.mail.kind, state, mail.since, mail.rejected.as_deref())
}

fn sent(mail: &SentMail) -> Value {
    self::mail(mail.mail.kind, mail.state.as_str(), Some(mail.at), mail.detail.as_deref())
}

fn mail(kind: MailKind, state: &str, at: Option<Timestamp>, detail: Option<&str>) -> Value {
    json!({ "kind": kind.as_str(), "state": state, "at": time(at), "detail": detail })
}

fn time(at: Option<Timestamp>) -> Value {
    Value::from(at.map(|at| at.to_string()))
}

fn entry(entry: &AuditEntry) -> Value {
    json!({
        "at": entry.at.to_string(),
        "who": entry.who,
        "sourceAddress": entry.source_address,
        "action": entry.action,
        "reason": entry.reason,
    })
}
