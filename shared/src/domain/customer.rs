//! The customer: profile, addresses, and all that changes together with them.

use serde::{Deserialize, Serialize};

use super::address::replace;
use super::{
    Address, AddressId, AddressPatch, CustomerReference, Date, DefaultFlags, Email, Gender, KeyHashes,
    KeyReused, KeyedAddress, KeyedRequest, Language, MailQuota, Name, NewAddress, PendingNotice, Salutation,
    Timestamp,
};

/// More addresses than this are refused (error 409).
pub const MAX_ADDRESSES: usize = 100;

/// A customer and their addresses: one aggregate, loaded, changed and saved as a whole.
///
/// After anonymising, everything personal is `None` or empty; the reference stays taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    pub reference: CustomerReference,
    pub email: Option<Email>,
    pub salutation: Option<Salutation>,
    pub first_name: Option<Name>,
    pub last_name: Option<Name>,
    pub gender: Option<Gender>,
    pub date_of_birth: Option<Date>,
    pub language: Language,
    pub accepted_terms_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// In the order of their creation.
    pub addresses: Vec<Address>,
    pub default_shipping: Option<AddressId>,
    pub default_billing: Option<AddressId>,
    /// Sessions of an earlier epoch are over.
    pub session_epoch: u64,
    pub reset_key: Option<KeyHashes>,
    pub registration_key: Option<KeyHashes>,
    /// The last reset request that was mailed.
    pub served_reset_request: Option<String>,
    pub pending_notices: Vec<PendingNotice>,
    pub mail_quota: MailQuota,
    /// The request that registered the customer, if it may be repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyed_registration: Option<KeyedRequest>,
    /// The addresses whose creation may be repeated, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keyed_addresses: Vec<KeyedAddress>,
}

/// A customer to be registered.
#[derive(Clone, Debug)]
pub struct NewCustomer {
    pub email: Email,
    pub salutation: Salutation,
    pub first_name: Name,
    pub last_name: Name,
    pub gender: Option<Gender>,
    pub date_of_birth: Option<Date>,
}

/// Changes to a profile: `None` leaves a field as it is.
#[derive(Clone, Debug)]
pub struct CustomerPatch {
    pub email: Option<Email>,
    pub salutation: Option<Salutation>,
    pub first_name: Option<Name>,
    pub last_name: Option<Name>,
    pub gender: Option<Gender>,
    pub date_of_birth: Option<Option<Date>>,
}

/// The customer has [`MAX_ADDRESSES`] already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyAddresses;

impl Customer {
    pub fn register(
        new: NewCustomer,
        reference: CustomerReference,
        language: Language,
        now: Timestamp,
    ) -> Customer {
        Customer {
            email: Some(new.email),
            salutation: Some(new.salutation),
            first_name: Some(new.first_name),
            last_name: Some(new.last_name),
            gender: new.gender,
            date_of_birth: new.date_of_birth,
            ..Customer::anonymous(reference, language, now)
        }
    }

    /// A customer of whom nothing personal is known: what anonymising leaves.
    pub fn anonymous(reference: CustomerReference, language: Language, now: Timestamp) -> Customer {
        Customer {
            reference,
            email: None,
            salutation: None,
            first_name: None,
            last_name: None,
            gender: None,
            date_of_birth: None,
            language,
            accepted_terms_at: now,
            created_at: now,
            updated_at: now,
            addresses: Vec::new(),
            default_shipping: None,
            default_billing: None,
            session_epoch: 0,
            reset_key: None,
            registration_key: None,
            served_reset_request: None,
            pending_notices: Vec::new(),
            mail_quota: MailQuota::default(),
            keyed_registration: None,
            keyed_addresses: Vec::new(),
        }
    }

