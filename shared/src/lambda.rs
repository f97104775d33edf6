//! Serves a function under the Lambda runtime.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use lambda_http::lambda_runtime::LambdaEvent;
use lambda_http::{IntoResponse, Request, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::app::App;
use crate::error::Error;
use crate::http::answer::answer;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::http::route::Route;
use crate::runtime::clock::Clock;
use crate::runtime::config::Config;
pub use crate::runtime::config::Need;
use crate::runtime::log::Log;
use crate::runtime::random::Random;

/// Serves API Gateway requests with `dispatch` until Lambda ends the container.
///
/// Creating the store's client takes most of the start-up time. A function that needs the table creates it on a separate
/// thread while the runtime fetches the first event, because Lambda gives a function two processors during start-up and,
/// at 256 MB, a sixth of one afterwards.
///
/// # Errors
///
/// A setting that is missing or cannot be used.
pub async fn serve<F>(
    needs: &[Need],
    dispatch: impl Fn(Arc<App>, Route, Call) -> F + Clone + Send + Sync + 'static,
) -> Result<(), lambda_http::Error>
where
    F: Future<Output = Result<Reply, Error>> + Send + 'static,
{
    let app = start(needs)?;
    if needs.contains(&Need::Table) {
        let warmed = Arc::clone(&app);
        std::thread::spawn(move || {
            LazyLock::force(&warmed.store);
        });
    }
    lambda_http::run(service_fn(move |request: Request| {
        let reply = answer(Arc::clone(&app), request, dispatch.clone());
        async move { Ok::<Answer, Infallible>(Answer(reply.await)) }
    }))
    .await
}

/// A reply whose body is final. `lambda_http` would inspect the body of any other response, which links tables of all
/// character sets.
struct Answer(Reply);

impl IntoResponse for Answer {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(std::future::ready(self.0))
    }
}

/// Serves events of one type until Lambda ends the container, with the handler that `prepare` makes once.
pub async fn serve_events<E, R, F, H>(
    needs: &[Need],
    prepare: impl FnOnce(Arc<App>) -> H,
) -> Result<(), lambda_http::Error>
where
    E: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    F: Future<Output = Result<R, lambda_http::Error>> + Send + 'static,
    H: Fn(E) -> F + Send + Sync + 'static,
{
    let handle = prepare(start(needs)?);
    lambda_http::lambda_runtime::run(service_fn(move |event: LambdaEvent<E>| handle(event.payload))).await
}

fn start(needs: &[Need]) -> Result<Arc<App>, lambda_http::Error> {
    log_panics(Log::stdout());
    let config = Config::from_environment()?.require(needs)?;
    Ok(Arc::new(App::new(config, Clock::system(), Random::system())))
}

/// Logs where a panic happened, as one line of JSON, without its message, which may quote a customer's data.
fn log_panics(log: Log) {
    std::panic::set_hook(Box::new(move |panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        log.write(&json!({ "level": "ERROR", "cause": format!("panic at {location}") }));
    }));
}
