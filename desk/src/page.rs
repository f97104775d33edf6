//! The page in the browser, and what it calls: the help desk's routes and nothing else, signed for the operator. No
//! secret reaches the page.
//!
//! Its server has made sure that a request names this computer and comes from no page elsewhere (`embedded::Door`).

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::json;

use crate::call::Call;
use crate::client::{Client, DeskError};

/// The page for one operator.
pub struct Page {
    client: Client,
}

/// The page's own script sends it. One of another origin would have to ask first (CORS), and gets no answer to that.
const OWN: HeaderName = HeaderName::from_static("x-desk");
const REASON: HeaderName = HeaderName::from_static("x-reason");

/// Tells the page that nothing was sent.
const UNREACHABLE: &str = "unreachable";

/// The only body is that of a changed e-mail.
const MAX_BODY: usize = 64 * 1024;

/// By the path below the page's own.
const FILES: [(&str, &str, &str); 6] = [
    ("/", "text/html; charset=utf-8", include_str!("page/index.html")),
    ("/tokens.css", "text/css; charset=utf-8", include_str!("../../design/tokens.css")),
    ("/base.css", "text/css; charset=utf-8", include_str!("../../design/base.css")),
    ("/desk.css", "text/css; charset=utf-8", include_str!("page/desk.css")),
    ("/desk.js", "text/javascript; charset=utf-8", include_str!("page/desk.js")),
    ("/words.js", "text/javascript; charset=utf-8", include_str!("page/words.js")),
];

const SECURITY: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

impl Page {
    #[must_use]
    pub fn new(client: Client) -> Page {
        Page { client }
    }

    /// Answers a request for `path`, which is the part below the page's own: `/` is the page, `/api/…` what it calls.
    pub async fn answer<B>(&self, path: &str, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut response = match (path.strip_prefix("/api"), request.method()) {
            (Some(path), _) => self.pass_on(path, request).await,
            (None, &Method::GET | &Method::HEAD) => file(path),
            (None, _) => problem(StatusCode::METHOD_NOT_ALLOWED, None, "Only GET."),
        };
        response.headers_mut().extend(SECURITY);
        response
    }

    async fn pass_on<B>(&self, path: &str, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        if head.headers.get(OWN).is_none_or(|value| value != "1") {
            return problem(StatusCode::FORBIDDEN, None, "Only the page itself may ask.");
        }
        let reason = head.headers.get(REASON).map_or(Ok(""), HeaderValue::to_str);
        let (Ok(reason), Ok(body)) = (reason, Limited::new(body, MAX_BODY).collect().await) else {
            return problem(StatusCode::BAD_REQUEST, None, "The request cannot be read.");
        };
        let Some(call) = Call::asked_for(&head.method, path, head.uri.query(), body.to_bytes()) else {
            return problem(StatusCode::NOT_FOUND, None, "The help desk has no such route.");
        };
        match self.client.send(call, reason).await {
            Ok(answer) => response(answer.status, "application/json", answer.body),
            Err(error) => {
                let code = matches!(error, DeskError::Unreachable(..)).then_some(UNREACHABLE);
                problem(StatusCode::BAD_GATEWAY, code, &error.to_string())
            }
        }
    }
}

fn file(path: &str) -> Response<Full<Bytes>> {
    let found = FILES.into_iter().find(|(name, ..)| *name == path);
    found.map_or_else(
        || problem(StatusCode::NOT_FOUND, None, "There is no such page."),
        |(_, content_type, text)| response(StatusCode::OK, content_type, Bytes::from_static(text.as_bytes())),
    )
}

/// In the form of the API's own errors.
fn problem(status: StatusCode, code: Option<&str>, detail: &str) -> Response<Full<Bytes>> {
    let body = json!({ "errors": [{ "status": status.as_u16(), "code": code, "detail": detail }] });
    response(status, "application/json", body.to_string().into())
}

fn response(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
