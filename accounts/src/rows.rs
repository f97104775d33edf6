//! The rows of a file, one by one.

pub(crate) mod csv;
pub(crate) mod json;
pub(crate) mod sheet;
mod text;
mod twice;
mod unused;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs::{Encoding, UTF_8};
use serde_json::Value;

use self::csv::Record;
use self::json::Ndjson;
use self::sheet::{Dialect, Sheet};
use self::unused::{Unused, some_of};
use crate::error::AccountsError;
use crate::form::{AddressRow, Numbered, Row};
use crate::map::{ADDRESSES, Fill, Map, SPRYKER};

/// In bytes, several times what a customer's record can hold; a line is read into memory as a whole.
const MAX_LINE: u64 = 1024 * 1024;

/// How to read the files.
#[derive(Clone, Default)]
pub struct Reading {
    /// Addresses in a file of their own, if the customers are in a CSV file.
    pub addresses: Option<PathBuf>,
    /// A file that names columns, or one that is compiled in. Without it, CSV is Spryker's, and NDJSON has the contract's
    /// names.
    pub map: Option<String>,
    /// Columns, and what replaces them where they are left out or too short.
    pub fill: Vec<(String, String)>,
    /// Of CSV; without it, the header tells.
    pub delimiter: Option<u8>,
    /// The unquoted cell of CSV that counts as left out.
    pub null: Option<String>,
    /// Of the files, by a name of the web's encoding standard; UTF-8 without it.
    pub encoding: Option<String>,
}

/// NDJSON, or CSV if the file's name ends in `.csv` or `.tsv`.
pub(crate) struct Rows {
    source: Source,
    map: Option<Map>,
    fill: Fill,
    dialect: Dialect,
    /// By the customer's reference, as the file spells it.
    addresses: HashMap<String, Vec<(u64, AddressRow)>>,
    notes: Vec<String>,
    /// Whether to tell about columns that the map names and no row has.
    is_map_given: bool,
}

enum Source {
    Ndjson(Box<Ndjson>, Unused),
    Csv(Box<Sheet>),
}

impl Rows {
    pub(crate) fn open(file: &Path, reading: &Reading, needs_reference: bool) -> Result<Rows, AccountsError> {
        let encoding = match &reading.encoding {
            None => UTF_8,
            Some(label) => Encoding::for_label_no_replacement(label.as_bytes())
                .ok_or_else(|| AccountsError::NoEncoding(label.clone()))?,
        };
        let dialect = Dialect { encoding, delimiter: reading.delimiter, null: reading.null.clone() };
        let is_csv = file
            .extension()
            .is_some_and(|extension| ["csv", "tsv"].iter().any(|csv| extension.eq_ignore_ascii_case(csv)));
        let name = reading.map.as_deref().or(is_csv.then_some(SPRYKER));
        let map = name.map(Map::open).transpose()?;
        let fill = Fill::new(&reading.fill, map.as_ref())?;
        let mut notes = Vec::new();
        let (source, addresses) = match &map {
            Some(map) if is_csv => {
                let sheet = Sheet::open(file, &dialect, &map.needed(needs_reference)?)?;
                describe(&sheet, &map.ignored(&sheet, false), &mut notes);
                let addresses = reading.addresses.as_deref();
                let addresses = addresses.map(|path| read_addresses(path, map, &dialect, &mut notes));
                (Source::Csv(Box::new(sheet)), addresses.transpose()?.unwrap_or_default())
            }
            _ => {
                let options = [
                    ("--addresses", reading.addresses.is_some()),
                    ("--delimiter", reading.delimiter.is_some()),
                    ("--null", reading.null.is_some()),
                ];
                if let Some((option, _)) = options.iter().find(|(_, is_given)| *is_given) {
                    return Err(AccountsError::OnlyCsv(option));
                }
                let ndjson = Box::new(Ndjson::open(file, encoding)?);
                (Source::Ndjson(ndjson, Unused::new(map.as_ref())), HashMap::new())
            }
        };
        let is_map_given = reading.map.is_some();
        Ok(Rows { source, map, fill, dialect, addresses, notes, is_map_given })
    }

    pub(crate) fn next(&mut self) -> Result<Option<Numbered>, AccountsError> {
        let numbered = match &mut self.source {
            Source::Ndjson(ndjson, unused) => ndjson.next()?.map(|(line, object)| {
                let row = object.and_then(|object| {
                    unused.look_at(&object);
                    match &self.map {
                        Some(map) => Ok(map.customer_in_json(&object)),
                        None => row(object),
                    }
                });
                Numbered { line, row }
            }),
            Source::Csv(sheet) => sheet.next()?.map(|record| {
                let map = self.map.as_ref().expect("CSV has a map");
                Numbered { line: record.line, row: customer(sheet, &record, map, &self.dialect) }
            }),
        };
        Ok(numbered.map(|Numbered { line, mut row }| {
            if let Ok(row) = &mut row {
                let reference = row.reference();
                let own =
                    reference.and_then(|reference| self.addresses.remove(reference)).unwrap_or_default();
                row.addresses.extend(own.into_iter().map(|(_, address)| address));
                self.fill.apply(row);
            }
            Numbered { line, row }
        }))
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        match &self.source {
            Source::Ndjson(ndjson, _) => ndjson.bytes_read(),
            Source::Csv(sheet) => sheet.bytes_read(),
        }
    }

