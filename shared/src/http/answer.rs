//! One request, from event to reply and log line.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyRequestContext;
use lambda_http::http::header::ORIGIN;
use lambda_http::http::{HeaderValue, Method};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::CustomerReference;
use crate::error::Error;
use crate::http::call::{Call, Operator};
use crate::http::reply::{self, Reply};
use crate::http::route::Route;
use crate::runtime::log::Figures;
use crate::runtime::meter;

/// How long a request may take: the gateway waits 29 seconds, and template.yaml gives the functions as much.
const DEADLINE: Duration = Duration::from_secs(25);

/// Answers one request: finds its operation, runs it with a function's `dispatch`, wraps the outcome in the envelope
/// and logs it.
///
/// A panic becomes a 500 in the envelope, and the container keeps running.
pub async fn answer<F>(
    app: Arc<App>,
    request: Request,
    dispatch: impl FnOnce(Arc<App>, Route, Call) -> F,
) -> Reply
where
    F: Future<Output = Result<Reply, Error>>,
{
    let started = Instant::now();
    let origin = request.headers().get(ORIGIN).cloned();
    let request_id = request_id(&request);
    let operator = context(&request).and_then(Operator::of);
    if request.method() == Method::OPTIONS {
        let mut reply = reply::preflight();
        finish(&mut reply, &app, origin.as_ref(), &request_id);
        return reply;
    }
    let route = Route::parse(request.method(), request.raw_http_path());
    let operation = route.as_ref().map_or("None", Route::operation);
    let reference = route.as_ref().ok().and_then(Route::reference);
    let work = async {
        let call = Call::new(&app, request);
        // A request that takes too long is answered before Lambda kills the function. Each write is atomic, so the
        // request may be abandoned at any point.
        tokio::time::timeout(DEADLINE, Box::pin(dispatch(Arc::clone(&app), route?, call)))
            .await
            .unwrap_or_else(|_| Err(Error::unavailable("the request took too long")))
    };
    let (outcome, counts) = meter::measure(AssertUnwindSafe(work).catch_unwind()).await;
    // The panic's message may quote values; the panic hook has logged where it happened.
    let outcome = outcome.unwrap_or_else(|_| Err(Error::unexpected("a panic")));
    let (mut reply, error) = match outcome {
        Ok(reply) => (reply, None),
        Err(error) => (reply::error(&error), Some(error)),
    };
    finish(&mut reply, &app, origin.as_ref(), &request_id);
    let figures = Figures {
        operation,
        duration: started.elapsed(),
        counts,
        is_failure: error.as_ref().is_some_and(Error::is_fault),
    };
    let listed = reply.extensions_mut().remove::<Listing>();
    let about = listed.map_or_else(|| reference.into_iter().collect(), |Listing(references)| references);
    let operator = operator.map(|operator| (operator, about));
    let line = LogLine { figures, request_id: &request_id, status: reply.status().as_u16(), operator };
    app.log.write(&line.entry(error.as_ref()));
    reply
}

/// The customers whom a reply lists, which the log of the help desk names, too.
#[derive(Clone)]
pub struct Listing(pub Vec<CustomerReference>);

/// One request's line in the log.
struct LogLine<'a> {
    figures: Figures,
    request_id: &'a str,
    status: u16,
    /// Who of the help desk called, about whom.
    operator: Option<(Operator, Vec<CustomerReference>)>,
}

impl LogLine<'_> {
    fn entry(&self, error: Option<&Error>) -> Value {
        let mut entry = self.figures.entry();
        entry["requestId"] = json!(self.request_id);
        entry["status"] = json!(self.status);
        if let Some((operator, about)) = &self.operator {
            entry["operator"] = json!(operator.arn);
            entry["sourceAddress"] = json!(operator.source_address);
            entry["references"] = json!(about);
        }
        let codes: Vec<&str> =
            error.map(Error::objects).into_iter().flatten().filter_map(|object| object.code).collect();
        if !codes.is_empty() {
            entry["codes"] = json!(codes);
        }
        if let Some(cause) = error.and_then(Error::cause) {
            entry["cause"] = Value::from(cause.to_string());
        }
        entry
    }
}

/// Sets the headers that every reply has. `origin` is the request's, if it has one.
fn finish(reply: &mut Reply, app: &App, origin: Option<&HeaderValue>, request_id: &str) {
    reply::share(reply, &app.config.allowed_origins, origin);
    reply::identify(reply, request_id);
}

fn request_id(request: &Request) -> String {
    context(request).and_then(|context| context.request_id.clone()).unwrap_or_default()
}

/// What the gateway says about a request.
pub(crate) fn context(request: &Request) -> Option<&ApiGatewayProxyRequestContext> {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => Some(context),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use lambda_http::http::StatusCode;
    use lambda_http::http::header::RETRY_AFTER;

    use super::*;
    use crate::error::Saving;
    use crate::runtime::clock::Clock;
    use crate::runtime::config::Config;
    use crate::runtime::log::Log;
    use crate::runtime::random::Random;

    /// The reply to `GET /customers`, and its line in the log.
    async fn answered<F>(dispatch: impl FnOnce() -> F) -> (Reply, Value)
    where
        F: Future<Output = Result<Reply, Error>>,
    {
        let config = Config::from_lookup(|_| None::<String>).expect("defaults are valid");
        let mut app = App::new(config, Clock::system(), Random::system());
        let lines = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&lines);
        app.log = Log::from_fn(move |line| log.lock().expect("unpoisoned").push(line.to_owned()));
        let event = include_str!("../../../events/customers.list.json");
        let request = lambda_http::request::from_str(event).expect("an event");
        let reply = answer(Arc::new(app), request, |_, _, _| dispatch()).await;
        let lines = lines.lock().expect("unpoisoned");
        assert_eq!(lines.len(), 1);
        (reply, serde_json::from_str(&lines[0]).expect("a line is JSON"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_waits_forever_is_answered_before_lambda_kills_the_function() {
        let started = tokio::time::Instant::now();
        let (reply, _) = answered(std::future::pending).await;
        assert_eq!(started.elapsed(), DEADLINE);
        assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(reply.headers().contains_key(RETRY_AFTER));
    }

    #[tokio::test]
    async fn a_panic_is_a_500_in_the_envelope_and_an_error_in_the_log() {
        let (reply, line) = answered(|| async { panic!("john@example.com") }).await;
        assert_eq!(reply.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(reply.headers().contains_key("access-control-allow-origin"));
        assert_eq!((&line["level"], &line["status"]), (&json!("ERROR"), &json!(500)));
        assert_eq!(line["operation"], "ListCustomers");
        assert!(!line.to_string().contains("john"), "{line}");
    }

    #[tokio::test]
    async fn a_fault_of_the_store_is_an_error_in_the_log_whatever_its_status() {
        for (saving, status) in [
            (Saving::Registration, 500),
            (Saving::Password, 400),
            (Saving::Address, 400),
            (Saving::Customer, 400),
        ] {
            let error = || Error::unexpected("AccessDeniedException").while_saving(saving);
            let (reply, line) = answered(|| async { Err(error()) }).await;
            assert_eq!(reply.status(), status);
            assert_eq!((&line["level"], &line["cause"]), (&json!("ERROR"), &json!("AccessDeniedException")));
        }
        for error in [Error::RecordFull(Saving::Address), Error::UnknownCountry, Error::TooManyAddresses] {
            let (reply, line) = answered(|| async { Err(error) }).await;
            assert_eq!(reply.status(), 400);
            assert_eq!(line["level"], "INFO");
        }
    }
}
