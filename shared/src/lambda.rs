//! Between a handler and the Lambda runtime: start-up, logging, and answers in the envelope.

use std::future::Future;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use lambda_http::http::header::ORIGIN;
use lambda_http::http::{HeaderValue, Method};
use lambda_http::lambda_runtime::LambdaEvent;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::app::App;
use crate::call::Call;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::error::Error;
use crate::meter::{self, Counts};
use crate::random::Random;
use crate::reply::{self, Reply};
use crate::route::Route;

/// Serves API Gateway requests with `handle` until Lambda ends the container.
///
/// The store's client is made now and not with the first request: Lambda gives a start more processor time.
pub async fn serve<F>(
    handle: impl Fn(Arc<App>, Request) -> F + Send + Sync + 'static,
) -> Result<(), lambda_http::Error>
where
    F: Future<Output = Reply> + Send + 'static,
{
    let app = start()?;
    LazyLock::force(&app.store);
    run(app, handle).await
}

/// Does the same for a function that asks nobody for anything.
pub async fn serve_alone<F>(
    handle: impl Fn(Arc<App>, Request) -> F + Send + Sync + 'static,
) -> Result<(), lambda_http::Error>
where
    F: Future<Output = Reply> + Send + 'static,
{
    run(start()?, handle).await
}

async fn run<F>(
    app: Arc<App>,
    handle: impl Fn(Arc<App>, Request) -> F + Send + Sync + 'static,
) -> Result<(), lambda_http::Error>
where
    F: Future<Output = Reply> + Send + 'static,
{
    lambda_http::run(service_fn(move |request: Request| {
        let (origin, request_id) = (request.headers().get(ORIGIN).cloned(), request_id(&request));
        let (app, reply) = (Arc::clone(&app), handle(Arc::clone(&app), request));
        async move {
            let reply = caught(reply).await.unwrap_or_else(|error| {
                let mut reply = reply::error(&error);
                finish(&mut reply, &app, origin.as_ref(), &request_id);
                reply
            });
            Ok::<Reply, std::convert::Infallible>(reply)
        }
    }))
    .await
}

/// Serves events of one type with `handle` until Lambda ends the container.
pub async fn serve_events<E, R, F>(
    handle: impl Fn(Arc<App>, E) -> F + Send + Sync + 'static,
) -> Result<(), lambda_http::Error>
where
    E: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    F: Future<Output = Result<R, lambda_http::Error>> + Send + 'static,
{
    let app = start()?;
    lambda_http::lambda_runtime::run(service_fn(move |event: LambdaEvent<E>| {
        handle(Arc::clone(&app), event.payload)
    }))
    .await
}

/// Answers one request: finds its operation, runs it, puts what came of it into the envelope and into the log.
///
/// Every function's `handle` is this with its own `dispatch`.
pub async fn answer<F>(app: &App, request: Request, dispatch: impl FnOnce(Route, Call) -> F) -> Reply
where
    F: Future<Output = Result<Reply, Error>>,
{
    let started = Instant::now();
    let origin = request.headers().get(ORIGIN).cloned();
    let request_id = request_id(&request);
    if request.method() == Method::OPTIONS {
        let mut reply = reply::preflight();
        finish(&mut reply, app, origin.as_ref(), &request_id);
        return reply;
    }
    let route = Route::parse(request.method(), request.raw_http_path());
    let operation = route.as_ref().map_or("None", Route::operation);
    let (outcome, counts) = meter::measure(async {
        let route = route?;
        let call = Call::new(app, request);
        dispatch(route, call).await
    })
    .await;
    let (mut reply, error) = match outcome {
        Ok(reply) => (reply, None),
        Err(error) => (reply::error(&error), Some(error)),
    };
    finish(&mut reply, app, origin.as_ref(), &request_id);
    let status = reply.status().as_u16();
    let namespace = &app.config.metrics_namespace;
    let line = LogLine { namespace, request_id: &request_id, operation, status, counts };
    app.log.write(&line.entry(app.clock.now(), started.elapsed(), error.as_ref()));
    reply
}

/// One request in the log, in CloudWatch's embedded metric format: the figures are graphed without further code.
struct LogLine<'a> {
    namespace: &'a str,
    request_id: &'a str,
    operation: &'static str,
    status: u16,
    counts: Counts,
}

impl LogLine<'_> {
    fn entry(&self, at: Timestamp, duration: Duration, error: Option<&Error>) -> Value {
        let metric = |name: &str, unit: &str| json!({ "Name": name, "Unit": unit });
        let mut entry = json!({
            "_aws": {
                "Timestamp": at.micros() / 1_000,
                "CloudWatchMetrics": [{
                    "Namespace": self.namespace,
                    "Dimensions": [["operation"]],
                    "Metrics": [
                        metric("duration", "Milliseconds"),
                        metric("readCalls", "Count"),
                        metric("readUnits", "Count"),
                        metric("writeCalls", "Count"),
                        metric("writeUnits", "Count"),
                        metric("serverErrors", "Count"),
                    ],
                }],
            },
            "level": if self.status >= 500 { "ERROR" } else { "INFO" },
            "requestId": self.request_id,
            "operation": self.operation,
            "status": self.status,
            "duration": duration.as_secs_f64() * 1_000.0,
            "readCalls": self.counts.read_calls,
            "readUnits": self.counts.read_units,
            "writeCalls": self.counts.write_calls,
            "writeUnits": self.counts.write_units,
            "serverErrors": u8::from(self.status >= 500),
        });
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

fn start() -> Result<Arc<App>, lambda_http::Error> {
    let config = Config::from_environment()?;
    Ok(Arc::new(App::new(config, Clock::system(), Random::system())))
}

/// A panic is a 500 in the envelope, and the container lives on.
async fn caught(reply: impl Future<Output = Reply> + Send + 'static) -> Result<Reply, Error> {
    tokio::spawn(reply).await.map_err(Error::unexpected)
}

/// The headers that every answer has. `origin` is the request's, if it has one.
fn finish(reply: &mut Reply, app: &App, origin: Option<&HeaderValue>, request_id: &str) {
    reply::share(reply, &app.config.allowed_origins, origin);
    reply::identify(reply, request_id);
}

fn request_id(request: &Request) -> String {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.request_id.clone().unwrap_or_default(),
        _ => String::new(),
    }
}
