//! Customers and addresses as resource objects.

use serde_json::Value;

use crate::domain::{Address, Customer, CustomerReference, DefaultFlags, Gender, Salutation, Text};
use crate::http::call::Call;
use crate::http::jsonapi::{Attributes, Resource, View};

pub const CUSTOMERS: &str = "customers";
pub const ADDRESSES: &str = "addresses";

/// All of a customer, with the addresses, whatever the client asked to see.
pub fn complete_view() -> View {
    View::parse([("include", ADDRESSES)].into_iter())
}

/// A customer, and its addresses if the request includes them.
pub fn customer(call: &Call, customer: &Customer) -> (Resource, Vec<Resource>) {
    let included: Vec<Resource> =
        if call.view.includes(ADDRESSES) { addresses(call, customer) } else { Vec::new() };
    let attributes = vec![
        ("firstName", text(customer.first_name.as_ref())),
        ("lastName", text(customer.last_name.as_ref())),
        ("email", Value::from(customer.email.as_ref().map(|email| email.as_str()))),
        ("gender", Value::from(customer.gender.map(Gender::as_str))),
        ("dateOfBirth", Value::from(customer.date_of_birth.as_ref().map(|date| date.as_str()))),
        ("salutation", Value::from(customer.salutation.map(Salutation::as_str))),
        ("createdAt", Value::from(customer.created_at.to_string())),
        ("updatedAt", Value::from(customer.updated_at.to_string())),
    ];
    let mut resource = Resource {
        kind: CUSTOMERS,
        id: Some(customer.reference.to_string()),
        attributes: Attributes(attributes),
        self_link: call.link(&format!("/customers/{}", customer.reference)),
        relationships: Vec::new(),
    };
    resource.relate(ADDRESSES, &included, None);
    (resource, included)
}

/// All addresses of a customer, oldest first.
pub fn addresses(call: &Call, customer: &Customer) -> Vec<Resource> {
    customer.addresses.iter().map(|address| self::address(call, customer, address)).collect()
}

/// An address of `customer`.
pub fn address(call: &Call, customer: &Customer, address: &Address) -> Resource {
    address_with(call, &customer.reference, address, customer.defaults_of(address.id))
}

/// An address with the given defaults, which may be those of an earlier time.
pub fn address_with(
    call: &Call,
    reference: &CustomerReference,
    address: &Address,
    defaults: DefaultFlags,
) -> Resource {
    let attributes = vec![
        ("salutation", Value::from(address.salutation.as_str())),
        ("firstName", Value::from(address.first_name.as_str())),
        ("lastName", Value::from(address.last_name.as_str())),
        ("address1", Value::from(address.address1.as_str())),
        ("address2", Value::from(address.address2.as_str())),
        ("address3", text(address.address3.as_ref())),
        ("zipCode", Value::from(address.zip_code.as_str())),
        ("city", Value::from(address.city.as_str())),
        ("country", Value::from(address.country.name())),
        ("iso2Code", Value::from(address.country.as_str())),
        ("company", text(address.company.as_ref())),
        ("phone", text(address.phone.as_ref())),
        ("isDefaultShipping", Value::from(defaults.shipping)),
        ("isDefaultBilling", Value::from(defaults.billing)),
    ];
    Resource {
        kind: ADDRESSES,
        id: Some(address.id.to_string()),
        attributes: Attributes(attributes),
        self_link: call.link(&format!("/customers/{reference}/addresses/{}", address.id)),
        relationships: Vec::new(),
    }
}

fn text<const MIN: usize, const MAX: usize>(text: Option<&Text<MIN, MAX>>) -> Value {
    Value::from(text.map(Text::as_str))
}
