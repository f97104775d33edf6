//! Which columns of a file are which attributes of an account.

mod fill;
mod format;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use self::fill::Fill;
use self::format::Format;
use crate::error::AccountsError;
use crate::form::{AddressRow, Attributes, Names, Row};
use crate::rows::csv::Record;
use crate::rows::sheet::{Dialect, Sheet};

/// The maps that are compiled in.
const READY: [(&str, &str); 7] = [
    ("auth0", include_str!("maps/auth0.toml")),
    ("cognito", include_str!("maps/cognito.toml")),
    ("firebase", include_str!("maps/firebase.toml")),
    ("keycloak", include_str!("maps/keycloak.toml")),
    ("medusa", include_str!("maps/medusa.toml")),
    ("shopify", include_str!("maps/shopify.toml")),
    (SPRYKER, include_str!("maps/spryker.toml")),
];
/// For CSV files, unless another one is named.
pub(crate) const SPRYKER: &str = "spryker";

pub(crate) const REFERENCE: &str = "customerReference";
pub(crate) const CUSTOMER: [&str; 14] = [
    REFERENCE,
    "email",
    "salutation",
    "firstName",
    "lastName",
    "gender",
    "dateOfBirth",
    "createdAt",
    "updatedAt",
    "acceptedTermsAt",
    "language",
    "passwordHash",
    "confirmed",
    "anonymised",
];
pub(crate) const ADDRESSES: &str = "addresses";
pub(crate) const ADDRESS: [&str; 14] = [
    "id",
    "salutation",
    "firstName",
    "lastName",
    "address1",
    "address2",
    "address3",
    "zipCode",
    "city",
    "iso2Code",
    "company",
    "phone",
    "isDefaultShipping",
    "isDefaultBilling",
];
pub(crate) struct Map {
    customer: Fields,
    /// An address in the customer's row, or a list of them at this path.
    address: Option<(Option<String>, Fields)>,
    /// The columns of a file of addresses.
    addresses: Fields,
}

#[derive(Default)]
pub(crate) struct Fields {
    fields: BTreeMap<String, Field>,
    names: Arc<Names>,
}

/// Where the value of an attribute comes from.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    /// The first of these columns that has a value.
    #[serde(default)]
    column: Columns,
    /// The same in every row.
    value: Option<Value>,
    /// In place of a value that is left out.
    default: Option<Value>,
    /// Removed from the beginning of the text.
    strip: Option<String>,
    /// Put before texts that do not begin with it.
    prefix: Option<String>,
    /// What texts stand for; others stay as they are.
    #[serde(default)]
    values: HashMap<String, Value>,
    format: Option<Format>,
    /// Whether a row has had a value.
    #[serde(skip)]
    is_found: Cell<bool>,
}

#[derive(Default, Deserialize)]
#[serde(from = "OneOrMore")]
struct Columns(Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl From<OneOrMore> for Columns {
    fn from(columns: OneOrMore) -> Columns {
        Columns(match columns {
            OneOrMore::One(column) => vec![column],
            OneOrMore::More(columns) => columns,
        })
    }
}

/// One row of a file, as its columns are looked up.
#[derive(Clone, Copy)]
enum Source<'a> {
    Cells {
        sheet: &'a Sheet,
        record: &'a Record,
        dialect: &'a Dialect,
    },
    /// Columns are paths, such as `addresses.0.city`.
    Json(&'a Value),
}

impl Source<'_> {
    /// `None` for what is left out: nothing, `null`, or an empty text.
    fn get(self, column: &str) -> Result<Option<Value>, String> {
        match self {
            Source::Cells { sheet, record, dialect } => {
                let cell =
                    sheet.header.iter().position(|name| name == column).map(|index| &record.cells[index]);
                let text = cell.map(|cell| dialect.text(cell, sheet.delimiter)).transpose()?.flatten();
                Ok(text.map(Value::from))
            }
            Source::Json(object) => {
                let inner = column.split('.').try_fold(object, |value, name| match value {
                    Value::Object(members) => members.get(name),
                    Value::Array(values) => values.get(name.parse::<usize>().ok()?),
                    _ => None,
                });
                Ok(inner.filter(|value| !value.is_null() && *value != "").cloned())
            }
        }
    }
}

impl Map {
    /// A map that is compiled in, or a file.
    pub(crate) fn open(name: &str) -> Result<Map, AccountsError> {
        let ready = READY.iter().find(|(ready, _)| *ready == name).map(|(_, text)| (*text).to_owned());
        let text = ready.map_or_else(|| std::fs::read_to_string(Path::new(name)), Ok);
        let text = text.map_err(|error| {
            let names: Vec<&str> = READY.iter().map(|(name, _)| *name).collect();
            AccountsError::NoMap(name.to_owned(), names.join(", "), error)
        })?;
        Map::parse(&text).map_err(|problem| AccountsError::Map(name.to_owned(), problem))
    }

