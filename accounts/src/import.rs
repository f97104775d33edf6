//! Imports the accounts of a file.
//!
//! The same file can be imported repeatedly: existing customers are left alone, so an interrupted import continues
//! where it stopped. A customer who exists with different content is refused; the table's customers are never
//! overwritten.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use embedded::{DynamoDb, private};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use shared::domain::{Customer, CustomerReference, Email, Password, PasswordHash};
use shared::store::Created;
use shared::{App, Error};
use tokio::task::JoinSet;

use crate::error::AccountsError;
use crate::form::{self, Defaults, Numbered};
use crate::rows::Rows;
use crate::target::Target;

/// What to import, and how.
#[derive(Clone, Debug)]
pub struct Import {
    /// NDJSON, or Spryker's `customer.csv`.
    pub file: PathBuf,
    /// Spryker's addresses, if the customers are Spryker's.
    pub addresses: Option<PathBuf>,
    pub target: Target,
    /// Check everything, also against the table, and write nothing.
    pub dry_run: bool,
    /// Accept customers without a usable hash as well; they can sign in once they have set a password by mail.
    pub without_password: bool,
    /// The file for refused rows, one line of JSON each; without it, they are reported on standard error.
    pub report: Option<PathBuf>,
}

/// How many customers had each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub moved_in: u64,
    pub already_there: u64,
    /// In rows; addresses without a customer count as well.
    pub refused: u64,
}

/// A row that was not imported.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Refused<'a> {
    file: &'a str,
    line: u64,
    customer_reference: Option<&'a str>,
    reasons: &'a [String],
}

/// Rows in flight at once. More would only be throttled; the embedded engine processes them one by one anyway.
const AT_ONCE: usize = 16;

/// # Errors
///
/// Whatever stops the import half-way: a file that cannot be read or written, a table that does not answer or refuses.
pub async fn import(import: Import) -> Result<Imported, AccountsError> {
    let Import { file, addresses, target, dry_run, without_password, report } = import;
    let mut rows = Rows::open(&file, addresses.as_deref())?;
    for input in [Some(&file), addresses.as_ref()].into_iter().flatten() {
        if report.as_ref().is_some_and(|report| is_same_file(report, input)) {
            return Err(AccountsError::ReportIsInput(input.display().to_string()));
        }
    }
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
    let mut tally = Tally::new(&file, report.as_deref())?;
    let mut seen = Seen::default();
    let mut under_way = JoinSet::new();
    while let Some(Numbered { line, row }) = rows.next()? {
        tally.bar.set_position(rows.bytes_read());
        // One that does not parse may be any other value of the row, such as an e-mail if the columns are shifted.
        let reference = row.as_ref().ok().and_then(|row| row.attributes.get("customerReference")?.as_str());
        let reference = reference.and_then(CustomerReference::parse);
        let customer = row.map_err(|problem| vec![problem]).and_then(|row| form::parse(row, &defaults));
        let customer = customer.and_then(|customer| seen.check(line, customer)).and_then(|customer| {
            if app.store.has_room_for(&customer) {
                Ok(customer)
            } else {
                Err(vec!["The customer's record is larger than 64 KB.".to_owned()])
            }
        });
        match customer {
            Err(reasons) => tally.refuse(line, reference.as_ref(), &reasons)?,
            Ok(customer) => {
                let app = Arc::clone(&app);
                under_way.spawn(async move {
                    let outcome = match dry_run {
                        true => app.store.try_create(&customer).await,
                        false => app.store.create(&customer).await,
                    };
                    (line, customer, outcome)
                });
            }
        }
        if under_way.len() >= AT_ONCE
            && let Some(done) = under_way.join_next().await
        {
            tally.count(done?)?;
        }
    }
    while let Some(done) = under_way.join_next().await {
        tally.count(done?)?;
    }
    if let Some(addresses) = addresses {
        tally.file = addresses.display().to_string();
        for (line, reference) in rows.left_over() {
            let reason = "The customers' file has no customer with this reference.".to_owned();
            tally.refuse(line, CustomerReference::parse(&reference).as_ref(), &[reason])?;
        }
    }
    tally.finish()
}

/// The hash of a secret that is discarded at once, so that no password matches it. Signing in fails as with a wrong
/// password, at the same cost, until the customer sets a password by mail.
async fn unmatchable_hash(app: &App) -> Result<PasswordHash, Error> {
    let secret = Password::parse_presented(&app.random.secret()).expect("a secret is not blank");
    app.hasher.hash(&secret).await
}

/// The lines on which references and e-mails have been seen. Two customers cannot have the same.
#[derive(Default)]
struct Seen {
    references: HashMap<String, u64>,
    emails: HashMap<String, u64>,
}

