//! `GET /customers/{customerReference}/sessions` and `DELETE …/sessions/{sessionId}`: where the caller is signed in.

mod device;

use serde_json::Value;
use shared::domain::{CustomerReference, Session, SessionId};
use shared::http::jsonapi::{Attributes, Resource};
use shared::{App, Call, Caller, Error, Reply, reply};

pub(crate) const SESSIONS: &str = "sessions";

pub(crate) async fn list(app: &App, call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let reference = caller.owns(reference)?;
    let resources = resources(app, &call, &caller, reference).await?;
    let self_link = call.link(&format!("/customers/{reference}/sessions"));
    Ok(reply::ok_collection(&resources, &self_link, &[], &call.view))
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

/// The sessions that can still be refreshed, in the order of sign-in. One read.
pub(crate) async fn resources(
    app: &App,
    call: &Call,
    caller: &Caller,
    reference: &CustomerReference,
) -> Result<Vec<Resource>, Error> {
    let mut sessions = app.store.sessions(reference).await?;
    let (epoch, now) = (caller.customer().session_epoch, app.clock.now());
    sessions.retain(|session| session.epoch == epoch && now < session.refresh_expires_at);
    sessions.sort_by_key(|session| session.started_at);
    Ok(sessions.iter().map(|session| resource(call, caller, session)).collect())
}

fn resource(call: &Call, caller: &Caller, session: &Session) -> Resource {
    let (reference, id) = (&session.reference, session.id.as_str());
    let device = session.device.as_deref().and_then(device::label);
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
