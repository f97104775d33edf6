//! API Gateway's REST API in miniature: routes, authorizer, proxy events and gateway responses, as `template.yaml`
//! describes them.

mod authorizer;
mod event;
mod functions;
mod iam;
mod responses;
mod routes;
mod timing;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::{Body, Bytes};
use hyper::ext::ReasonPhrase;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, StatusCode};
use lambda_http::Body as FunctionBody;
use serde_json::{Map, Value};
use shared::App;
use shared::runtime::meter;
use shared::runtime::meter::Counts;

use self::authorizer::{Authorizer, Decision};
use self::event::Caller;
pub(crate) use self::functions::Function;
pub(crate) use self::iam::SECRET;
use self::iam::Signature;
pub(crate) use self::responses::GatewayResponses;
use self::responses::Refusal;
use self::routes::Match;
pub(crate) use self::routes::Routes;
use crate::http::{self, BodyError, Reply};
use crate::pipe::Pipe;

/// API Gateway's limit for a body.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// API Gateway's limit for request line and headers together. Functions fail at URLs of 64 KiB, and escaping can triple
/// a URL's length on the way there.
const TARGET_LIMIT: usize = 10_240;

/// How long API Gateway waits for a function's answer.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");

/// What a route leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) function: Function,
    pub(crate) access: Access,
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Everybody,
    /// Whom the authorizer lets in.
    Token,
    /// Who signs with AWS's credentials.
    Iam,
}

/// What `template.yaml` says about the API.
#[derive(Debug)]
pub(crate) struct ApiSettings {
    pub(crate) routes: Routes<Endpoint>,
    /// How long the authorizer's answer for a token is cached.
    pub(crate) reauthorize_every: Duration,
    pub(crate) responses: GatewayResponses,
}

pub(crate) struct Gateway {
    app: Arc<App>,
    api: &'static ApiSettings,
    authorizer: Authorizer,
    pipe: Arc<Pipe>,
    /// The address it listens on.
    domain: String,
}

impl Gateway {
    pub(crate) fn new(app: Arc<App>, api: &'static ApiSettings, pipe: Arc<Pipe>, domain: String) -> Gateway {
        let authorizer = Authorizer::new(api.reauthorize_every);
        Gateway { app, api, authorizer, pipe, domain }
    }

    /// Answers any request.
    pub(crate) async fn answer(
        &self,
        request: Request<impl Body<Data = Bytes> + Unpin>,
        peer: IpAddr,
    ) -> Reply {
        let request_id = self.app.random.uuid().to_string();
        let (head, body) = request.into_parts();
        let result = async {
            let path = match head.uri.path() {
                "" => "/",
                path => path,
            };
            if head.uri.path_and_query().is_some_and(|target| target.as_str().len() > TARGET_LIMIT) {
                return Err(Refusal::BadRequest);
            }
            let matched = self
                .api
                .routes
                .find(head.method.as_str(), path)
                .ok_or(Refusal::MissingAuthenticationToken)?;
            // The contract reports a missing id before a missing token. The real gateway may check the token first on
            // `/customer-password/`, the only such path that it can mistake for a route with an authorizer.
            let has_operation = shared::Route::parse(&head.method, path).is_ok();
            let access = matched.route.target.access;
            let customer = match access {
                Access::Token if has_operation => {
                    Some(self.authorize(&head.headers, head.method.as_str(), path).await?)
                }
                Access::Token | Access::Everybody | Access::Iam => None,
            };
            let signature = match access {
                Access::Iam => Some(Signature::presented(&head.headers)?),
                Access::Token | Access::Everybody => None,
            };
            let body = http::read_body(body, BODY_LIMIT).await.map_err(|error| match error {
                BodyError::TooLarge => Refusal::RequestTooLarge,
                BodyError::Broken => Refusal::BadRequest,
            })?;
            let now = self.app.clock.now();
            let caller = match signature {
                Some(signature) => Caller::Operator(signature.verify(&head, &body, now)?),
                None => customer.map_or(Caller::Anybody, Caller::Customer),
            };
            let event = event::json(
                &event::Incoming {
                    method: head.method.as_str(),
                    path,
                    query: head.uri.query().unwrap_or_default(),
                    headers: &head.headers,
                    body: &body,
                    peer,
                    request_id: &request_id,
                    now,
                    domain: &self.domain,
                    caller: &caller,
                },
                &matched,
            );
            self.invoke(&matched, event).await
        };
        let mut reply = match result.await {
            Ok(reply) => reply,
            Err(refusal) => {
                let mut reply = self.api.responses.reply(refusal, &head.headers, &request_id);
                set_timing(&mut reply, Duration::ZERO, &Counts::default());
                reply
            }
        };
        if reply.status() == StatusCode::UNPROCESSABLE_ENTITY {
            // RFC 9110 renamed it after hyper's table was written.
            reply.extensions_mut().insert(ReasonPhrase::from_static(b"Unprocessable Content"));
        }
        if let Ok(request_id) = HeaderValue::from_str(&request_id) {
            reply.headers_mut().insert(REQUEST_ID, request_id);
        }
        reply
    }

