//! An account as one line of JSON, in the names of the contract: what an import reads and an export writes.

use std::collections::HashMap;
use std::sync::Arc;

use addresses::new_address;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};
use shared::digest::sha256;
use shared::domain::{
    Address, AddressId, Customer, CustomerReference, Date, Email, Gender, Language, MAX_ADDRESSES, Name,
    NewAddress, PasswordHash, Salutation, Text, Timestamp,
};
use shared::error::{Error, Problems};
use shared::hasher::expected_time;
use shared::http::input::{Input, not_blank};
use shared::runtime::config::Profile;
use uuid::Builder;

pub(crate) type Attributes = Map<String, Value>;

/// A line before validation. A `null` counts as left out, and unknown attributes are ignored.
pub(crate) struct Row {
    pub(crate) attributes: Attributes,
    /// In the order of their creation.
    pub(crate) addresses: Vec<AddressRow>,
    /// What has been found to be wrong with it already.
    pub(crate) problems: Vec<String>,
    pub(crate) names: Arc<Names>,
}

/// An address before validation.
pub(crate) struct AddressRow {
    /// Where it is, as its problems are reported; empty if that goes without saying.
    pub(crate) place: String,
    pub(crate) attributes: Attributes,
    pub(crate) problems: Vec<String>,
    pub(crate) names: Arc<Names>,
}

/// What a file calls the attributes, if it has names of its own.
#[derive(Default)]
pub(crate) struct Names(pub(crate) HashMap<String, String>);

impl Names {
    /// The problem of an attribute, under the file's name for it.
    pub(crate) fn apply(&self, problem: &str) -> String {
        let own =
            problem.split_once(" => ").and_then(|(attribute, text)| Some((self.0.get(attribute)?, text)));
        own.map_or_else(|| problem.to_owned(), |(name, text)| format!("{name} => {text}"))
    }

    /// All problems, each once. That an unclear value breaks a rule as well is none.
    fn report(&self, unclear: Vec<String>, found: Vec<String>) -> Vec<String> {
        fn attribute(problem: &str) -> Option<&str> {
            problem.split_once(" => ").map(|(attribute, _)| attribute)
        }
        let is_unclear = |problem: &String| {
            attribute(problem).is_some() && unclear.iter().any(|other| attribute(other) == attribute(problem))
        };
        let found: Vec<String> = found.into_iter().filter(|problem| !is_unclear(problem)).collect();
        let mut reported: Vec<String> = Vec::new();
        for problem in unclear.into_iter().chain(found).map(|problem| self.apply(&problem)) {
            if !reported.contains(&problem) {
                reported.push(problem);
            }
        }
        reported
    }
}

impl Row {
    /// As the file spells it.
    pub(crate) fn reference(&self) -> Option<&str> {
        self.text("customerReference")
    }

