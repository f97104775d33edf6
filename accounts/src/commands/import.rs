use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use accounts::{Import, Imported, Reading, Target, import};

use super::target::{NoTarget, TargetArguments};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// NDJSON, or CSV if the name ends in .csv or .tsv
    file: PathBuf,

    /// The addresses of a CSV file of customers, as CSV
    #[arg(long, value_name = "FILE")]
    addresses: Option<PathBuf>,

    /// Which columns are what: a TOML file, or one of auth0, cognito, firebase, keycloak, medusa, shopify, spryker (for CSV if left out)
    #[arg(long, value_name = "FILE|NAME")]
    map: Option<String>,

    /// Fill a column that is left out or too short; can be repeated
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = column_and_value)]
    fill: Vec<(String, String)>,

    /// What separates the columns of CSV, if not what the header tells: one character, or tab
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,

    /// The cell of CSV that counts as left out if it is not in quotes, such as '\N'
    #[arg(long, value_name = "TEXT")]
    null: Option<String>,

    /// The files' encoding if it is not UTF-8, such as windows-1252 or utf-16le
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,

    /// Give customers new references; the file keeps the pairs of old and new for the next import
    #[arg(long, value_name = "FILE")]
    make_references: Option<PathBuf>,

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
    let Arguments { file, target, dry_run, without_password, report, make_references, .. } = arguments;
    let Arguments { addresses, map, fill, delimiter, null, encoding, .. } = arguments;
    let reading = Reading { addresses, map, fill, delimiter, null, encoding };
    let target = match target.named() {
        Err(NoTarget) if dry_run => Target::Nothing,
        named => named?,
    };
    let place = report.as_ref().map_or("above", |_| "in the report");
    let all = Import { file, reading, target, dry_run, without_password, report, make_references };
    let imported = import(all).await?;

    let done = if dry_run { "would be moved in" } else { "moved in" };
    let Imported { rows, moved_in, already_there, refused, left_over, notes } = imported;
    let mut lines = vec![format!("{moved_in} {done}, {already_there} there already, {refused} refused.")];
    lines.push(format!("Rows read: {rows}."));
    if left_over > 0 {
        lines.push(format!("Addresses without a customer, refused as well: {left_over}. They cannot be added to customers who are in the table."));
    }
    lines.extend(notes);
    let is_complete = refused + left_over == 0;
    if !is_complete {
        lines.push(format!("The reasons are {place}. Fix the rows and import the file again."));
    }
    let status = if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    Ok((lines.join("\n"), status))
}

fn column_and_value(text: &str) -> Result<(String, String), &'static str> {
    let (column, value) = text.split_once('=').ok_or("write COLUMN=VALUE")?;
    Ok((column.to_owned(), value.to_owned()))
}

fn delimiter(text: &str) -> Result<u8, &'static str> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !b"\"\r\n".contains(byte) => Ok(*byte),
        _ => Err("write one character of ASCII, or tab"),
    }
}
