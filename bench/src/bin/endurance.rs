//! The dev server under a mixed load for ten minutes, killed once a minute.
//!
//! ```sh
//! cargo build --release --package local && cargo run --release --package bench --bin endurance
//! ```
//!
//! It fails if an acknowledged write is missing. docs/reliability.md holds its output.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use tests::endurance::{self, Plan};

#[derive(Parser)]
#[command(
    about = "Kills the dev server under a mixed load and checks that no acknowledged write is missing."
)]
struct Arguments {
    /// The binary of the dev server.
    #[arg(long, default_value = "target/release/local")]
    binary: PathBuf,
    #[arg(long, default_value_t = 10)]
    kills: usize,
    /// Seconds between kills.
    #[arg(long, default_value_t = 60)]
    life: u64,
    #[arg(long, default_value_t = 8)]
    clients: usize,
}

#[tokio::main]
async fn main() {
    let Arguments { binary, kills, life, clients } = Arguments::parse();
    // A client whose server is killed panics, as expected; a lost write panics here, on the main thread.
    let report_panic = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() == Some("main") {
            report_panic(panic);
        }
    }));
    let report = endurance::run(&binary, Plan { kills, life: Duration::from_secs(life), clients }).await;
    println!("life   memory KiB   adding an address, median");
    for (number, (memory, median)) in report.lives.iter().enumerate() {
        println!("{:>4} {memory:>12} {:>24.2} ms", number + 1, median.as_secs_f64() * 1_000.0);
    }
    println!(
        "{} customers, {} acknowledged writes and {} reads before {kills} kills: nothing acknowledged is missing",
        report.customers, report.writes, report.reads
    );
}
