//! `GET /customers/{customerReference}/sessions` and `DELETE …/sessions/{sessionId}`: where the caller is signed in.

use serde_json::Value;
use shared::domain::{CustomerReference, Session, SessionId, device_label};
use shared::http::jsonapi::{Attributes, Resource};
use shared::{App, Call, Caller, Error, Reply, reply};

pub(crate) const SESSIONS: &str = "sessions";

/// A part of a customer's sessions.
pub(crate) struct Page {
    pub(crate) resources: Vec<Resource>,
    /// What to continue after, if there are more.
    pub(crate) next: Option<SessionId>,
}

/// The most sessions on a page. Those that have ended take up room until they are deleted, so there may be fewer.
const PAGE_SIZE: usize = 100;

pub(crate) async fn list(app: &App, call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let reference = caller.owns(reference)?;
    let after = call.view.after.as_deref();
    let after = after.map(|id| SessionId::parse(id).ok_or(Error::InvalidPage)).transpose()?;
    let Page { resources, next } = page(app, &call, &caller, after.as_ref()).await?;
    let self_link = link(&call, reference);
    let next_link = next.map(|last| format!("{self_link}?{}", call.view.after(last.as_str())));
    Ok(reply::ok_page(&resources, &self_link, next_link.as_deref(), &call.view))
}

/// Ends a session at once. An unknown session counts as ended.
pub(crate) async fn end(app: &App, call: Call, reference: &str, session: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let reference = caller.owns(reference)?;
    if let Some(id) = SessionId::parse(session) {
        app.store.end_session(reference, &id).await?;
    }
    Ok(reply::no_content())
}

/// The URL of all sessions, or of their first page.
pub(crate) fn link(call: &Call, reference: &CustomerReference) -> String {
    call.link(&format!("/customers/{reference}/sessions"))
}

/// The sessions of one page that can still be refreshed, in the order of sign-in. The caller's is on the first. One read.
pub(crate) async fn page(
    app: &App,
    call: &Call,
    caller: &Caller,
    after: Option<&SessionId>,
) -> Result<Page, Error> {
    // One more than fits shows that there are more, and one may be the caller's.
    let mut sessions = app.store.sessions(&caller.customer().reference, after, PAGE_SIZE + 2).await?;
    sessions.retain(|session| session.id != caller.session.id);
    let room = if after.is_none() { PAGE_SIZE - 1 } else { PAGE_SIZE };
    let next = (sessions.len() > room).then(|| sessions[room - 1].id.clone());
    sessions.truncate(room);
    if after.is_none() {
        sessions.push(caller.session.clone());
    }
    let (epoch, now) = (caller.customer().session_epoch, app.clock.now());
    sessions.retain(|session| session.is_open(epoch, now));
    sessions
        .sort_by(|one, other| (one.started_at, one.id.as_str()).cmp(&(other.started_at, other.id.as_str())));
    let resources = sessions.iter().map(|session| resource(call, caller, session)).collect();
    Ok(Page { resources, next })
}

fn resource(call: &Call, caller: &Caller, session: &Session) -> Resource {
    let (reference, id) = (&session.reference, session.id.as_str());
    let device = session.device.as_deref().and_then(device_label);
    let attributes = vec![
        ("device", Value::from(device)),
        ("startedAt", Value::from(session.started_at.to_string())),
        ("lastSeenAt", Value::from(session.rotated_at.to_string())),
        ("expiresAt", Value::from(session.refresh_expires_at.to_string())),
        ("isCurrent", Value::from(session.id == caller.session.id)),
    ];
    Resource {
        kind: SESSIONS,
        id: Some(id.to_owned()),
        attributes: Attributes(attributes),
        self_link: call.link(&format!("/customers/{reference}/sessions/{id}")),
        relationships: Vec::new(),
    }
}
