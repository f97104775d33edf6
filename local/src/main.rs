//! `cargo run`: the dev server on the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use local::{Options, Server};
use shared::Log;

/// Customer accounts on this computer: the functions, an API gateway, DynamoDB and an inbox, with nothing to install.
///
/// The functions' settings come from the environment, as on AWS: CONTRACT_PROFILE, STOREFRONT_URL,
/// CORS_ALLOWED_ORIGINS and so on; README.md lists them.
#[derive(Parser)]
#[command(name = "local", max_term_width = 100)]
struct Arguments {
    /// The port to listen on, on 127.0.0.1
    #[arg(long, value_name = "PORT", default_value_t = 3000)]
    port: u16,

    /// The folder to keep data and signing key in; without it they are gone when the server stops
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Print a line of JSON for each request, as the functions log it; without it only errors are printed
    #[arg(long)]
    log: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let log = if arguments.log { Log::stdout() } else { errors_only() };
    let options = Options { port: arguments.port, data: arguments.data, log, ..Options::default() };
    // Asked for before the start, so that a signal during it is not lost.
    let stop = stop_signal();
    let server = match Server::start(options).await {
        Ok(server) => server,
        Err(error) => {
            eprintln!("The dev server cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{}", greeting(server.base_url()));
    stop.await;
    println!("Stopping.");
    server.stop().await;
    ExitCode::SUCCESS
}

fn errors_only() -> Log {
    Log::from_fn(|line| {
        if line.contains(r#""level":"ERROR""#) {
            eprintln!("{line}");
        }
    })
}

fn greeting(base_url: &str) -> String {
    format!(
        r#"Customer accounts are served at {base_url}
Inbox, pages and more to try:  {base_url}/_local/

Register, sign in and read your profile:

  curl -i {base_url}/customers -d '{{"data":{{"type":"customers","attributes":{{"email":"sonia@example.com","salutation":"Ms","firstName":"Sonia","lastName":"Wagner","gender":"Female","password":"Change-me-1!","confirmPassword":"Change-me-1!","acceptedTerms":true}}}}}}'

  curl {base_url}/access-tokens -d '{{"data":{{"type":"access-tokens","attributes":{{"username":"sonia@example.com","password":"Change-me-1!"}}}}}}'

  curl {base_url}/customers -H 'Authorization: Bearer <the accessToken>'

Ctrl-C stops it."#
    )
}

/// Resolves on Ctrl-C, and on the signal that process managers send.
fn stop_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .expect("a handler for SIGTERM can be installed");
    #[cfg(unix)]
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
        .expect("a handler for SIGINT can be installed");
    async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
