//! Replies, as the gateway sends them to the client.

use std::time::Duration;

use lambda_http::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE,
    ETAG, LOCATION, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use lambda_http::http::{HeaderName, HeaderValue, StatusCode};
use lambda_http::{Body, Response};

use crate::error::Error;
use crate::http::etag;
use crate::http::jsonapi::{self, Meta, Resource, View};
use crate::runtime::config::AllowedOrigins;

/// What every handler returns.
pub type Reply = Response<Body>;

/// 200 with one resource.
pub fn ok(resource: &Resource, included: &[Resource], view: &View) -> Reply {
    one(StatusCode::OK, resource, included, view)
}

/// 200 with an array; `self_link` is the URL of the request.
pub fn ok_collection(resources: &[Resource], self_link: &str, included: &[Resource], view: &View) -> Reply {
    let document = jsonapi::collection(resources, self_link, None, included, None, view);
    personal(StatusCode::OK, jsonapi::MEDIA_TYPE, document)
}

/// 200 with a part of an array; `self_link` is the URL of the request, `next_link` that of the next part.
pub fn ok_page(resources: &[Resource], self_link: &str, next_link: Option<&str>, view: &View) -> Reply {
    let document = jsonapi::collection(resources, self_link, next_link, &[], None, view);
    personal(StatusCode::OK, jsonapi::MEDIA_TYPE, document)
}

/// 200 with what a search has found; `self_link` is the URL of all that can be searched.
pub fn ok_found(resources: &[Resource], self_link: &str, meta: &Meta, view: &View) -> Reply {
    let document = jsonapi::collection(resources, self_link, None, &[], Some(meta), view);
    personal(StatusCode::OK, jsonapi::MEDIA_TYPE, document)
}

/// 200 with one resource, its included ones, and what is to be known besides.
pub fn ok_with_meta(resource: &Resource, included: &[Resource], meta: &Meta, view: &View) -> Reply {
    personal(StatusCode::OK, jsonapi::MEDIA_TYPE, jsonapi::document(resource, included, Some(meta), view))
}

/// 200 with one resource and its included ones, for a browser to save as `file_name`.
pub fn attachment(
    resource: &Resource,
    included: &[Resource],
    meta: &Meta,
    view: &View,
    file_name: &str,
) -> Reply {
    let mut reply = ok_with_meta(resource, included, meta, view);
    set(&mut reply, CONTENT_DISPOSITION, &format!("attachment; filename=\"{file_name}\""));
    reply
}

/// 201 with the new resource, and its `Location` if it has an id.
pub fn created(resource: &Resource, included: &[Resource], view: &View) -> Reply {
    let mut reply = one(StatusCode::CREATED, resource, included, view);
    if resource.id.is_some() {
        set(&mut reply, LOCATION, &resource.self_link);
    }
    reply
}

/// 202, for what happens later.
pub fn accepted(meta: &Meta) -> Reply {
    personal(StatusCode::ACCEPTED, jsonapi::MEDIA_TYPE, jsonapi::only_meta(meta))
}

/// 204.
pub fn no_content() -> Reply {
    let mut reply = Response::new(Body::Empty);
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

/// A reply for one person, which must not be cached.
pub fn personal(status: StatusCode, media_type: &'static str, body: String) -> Reply {
    with_body(status, media_type, "no-store", body)
}

/// A reply for everybody, cacheable for five minutes.
pub fn public(media_type: &'static str, body: String) -> Reply {
    with_body(StatusCode::OK, media_type, "public, max-age=300", body)
}

/// The reply to a request that failed.
pub(crate) fn error(error: &Error) -> Reply {
    let objects = error.objects();
    let status = objects.first().and_then(|object| StatusCode::from_u16(object.status).ok());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = personal(status, jsonapi::MEDIA_TYPE, jsonapi::errors(&objects));
    if let Some(wait) = error.retry_after() {
        ask_to_wait(&mut reply, wait);
    }
    if matches!(error, Error::InvalidAccessToken) {
        reply.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    reply
}

/// Says when a new try makes sense.
pub fn ask_to_wait(reply: &mut Reply, wait: Duration) {
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    set(reply, RETRY_AFTER, &seconds.to_string());
}

/// The reply to a preflight request, the same for every path.
pub(crate) fn preflight() -> Reply {
    let mut reply = no_content();
    let headers = reply.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,POST,PATCH,DELETE,OPTIONS"));
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(
            "accept, accept-language, authorization, content-language, content-type, idempotency-key, if-match",
        ),
    );
    // Two hours is the longest that Chrome caches it.
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    reply
}

/// Lets a storefront's pages read the reply (CORS). `origin` is the request's, if it has one.
pub(crate) fn share(reply: &mut Reply, allowed: &AllowedOrigins, origin: Option<&HeaderValue>) {
    let headers = reply.headers_mut();
    match allowed {
        AllowedOrigins::Any => {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        AllowedOrigins::These(origins) => {
            headers.append(VARY, HeaderValue::from_static("Origin"));
            if let Some(origin) = origin.filter(|origin| origins.iter().any(|known| *known == **origin)) {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            }
        }
    }
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Location, Retry-After, ETag, X-Request-Id"),
    );
}

/// A document with one resource. It has an entity tag if the resource can be addressed and nothing else is included,
/// which the tag would not cover.
fn one(status: StatusCode, resource: &Resource, included: &[Resource], view: &View) -> Reply {
    let mut reply = personal(status, jsonapi::MEDIA_TYPE, jsonapi::document(resource, included, None, view));
    if resource.id.is_some() && included.is_empty() {
        set(&mut reply, ETAG, &etag::of(resource));
    }
    reply
}

/// Adds the id of the request, by which its log lines can be found. The gateway's own errors carry it too.
pub(crate) fn identify(reply: &mut Reply, request_id: &str) {
    if !request_id.is_empty() {
        set(reply, HeaderName::from_static("x-request-id"), request_id);
    }
}

fn with_body(status: StatusCode, media_type: &'static str, caching: &'static str, body: String) -> Reply {
    let mut reply = Response::new(Body::Text(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    reply
}

fn set(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Lockout;

    #[test]
    fn a_reply_that_asks_to_wait_says_for_how_long() {
        let lockout = Lockout { remaining: Duration::from_millis(1_500) };
        for (failure, status, seconds) in [
            (Error::LockedOut(lockout), 429, Some("2")),
            (Error::unavailable("the store"), 503, Some("1")),
            (Error::unexpected("the store"), 500, None),
        ] {
            let reply = error(&failure);
            assert_eq!(reply.status(), status);
            let header = reply.headers().get(RETRY_AFTER).map(|value| value.to_str().expect("digits"));
            assert_eq!(header, seconds);
        }
    }
}
