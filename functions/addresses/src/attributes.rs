//! What a client may send about an address.

use serde_json::{Map, Value};
use shared::domain::{
    Address, AddressId, AddressPatch, City, CountryCode, CountryText, DefaultFlags, Line, Name, NewAddress,
    Parsed, RequiredLine, Salutation, ZipCode,
};
use shared::error::Error;
use shared::http::input::Input;
use shared::runtime::config::Profile;

/// A complete address, or `None` if its country does not exist. An unknown country is not a field error: it is reported
/// later, for the address as a whole (error 409).
///
/// # Errors
///
/// All field errors at once.
pub fn new_address(
    attributes: &Map<String, Value>,
    profile: Profile,
    id: AddressId,
) -> Result<Option<NewAddress>, Error> {
    let mut input = Input::new(attributes);
    let salutation = input.required("salutation", Salutation::parse);
    let first_name = input.required("firstName", Name::parse);
    let last_name = input.required("lastName", Name::parse);
    let address1 = input.required("address1", RequiredLine::parse);
    let address2 = input.required("address2", RequiredLine::parse);
    let address3 = input.clearable("address3", Line::parse);
    let zip_code = input.required("zipCode", ZipCode::parse);
    let city = input.required("city", City::parse);
    let phone = input.clearable("phone", Line::parse);
    let country = input.required("iso2Code", country);
    let mut flag = |name| {
        if profile == Profile::Current && !input.has(name) {
            input.missing(name);
        }
        input.flag(name).unwrap_or(true)
    };
    let defaults = DefaultFlags { shipping: flag("isDefaultShipping"), billing: flag("isDefaultBilling") };
    let company = input.clearable("company", Line::parse);
    input
        .finish(|| {
            let (salutation, first_name, last_name) = (salutation?, first_name?, last_name?);
            let (address1, address2, zip_code, city) = (address1?, address2?, zip_code?, city?);
            let address = country?.map(|country| Address {
                id,
                salutation,
                first_name,
                last_name,
                address1,
                address2,
                address3: address3.flatten(),
                zip_code,
                city,
                country,
                company: company.flatten(),
                phone: phone.flatten(),
            });
            Some(address.map(|address| NewAddress { address, defaults }))
        })
        .map_err(Error::Invalid)
}

/// A change to an address, or `None` if the new country does not exist.
///
/// # Errors
///
/// All field errors at once.
pub(crate) fn change(attributes: &Map<String, Value>) -> Result<Option<AddressPatch>, Error> {
    let mut input = Input::new(attributes);
    let salutation = input.optional("salutation", Salutation::parse);
    let first_name = input.optional("firstName", Name::parse);
    let last_name = input.optional("lastName", Name::parse);
    let address1 = input.optional("address1", RequiredLine::parse);
    let address2 = input.optional("address2", RequiredLine::parse);
    let address3 = input.clearable("address3", Line::parse);
    let zip_code = input.optional("zipCode", ZipCode::parse);
    let city = input.optional("city", City::parse);
    let phone = input.clearable("phone", Line::parse);
    let country = input.optional("iso2Code", country);
    // `null` means true, as in a new address; an absent flag changes nothing.
    let mut flag = |name| input.has(name) && input.flag(name).unwrap_or(true);
    let defaults = DefaultFlags { shipping: flag("isDefaultShipping"), billing: flag("isDefaultBilling") };
    let company = input.clearable("company", Line::parse);
    let patch = |country| AddressPatch {
        salutation,
        first_name,
        last_name,
        address1,
        address2,
        address3,
        zip_code,
        city,
        country,
        company,
        phone,
        defaults,
    };
    let change = match country {
        Some(None) => None,
        Some(Some(country)) => Some(patch(Some(country))),
        None => Some(patch(None)),
    };
    input.finish(|| Some(change)).map_err(Error::Invalid)
}

fn country(raw: &str) -> Parsed<Option<CountryCode>> {
    CountryText::parse(raw).map(|text| CountryCode::parse(text.as_str()))
}
