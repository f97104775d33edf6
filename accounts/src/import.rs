//! Imports the accounts of a file.
//!
//! The same file can be imported repeatedly: existing customers are left alone, so an interrupted import continues
//! where it stopped. A customer who exists with different content is refused; the table's customers are never
//! overwritten.

mod judge;
mod tally;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use embedded::DynamoDb;
use shared::domain::{CustomerReference, Password, PasswordHash};
use shared::{App, Error};
use tokio::task::JoinSet;

use self::judge::Judge;
use self::tally::{Done, Tally};
use crate::error::AccountsError;
use crate::form::{Defaults, Numbered};
use crate::references::References;
use crate::rows::{Reading, Rows};
use crate::target::Target;

/// What to import, and how.
#[derive(Clone)]
pub struct Import {
    pub file: PathBuf,
    pub reading: Reading,
    pub target: Target,
    /// Check everything, also against the table, and write nothing.
    pub dry_run: bool,
    /// Accept customers without a usable hash as well; they can sign in once they have set a password by mail.
    pub without_password: bool,
    /// The file for refused rows, one line of JSON each; without it, they are reported on standard error.
    pub report: Option<PathBuf>,
    /// Give the customers new references, and keep the pairs in this file.
    pub make_references: Option<PathBuf>,
}

/// How many customers had each outcome: every row that was read has one.
#[derive(Default)]
pub struct Imported {
    pub rows: u64,
    pub moved_in: u64,
    pub already_there: u64,
    pub refused: u64,
    /// Addresses in a file of their own, without a customer; refused as well.
    pub left_over: u64,
    /// What else there is to tell, in sentences.
    pub notes: Vec<String>,
}

/// Rows in flight at once. More would only be throttled; the embedded engine processes them one by one anyway.
const AT_ONCE: usize = 16;

/// # Errors
///
/// Whatever stops the import half-way: a file that cannot be read or written, a table that does not answer or refuses.
pub async fn import(import: Import) -> Result<Imported, AccountsError> {
    let mut rows = Rows::open(&import.file, &import.reading, import.make_references.is_none())?;
    refuse_overwriting(&import)?;
    let Import { file, reading, target, dry_run, without_password, report, make_references: pairs } = import;
    let target = match target {
        // A table that does not exist yet counts as empty, and a dry run must not create it.
        Target::Data(folder) if dry_run && !DynamoDb::is_in(&folder) => Target::Nothing,
        target => target,
    };
    let opened = target.open()?;
    let app = Arc::new(opened.app);
    let defaults = Defaults {
        created_at: app.clock.now(),
        password_hash: if without_password { Some(unmatchable_hash(&app).await?) } else { None },
    };
    let references = pairs.as_ref().map(|path| References::open(path, dry_run)).transpose()?;
    // Only now does the file of pairs exist in any case, under all its names.
    refuse_one_file(&report, &pairs)?;
    let mut judge = Judge::new(&app, defaults, references);
    let mut tally = Tally::new(&file, report.as_deref())?;
    let mut under_way = JoinSet::new();
    while let Some(Numbered { line, row }) = rows.next()? {
        tally.next_row(rows.bytes_read());
        let row = match row {
            Ok(row) => row,
            Err(problem) => {
                tally.refuse(line, None, &[problem])?;
                continue;
            }
        };
        // One that does not parse may be any other value of the row, such as an e-mail if the columns are shifted.
        let shown = row.reference().and_then(CustomerReference::parse);
        let names = Arc::clone(&row.names);
        let customer = match judge.judge(line, row)? {
            Ok(customer) => customer,
            Err(reasons) => {
                tally.refuse(line, shown.as_ref(), &reasons)?;
                continue;
            }
        };
        let app = Arc::clone(&app);
        under_way.spawn(async move {
            let outcome = match dry_run {
                true => app.store.try_create(&customer).await,
                false => app.store.create(&customer).await,
            };
            Done { line, shown, names, customer, outcome }
        });
        if under_way.len() >= AT_ONCE
            && let Some(done) = under_way.join_next().await
        {
            tally.count(done?)?;
        }
    }
    while let Some(done) = under_way.join_next().await {
        tally.count(done?)?;
    }
    let notes = [rows.notes(), Vec::from_iter(judge.note())].concat();
    if let Some(addresses) = reading.addresses {
        tally.left_over(&addresses, rows.left_over())?;
    }
    tally.finish(notes, app.config.sign_in_floor)
}

/// The hash of a secret that is discarded at once, so that no password matches it. Signing in fails as with a wrong
/// password, at the same cost, until the customer sets a password by mail.
async fn unmatchable_hash(app: &App) -> Result<PasswordHash, Error> {
    let secret = Password::parse_presented(&app.random.secret()).expect("a secret is not blank");
    app.hasher.hash(&secret).await
}

/// What is written must be neither what is read nor one file for both.
fn refuse_overwriting(import: &Import) -> Result<(), AccountsError> {
    let Import { file, reading, report, make_references, .. } = import;
    let map = reading.map.as_ref().map(PathBuf::from);
    for input in [Some(file), reading.addresses.as_ref(), map.as_ref()].into_iter().flatten() {
        for (name, output) in [("report", report), ("references", make_references)] {
            if output.as_ref().is_some_and(|output| is_same_file(output, input)) {
                return Err(AccountsError::Overwrites(name, input.display().to_string()));
            }
        }
    }
    refuse_one_file(report, make_references)
}

fn refuse_one_file(report: &Option<PathBuf>, pairs: &Option<PathBuf>) -> Result<(), AccountsError> {
    match (report, pairs) {
        (Some(report), Some(pairs)) if report == pairs || is_same_file(report, pairs) => {
            Err(AccountsError::Overwrites("report", pairs.display().to_string()))
        }
        _ => Ok(()),
    }
}

/// Also by another name, through a link of either kind.
fn is_same_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    let identity = |path: &Path| {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).map(|there| (there.dev(), there.ino()))
    };
    #[cfg(not(unix))]
    let identity = Path::canonicalize;
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}
