//! The outcomes of the rows.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use embedded::private;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use shared::Error;
use shared::domain::{Customer, CustomerReference};
use shared::hasher::expected_time;
use shared::store::Created;

use super::Imported;
use crate::error::{AccountsError, readable};
use crate::form::Names;

/// A row that was not imported.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Refused<'a> {
    file: &'a str,
    line: u64,
    customer_reference: Option<&'a str>,
    reasons: &'a [String],
}

/// How the first line of a report begins.
const REPORT_START: &[u8] = b"{\"file\":";

/// A customer whom the table has taken or not.
pub(super) struct Done {
    pub(super) line: u64,
    /// The reference that the file has.
    pub(super) shown: Option<CustomerReference>,
    pub(super) names: Arc<Names>,
    pub(super) customer: Customer,
    pub(super) outcome: Result<Created, Error>,
}

/// A device or a pipe is written to as it is, and a file is emptied only if it is the user's own and a report.
fn open_report(path: &Path) -> Result<File, AccountsError> {
    let name = || path.display().to_string();
    let failed = |error| AccountsError::Write(name(), error);
    let mut options = File::options();
    options.write(true);
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return options.open(path).map_err(failed);
    }
    let mut report = private::open(path, options.read(true).create(true).truncate(false)).map_err(failed)?;
    report.try_lock().map_err(|_| AccountsError::InUse(name()))?;
    let mut start = Vec::new();
    Read::by_ref(&mut report).take(REPORT_START.len() as u64).read_to_end(&mut start).map_err(failed)?;
    if !REPORT_START.starts_with(&start) {
        return Err(AccountsError::NoReport(name()));
    }
    report.set_len(0).and_then(|()| report.rewind()).map_err(failed)?;
    Ok(report)
}

/// The outcomes so far, and where refused rows are reported.
pub(super) struct Tally {
    file: String,
    imported: Imported,
    report: Option<(String, BufWriter<File>)>,
    bar: ProgressBar,
    /// The times that sign-ins take to verify the hashes of the accounts.
    hash_times: Vec<Duration>,
}

impl Tally {
    pub(super) fn new(file: &Path, report: Option<&Path>) -> Result<Tally, AccountsError> {
        let name = |path: &Path| path.display().to_string();
        let report =
            report.map(|path| Ok::<_, AccountsError>((name(path), BufWriter::new(open_report(path)?))));
        let size = fs::metadata(file).map_err(|error| AccountsError::Read(name(file), error))?.len();
        let style =
            ProgressStyle::with_template("{bar:40} {percent:>3} %, {msg} rows, {bytes_per_sec}, {eta} left")
                .expect("the template is valid");
        let bar = ProgressBar::new(size).with_style(style);
        let (file, report) = (name(file), report.transpose()?);
        Ok(Tally { file, imported: Imported::default(), report, bar, hash_times: Vec::new() })
    }

    pub(super) fn next_row(&mut self, bytes_read: u64) {
        self.imported.rows += 1;
        self.bar.set_position(bytes_read);
        self.bar.set_message(self.imported.rows.to_string());
    }

    pub(super) fn count(&mut self, done: Done) -> Result<(), AccountsError> {
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

    pub(super) fn refuse(
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
            let reasons = readable(&format!("{file}, line {line}, {reference}: {}", reasons.join(" ")));
            let written = self.bar.suspend(|| writeln!(std::io::stderr(), "{reasons}"));
            return written.map_err(|error| AccountsError::Write("the reasons".to_owned(), error));
        };
        let refused = Refused { file: &self.file, line, customer_reference: reference, reasons };
        let written = serde_json::to_writer(&mut *report, &refused).map_err(std::io::Error::from);
        let written = written.and_then(|()| report.write_all(b"\n"));
        written.map_err(|error| AccountsError::Write(name.clone(), error))
    }

    /// Addresses in a file of their own, each with its line and the reference it names.
    pub(super) fn left_over(
        &mut self,
        file: &Path,
        addresses: Vec<(u64, String)>,
    ) -> Result<(), AccountsError> {
        self.file = file.display().to_string();
        for (line, reference) in addresses {
            let reason = "The customers' file has no customer with this reference.".to_owned();
            self.report(line, CustomerReference::parse(&reference).as_ref(), &[reason])?;
            self.imported.left_over += 1;
        }
        Ok(())
    }

    pub(super) fn finish(mut self, notes: Vec<String>, floor: Duration) -> Result<Imported, AccountsError> {
        self.bar.finish_and_clear();
        if let Some((name, mut report)) = self.report {
            report.flush().map_err(|error| AccountsError::Write(name, error))?;
        }
        let Imported { rows, moved_in, already_there, refused, .. } = self.imported;
        if rows != moved_in + already_there + refused {
            return Err(AccountsError::Miscounted(rows, moved_in + already_there + refused));
        }
        self.imported.notes = notes;
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
