use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use accounts::{Import, Imported, Target, import};

use super::target::{NoTarget, TargetArguments};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// NDJSON, or Spryker's customer.csv if the name ends in .csv
    file: PathBuf,

    /// Spryker's addresses as CSV
    #[arg(long, value_name = "FILE")]
    addresses: Option<PathBuf>,

    #[command(flatten)]
    target: TargetArguments,

    /// Check everything, also against the table if one is named, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Accept customers without a usable hash; they need a reset link to sign in
    #[arg(long)]
    without_password: bool,

    /// The file for refused rows and their reasons; without it, they go to standard error
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Fails if a row was refused.
pub(crate) async fn run(arguments: Arguments) -> Result<(String, ExitCode), Box<dyn Error>> {
    let Arguments { file, addresses, target, dry_run, without_password, report } = arguments;
    let target = match target.named() {
        Err(NoTarget) if dry_run => Target::Nothing,
        named => named?,
    };
    let place = report.as_ref().map_or("above", |_| "in the report");
    let imported = import(Import { file, addresses, target, dry_run, without_password, report }).await?;

    let done = if dry_run { "would be moved in" } else { "moved in" };
    let Imported { moved_in, already_there, refused } = imported;
    let summary = format!("{moved_in} {done}, {already_there} there already, {refused} refused.");
    if refused == 0 {
        return Ok((summary, ExitCode::SUCCESS));
    }
    let advice = format!("The reasons are {place}. Fix the rows and import the file again.");
    Ok((format!("{summary}\n{advice}"), ExitCode::FAILURE))
}