    fn parse(text: &str) -> Result<Map, String> {
        let mut file: toml::Table = toml::from_str(text).map_err(|error| not_toml(text, &error))?;
        let mut section = |name: &str| -> Result<Option<toml::Table>, String> {
            file.remove(name).map(|section| convert(section, &format!("[{name}]"))).transpose()
        };
        let customer = section("customer")?.ok_or("[customer] is missing.")?;
        let (address, addresses) = (section("address")?, section(ADDRESSES)?);
        if let Some(unknown) = file.keys().next() {
            return Err(format!(
                "[{unknown}] is no part of a map: [customer], [address] and [addresses] are."
            ));
        }
        let address = address.map(|mut section| {
            let each = section.remove("each").map(|each| convert(each, "[address] each")).transpose()?;
            Ok::<_, String>((each, Fields::parse(section, "address", &ADDRESS)?))
        });
        let of_addresses = [&[REFERENCE], &ADDRESS[..]].concat();
        let addresses = addresses.map(|section| Fields::parse(section, ADDRESSES, &of_addresses));
        Ok(Map {
            customer: Fields::parse(customer, "customer", &CUSTOMER)?,
            address: address.transpose()?,
            addresses: addresses.transpose()?.unwrap_or_default(),
        })
    }

    /// What a file of customers needs to have, each with its alternatives.
    pub(crate) fn needed(&self, needs_reference: bool) -> Result<Vec<&[String]>, AccountsError> {
        let needed = [(REFERENCE, needs_reference), ("email", true)];
        let needed = needed.into_iter().filter(|(_, is_needed)| *is_needed);
        needed.map(|(attribute, _)| self.customer.needed(attribute)).collect()
    }

    pub(crate) fn needed_of_addresses(&self) -> Result<Vec<&[String]>, AccountsError> {
        Ok(vec![self.addresses.needed(REFERENCE)?])
    }

    pub(crate) fn customer_in_cells(&self, sheet: &Sheet, record: &Record, dialect: &Dialect) -> Row {
        self.customer(Source::Cells { sheet, record, dialect })
    }

    pub(crate) fn customer_in_json(&self, object: &Value) -> Row {
        self.customer(Source::Json(object))
    }

    fn customer(&self, source: Source<'_>) -> Row {
        let (attributes, mut problems) = self.customer.read(source);
        let addresses = match &self.address {
            None => Vec::new(),
            Some((None, fields)) => {
                let has_value = |column: &&String| !matches!(source.get(column), Ok(None));
                let is_there = fields.own_columns(&self.customer).any(|column| has_value(&column));
                if is_there { vec![fields.address(source, String::new())] } else { Vec::new() }
            }
            Some((Some(path), fields)) => match source.get(path) {
                Ok(Some(Value::Array(elements))) => {
                    let elements = elements.iter().enumerate();
                    elements
                        .map(|(index, element)| {
                            fields.address(Source::Json(element), format!("{path}[{index}]"))
                        })
                        .collect()
                }
                Ok(None) => Vec::new(),
                _ => {
                    problems.push(format!("{path} => This value should be an array."));
                    Vec::new()
                }
            },
        };
        Row { attributes, addresses, problems, names: Arc::clone(&self.customer.names) }
    }

    /// An address of a file of its own, and the reference of its customer.
    pub(crate) fn address_in_cells(
        &self,
        sheet: &Sheet,
        record: &Record,
        dialect: &Dialect,
    ) -> (String, AddressRow) {
        let source = Source::Cells { sheet, record, dialect };
        let place = format!("{}, line {}", sheet.file, record.line);
        let mut address = self.addresses.address(source, place);
        let reference = match address.attributes.remove(REFERENCE) {
            Some(Value::String(reference)) => reference,
            _ => String::new(),
        };
        (reference, address)
    }

    /// The columns that a map names and no row has had a value in, each with its alternatives.
    pub(crate) fn not_found(&self) -> BTreeSet<String> {
        let fields = self.all_fields().flat_map(|fields| fields.fields.values());
        let missed = fields.filter(|field| !field.column.0.is_empty() && !field.is_found.get());
        missed.map(|field| field.column.0.join(" or ")).collect()
    }

    /// The members of a customer in NDJSON that an attribute comes from, or from below them.
    pub(crate) fn members(&self) -> HashSet<String> {
        let address = self.address.as_ref().map(|(each, fields)| (each.as_ref(), fields));
        let of_address = address.into_iter().flat_map(|(each, fields)| match each {
            Some(path) => vec![path],
            None => fields.columns().collect(),
        });
        let paths = self.customer.columns().chain(of_address);
        paths.filter_map(|path| path.split('.').next()).map(str::to_owned).collect()
    }