    /// Applies a patch. Changing the e-mail voids the keys that were mailed to the old one.
    pub fn apply(&mut self, patch: CustomerPatch, now: Timestamp) {
        let CustomerPatch { email, salutation, first_name, last_name, gender, date_of_birth } = patch;
        if let Some(email) = email {
            if self.email.as_ref().map(Email::folded) != Some(email.folded()) {
                self.reset_key = None;
                self.registration_key = None;
            }
            self.email = Some(email);
        }
        replace(&mut self.salutation, salutation.map(Some));
        replace(&mut self.first_name, first_name.map(Some));
        replace(&mut self.last_name, last_name.map(Some));
        replace(&mut self.gender, gender.map(Some));
        replace(&mut self.date_of_birth, date_of_birth);
        self.updated_at = now;
    }

    /// Ends every session and voids the key that could set another password.
    pub fn end_sessions(&mut self) {
        self.session_epoch += 1;
        self.reset_key = None;
    }

    /// Forgets everything about the person and ends every session.
    pub fn anonymise(&mut self, now: Timestamp) {
        self.end_sessions();
        self.email = None;
        self.salutation = None;
        self.first_name = None;
        self.last_name = None;
        self.gender = None;
        self.date_of_birth = None;
        self.addresses.clear();
        self.default_shipping = None;
        self.default_billing = None;
        self.registration_key = None;
        self.served_reset_request = None;
        self.pending_notices.clear();
        self.keyed_registration = None;
        self.keyed_addresses.clear();
        self.updated_at = now;
    }

    pub fn address(&self, id: AddressId) -> Option<&Address> {
        self.addresses.iter().find(|address| address.id == id)
    }

    /// Returns the new address's id and defaults.
    pub fn add_address(&mut self, new: NewAddress) -> Result<(AddressId, DefaultFlags), TooManyAddresses> {
        if self.addresses.len() >= MAX_ADDRESSES {
            return Err(TooManyAddresses);
        }
        let id = new.address.id;
        self.addresses.push(new.address);
        self.move_defaults(id, new.defaults);
        Ok((id, self.defaults_of(id)))
    }

    /// The same for a request that may be repeated. Returns the new address's id and defaults, or those of before if it
    /// is a repetition, which changes nothing.
    pub fn add_keyed_address(
        &mut self,
        new: NewAddress,
        request: &KeyedRequest,
    ) -> Result<Result<(AddressId, DefaultFlags), TooManyAddresses>, KeyReused> {
        if let Some(known) = KeyedAddress::find(&self.keyed_addresses, request)? {
            return Ok(Ok((known.id, known.defaults)));
        }
        Ok(self.add_address(new).map(|(id, defaults)| {
            let new = KeyedAddress { request: request.clone(), id, defaults };
            KeyedAddress::remember(&mut self.keyed_addresses, new);
            (id, defaults)
        }))
    }

    /// Which defaults an address is.
    pub fn defaults_of(&self, id: AddressId) -> DefaultFlags {
        DefaultFlags {
            shipping: self.default_shipping == Some(id),
            billing: self.default_billing == Some(id),
        }
    }

    /// The address after the change; `None` if the customer has no such address.
    pub fn patch_address(&mut self, id: AddressId, patch: AddressPatch) -> Option<&Address> {
        let index = self.addresses.iter().position(|address| address.id == id)?;
        self.move_defaults(id, patch.defaults);
        self.addresses[index].apply(patch);
        Some(&self.addresses[index])
    }

    /// Removes an address. If it was a default, there is none afterwards: nobody is promoted.
    pub fn remove_address(&mut self, id: AddressId) -> Option<Address> {
        let index = self.addresses.iter().position(|address| address.id == id)?;
        self.default_shipping.take_if(|default| *default == id);
        self.default_billing.take_if(|default| *default == id);
        Some(self.addresses.remove(index))
    }

