//! The Lambda Runtime API as one function instance sees it: events on one side, answers on the other.

use std::convert::Infallible;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bench::processor_time;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use shared::Clock;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::events::Case;

/// For all events of an instance together.
const PATIENCE: Duration = Duration::from_secs(30);

/// The measurements of one instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// From exec to the first request for an event: Lambda's init phase.
    pub(crate) init: Duration,
    /// The processor time that an event after the first takes, on all threads: their mean.
    pub(crate) cpu: Duration,
    /// The peak of the resident set, in KiB.
    pub(crate) memory_kib: u64,
}

/// Starts the case's binary and gives it `1 + warm` events, the case's in turn.
pub(crate) async fn run(case: &Case, settings: &[(String, String)], warm: usize) -> Result<Run, String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let (moments, mut seen) = mpsc::unbounded_channel();
    let (events, given) = (case.events.clone(), Mutex::new(0));
    let api = Arc::new(Api { events, given, most: 1 + warm, is_refused: case.is_refused, moments });
    let server = tokio::spawn(serve(listener, api));
    let started = Instant::now();
    let mut child = spawn(case, settings, &address.to_string())?;
    let process = child.id().ok_or("the function ended at once")?;
    let outcome = tokio::time::timeout(PATIENCE, observe(process, started, warm, &mut seen)).await;
    // It waits for an event that never comes.
    child.kill().await.map_err(|error| error.to_string())?;
    server.abort();
    outcome.map_err(|_| format!("{} does not answer", case.name))?
}

enum Moment {
    Asked(Instant),
    Answered(Result<(), String>),
}

struct Api {
    events: Vec<Bytes>,
    given: Mutex<usize>,
    most: usize,
    /// Whether the events are meant to be refused.
    is_refused: bool,
    moments: mpsc::UnboundedSender<Moment>,
}

async fn observe(
    process: u32,
    started: Instant,
    warm: usize,
    seen: &mut mpsc::UnboundedReceiver<Moment>,
) -> Result<Run, String> {
    let (mut init, mut answered, mut cpu_of_first) = (None, 0, Duration::ZERO);
    loop {
        match seen.recv().await.ok_or("the runtime API has stopped")? {
            Moment::Asked(at) => {
                init.get_or_insert(at - started);
                if answered == 1 {
                    cpu_of_first = cpu(process)?;
                }
                if answered == 1 + warm {
                    break;
                }
            }
            Moment::Answered(outcome) => {
                outcome?;
                answered += 1;
            }
        }
    }
    let cpu = cpu(process)?.saturating_sub(cpu_of_first) / u32::try_from(warm.max(1)).unwrap_or(u32::MAX);
    let memory_kib = peak_memory(process).unwrap_or_default();
    Ok(Run { init: init.unwrap_or_default(), cpu, memory_kib })
}

fn spawn(case: &Case, settings: &[(String, String)], runtime_api: &str) -> Result<Child, String> {
    Command::new(&case.binary)
        .env_clear()
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", &case.name)
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{}: {error}", case.binary.display()))
}

async fn serve(listener: TcpListener, api: Arc<Api>) {
    while let Ok((stream, _)) = listener.accept().await {
        // Nagle's algorithm would add to what is measured.
        let _ = stream.set_nodelay(true);
        let api = Arc::clone(&api);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(Arc::clone(&api), request));
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(api: Arc<Api>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.method() == Method::GET {
        let now = Instant::now();
        let number = {
            let mut given = api.given.lock().unwrap_or_else(PoisonError::into_inner);
            *given += 1;
            *given - 1
        };
        let _ = api.moments.send(Moment::Asked(now));
        if number >= api.most {
            std::future::pending::<()>().await;
        }
        let deadline = Clock::system().now().plus(Duration::from_secs(10)).micros() / 1_000;
        let response = Response::builder()
            .header("lambda-runtime-aws-request-id", "00000000-0000-4000-8000-000000000000")
            .header("lambda-runtime-deadline-ms", deadline.to_string())
            .header(
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-central-1:123456789012:function:bench",
            )
            .body(Full::new(api.events[number % api.events.len()].clone()));
        return Ok(response.unwrap_or_default());
    }
    let is_error = request.uri().path().ends_with("/error");
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let reply: Value = serde_json::from_slice(&body).unwrap_or_default();
    let is_refused = reply["statusCode"].as_u64().is_some_and(|status| status >= 400) && !api.is_refused;
    let outcome = if is_error || is_refused { Err(String::from_utf8_lossy(&body).into()) } else { Ok(()) };
    let _ = api.moments.send(Moment::Answered(outcome));
    let mut accepted = Response::new(Full::default());
    *accepted.status_mut() = hyper::StatusCode::ACCEPTED;
    Ok(accepted)
}

fn cpu(process: u32) -> Result<Duration, String> {
    processor_time(&process.to_string()).map_err(|error| error.to_string())
}

fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
