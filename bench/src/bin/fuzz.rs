//! Feeds millions of randomly mutated events to the functions.
//!
//! ```sh
//! cargo run --release --package bench --bin fuzz
//! ```
//!
//! It stops at the first input that is answered wrongly, and prints it. docs/security.md holds its output.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use shared::{App, Clock, Config, Log, Random};
use tests::fixture::{self, Placeholders};
use tests::fuzz::{Depth, Fuzzer, Input, try_one};

#[derive(Parser)]
#[command(about = "Feeds randomly mutated events to every function and checks its answers.")]
struct Arguments {
    /// Inputs for parsing, routing and validation.
    #[arg(long, default_value_t = 10_000_000)]
    inputs: u64,
    /// Inputs that may reach the table.
    #[arg(long, default_value_t = 100_000)]
    through_table: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { inputs, through_table, seed } = Arguments::parse();
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let mut running = tokio::task::JoinSet::new();
    for core in 0..cores {
        let app = without_table();
        running.spawn(try_all(app, seed + core, Depth::Shallow, inputs.div_ceil(cores), None));
    }
    let shallow: Result<u64, String> = running.join_all().await.into_iter().sum();

    let options = local::Options { settings: cheap_settings().into(), ..local::Options::default() };
    let server = local::Server::start(options).await.expect("the dev server starts");
    let app = server.app();
    let placeholders = fixture::put(&app).await;
    let deep = try_all(app, seed, Depth::Table, through_table, Some(placeholders)).await;

    for (outcome, what) in [(shallow, "parsing, routing and validation"), (deep, "the table")] {
        match outcome {
            Ok(answered) => {
                println!("{answered} events through {what}: no panic, no 5xx, every reply in its form");
            }
            Err(problem) => {
                println!("{problem}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// How many inputs were valid events, or the first that was answered wrongly.
async fn try_all(
    app: Arc<App>,
    seed: u64,
    depth: Depth,
    inputs: u64,
    placeholders: Option<Placeholders>,
) -> Result<u64, String> {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let mut fuzzer = Fuzzer::new(seed, &events, depth);
    let mut answered = 0;
    while answered < inputs {
        let Input { function, mut event } = fuzzer.next_input();
        for (placeholder, value) in placeholders.iter().flatten() {
            event = event.replace(placeholder, value);
        }
        let input = Input { function, event };
        match try_one(&app, &input).await {
            None => {}
            Some(problem) if problem.is_empty() => answered += 1,
            Some(problem) => return Err(format!("{problem}\nof {}: {}", input.function, input.event)),
        }
    }
    Ok(answered)
}

/// An app whose table cannot be reached: an input that gets there is answered 503, and that is a finding.
fn without_table() -> Arc<App> {
    let settings = [("AWS_ENDPOINT_URL".to_owned(), "http://127.0.0.1:1".to_owned())];
    let settings: Vec<_> = cheap_settings().into_iter().chain(settings).collect();
    let config = Config::from_lookup(|name| {
        settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    });
    let mut app = App::new(config.expect("the settings are valid"), Clock::system(), Random::system());
    app.log = Log::from_fn(|_| ());
    Arc::new(app)
}

fn cheap_settings() -> [(String, String); 4] {
    [
        ("ARGON2_MEMORY_KIB", "8"),
        ("ARGON2_ITERATIONS", "1"),
        ("SIGNING_KEY_PKCS8", tests::jwt::SIGNING_KEY),
        ("PUBLIC_BASE_URL", "https://api.example.com"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
}