    pub(crate) fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

/// A row, or the reason why it is unreadable, with its line number, counted from 1.
pub(crate) struct Numbered {
    pub(crate) line: u64,
    pub(crate) row: Result<Row, String>,
}

/// The values for what a line leaves out.
pub(crate) struct Defaults {
    pub(crate) created_at: Timestamp,
    /// Replaces a missing or unusable hash; `None` refuses the customer.
    pub(crate) password_hash: Option<PasswordHash>,
}

/// # Errors
///
/// All problems of the row at once, without quoting any of its values.
pub(crate) fn parse(mut row: Row, defaults: &Defaults) -> Result<Customer, Vec<String>> {
    let (names, unclear) = (Arc::clone(&row.names), std::mem::take(&mut row.problems));
    let mut of_addresses = Vec::new();
    let parsed = parse_attributes(row, defaults, &mut of_addresses);
    match parsed {
        Ok(customer) if unclear.is_empty() && of_addresses.is_empty() => Ok(customer),
        parsed => {
            let mut problems = names.report(unclear, parsed.err().unwrap_or_default());
            // In one row, both may come from the same column.
            of_addresses.retain(|problem| !problems.contains(problem));
            problems.extend(of_addresses);
            Err(problems)
        }
    }
}

/// The problems of addresses are kept apart, because a file may have other names for their attributes.
fn parse_attributes(
    row: Row,
    defaults: &Defaults,
    of_addresses: &mut Vec<String>,
) -> Result<Customer, Vec<String>> {
    // As an export writes them of a customer who has none since a restore.
    let is_nameless = ["salutation", "firstName", "lastName"]
        .iter()
        .all(|name| row.attributes.get(*name) == Some(&Value::Null));
    let attributes = without_nulls(row.attributes);
    let mut input = Input::new(&attributes);
    let mut problems = Vec::new();

    let raw_reference = input.required("customerReference", not_blank);
    let reference = raw_reference.as_deref().and_then(CustomerReference::parse);
    if raw_reference.is_some() && reference.is_none() {
        problems.push(NO_REFERENCE.to_owned());
    }
    let created_at = input.optional("createdAt", Timestamp::parse).unwrap_or(defaults.created_at);
    let updated_at = input.optional("updatedAt", Timestamp::parse).unwrap_or(created_at);
    let accepted_terms_at = input.optional("acceptedTermsAt", Timestamp::parse);
    let language = input.optional("language", |raw| Ok(Language::preferred(&raw.replace('_', "-"))));
    let language = language.unwrap_or_default();
    if input.flag("anonymised") == Some(true) {
        all_of(input, problems)?;
        let customer = Customer::anonymous(reference.expect(NOTED), language, created_at);
        return Ok(Customer { updated_at, accepted_terms_at, ..customer });
    }

    let email = input.required("email", Email::parse);
    if email.as_ref().is_some_and(Email::is_too_long) {
        problems.push(Error::EmailTooLong.objects()[0].detail.clone().into_owned());
    }
    let names = if is_nameless {
        None
    } else {
        let salutation = input.required("salutation", Salutation::parse);
        let first_name = input.required("firstName", Name::parse);
        Some((salutation, first_name, input.required("lastName", Name::parse)))
    };
    let gender = input.optional("gender", Gender::parse);
    let date_of_birth = input.optional("dateOfBirth", Date::parse);
    let presented_hash = input.optional("passwordHash", |raw| Ok(raw.to_owned()));
    let judged = presented_hash.map(|hash| match expected_time(&hash) {
        Ok(_) => Ok(PasswordHash::new(hash)),
        Err(unverifiable) => Err(format!("passwordHash => This is {unverifiable}.")),
    });
    let password_hash = match (judged, &defaults.password_hash) {
        (Some(Ok(hash)), _) => Some(hash),
        (_, Some(unmatchable)) => Some(unmatchable.clone()),
        (judged, None) => {
            problems.push(judged.and_then(Result::err).unwrap_or_else(|| NO_HASH.to_owned()));
            None
        }
    };
    let confirmed = input.flag("confirmed").unwrap_or(false);
    let addresses;
    (addresses, *of_addresses) = self::addresses(raw_reference.as_deref().unwrap_or_default(), row.addresses);
    let parsed = || {
        let (salutation, first_name, last_name) = match names {
            Some((salutation, first_name, last_name)) => {
                (Some(salutation?), Some(first_name?), Some(last_name?))
            }
            None => (None, None, None),
        };
        let customer = Customer::anonymous(reference?, language, created_at);
        let email = Some(email?);
        Some(Customer { email, salutation, first_name, last_name, gender, date_of_birth, ..customer })
    };
    all_of(input, problems)?;
    let customer = parsed().expect(NOTED);

    let default =
        |is: fn(&NewAddress) -> bool| addresses.iter().find(|new| is(new)).map(|new| new.address.id);
    Ok(Customer {
        confirmed,
        password_hash,
        updated_at,
        accepted_terms_at,
        default_shipping: default(|new| new.defaults.shipping),
        default_billing: default(|new| new.defaults.billing),
        addresses: addresses.iter().map(|new| new.address.clone()).collect(),
        ..customer
    })
}

/// The account as an export writes it: including its hash, but without sessions and mailed keys.
pub(crate) fn line(customer: &Customer) -> impl Serialize {
    Line {
        customer_reference: customer.reference.to_string(),
        anonymised: customer.email.is_none(),
        email: customer.email.as_ref().map(|email| email.as_str().to_owned()),
        salutation: customer.salutation.map(Salutation::as_str),
        first_name: customer.first_name.as_ref().map(owned),
        last_name: customer.last_name.as_ref().map(owned),
        gender: customer.gender.map(Gender::as_str),
        date_of_birth: customer.date_of_birth.as_ref().map(Date::to_string),
        created_at: customer.created_at.to_string(),
        updated_at: customer.updated_at.to_string(),
        accepted_terms_at: customer.accepted_terms_at.map(|at| at.to_string()),
        language: customer.language.as_str(),
        password_hash: customer.password_hash.as_ref().map(|hash| hash.as_str().to_owned()),
        confirmed: customer.email.as_ref().map(|_| customer.confirmed),
        addresses: customer.addresses.iter().map(|address| address_line(customer, address)).collect(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    customer_reference: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    anonymised: bool,
    email: Option<String>,
    salutation: Option<&'static str>,
    first_name: Option<String>,
    last_name: Option<String>,
    gender: Option<&'static str>,
    date_of_birth: Option<String>,
    created_at: String,
    updated_at: String,
    accepted_terms_at: Option<String>,
    language: &'static str,
    password_hash: Option<String>,
    confirmed: Option<bool>,
    addresses: Vec<AddressLine>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressLine {
    id: String,
    salutation: &'static str,
    first_name: String,
    last_name: String,
    address1: String,
    address2: String,
    address3: Option<String>,
    zip_code: String,
    city: String,
    iso2_code: &'static str,
    company: Option<String>,
    phone: Option<String>,
    is_default_shipping: bool,
    is_default_billing: bool,
}

fn address_line(customer: &Customer, address: &Address) -> AddressLine {
    AddressLine {
        id: address.id.to_string(),
        salutation: address.salutation.as_str(),
        first_name: owned(&address.first_name),
        last_name: owned(&address.last_name),
        address1: owned(&address.address1),
        address2: owned(&address.address2),
        address3: address.address3.as_ref().map(owned),
        zip_code: owned(&address.zip_code),
        city: owned(&address.city),
        iso2_code: address.country.as_str(),
        company: address.company.as_ref().map(owned),
        phone: address.phone.as_ref().map(owned),
        is_default_shipping: customer.default_shipping == Some(address.id),
        is_default_billing: customer.default_billing == Some(address.id),
    }
}

fn owned<const MIN: usize, const MAX: usize>(text: &Text<MIN, MAX>) -> String {
    text.as_str().to_owned()
}

const NOTED: &str = "a missing value has already been reported as a problem";
const NO_REFERENCE: &str = "customerReference => A reference consists of up to 64 letters and digits, hyphens, underscores, dots and vertical bars, with a letter or a digit.";
const NO_HASH: &str = "passwordHash => This field is missing.";
const NO_COUNTRY: &str = "iso2Code => There is no such country.";
const NO_UUID: &str = "id => This is not a UUID.";

/// Fails if the row has any problem: the contract's, or one that only an import has.
fn all_of(input: Input<'_>, own: Vec<String>) -> Result<(), Vec<String>> {
    let mut problems = input.finish(|| Some(())).err().map(details).unwrap_or_default();
    problems.extend(own);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn details(problems: Problems) -> Vec<String> {
    Error::Invalid(problems).objects().into_iter().map(|object| object.detail.into_owned()).collect()
}

/// The valid addresses, the problems of the others, and the problems of all of them together.
fn addresses(reference: &str, rows: Vec<AddressRow>) -> (Vec<NewAddress>, Vec<String>) {
    let mut addresses: Vec<NewAddress> = Vec::new();
    let mut problems = Vec::new();
    if rows.len() > MAX_ADDRESSES {
        return (addresses, vec![format!("addresses => A customer can have {MAX_ADDRESSES} addresses.")]);
    }
    for (index, row) in rows.into_iter().enumerate() {
        let own = match address(row.attributes, derived_id(reference, index)) {
            Ok(new) if addresses.iter().any(|known| known.address.id == new.address.id) => {
                vec!["id => Another address of this customer has it.".to_owned()]
            }
            Ok(new) => {
                addresses.push(new);
                Vec::new()
            }
            Err(details) => details,
        };
        let separator = if row.place.is_empty() { "" } else { ": " };
        let own = row.names.report(row.problems, own);
        problems.extend(own.iter().map(|problem| format!("{}{separator}{problem}", row.place)));
    }
    let several = |is: fn(&NewAddress) -> bool| addresses.iter().filter(|new| is(new)).count() > 1;
    for (field, is_several) in [
        ("isDefaultShipping", several(|new| new.defaults.shipping)),
        ("isDefaultBilling", several(|new| new.defaults.billing)),
    ] {
        if is_several {
            problems.push(format!("addresses => {field} is true for more than one address."));
        }
    }
    (addresses, problems)
}

/// Unlike in the API, a missing flag is false and no address becomes a default implicitly: imported accounts bring
/// their defaults, or have none.
fn address(attributes: Attributes, derived_id: AddressId) -> Result<NewAddress, Vec<String>> {
    let mut attributes = without_nulls(attributes);
    let id = match attributes.get("id") {
        None => Some(derived_id),
        Some(id) => id.as_str().and_then(AddressId::parse),
    };
    for flag in ["isDefaultShipping", "isDefaultBilling"] {
        attributes.entry(flag).or_insert(Value::Bool(false));
    }
    let parsed = new_address(&attributes, Profile::Classic, id.unwrap_or(derived_id));
    let mut problems = match &parsed {
        Ok(Some(_)) => Vec::new(),
        Ok(None) => vec![NO_COUNTRY.to_owned()],
        Err(error) => error.objects().into_iter().map(|object| object.detail.into_owned()).collect(),
    };
    if id.is_none() {
        problems.push(NO_UUID.to_owned());
    }
    match parsed {
        Ok(Some(address)) if problems.is_empty() => Ok(address),
        _ => Err(problems),
    }
}

/// The id of an address that comes without one: the same whenever the same file is read.
fn derived_id(reference: &str, index: usize) -> AddressId {
    let hash = URL_SAFE_NO_PAD.decode(sha256(format!("{reference} {index}").as_bytes()));
    let bytes = hash.expect("the hash is base64").first_chunk().copied().expect("the hash has 32 bytes");
    AddressId::new(Builder::from_custom_bytes(bytes).into_uuid())
}

fn without_nulls(mut attributes: Attributes) -> Attributes {
    attributes.retain(|_, value| !value.is_null());
    attributes
}
