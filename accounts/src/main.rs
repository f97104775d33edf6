//! `cargo run -p accounts`: the operators' command line, for all accounts of a table and for one customer.

use std::io::Write;
use std::process::ExitCode;

use accounts::readable;
use clap::{Parser, Subcommand};

use self::commands::{check, compare, desk, export, import};

mod commands {
    pub(crate) mod check;
    pub(crate) mod compare;
    pub(crate) mod desk;
    pub(crate) mod export;
    pub(crate) mod import;
    mod target;
}

/// Imports, exports, checks and compares customer accounts, and helps customers one at a time.
#[derive(Parser)]
#[command(name = "accounts", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Import customers from a file; sends no mail and can be repeated. docs/import.md describes the file
    Import(import::Arguments),
    /// Write all customers, including their password hashes, to a file that `import` reads
    Export(export::Arguments),
    /// List inconsistencies between the items of a table, such as a customer whose e-mail does not sign in
    Check(check::Arguments),
    /// Send the same requests to the old shop and to this service, and report what differs without showing any data
    Compare(compare::Arguments),
    #[command(flatten)]
    Desk(desk::Command),
}

/// Exits with 2 if a command stopped early, otherwise with the command's own status.
#[tokio::main]
async fn main() -> ExitCode {
    let (name, ended) = match Arguments::parse().command {
        Command::Import(arguments) => ("import", import::run(arguments).await),
        Command::Export(arguments) => ("export", export::run(arguments).await),
        Command::Check(arguments) => ("check", check::run(arguments).await),
        Command::Compare(arguments) => ("comparison", compare::run(arguments).await),
        Command::Desk(command) => return desk::run(command).await,
    };
    match ended {
        Ok((summary, status)) => {
            // The other end of the pipe may be closed.
            let _ = writeln!(std::io::stdout(), "{}", readable(&summary));
            status
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "The {name} stopped: {}", readable(&error.to_string()));
            ExitCode::from(2)
        }
    }
}
