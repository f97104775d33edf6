//! New references for customers who bring ones that this service does not keep, or none.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use embedded::private;
use shared::App;
use shared::domain::CustomerReference;

use crate::error::AccountsError;
use crate::rows::csv::{Fault, Records};

/// Pairs of an old and a new reference, in a CSV file, so that a repeated import gives the same ones.
pub(crate) struct References {
    name: String,
    /// `None` in a dry run.
    file: Option<File>,
    pairs: HashMap<String, CustomerReference>,
    given: HashSet<CustomerReference>,
}

const HEADER: [&str; 2] = ["old", "new"];
const HEADER_LINE: &[u8] = b"old,new\n";

impl References {
    pub(crate) fn open(path: &Path, is_dry_run: bool) -> Result<References, AccountsError> {
        let name = path.display().to_string();
        if is_dry_run && !path.exists() {
            return Ok(References { name, file: None, pairs: HashMap::new(), given: HashSet::new() });
        }
        let failed = |error| AccountsError::Write(name.clone(), error);
        let mut options = File::options();
        let mut file =
            private::open(path, options.read(true).write(!is_dry_run).create(!is_dry_run)).map_err(failed)?;
        if !is_dry_run {
            file.try_lock().map_err(|_| AccountsError::InUse(name.clone()))?;
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed)?;
        if !text.starts_with(HEADER_LINE) && !HEADER_LINE.starts_with(&text) {
            return Err(AccountsError::NoPairs(name));
        }
        let written = text.len();
        text.truncate(kept(&text).ok_or_else(|| AccountsError::CutOff(name.clone()))?);
        let end: &[u8] = match &text[..] {
            [] => HEADER_LINE,
            [.., b'\n'] => b"",
            _ => b"\n",
        };
        let pairs = read(&text).map_err(|fault| AccountsError::Csv(name.clone(), fault))?;
        let pairs = pairs.ok_or_else(|| AccountsError::NoPairs(name.clone()))?;
        let given: HashSet<CustomerReference> = pairs.values().cloned().collect();
        if given.len() != pairs.len() {
            return Err(AccountsError::NoPairs(name));
        }
        if !is_dry_run && (text.len() < written || !end.is_empty()) {
            file.set_len(text.len() as u64).map_err(failed)?;
            file.seek(SeekFrom::End(0)).map_err(failed)?;
            file.write_all(end).map_err(failed)?;
        }
        Ok(References { name, file: (!is_dry_run).then_some(file), pairs, given })
    }

    /// The customer's own, or a new one.
    pub(crate) fn of(&self, old: &str, app: &App) -> CustomerReference {
        let generate = || CustomerReference::generate(&app.config.reference_prefix, app.random.bytes());
        let new = || std::iter::repeat_with(generate).find(|new| !self.given.contains(new));
        self.pairs.get(old).cloned().or_else(new).expect("an endless series")
    }

    /// Returns once the pair would survive the end of this process.
    pub(crate) fn keep(&mut self, old: &str, new: &CustomerReference) -> Result<(), AccountsError> {
        if self.pairs.contains_key(old) {
            return Ok(());
        }
        if let Some(file) = &mut self.file {
            let line = format!("\"{}\",\"{new}\"\n", old.replace('"', "\"\""));
            file.write_all(line.as_bytes())
                .map_err(|error| AccountsError::Write(self.name.clone(), error))?;
        }
        self.pairs.insert(old.to_owned(), new.clone());
        self.given.insert(new.clone());
        Ok(())
    }
}

/// How much of a file is pairs, or the header: not what a killed import was writing at its end, whose customer was to
/// follow it, and did not. `None` if an end without a line feed may be half a pair or a whole one.
fn kept(text: &[u8]) -> Option<usize> {
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let rest = &text[whole..];
    if whole == 0 || rest.is_empty() {
        return Some(whole);
    }
    match Records::new(rest, b',').next() {
        Err(Fault::Unclosed { .. }) => Some(whole),
        Ok(Some(record)) => match &record.cells[..] {
            [old] if old.is_quoted => Some(whole),
            [old, new] if old.is_quoted && new.is_quoted => Some(text.len()),
            [old, new] if old.is_quoted && new.text.is_empty() => Some(whole),
            _ => None,
        },
        _ => None,
    }
}

/// `None` if these are no pairs of references.
fn read(text: &[u8]) -> Result<Option<HashMap<String, CustomerReference>>, Fault> {
    let mut records = Records::new(text, b',');
    let mut pairs = HashMap::new();
    let mut is_header = true;
    while let Some(record) = records.next()? {
        let [old, new] = &record.cells[..] else { return Ok(None) };
        if std::mem::take(&mut is_header) {
            if [&old.text, &new.text] != HEADER {
                return Ok(None);
            }
            continue;
        }
        let Some(new) = CustomerReference::parse(&new.text) else { return Ok(None) };
        if pairs.insert(old.text.clone(), new).is_some() {
            return Ok(None);
        }
    }
    Ok(Some(pairs))
}
