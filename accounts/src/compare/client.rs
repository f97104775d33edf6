//! One of the two services: requests over HTTP/1.1 or https.

use std::time::Duration;

use desk::https::{Connections, cause};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use hyper::{Method, Request, Uri};
use serde_json::{Value, json};

use super::CompareError;
use crate::rows::json::unique;

/// The new service answers every request within 25 s.
const TIMEOUT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const MAX_BODY: usize = 16 * 1024 * 1024;
const JSON_API: &str = "application/vnd.api+json";

pub(super) struct Side {
    pub(super) name: &'static str,
    /// Without a slash at its end.
    pub(super) base: String,
    connections: Connections,
}

/// Redirects are not followed: they are an answer like any other, and a password must not go elsewhere.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Without parameters, in lower case.
    pub(super) media_type: String,
    pub(super) content: Content,
}

impl Answer {
    /// Whether it has a resource, or a list of some.
    pub(super) fn has_data(&self) -> bool {
        match &self.content {
            Content::Json(document) => document["data"].is_object() || document["data"].is_array(),
            _ => false,
        }
    }
}

pub(super) enum Content {
    Empty,
    Json(Value),
    /// JSON in which an object has a member twice.
    Ambiguous,
    Other,
}

/// Why there is no answer to compare.
pub(super) enum NoAnswer {
    Unreachable(String),
    TimedOut,
    /// A server's fault or a throttle: what comes with it says nothing about the customer.
    Status(u16, Duration),
    TooLong,
    Broken,
}

impl Side {
    pub(super) fn new(name: &'static str, url: &str, connections: Connections) -> Result<Side, CompareError> {
        let base = url.trim_end_matches('/');
        let uri = base.parse::<Uri>().map_err(|_| CompareError::Url(name))?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        let has_user = uri.authority().is_none_or(|authority| authority.as_str().contains('@'));
        if !is_http || has_user || uri.query().is_some() || url.contains('#') {
            return Err(CompareError::Url(name));
        }
        Ok(Side { name, base: base.to_owned(), connections })
    }

    pub(super) async fn get(&self, path: &str, token: Option<&str>) -> Result<Answer, NoAnswer> {
        let request = || {
            let mut request = Request::get(format!("{}{path}", self.base)).header(ACCEPT, JSON_API);
            if let Some(token) = token {
                request = request.header(AUTHORIZATION, format!("Bearer {token}"));
            }
            request.body(Full::default())
        };
        self.send(request).await
    }

    pub(super) async fn sign_in(&self, email: &str, password: &str) -> Result<Answer, NoAnswer> {
        let attributes = json!({ "username": email, "password": password });
        let body = json!({ "data": { "type": "access-tokens", "attributes": attributes } }).to_string();
        let request = || {
            Request::builder()
                .method(Method::POST)
                .uri(format!("{}/access-tokens", self.base))
                .header(ACCEPT, JSON_API)
                .header(CONTENT_TYPE, JSON_API)
                .body(Full::from(body.clone()))
        };
        self.send(request).await
    }

    /// Tries twice.
    async fn send(
        &self,
        request: impl Fn() -> hyper::http::Result<Request<Full<Bytes>>>,
    ) -> Result<Answer, NoAnswer> {
        let first = self.send_once(request()).await;
        let pause = match &first {
            Ok(_) => return first,
            Err(NoAnswer::Status(_, pause)) => *pause,
            Err(_) => PAUSE,
        };
        tokio::time::sleep(pause).await;
        self.send_once(request()).await
    }

    async fn send_once(
        &self,
        request: hyper::http::Result<Request<Full<Bytes>>>,
    ) -> Result<Answer, NoAnswer> {
        let request = request.map_err(|_| NoAnswer::Broken)?;
        let exchange = async {
            let response = self.connections.request(request).await.map_err(|error| {
                if error.is_connect() { NoAnswer::Unreachable(cause(&error)) } else { NoAnswer::Broken }
            })?;
            let (head, body) = response.into_parts();
            let status = head.status.as_u16();
            if head.status.is_server_error() || status == 429 {
                return Err(NoAnswer::Status(status, pause(&head.headers)));
            }
            let body = Limited::new(body, MAX_BODY).collect().await;
            let body = body.map_err(|error| match error.is::<LengthLimitError>() {
                true => NoAnswer::TooLong,
                false => NoAnswer::Broken,
            });
            let body = body?.to_bytes();
            Ok(Answer { status, media_type: media_type(&head.headers), content: Content::of(&body) })
        };
        tokio::time::timeout(TIMEOUT, exchange).await.unwrap_or(Err(NoAnswer::TimedOut))
    }
}

impl Content {
    fn of(body: &[u8]) -> Content {
        if body.trim_ascii().is_empty() {
            return Content::Empty;
        }
        match unique(body) {
            Ok((value, None)) => Content::Json(value),
            Ok((_, Some(_))) => Content::Ambiguous,
            Err(_) => Content::Other,
        }
    }
}

impl NoAnswer {
    pub(super) fn describe(&self) -> String {
        match self {
            NoAnswer::Unreachable(cause) => format!("no connection: {cause}"),
            NoAnswer::TimedOut => format!("no answer within {} s", TIMEOUT.as_secs()),
            NoAnswer::Status(status, _) => format!("status {status}"),
            NoAnswer::TooLong => format!("an answer of more than {} MiB", MAX_BODY / 1024 / 1024),
            NoAnswer::Broken => "no valid HTTP answer".to_owned(),
        }
    }
}

fn pause(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.map_or(PAUSE, Duration::from_secs).min(LONGEST_PAUSE)
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
