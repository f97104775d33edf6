//! A customer's postal addresses.

use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::{City, CountryCode, Line, Name, RequiredLine, Salutation, ZipCode};

/// The order of the fields is that of the stored values: a new field goes last, with a default.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Address {
    pub id: AddressId,
    pub salutation: Salutation,
    pub first_name: Name,
    pub last_name: Name,
    pub address1: RequiredLine,
    pub address2: RequiredLine,
    pub address3: Option<Line>,
    pub zip_code: ZipCode,
    pub city: City,
    pub country: CountryCode,
    pub company: Option<Line>,
    pub phone: Option<Line>,
}

hidden!(Address, NewAddress, AddressPatch);

/// As a list of its values: the names of the fields would be two fifths of what a customer's addresses fill. A derived
/// `Deserialize` reads lists as well as maps, so older items can be read, and older versions can read these.
impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Address {
            id,
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
        } = self;
        (
            id, salutation, first_name, last_name, address1, address2, address3, zip_code, city, country,
            company, phone,
        )
            .serialize(serializer)
    }
}

/// A UUID, unique among all addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AddressId(Uuid);

/// An address to be added.
#[derive(Clone)]
pub struct NewAddress {
    pub address: Address,
    pub defaults: DefaultFlags,
}

/// Changes to an address: `None` leaves a field as it is.
#[derive(Clone)]
pub struct AddressPatch {
    pub salutation: Option<Salutation>,
    pub first_name: Option<Name>,
    pub last_name: Option<Name>,
    pub address1: Option<RequiredLine>,
    pub address2: Option<RequiredLine>,
    pub address3: Option<Option<Line>>,
    pub zip_code: Option<ZipCode>,
    pub city: Option<City>,
    pub country: Option<CountryCode>,
    pub company: Option<Option<Line>>,
    pub phone: Option<Option<Line>>,
    pub defaults: DefaultFlags,
}

/// Whether an address is the customer's default, or is to become it. Only `true` moves an existing default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultFlags {
    pub shipping: bool,
    pub billing: bool,
}

impl AddressId {
    pub fn new(id: Uuid) -> AddressId {
        AddressId(id)
    }

    /// `None` for anything but a UUID in its usual, hyphenated form.
    pub fn parse(raw: &str) -> Option<AddressId> {
        // `Uuid` also reads braces and URNs, which would give one address several paths.
        raw.parse::<Hyphenated>().ok().map(|id| AddressId(id.into_uuid()))
    }
}

impl std::fmt::Display for AddressId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_hyphenated().fmt(formatter)
    }
}

impl Address {
    pub(super) fn apply(&mut self, patch: AddressPatch) {
        let AddressPatch {
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
            defaults: _,
        } = patch;
        replace(&mut self.salutation, salutation);
        replace(&mut self.first_name, first_name);
        replace(&mut self.last_name, last_name);
        replace(&mut self.address1, address1);
        replace(&mut self.address2, address2);
        replace(&mut self.address3, address3);
        replace(&mut self.zip_code, zip_code);
        replace(&mut self.city, city);
        replace(&mut self.country, country);
        replace(&mut self.company, company);
        replace(&mut self.phone, phone);
    }
}

/// Replaces `current` if there is a new value.
pub(super) fn replace<T>(current: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *current = new;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        let id = AddressId::new(Uuid::from_u128(7));
        assert_eq!(AddressId::parse("00000000-0000-0000-0000-000000000007"), Some(id));
        for other in [
            "00000000000000000000000000000007",
            "{00000000-0000-0000-0000-000000000007}",
            "urn:uuid:00000000-0000-0000-0000-000000000007",
        ] {
            assert_eq!(AddressId::parse(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn ids_survive_a_round_trip(bits in any::<u128>()) {
            let id = AddressId::new(Uuid::from_u128(bits));
            prop_assert_eq!(AddressId::parse(&id.to_string()), Some(id));
        }

        #[test]
        fn any_text_parses_or_does_not_without_panic(raw in ".{0,40}") {
            if let Some(id) = AddressId::parse(&raw) {
                prop_assert_eq!(id.to_string(), raw.to_ascii_lowercase());
            }
        }
    }
}