impl Seen {
    fn check(&mut self, line: u64, customer: Customer) -> Result<Customer, Vec<String>> {
        let mut problems = Vec::new();
        let mut note = |seen: &mut HashMap<String, u64>, key: String, field: &str| {
            if let Some(earlier) = seen.get(&key) {
                problems.push(format!("{field} => Line {earlier} has it already."));
            } else {
                seen.insert(key, line);
            }
        };
        let Customer { reference, email, .. } = &customer;
        note(&mut self.references, reference.to_string(), "customerReference");
        if let Some(email) = email.as_ref().map(Email::folded) {
            note(&mut self.emails, email, "email");
        }
        if problems.is_empty() { Ok(customer) } else { Err(problems) }
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

/// A device or a pipe is written to as it is.
fn open_report(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true);
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return options.open(path);
    }
    let report = private::open(path, options.create(true).truncate(false))?;
    // Emptied only now that it is known to be the user's own.
    report.set_len(0)?;
    Ok(report)
}

/// The outcomes so far, and where refused rows are reported.
struct Tally {
    file: String,
    imported: Imported,
    report: Option<(String, BufWriter<File>)>,
    bar: ProgressBar,
}

impl Tally {
    fn new(file: &Path, report: Option<&Path>) -> Result<Tally, AccountsError> {
        let name = |path: &Path| path.display().to_string();
        let report = report.map(|path| match open_report(path) {
            Ok(file) => Ok((name(path), BufWriter::new(file))),
            Err(error) => Err(AccountsError::Write(name(path), error)),
        });
        let size = fs::metadata(file).map_err(|error| AccountsError::Read(name(file), error))?.len();
        let style = ProgressStyle::with_template("{bar:40} {percent:>3} %, {eta} left")
            .expect("the template is valid");
        let bar = ProgressBar::new(size).with_style(style);
        Ok(Tally { file: name(file), imported: Imported::default(), report: report.transpose()?, bar })
    }

    fn count(
        &mut self,
        (line, customer, outcome): (u64, Customer, Result<Created, Error>),
    ) -> Result<(), AccountsError> {
        let reason = match outcome? {
            Created::Done => {
                self.imported.moved_in += 1;
                return Ok(());
            }
            Created::ReferenceTaken(there) if is_same(&customer, &there) => {
                self.imported.already_there += 1;
                return Ok(());
            }
            Created::ReferenceTaken(there) if there.email.is_none() => {
                "customerReference => The customer was anonymised here and is not restored.".to_owned()
            }
            Created::ReferenceTaken(_) => {
                "customerReference => The customer already exists, with different content.".to_owned()
            }
            Created::EmailTaken(reference) => format!("email => The customer {reference} has it already."),
        };
        self.refuse(line, Some(&customer.reference), &[reason])
    }

    fn refuse(
        &mut self,
        line: u64,
        reference: Option<&CustomerReference>,
        reasons: &[String],
    ) -> Result<(), AccountsError> {
        self.imported.refused += 1;
        let reference = reference.map(CustomerReference::as_str);
        let Some((name, report)) = &mut self.report else {
            let (file, reference) = (&self.file, reference.unwrap_or("no reference"));
            self.bar.suspend(|| eprintln!("{file}, line {line}, {reference}: {}", reasons.join(" ")));
            return Ok(());
        };
        let refused = Refused { file: &self.file, line, customer_reference: reference, reasons };
        let written = serde_json::to_writer(&mut *report, &refused).map_err(std::io::Error::from);
        let written = written.and_then(|()| report.write_all(b"\n"));
        written.map_err(|error| AccountsError::Write(name.clone(), error))
    }

    fn finish(self) -> Result<Imported, AccountsError> {
        self.bar.finish_and_clear();
        if let Some((name, mut report)) = self.report {
            report.flush().map_err(|error| AccountsError::Write(name, error))?;
        }
        Ok(self.imported)
    }
}

/// Whether the existing customer is the one that the row describes. Times are not compared, because a row may leave
/// them out; nor are password and confirmation, because the customer may have changed them since the import.
fn is_same(row: &Customer, there: &Customer) -> bool {
    let is_same_person = (&row.email, row.salutation, &row.first_name, &row.last_name, row.gender)
        == (&there.email, there.salutation, &there.first_name, &there.last_name, there.gender);
    is_same_person
        && (&row.date_of_birth, row.language) == (&there.date_of_birth, there.language)
        && row.addresses == there.addresses
        && (row.default_shipping, row.default_billing) == (there.default_shipping, there.default_billing)
}
