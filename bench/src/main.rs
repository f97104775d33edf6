//! How long each function takes to start, next to an empty one built with the same profile.
//!
//! ```sh
//! cargo build --release --workspace && cargo run --release -p bench --bin bench
//! ```
//!
//! It acts as the Lambda Runtime API, starts the release-built binaries in turn, round after round, and prints a table,
//! then a second one of what requests cost as a customer's addresses and sessions grow in number.
//! On a shared machine, only the ratios are meaningful.

mod growth;
mod runtime_api;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Parser;
use hyper::body::Bytes;
use shared::Config;
use shared::runtime::config::{Service, SigningKeySource};

use crate::runtime_api::Run;

#[derive(Parser)]
#[command(about = "Measures how long each function takes to start and to answer, next to an empty one.")]
struct Arguments {
    /// The folder with the release-built binaries.
    #[arg(long, default_value = "target/release")]
    binaries: PathBuf,
    /// How many times each binary is started.
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// How many more events each instance gets after its first.
    #[arg(long, default_value_t = 20)]
    warm: usize,
}

/// A binary and the events it gets, in turn.
struct Case {
    name: String,
    binary: PathBuf,
    events: Vec<Bytes>,
}

const EMPTY: &str = "empty";

/// Each function with an event that makes it do its usual work: a read, a signature check, an answer.
const EVENTS: [(&str, &str); 8] = [
    (EMPTY, "fallback.unknown-path.json"),
    ("fallback", "fallback.unknown-path.json"),
    ("authorizer", "authorizer.forged.json"),
    ("customers", "customers.get-ended-session.json"),
    ("addresses", "addresses.get-ended-session.json"),
    ("passwords", "passwords.forgotten.json"),
    ("tokens", "tokens.refresh-bad-token.json"),
    ("mailer", "mailer.already-sent.json"),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let server = local::Server::start(local::Options::default()).await?;
    let cases = EVENTS
        .iter()
        .map(|(name, event)| Case::load(&arguments.binaries, name, event))
        .collect::<Result<Vec<_>, _>>()?;

    let mut runs: HashMap<&str, Vec<Run>> = HashMap::new();
    for _ in 0..arguments.rounds {
        for case in &cases {
            let settings = settings(&server.app().config, &case.name);
            let run = runtime_api::run(case, &settings, arguments.warm).await?;
            runs.entry(&case.name).or_default().push(run);
        }
    }
    print_table(&cases, &runs)?;
    server.stop().await;
    println!();
    growth::print(&arguments.binaries).await?;
    Ok(())
}

impl Case {
    fn load(binaries: &Path, name: &str, event: &str) -> Result<Case, String> {
        let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
        let event = std::fs::read(events.join(event)).map_err(|error| format!("{event}: {error}"))?;
        Ok(Case { name: name.to_owned(), binary: binaries.join(name), events: vec![Bytes::from(event)] })
    }
}

/// What Lambda and the template would put into a function's environment, with the dev server's store.
///
/// Only the authorizer needs a key for its event; it gets the dev server's in place of KMS's.
fn settings(config: &Config, function: &str) -> Vec<(String, String)> {
    let key = match &config.signing_keys {
        SigningKeySource::Local(der) if function == "authorizer" => STANDARD.encode(der.as_slice()),
        _ => String::new(),
    };
    [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("AWS_ENDPOINT_URL_DYNAMODB", config.endpoint(Service::DynamoDb).unwrap_or_default()),
        ("TABLE_NAME", &config.table_name),
        ("SIGNING_KEYS", "arn:aws:kms:eu-central-1:123456789012:key/bench"),
        ("SIGNING_KEY_PKCS8", &key),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

fn print_table(cases: &[Case], runs: &HashMap<&str, Vec<Run>>) -> std::io::Result<()> {
    let init_p10 = |name: &str| percentile(runs.get(name), 10, |run| run.init);
    let empty = init_p10(EMPTY).as_secs_f64();
    println!("function     size KiB  init p10  init p50   ratio  first p50   warm p50       cpu  peak KiB");
    for Case { name, binary, .. } in cases {
        let of = |percent, figure: fn(&Run) -> Duration| percentile(runs.get(name.as_str()), percent, figure);
        let memory =
            runs.get(name.as_str()).into_iter().flatten().map(|run| run.memory_kib).max().unwrap_or_default();
        println!(
            "{name:<12} {:>8} {:>6.2} ms {:>6.2} ms {:>7.2} {:>7.2} ms {:>7.3} ms {:>6.0} µs {memory:>9}",
            std::fs::metadata(binary)?.len() / 1024,
            millis(init_p10(name)),
            millis(of(50, |run| run.init)),
            init_p10(name).as_secs_f64() / empty,
            millis(of(50, |run| run.first)),
            millis(of(50, |run| run.warm)),
            of(50, |run| run.cpu).as_secs_f64() * 1e6,
        );
    }
    Ok(())
}

fn percentile(runs: Option<&Vec<Run>>, percent: usize, figure: impl Fn(&Run) -> Duration) -> Duration {
    let mut figures: Vec<Duration> = runs.into_iter().flatten().map(figure).collect();
    figures.sort_unstable();
    figures.get(figures.len() * percent / 100).copied().unwrap_or_default()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
