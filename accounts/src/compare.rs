//! Sends the same requests to two services for a sample of customers, and compares the answers.
//!
//! * `customers` reads the file that says how to get each customer's tokens, and takes the sample.
//! * `client` sends the requests, `conversation` is all of them for one customer.
//! * `difference` compares two answers, `tally` counts what differs by its shape.
//! * `report` and `junit` write it down.
//!
//! A difference is kept by its shape alone, so no output can contain what a customer has entered.

mod client;
mod conversation;
mod customers;
mod difference;
mod junit;
mod report;
mod tally;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use embedded::private;
use futures_util::{StreamExt, stream};
use indicatif::ProgressBar;

use self::client::Side;
use self::conversation::{Sides, Step};
use self::customers::Sample;

/// A comparison to run.
pub struct Compare {
    /// The base URLs of the two services.
    pub old: String,
    pub new: String,
    /// The file with the customers and how to get their tokens.
    pub customers: PathBuf,
    pub sample: NonZeroUsize,
    /// How many customers are compared at the same time.
    pub at_once: NonZeroUsize,
    /// Pointers, `*` for each element of an array, below which nothing is compared.
    pub ignore: Vec<String>,
    /// The file for JUnit's XML.
    pub junit: Option<PathBuf>,
    /// The file for the report.
    pub report: Option<PathBuf>,
}

/// What a comparison has found.
pub struct Compared {
    pub customers: usize,
    /// Pairs of answers: those that were the same, those that differ, and those of which one is missing.
    pub same: usize,
    pub different: usize,
    pub failed: usize,
    /// In Markdown.
    pub report: String,
}

/// Why a comparison stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    #[error("{0} is not the base URL of a service: http:// or https://, without user, password and query")]
    Url(&'static str),
    #[error("an ignored pointer starts with a slash, such as /data/*/attributes/phone")]
    Pointer,
    #[error("cannot read {0}: {1}")]
    Read(String, std::io::Error),
    #[error("cannot write {0}: {1}")]
    Write(String, std::io::Error),
    #[error("{0}, line {1}: {2}")]
    Line(String, usize, String),
    #[error("{0} has no customers")]
    NoCustomers(String),
    #[error("{0} is named twice, and would be overwritten")]
    NamedTwice(String),
    #[error("the system's certificates cannot be read")]
    Certificates,
    #[error("{0} cannot be compared: {1}")]
    Unreachable(&'static str, String),
}

/// # Errors
///
/// Whatever stops the comparison: a file that cannot be read or written, a service that cannot be reached at the start.
pub async fn compare(compare: Compare) -> Result<Compared, CompareError> {
    let Compare { old, new, customers, sample, at_once, ignore, junit, report } = compare;
    if ignore.iter().any(|pointer| !pointer.starts_with('/')) {
        return Err(CompareError::Pointer);
    }
    check_files(&customers, [junit.as_deref(), report.as_deref()])?;
    let connections = desk::https::connections().map_err(|_| CompareError::Certificates)?;
    let sides = Sides {
        old: Side::new("OLD", &old, connections.clone())?,
        new: Side::new("NEW", &new, connections)?,
        ignore,
    };
    let Sample { customers, of } = customers::sample(&customers, sample.get())?;

    let mut steps: Vec<Step> = vec![sides.without_token().await?];
    let bar = ProgressBar::new(customers.len() as u64);
    let mut conversations =
        stream::iter(&customers).map(|customer| sides.with(customer)).buffered(at_once.get());
    while let Some(more) = conversations.next().await {
        steps.extend(more);
        bar.inc(1);
    }
    bar.finish_and_clear();

    let failed = steps.iter().filter(|step| !step.failures.is_empty()).count();
    let same = steps.iter().filter(|step| step.failures.is_empty() && step.differences.is_empty()).count();
    let mut compared = Compared {
        customers: customers.len(),
        same,
        different: steps.len() - same - failed,
        failed,
        report: String::new(),
    };
    compared.report = report::markdown(&sides, &compared, of, &steps);
    let outputs =
        [report.map(|file| (file, compared.report.clone())), junit.map(|file| (file, junit::xml(&steps)))];
    // One that fails takes no other one with it.
    let written: Vec<_> = outputs.into_iter().flatten().map(|(file, text)| write(&file, &text)).collect();
    written.into_iter().collect::<Result<(), _>>()?;
    Ok(compared)
}

fn write(file: &Path, text: &str) -> Result<(), CompareError> {
    private::replace(file, text.as_bytes())
        .map_err(|error| CompareError::Write(file.display().to_string(), error))
}

/// No output replaces the file of customers, or the other output.
fn check_files(customers: &Path, outputs: [Option<&Path>; 2]) -> Result<(), CompareError> {
    // An output need not exist yet, so a path is resolved as far as its folder.
    let place = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        path.canonicalize().or_else(|_| {
            folder.canonicalize().map(|folder| folder.join(path.file_name().unwrap_or_default()))
        })
    };
    let mut named = vec![place(customers).ok()];
    for output in outputs.into_iter().flatten() {
        let name = || output.display().to_string();
        let place = place(output).map_err(|error| CompareError::Write(name(), error))?;
        if place.exists() && !place.is_file() {
            let error = std::io::Error::other("it is not a regular file");
            return Err(CompareError::Write(name(), error));
        }
        let place = Some(place);
        if place.is_some() && named.contains(&place) {
            return Err(CompareError::NamedTwice(output.display().to_string()));
        }
        named.push(place);
    }
    Ok(())
}