    /// The columns of a file that no attribute comes from.
    pub(crate) fn ignored<'a>(&self, sheet: &'a Sheet, is_of_addresses: bool) -> Vec<&'a str> {
        let used: Vec<&String> = match (is_of_addresses, &self.address) {
            (true, _) => self.addresses.columns().collect(),
            (false, Some((_, address))) => self.customer.columns().chain(address.columns()).collect(),
            (false, None) => self.customer.columns().collect(),
        };
        sheet.header.iter().filter(|column| !used.contains(column)).map(String::as_str).collect()
    }

    fn all_fields(&self) -> impl Iterator<Item = &Fields> {
        [&self.customer, &self.addresses].into_iter().chain(self.address.as_ref().map(|(_, fields)| fields))
    }
}

impl Fields {
    fn parse(section: toml::Table, name: &str, attributes: &[&str]) -> Result<Fields, String> {
        let mut fields = BTreeMap::new();
        for (attribute, value) in section {
            let place = format!("[{name}] {attribute}");
            if !attributes.contains(&attribute.as_str()) {
                return Err(format!("{place} is no attribute; there are {}.", attributes.join(", ")));
            }
            let field = match value {
                toml::Value::String(column) => Field { column: Columns(vec![column]), ..Field::default() },
                table => convert(table, &place)?,
            };
            if field.column.0.is_empty() == field.value.is_none() {
                return Err(format!("{place} needs either a column or a value."));
            }
            fields.insert(attribute, field);
        }
        let names = fields.iter().filter(|(_, field)| !field.column.0.is_empty());
        let names =
            names.map(|(attribute, field)| (attribute.clone(), field.column.0.join(" or "))).collect();
        Ok(Fields { fields, names: Arc::new(Names(names)) })
    }

    fn needed(&self, attribute: &'static str) -> Result<&[String], AccountsError> {
        let columns = self.fields.get(attribute).map(|field| &field.column.0[..]);
        columns.filter(|columns| !columns.is_empty()).ok_or(AccountsError::NotMapped(attribute))
    }

    fn columns(&self) -> impl Iterator<Item = &String> {
        self.fields.values().flat_map(|field| &field.column.0)
    }

    fn own_columns(&self, others: &Fields) -> impl Iterator<Item = &String> {
        self.columns().filter(|column| !others.columns().any(|other| other == *column))
    }

    fn address(&self, source: Source<'_>, place: String) -> AddressRow {
        let (attributes, problems) = self.read(source);
        AddressRow { place, attributes, problems, names: Arc::clone(&self.names) }
    }

    /// The attributes that are not left out, and the problems of cells that are unclear.
    fn read(&self, source: Source<'_>) -> (Attributes, Vec<String>) {
        let (mut attributes, mut problems) = (Attributes::new(), Vec::new());
        for (attribute, field) in &self.fields {
            match field.read(source) {
                Ok(None) => {}
                Ok(Some(value)) => drop(attributes.insert(attribute.clone(), value)),
                Err(problem) => problems.push(format!("{attribute} => {problem}")),
            }
        }
        (attributes, problems)
    }
}

impl Field {
    fn read(&self, source: Source<'_>) -> Result<Option<Value>, String> {
        if let Some(value) = &self.value {
            return Ok(Some(value.clone()));
        }
        let mut found = None;
        for column in &self.column.0 {
            found = source.get(column)?;
            if found.is_some() {
                break;
            }
        }
        if found.is_some() {
            self.is_found.set(true);
        }
        let value = found.map(|value| match value {
            // Not a fraction: 1.50 is 1.5 by now, and a whole number of more digits than fit is rounded.
            Value::Number(number) if self.format.is_none() && !number.is_f64() => {
                Value::String(number.to_string())
            }
            value => value,
        });
        let value = value.and_then(|value| match value {
            Value::String(text) => {
                let strip = self.strip.as_deref().unwrap_or_default();
                let text = text.strip_prefix(strip).unwrap_or(&text);
                if text.is_empty() {
                    return None;
                }
                let prefix = self.prefix.as_deref().filter(|prefix| !text.starts_with(prefix));
                Some(Value::String(prefix.unwrap_or_default().to_owned() + text))
            }
            value => Some(value),
        });
        let value = match (value, self.format) {
            (Some(value), Some(format)) => format.convert(value),
            (value, _) => value,
        };
        let value = value.map(|value| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.values.get(&text).cloned().unwrap_or(value)
        });
        Ok(value.or_else(|| self.default.clone()))
    }
}

fn convert<T: DeserializeOwned>(value: toml::Value, place: &str) -> Result<T, String> {
    value.try_into().map_err(|error| format!("{place}: {}", error.message()))
}

/// Without the line itself, which is data if the file is another one.
fn not_toml(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {} is not valid TOML.", before.matches('\n').count() + 1)
}