    /// A default moves to the address that asks for it; where there is none, it falls to whichever was touched last.
    fn move_defaults(&mut self, id: AddressId, asked: DefaultFlags) {
        if asked.shipping || self.default_shipping.is_none() {
            self.default_shipping = Some(id);
        }
        if asked.billing || self.default_billing.is_none() {
            self.default_billing = Some(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{City, CountryCode, RequiredLine, ZipCode};

    fn customer() -> Customer {
        let new = NewCustomer {
            email: Email::parse("jdoe@example.com").expect("valid"),
            salutation: Salutation::Mr,
            first_name: Name::parse("John").expect("valid"),
            last_name: Name::parse("Doe").expect("valid"),
            gender: None,
            date_of_birth: None,
        };
        let reference = CustomerReference::parse("DE--1").expect("valid");
        Customer::register(new, reference, Language::English, Timestamp::from_seconds(1))
    }

    fn id(number: u128) -> AddressId {
        AddressId::new(Uuid::from_u128(number))
    }

    fn address(number: u128, shipping: bool, billing: bool) -> NewAddress {
        NewAddress {
            address: Address {
                id: id(number),
                salutation: Salutation::Ms,
                first_name: Name::parse("Jane").expect("valid"),
                last_name: Name::parse("Doe").expect("valid"),
                address1: RequiredLine::parse("11 Second Street").expect("valid"),
                address2: RequiredLine::parse("4th Floor").expect("valid"),
                address3: None,
                zip_code: ZipCode::parse("12312").expect("valid"),
                city: City::parse("Berlin").expect("valid"),
                country: CountryCode::parse("DE").expect("valid"),
                company: None,
                phone: None,
            },
            defaults: DefaultFlags { shipping, billing },
        }
    }

    fn only_flags(shipping: bool, billing: bool) -> AddressPatch {
        AddressPatch {
            salutation: None,
            first_name: None,
            last_name: None,
            address1: None,
            address2: None,
            address3: None,
            zip_code: None,
            city: None,
            country: None,
            company: None,
            phone: None,
            defaults: DefaultFlags { shipping, billing },
        }
    }

    #[test]
    fn the_first_address_is_the_default_whatever_it_says() {
        let mut customer = customer();
        customer.add_address(address(1, false, false)).expect("room");
        assert_eq!((customer.default_shipping, customer.default_billing), (Some(id(1)), Some(id(1))));
    }

    #[test]
    fn deleting_a_default_promotes_nobody_and_the_next_touched_address_takes_it() {
        let mut customer = customer();
        for number in 1..=3 {
            customer.add_address(address(number, false, false)).expect("room");
        }
        customer.remove_address(id(1)).expect("it is there");
        assert_eq!(customer.default_shipping, None);
        customer.patch_address(id(3), only_flags(false, false)).expect("it is there");
        assert_eq!(customer.default_shipping, Some(id(3)));
    }

    #[test]
    fn anonymising_leaves_nothing_personal() {
        let mut customer = customer();
        customer.add_address(address(1, true, true)).expect("room");
        customer.anonymise(Timestamp::from_seconds(9));
        assert!(customer.email.is_none() && customer.first_name.is_none() && customer.addresses.is_empty());
        assert_eq!(customer.session_epoch, 1);
    }

    #[test]
    fn a_new_spelling_keeps_the_reset_key_and_a_new_address_voids_it() {
        let mut customer = customer();
        let patch = |email: &str| CustomerPatch {
            email: Some(Email::parse(email).expect("valid")),
            salutation: None,
            first_name: None,
            last_name: None,
            gender: None,
            date_of_birth: None,
        };
        customer.reset_key = Some(KeyHashes::with_minted(None, "o", "h".to_owned(), None));
        customer.apply(patch("JDOE@example.com"), Timestamp::from_seconds(2));
        assert!(customer.reset_key.is_some());
        customer.apply(patch("other@example.com"), Timestamp::from_seconds(3));
        assert!(customer.reset_key.is_none());
    }

    proptest! {
        #[test]
        fn a_default_is_always_one_of_the_addresses(steps in proptest::collection::vec((0_u8..3, 0_u128..6, any::<bool>(), any::<bool>()), 0..60)) {
            let mut customer = customer();
            for (step, number, shipping, billing) in steps {
                match step {
                    0 if customer.address(id(number)).is_none() => {
                        customer.add_address(address(number, shipping, billing)).expect("room");
                    }
                    1 => {
                        customer.patch_address(id(number), only_flags(shipping, billing));
                    }
                    _ => {
                        customer.remove_address(id(number));
                    }
                }
                for default in [customer.default_shipping, customer.default_billing].into_iter().flatten() {
                    prop_assert!(customer.address(default).is_some());
                }
            }
        }
    }
}
