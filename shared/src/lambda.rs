//! Between a handler and the Lambda runtime: start-up, logging, and answers in the envelope.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use lambda_http::http::header::ORIGIN;
use lambda_http::http::{HeaderValue, Method};
use lambda_http::lambda_runtime::LambdaEvent;
use lambda_http::request::RequestContext;
use lambda_http::{IntoResponse, Request, RequestExt, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::app::App;
use crate::call::Call;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::error::Error;
use crate::log::Figures;
use crate::meter;
use crate::random::Random;
use crate::reply::{self, Reply};
use crate::route::Route;

/// The most a request may take: the gateway waits 29 seconds, and template.yaml gives the functions as long.
const DEADLINE: Duration = Duration::from_secs(25);

/// Serves API Gateway requests with `handle` until Lambda ends the container.
///
/// The store's client is most of what a start costs. It is made on a thread of its own while the runtime asks for the
/// first event, because Lambda gives a start two processors, and a running function of 256 MB a sixth of one.
pub async fn serve<F>(
    handle: impl Fn(Arc<App>, Request) -> F + Send + Sync + 'static,
) -> Result<(), lambda_http::Error>
where
    F: Future<Output = Reply> + Send + 'static,
{
    let app = start()?;
    let warmed = Arc::clone(&app);
    std::thread::spawn(move || {
        LazyLock::force(&warmed.store);
    });
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
            Ok::<Answer, std::convert::Infallible>(Answer(reply))
        }
    }))
    .await
}

/// A reply whose body is final: `lambda_http` would read that of any other response, and links a table of every
/// character set for it.
struct Answer(Reply);

impl IntoResponse for Answer {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(std::future::ready(self.0))
    }
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
        // Whatever it waits for, it is told apart from a function that Lambda has to kill. Each write is whole or not
        // there, so it may be left at any point.
        tokio::time::timeout(DEADLINE, dispatch(route, call))
            .await
            .unwrap_or_else(|_| Err(Error::unavailable("the request took too long")))
    })
    .await;
    let (mut reply, error) = match outcome {
        Ok(reply) => (reply, None),
        Err(error) => (reply::error(&error), Some(error)),
    };
    finish(&mut reply, app, origin.as_ref(), &request_id);
    let status = reply.status().as_u16();
    let namespace = &app.config.metrics_namespace;
    let figures =
        Figures { namespace, operation, duration: started.elapsed(), counts, is_failure: status >= 500 };
    let line = LogLine { figures, request_id: &request_id, status };
    app.log.write(&line.entry(app.clock.now(), error.as_ref()));
    reply
}

/// One request in the log.
struct LogLine<'a> {
    figures: Figures<'a>,
    request_id: &'a str,
    status: u16,
}

impl LogLine<'_> {
    fn entry(&self, at: Timestamp, error: Option<&Error>) -> Value {
        let mut entry = self.figures.entry(at);
        entry["requestId"] = json!(self.request_id);
        entry["status"] = json!(self.status);
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

#[cfg(test)]
mod tests {
    use lambda_http::http::StatusCode;
    use lambda_http::http::header::RETRY_AFTER;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_request_that_waits_forever_is_told_to_come_back_before_lambda_kills_the_function() {
        let config = Config::from_lookup(|_| None).expect("defaults are valid");
        let mut app = App::new(config, Clock::system(), Random::system());
        app.log = crate::log::Log::from_fn(|_| ());
        let event = include_str!("../../events/customers.list.json");
        let request = lambda_http::request::from_str(event).expect("an event");
        let started = tokio::time::Instant::now();
        let reply = answer(&app, request, |_, _| std::future::pending()).await;
        assert_eq!(started.elapsed(), DEADLINE);
        assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(reply.headers().contains_key(RETRY_AFTER));
    }
}
