//! The dev server under a mixed load for ten minutes, killed once in each of them.
//!
//! ```sh
//! cargo build --release --package local && cargo run --release --package bench --bin endurance
//! ```
//!
//! It fails if a write that was acknowledged is not there. docs/reliability.md holds its output.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use tests::endurance::{self, Plan};

#[derive(Parser)]
#[command(
    about = "Kills the dev server in the middle of a mixed load and looks for what it had acknowledged."
)]
struct Arguments {
    /// The binary of the dev server.
    #[arg(long, default_value = "target/release/local")]
    binary: PathBuf,
    #[arg(long, default_value_t = 10)]
    kills: usize,
    /// Seconds between them.
    #[arg(long, default_value_t = 60)]
    life: u64,
    #[arg(long, default_value_t = 8)]
    clients: usize,
}

#[tokio::main]
async fn main() {
    let Arguments { binary, kills, life, clients } = Arguments::parse();
    // A client whose server is killed panics, which is no news; a lost write panics here, on the main thread.
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
