//! Spryker's CSV files: `customer.csv` of its data import, and addresses with the columns of `spy_customer_address`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Take};
use std::path::Path;

use csv::{Reader, StringRecord};
use serde_json::Value;

use crate::error::AccountsError;
use crate::form::{Attributes, Numbered, Row};
use crate::rows::MAX_LINE;

/// Customers are read one by one, after all addresses have been read.
pub(crate) struct Spryker {
    file: String,
    customers: Reader<Take<File>>,
    columns: Columns,
    addresses_file: String,
    addresses: HashMap<String, Vec<(u64, Attributes)>>,
}

/// The attribute of each column, in order; `None` for a column that is not imported.
type Columns = Vec<Option<&'static str>>;

const REFERENCE: &str = "customer_reference";

const CUSTOMER: [(&str, &str); 12] = [
    (REFERENCE, "customerReference"),
    ("locale_name", "language"),
    ("email", "email"),
    ("salutation", "salutation"),
    ("first_name", "firstName"),
    ("last_name", "lastName"),
    ("gender", "gender"),
    ("date_of_birth", "dateOfBirth"),
    ("password", "passwordHash"),
    ("registered", REGISTERED),
    // These two are columns of `spy_customer`, but not of the data import.
    ("created_at", "createdAt"),
    ("updated_at", "updatedAt"),
];

/// The day on which the customer confirmed the e-mail.
const REGISTERED: &str = "registered";

const ADDRESS: [(&str, &str); 15] = [
    (REFERENCE, REFERENCE),
    ("uuid", "id"),
    ("salutation", "salutation"),
    ("first_name", "firstName"),
    ("last_name", "lastName"),
    ("address1", "address1"),
    ("address2", "address2"),
    ("address3", "address3"),
    ("zip_code", "zipCode"),
    ("city", "city"),
    ("iso2_code", "iso2Code"),
    ("company", "company"),
    ("phone", "phone"),
    ("is_default_shipping", "isDefaultShipping"),
    ("is_default_billing", "isDefaultBilling"),
];

impl Spryker {
    pub(crate) fn open(customers: &Path, addresses: Option<&Path>) -> Result<Spryker, AccountsError> {
        let file = customers.display().to_string();
        let (customers, columns) = open(customers, &CUSTOMER, &[REFERENCE, "email"])?;
        let addresses_file = addresses.map(|path| path.display().to_string()).unwrap_or_default();
        let addresses = addresses.map(read_addresses).transpose()?.unwrap_or_default();
        Ok(Spryker { file, customers, columns, addresses_file, addresses })
    }

    pub(crate) fn next(&mut self) -> Result<Option<Numbered>, AccountsError> {
        let mut record = StringRecord::new();
        let found = read(&mut self.customers, &mut record, &self.file)?;
        let line = record.position().map_or_else(|| self.customers.position().line(), csv::Position::line);
        let row = match found {
            Ok(false) => return Ok(None),
            Ok(true) => Ok(self.row(&record)),
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(error) => return Err(AccountsError::Read(self.file.clone(), error)),
                csv::ErrorKind::UnequalLengths { .. } => {
                    Err("The row does not have as many cells as the header.".to_owned())
                }
                _ => Err("The row is not UTF-8.".to_owned()),
            },
        };
        Ok(Some(Numbered { line, row }))
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.customers.position().byte()
    }

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

    fn row(&mut self, record: &StringRecord) -> Row {
        let mut attributes = attributes(&self.columns, record);
        if let Some(registered) = attributes.remove(REGISTERED) {
            attributes.insert("confirmed".to_owned(), Value::Bool(true));
            attributes.entry("createdAt").or_insert(registered);
        }
        let reference = attributes.get("customerReference").and_then(Value::as_str).unwrap_or_default();
        let addresses = self.addresses.remove(reference).unwrap_or_default().into_iter();
        let name = |line| format!("{}, line {line}", self.addresses_file);
        Row { addresses: addresses.map(|(line, address)| (name(line), address)).collect(), attributes }
    }
}

/// By the customer's reference. A file that cannot be read to its end is refused as a whole, because it would be
/// unclear whose addresses are missing.
fn read_addresses(path: &Path) -> Result<HashMap<String, Vec<(u64, Attributes)>>, AccountsError> {
    let (mut reader, columns) = open(path, &ADDRESS, &[REFERENCE])?;
    let mut addresses: HashMap<String, Vec<_>> = HashMap::new();
    let file = path.display().to_string();
    let mut record = StringRecord::new();
    while read(&mut reader, &mut record, &file)?.map_err(|error| AccountsError::Csv(file.clone(), error))? {
        let mut address = attributes(&columns, &record);
        for flag in ["isDefaultShipping", "isDefaultBilling"] {
            if let Some(value) = address.get_mut(flag) {
                *value = boolean(value.take());
            }
        }
        let reference = match address.remove(REFERENCE) {
            Some(Value::String(reference)) => reference,
            _ => String::new(),
        };
        addresses
            .entry(reference)
            .or_default()
            .push((record.position().map_or(0, csv::Position::line), address));
    }
    Ok(addresses)
}

/// The next record, as [`Reader::read_record`] reads it, but never more than [`MAX_LINE`] and what the reader buffers.
fn read(
    reader: &mut Reader<Take<File>>,
    record: &mut StringRecord,
    file: &str,
) -> Result<csv::Result<bool>, AccountsError> {
    reader.get_mut().set_limit(MAX_LINE);
    let found = reader.read_record(record);
    match reader.get_ref().limit() {
        // The reader took the limit for the end of the file.
        0 => Err(AccountsError::RowTooLong(file.to_owned())),
        _ => Ok(found),
    }
}

fn open(
    path: &Path,
    names: &[(&'static str, &'static str)],
    needed: &[&'static str],
) -> Result<(Reader<Take<File>>, Columns), AccountsError> {
    let file = path.display().to_string();
    let opened = File::open(path).map_err(|error| AccountsError::Read(file.clone(), error))?;
    let mut reader = Reader::from_reader(opened.take(MAX_LINE));
    let headers = reader.headers().map_err(|error| AccountsError::Csv(file.clone(), error))?.clone();
    if reader.get_ref().limit() == 0 {
        return Err(AccountsError::RowTooLong(file));
    }
    if let Some(missing) = needed.iter().find(|needed| !headers.iter().any(|header| header == **needed)) {
        return Err(AccountsError::ColumnMissing(file, missing));
    }
    let name = |header: &str| names.iter().find(|(column, _)| *column == header).map(|(_, name)| *name);
    let columns = headers.iter().map(name).collect();
    Ok((reader, columns))
}

/// Empty cells are left out.
fn attributes(columns: &Columns, record: &StringRecord) -> Attributes {
    let cells = columns.iter().zip(record).filter(|(_, cell)| !cell.is_empty());
    cells.filter_map(|(name, cell)| Some(((*name)?.to_owned(), Value::from(cell)))).collect()
}

/// What databases and PHP write for true and false; anything else stays as it is and is reported as a problem.
fn boolean(cell: Value) -> Value {
    match cell.as_str() {
        Some("1" | "true" | "t") => Value::Bool(true),
        Some("0" | "false" | "f") => Value::Bool(false),
        _ => cell,
    }
}