    /// What to tell about the files, after the last row.
    pub(crate) fn notes(&mut self) -> Vec<String> {
        let mut notes = std::mem::take(&mut self.notes);
        if let Source::Ndjson(ndjson, unused) = &self.source {
            notes.extend(unused.note(&ndjson.file));
        }
        let not_found =
            self.map.as_ref().filter(|_| self.is_map_given).map(Map::not_found).unwrap_or_default();
        if !not_found.is_empty() {
            notes.push(format!("Columns of the map in which no row has a value: {}.", some_of(&not_found)));
        }
        notes
    }

    /// Addresses whose customer is not in the file, each with its line and the reference it names.
    pub(crate) fn left_over(self) -> Vec<(u64, String)> {
        let left_over = self.addresses.into_iter();
        let mut left_over: Vec<_> = left_over
            .flat_map(|(reference, addresses)| {
                addresses.into_iter().map(move |(line, _)| (line, reference.clone()))
            })
            .collect();
        left_over.sort();
        left_over
    }
}

fn describe(sheet: &Sheet, ignored: &[&str], notes: &mut Vec<String>) {
    notes.extend(sheet.note());
    if !ignored.is_empty() {
        notes.push(format!("Columns of {} that are not used: {}.", sheet.file, some_of(ignored)));
    }
}

fn customer(sheet: &Sheet, record: &Record, map: &Map, dialect: &Dialect) -> Result<Row, String> {
    match record.cells.len() {
        cells if cells == sheet.header.len() => Ok(map.customer_in_cells(sheet, record, dialect)),
        _ => Err("The row does not have as many cells as the header.".to_owned()),
    }
}

/// A file with a row that does not fit its header is refused as a whole, because it is unclear whose address that is.
fn read_addresses(
    path: &Path,
    map: &Map,
    dialect: &Dialect,
    notes: &mut Vec<String>,
) -> Result<HashMap<String, Vec<(u64, AddressRow)>>, AccountsError> {
    let mut sheet = Sheet::open(path, dialect, &map.needed_of_addresses()?)?;
    describe(&sheet, &map.ignored(&sheet, true), notes);
    let mut addresses: HashMap<String, Vec<_>> = HashMap::new();
    while let Some(record) = sheet.next()? {
        if record.cells.len() != sheet.header.len() {
            return Err(AccountsError::AddressWidth(sheet.file, record.line));
        }
        let (reference, address) = map.address_in_cells(&sheet, &record, dialect);
        addresses.entry(reference).or_default().push((record.line, address));
    }
    Ok(addresses)
}

/// A row in the names of the contract.
fn row(object: Value) -> Result<Row, String> {
    let Value::Object(mut attributes) = object else { return Err("This is not a JSON object.".to_owned()) };
    let addresses = match attributes.remove(ADDRESSES) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(addresses)) => addresses,
        Some(_) => return Err("addresses => This value should be an array.".to_owned()),
    };
    let addresses = addresses.into_iter().enumerate().map(|(index, address)| match address {
        Value::Object(attributes) => Ok(AddressRow {
            place: format!("addresses[{index}]"),
            attributes,
            problems: Vec::new(),
            names: Arc::default(),
        }),
        _ => Err(format!("addresses[{index}] => This value should be an object.")),
    });
    let addresses = addresses.collect::<Result<_, _>>()?;
    Ok(Row { attributes, addresses, problems: Vec::new(), names: Arc::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_another_process_rewrites_stops_the_import_at_its_first_new_row() {
        const ROWS: u32 = 10_000;

        let folder = tempfile::tempdir().expect("a folder");
        for (name, header) in [("customers.csv", "customer_reference,email\n"), ("customers.ndjson", "")] {
            let path = folder.path().join(name);
            let row = |number: u32| match header {
                "" => format!("{{\"customerReference\":\"DE--{number:05}\"}}\n"),
                _ => format!("DE--{number:05},a@example.com\n"),
            };
            let text = |last| header.to_owned() + &(1..ROWS).chain([last]).map(row).collect::<String>();
            std::fs::write(&path, text(ROWS)).expect("it is written");
            let mut read = Rows::open(&path, &Reading::default(), true).expect("it opens");
            // Of the same length, in place.
            std::fs::write(&path, text(77)).expect("it is written");
            for _ in 1..ROWS {
                assert!(matches!(read.next(), Ok(Some(Numbered { row: Ok(_), .. }))));
            }
            assert!(matches!(read.next(), Err(AccountsError::FileChanged(_))), "{name}");
        }
    }
}
