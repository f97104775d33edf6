//! Imports the accounts of a file.
//!
//! The same file can be imported repeatedly: existing customers are left alone, so an interrupted import continues
//! where it stopped. A customer who exists with different content is refused; the table's customers are never
//! overwritten.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use embedded::{DynamoDb, private};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::Value;
use shared::domain::{Customer, CustomerReference, Password, PasswordHash};
use shared::hasher::expected_time;
use shared::store::Created;
use shared::{App, Error};
use tokio::task::JoinSet;

use crate::error::AccountsError;
use crate::form::{self, Defaults, Names, Numbered};
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

/// A row that was not imported.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Refused<'a> {
    file: &'a str,
    line: u64,
    customer_reference: Option<&'a str>,
    reasons: &'a [String],
}

const CONTROL_CHARACTER: &str = "customerReference => This value should have no control characters.";
/// Rows in flight at once. More would only be throttled; the embedded engine processes them one by one anyway.
const AT_ONCE: usize = 16;

/// # Errors
///
/// Whatever stops the import half-way: a file that cannot be read or written, a table that does not answer or refuses.
pub async fn import(import: Import) -> Result<Imported, AccountsError> {
    let Import { file, reading, target, dry_run, without_password, report, make_references } = import;
    let mut rows = Rows::open(&file, &reading, make_references.is_none())?;
    let map = reading.map.as_ref().map(PathBuf::from);
    for input in [Some(&file), reading.addresses.as_ref(), map.as_ref()].into_iter().flatten() {
        for (name, output) in [("report", &report), ("references", &make_references)] {
            if output.as_ref().is_some_and(|output| is_same_file(output, input)) {
                return Err(AccountsError::Overwrites(name, input.display().to_string()));
            }
        }
    }
    if let (Some(report), Some(references)) = (&report, &make_references)
        && (report == references || is_same_file(report, references))
    {
        return Err(AccountsError::Overwrites("report", references.display().to_string()));
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
    let mut references = make_references.map(|path| References::open(&path, dry_run)).transpose()?;
    let mut tally = Tally::new(&file, report.as_deref())?;
    let mut seen = Seen::default();
    let mut under_way = JoinSet::new();
    while let Some(Numbered { line, row }) = rows.next()? {
        tally.imported.rows += 1;
        tally.bar.set_position(rows.bytes_read());
        tally.bar.set_message(tally.imported.rows.to_string());
        let mut row = match row {
            Ok(row) => row,
            Err(problem) => {
                tally.refuse(line, None, &[problem])?;
                continue;
            }
        };
        // One that does not parse may be any other value of the row, such as an e-mail if the columns are shifted.
        let shown = row.reference().and_then(CustomerReference::parse);
        // Both are noted before the row is judged: the addresses of a reference belong to its first row.
        let repeated = row.reference().and_then(|reference| seen.reference(line, reference));
        let old = match row.attributes.get("customerReference") {
            None | Some(Value::Null) => row.text("email"),
            Some(_) => row.reference(),
        };
        let old = old.map(str::to_owned);
        if let (Some(references), Some(old)) = (&references, &old) {
            let new = references.of(old, &app).to_string();
            row.attributes.insert("customerReference".to_owned(), new.into());
        }
        let names = Arc::clone(&row.names);
        let judged = form::parse(row, &defaults);
        let again = judged.as_ref().ok().and_then(|customer| seen.email(line, customer));
        // The file of pairs is one pair per line, so that the end of a killed import can be cut off.
        let is_broken =
            references.is_some() && old.as_ref().is_some_and(|old| old.contains(char::is_control));
        let broken = is_broken.then(|| CONTROL_CHARACTER.to_owned());
        let mut reasons: Vec<String> =
            repeated.into_iter().chain(again).chain(broken).map(|problem| names.apply(&problem)).collect();
        match judged {
            Err(problems) => drop(reasons.splice(..0, problems)),
            Ok(customer) if reasons.is_empty() && !app.store.has_room_for(&customer) => {
                reasons.push("The customer's record is larger than 64 KB.".to_owned());
            }
            Ok(customer) if reasons.is_empty() => {
                if let (Some(references), Some(old)) = (&mut references, &old) {
                    references.keep(old, &customer.reference)?;
                }
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
                continue;
            }
            Ok(_) => {}
        }
        tally.refuse(line, shown.as_ref(), &reasons)?;
    }
    while let Some(done) = under_way.join_next().await {
        tally.count(done?)?;
    }
    tally.imported.notes = rows.notes();
    if let Some(addresses) = reading.addresses {
        tally.file = addresses.display().to_string();
        for (line, reference) in rows.left_over() {
            let reason = "The customers' file has no customer with this reference.".to_owned();
            tally.report(line, CustomerReference::parse(&reference).as_ref(), &[reason])?;
            tally.imported.left_over += 1;
        }
    }
    tally.finish(app.config.sign_in_floor)
}

/// A customer whom the table has taken or not.
struct Done {
    line: u64,
    /// The reference that the file has.
    shown: Option<CustomerReference>,
    names: Arc<Names>,
    customer: Customer,
    outcome: Result<Created, Error>,
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
    fn reference(&mut self, line: u64, reference: &str) -> Option<String> {
        note(&mut self.references, line, reference.to_owned(), "customerReference")
    }

    fn email(&mut self, line: u64, customer: &Customer) -> Option<String> {
        note(&mut self.emails, line, customer.email.as_ref()?.folded(), "email")
    }
}

/// The problem of a key that an earlier line has.
fn note(seen: &mut HashMap<String, u64>, line: u64, key: String, field: &str) -> Option<String> {
    match seen.entry(key) {
        Entry::Occupied(earlier) => Some(format!("{field} => Line {} has it already.", earlier.get())),
        Entry::Vacant(entry) => {
            entry.insert(line);
            None
        }
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
    /// The times that sign-ins take to verify the hashes of the accounts.
    hash_times: Vec<Duration>,
}

impl Tally {
    fn new(file: &Path, report: Option<&Path>) -> Result<Tally, AccountsError> {
        let name = |path: &Path| path.display().to_string();
        let report = report.map(|path| match open_report(path) {
            Ok(file) => Ok((name(path), BufWriter::new(file))),
            Err(error) => Err(AccountsError::Write(name(path), error)),
        });
        let size = fs::metadata(file).map_err(|error| AccountsError::Read(name(file), error))?.len();
        let style =
            ProgressStyle::with_template("{bar:40} {percent:>3} %, {msg} rows, {bytes_per_sec}, {eta} left")
                .expect("the template is valid");
        let bar = ProgressBar::new(size).with_style(style);
        let (file, report) = (name(file), report.transpose()?);
        Ok(Tally { file, imported: Imported::default(), report, bar, hash_times: Vec::new() })
    }

    fn count(&mut self, done: Done) -> Result<(), AccountsError> {
        let Done { line, shown, names, customer, outcome } = done;
        let hash = customer.password_hash.as_ref();
        self.hash_times.extend(hash.and_then(|hash| expected_time(hash.as_str()).ok()));
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
        self.refuse(line, shown.as_ref(), &[names.apply(&reason)])
    }

    fn refuse(
        &mut self,
        line: u64,
        reference: Option<&CustomerReference>,
        reasons: &[String],
    ) -> Result<(), AccountsError> {
        self.imported.refused += 1;
        self.report(line, reference, reasons)
    }

    fn report(
        &mut self,
        line: u64,
        reference: Option<&CustomerReference>,
        reasons: &[String],
    ) -> Result<(), AccountsError> {
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

    fn finish(mut self, floor: Duration) -> Result<Imported, AccountsError> {
        self.bar.finish_and_clear();
        if let Some((name, mut report)) = self.report {
            report.flush().map_err(|error| AccountsError::Write(name, error))?;
        }
        let Imported { rows, moved_in, already_there, refused, .. } = self.imported;
        if rows != moved_in + already_there + refused {
            return Err(AccountsError::Miscounted(rows, moved_in + already_there + refused));
        }
        let slow = self.hash_times.iter().filter(|time| **time > floor);
        if let Some(slowest) = slow.clone().max() {
            self.imported.notes.push(format!(
                "Hashes that take longer to verify than the sign-in floor of {} ms, and so tell that there is an account: \
                 {}. SIGN_IN_FLOOR_MS={} would hide them.",
                floor.as_millis(),
                slow.count(),
                slowest.as_millis().next_multiple_of(100)
            ));
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
