//! `cargo run -p accounts`: what an operator does with all accounts of a table, on the command line.

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::commands::{check, export, import};

mod commands {
    pub(crate) mod check;
    pub(crate) mod export;
    pub(crate) mod import;
    mod target;
}

/// Customer accounts in and out of a table: the dev server's, or a real one in DynamoDB.
#[derive(Parser)]
#[command(name = "accounts", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Move customers in from a file, which may be repeated; nobody is mailed. docs/import.md describes the file
    Import(import::Arguments),
    /// Write all customers to a file that an import reads, the hashes of their passwords included
    Export(export::Arguments),
    /// List everything in a table that does not agree, such as an e-mail that is shown and does not sign in
    Check(check::Arguments),
}

/// Ends with 2 if a command could not run to its end, otherwise with the command's own status.
#[tokio::main]
async fn main() -> ExitCode {
    let (name, ended) = match Arguments::parse().command {
        Command::Import(arguments) => ("import", import::run(arguments).await),
        Command::Export(arguments) => ("export", export::run(arguments).await),
        Command::Check(arguments) => ("check", check::run(arguments).await),
    };
    match ended {
        Ok((summary, status)) => {
            // Nobody may be reading it any more.
            let _ = writeln!(std::io::stdout(), "{summary}");
            status
        }
        Err(error) => {
            eprintln!("The {name} has stopped: {error}");
            ExitCode::from(2)
        }
    }
}
