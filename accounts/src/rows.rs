//! The rows of a file, one by one.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::Value;

use crate::error::AccountsError;
use crate::form::{Numbered, Row};
use crate::spryker::Spryker;

/// In bytes, several times what a customer's record can hold; a line is read into memory as a whole.
pub(crate) const MAX_LINE: u64 = 1024 * 1024;

/// A file of NDJSON, or Spryker's CSV files if its name ends in `.csv`.
pub(crate) enum Rows {
    Ndjson { file: String, reader: BufReader<File>, line: u64, bytes_read: u64 },
    Spryker(Box<Spryker>),
}

impl Rows {
    /// `addresses` is Spryker's second file.
    pub(crate) fn open(file: &Path, addresses: Option<&Path>) -> Result<Rows, AccountsError> {
        if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            return Spryker::open(file, addresses).map(Box::new).map(Rows::Spryker);
        }
        if addresses.is_some() {
            return Err(AccountsError::AddressesApart);
        }
        let name = file.display().to_string();
        let reader = File::open(file).map_err(|error| AccountsError::Read(name.clone(), error))?;
        Ok(Rows::Ndjson { file: name, reader: BufReader::new(reader), line: 0, bytes_read: 0 })
    }

    /// Skips empty lines.
    pub(crate) fn next(&mut self) -> Result<Option<Numbered>, AccountsError> {
        let (file, reader, line, bytes_read) = match self {
            Rows::Spryker(spryker) => return spryker.next(),
            Rows::Ndjson { file, reader, line, bytes_read } => (file, reader, line, bytes_read),
        };
        let mut text = Vec::new();
        loop {
            text.clear();
            let failed = |error| AccountsError::Read(file.clone(), error);
            let length = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut text).map_err(failed)?;
            if length == 0 {
                return Ok(None);
            }
            let rest = if text.ends_with(b"\n") { 0 } else { reader.skip_until(b'\n').map_err(failed)? };
            *line += 1;
            *bytes_read += (length + rest) as u64;
            if rest > 0 {
                return Ok(Some(Numbered {
                    line: *line,
                    row: Err("The line is longer than 1 MiB.".to_owned()),
                }));
            }
            if !text.trim_ascii().is_empty() {
                return Ok(Some(Numbered { line: *line, row: row(&text) }));
            }
        }
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        match self {
            Rows::Ndjson { bytes_read, .. } => *bytes_read,
            Rows::Spryker(spryker) => spryker.bytes_read(),
        }
    }

    /// Addresses whose customer is not in the file, each with its line and the reference it names.
    pub(crate) fn left_over(self) -> Vec<(u64, String)> {
        match self {
            Rows::Ndjson { .. } => Vec::new(),
            Rows::Spryker(spryker) => spryker.left_over(),
        }
    }
}

fn row(text: &[u8]) -> Result<Row, String> {
    // The parser's own message may quote the text.
    let value = serde_json::from_slice(text.trim_ascii_end());
    let value = value.map_err(|error| format!("This is not valid JSON (column {}).", error.column()))?;
    let Value::Object(mut attributes) = value else { return Err("This is not a JSON object.".to_owned()) };
    let addresses = match attributes.remove("addresses") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(addresses)) => addresses,
        Some(_) => return Err("addresses => This value should be an array.".to_owned()),
    };
    let addresses = addresses.into_iter().enumerate().map(|(index, address)| match address {
        Value::Object(address) => Ok((format!("addresses[{index}]"), address)),
        _ => Err(format!("addresses[{index}] => This value should be an object.")),
    });
    Ok(Row { addresses: addresses.collect::<Result<_, _>>()?, attributes })
}
