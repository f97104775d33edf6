//! What the service takes, measured on the binaries that are deployed: start-up, processor time and memory of an
//! event, a sign-in next to its floor, what grows with addresses, sessions and customers, sizes.
//!
//! ```sh
//! cargo run --package bench
//! ```
//!
//! It builds the binaries for release, acts as the Lambda Runtime API, starts them in turn, round after round, and
//! prints tables. On a shared machine, only the ratios are meaningful.

mod builds;
mod customers;
mod events;
mod growth;
mod runtime_api;
mod zips;

use clap::Parser;

#[derive(Parser)]
#[command(about = "Measures start-up, events, sign-in, growth and sizes of the functions.")]
struct Arguments {
    /// How many times each binary is started.
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// How many more events each instance gets after its first.
    #[arg(long, default_value_t = 20)]
    warm: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Arguments { rounds, warm } = Arguments::parse();
    let (functions, floor) = builds::for_this_machine()?;
    events::print(&functions, &floor, rounds, warm).await?;
    growth::print(&functions).await?;
    customers::print(&functions).await?;
    zips::print(&functions)?;
    Ok(())
}
