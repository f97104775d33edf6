use std::error::Error;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use accounts::{Compare, Compared, compare};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The base URL of the old shop's Glue, or of any service with this contract
    old: String,

    /// The base URL of this service
    new: String,

    /// Customers and how to get access tokens for them: NDJSON with "email" and "password", to sign in, or with
    /// "customerReference", "oldToken" and "newToken"
    #[arg(long, value_name = "FILE")]
    token_for: PathBuf,

    /// How many of the file's customers to compare; the same ones in every run
    #[arg(long, value_name = "N", default_value = "100")]
    sample: NonZeroUsize,

    /// How many customers to compare at the same time
    #[arg(long, value_name = "N", default_value = "4")]
    at_once: NonZeroUsize,

    /// A place in the JSON, as the report names it, where differences do not count; can be repeated
    #[arg(long, value_name = "POINTER")]
    ignore: Vec<String>,

    /// The file for the result of each request as JUnit's XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// The file for the report in Markdown; without it, the report goes to standard output
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Fails if any answers differ or are missing.
pub(crate) async fn run(arguments: Arguments) -> Result<(String, ExitCode), Box<dyn Error>> {
    let Arguments { old, new, token_for: customers, sample, at_once, ignore, junit, report } = arguments;
    let is_report_written = report.is_some();
    let compared = compare(Compare { old, new, customers, sample, at_once, ignore, junit, report }).await?;
    let Compared { customers, same, different, failed, report } = compared;
    let output = if is_report_written {
        format!(
            "Customers compared: {customers}. \
             Pairs of answers: {same} the same, {different} different, {failed} not comparable."
        )
    } else {
        report.trim_end().to_owned()
    };
    Ok((output, if different + failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}