    /// What the authorizer says about the caller.
    async fn authorize(
        &self,
        headers: &HeaderMap,
        method: &str,
        path: &str,
    ) -> Result<Arc<Map<String, Value>>, Refusal> {
        let values = headers.get_all(header::AUTHORIZATION).iter();
        let token = values.map(|value| event::text(value.as_bytes())).collect::<Vec<_>>().join(",");
        if token.is_empty() {
            return Err(Refusal::Unauthorized);
        }
        let arn = format!(
            "arn:aws:execute-api:{}:{}:{}/{}/{method}{path}",
            self.app.config.region,
            event::ACCOUNT,
            event::API,
            event::STAGE,
        );
        match self.authorizer.decide(&self.app, &token, &arn).await {
            Decision::Allowed(context) => Ok(context),
            Decision::Denied => Err(Refusal::AccessDenied),
            Decision::Failed => Err(Refusal::AuthorizerFailure),
        }
    }

    async fn invoke(&self, matched: &Match<'_, '_, Endpoint>, event: String) -> Result<Reply, Refusal> {
        let app = Arc::clone(&self.app);
        let function = matched.route.target.function;
        let (reply, duration, counts) = run(async move {
            let request = lambda_http::request::from_str(&event).expect("the event has its type's shape");
            function.handle(app, request).await
        })
        .await?;
        if counts.write_calls > 0 {
            self.pipe.wake();
        }
        let mut reply = from_function(reply);
        set_timing(&mut reply, duration, &counts);
        Ok(reply)
    }
}

/// Runs a function in a task of its own, so that a panic ends only the task, and a client that disconnects does not.
async fn run(
    work: impl Future<Output = shared::Reply> + Send + 'static,
) -> Result<(shared::Reply, Duration, Counts), Refusal> {
    let task = tokio::spawn(async move {
        let started = Instant::now();
        let (reply, counts) = meter::measure(work).await;
        (reply, started.elapsed(), counts)
    });
    tokio::time::timeout(INTEGRATION_TIMEOUT, task)
        .await
        .map_err(|_| Refusal::IntegrationTimeout)?
        .map_err(|_| Refusal::IntegrationFailure)
}

/// Turns a function's reply into the gateway's.
fn from_function(reply: shared::Reply) -> Reply {
    /// Headers of the function that are renamed, because the gateway sets its own.
    const REMAPPED: [(HeaderName, &str); 3] = [
        (header::DATE, "x-amzn-remapped-date"),
        (header::SERVER, "x-amzn-remapped-server"),
        (header::WWW_AUTHENTICATE, "x-amzn-remapped-www-authenticate"),
    ];
    let (mut head, body) = reply.into_parts();
    for (name, new_name) in REMAPPED {
        if let Some(value) = head.headers.remove(name) {
            head.headers.insert(HeaderName::from_static(new_name), value);
        }
    }
    let body = match body {
        FunctionBody::Text(text) => Bytes::from(text),
        FunctionBody::Binary(bytes) => Bytes::from(bytes),
        _ => Bytes::new(),
    };
    Reply::from_parts(head, Full::new(body))
}

fn set_timing(reply: &mut Reply, function: Duration, counts: &Counts) {
    let Ok(timing) = HeaderValue::from_str(&timing::header(function, counts)) else { return };
    let headers = reply.headers_mut();
    headers.insert(SERVER_TIMING, timing);
    // The contract fixes what `Access-Control-Expose-Headers` lists; this exposes the timings to the same origins.
    if let Some(origin) = headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).cloned() {
        headers.insert(TIMING_ALLOW_ORIGIN, origin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panicking_function_is_an_integration_failure() {
        let outcome = run(async { panic!("provoked by the test") }).await;
        assert!(matches!(outcome, Err(Refusal::IntegrationFailure)));
    }

    #[test]
    fn a_functions_own_challenge_is_renamed() {
        let reply =
            lambda_http::Response::builder().header("WWW-Authenticate", "Bearer").body(FunctionBody::Empty);
        let reply = from_function(reply.expect("a reply"));
        assert_eq!(reply.headers()["x-amzn-remapped-www-authenticate"], "Bearer");
        assert!(!reply.headers().contains_key("www-authenticate"));
    }
}
