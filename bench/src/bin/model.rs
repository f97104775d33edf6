//! Random requests, many at once, against a model of the whole contract, for a given time.
//!
//! ```sh
//! cargo run --release --package bench --bin model -- --minutes 10
//! ```
//!
//! It stops at the first burst that the contract cannot explain, shortens the sequence that led to it, prints that and
//! exits with 1.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use tests::model::{Find, Sequence, Tally, run, sequence, shrink};

#[derive(Parser)]
#[command(about = "Sends random concurrent requests and compares the answers with a model.")]
struct Arguments {
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Of the first sequence; the next one has the next seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Bursts of one sequence.
    #[arg(long, default_value_t = 30)]
    bursts: usize,
    /// A sequence as a failure prints it, to be run repeatedly.
    #[arg(long)]
    replay: Option<String>,
}

/// The time for shortening a failing sequence.
const PATIENCE: Duration = Duration::from_secs(300);

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { minutes, mut seed, bursts, replay } = Arguments::parse();
    let replay: Option<Sequence> = match replay.as_deref().map(serde_json::from_str).transpose() {
        Ok(replay) => replay,
        Err(error) => {
            eprintln!("This is not a sequence: {error}");
            return ExitCode::FAILURE;
        }
    };
    let deadline = Instant::now() + Duration::from_secs(minutes * 60);
    let mut total = Tally::default();
    while Instant::now() < deadline {
        let sequence = replay.clone().unwrap_or_else(|| sequence(seed, bursts));
        let (tally, result) = run(&sequence).await;
        total.add(tally);
        if let Err(find) = result {
            println!(
                "{}seed {seed}:\n{}",
                summary(&total),
                shortest(&sequence, find, replay.is_some()).await
            );
            return ExitCode::FAILURE;
        }
        seed += 1;
    }
    print!("{}", summary(&total));
    println!("up to seed {seed}: every answer and every quiet point has an explanation");
    ExitCode::SUCCESS
}

async fn shortest(sequence: &Sequence, find: Find, is_short: bool) -> String {
    if is_short { find.to_string() } else { shrink(sequence, find, PATIENCE).await.to_string() }
}

fn summary(Tally { bursts, steps, answers }: &Tally) -> String {
    let mut operations: BTreeMap<&str, String> = BTreeMap::new();
    for ((operation, status), count) in answers {
        *operations.entry(operation).or_default() += &format!("  {status}: {count}");
    }
    let lines = operations.iter().map(|(operation, counts)| format!("{operation:<26}{counts}\n"));
    format!("{}{bursts} bursts, {steps} steps\n", lines.collect::<String>())
}
