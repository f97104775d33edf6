//! Customers: the item that holds a profile and its addresses, and the version that a save depends on.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::item::{decode, encode, number, number_of, size, take, text, text_of, texts_of};
use super::write::Write;
use super::{Item, Key, Store, directory};
use crate::domain::{Customer, CustomerReference, Language, Session, SessionId};
use crate::error::{Error, Saving};

/// A customer as loaded, with what is needed to save it again.
#[derive(Clone, Debug)]
pub struct Stored {
    pub customer: Customer,
    version: u64,
    /// The ids of the last writes, newest last: a write that finds its own id here was applied.
    writes: Vec<String>,
    /// The epoch of the session that the customer was loaded for, if it was loaded for one.
    required_epoch: Option<u64>,
}

/// Version 0.1 knows English and German alone, and cannot read a customer with another language here.
const LANGUAGE: &str = "language";
/// Any other language. Version 0.1 writes to the customer in English, and drops this when it saves.
const MAIL_LANGUAGE: &str = "mail_language";
const VERSION: &str = "version";
pub(super) const WRITES: &str = "writes";
const WRITES_KEPT: usize = 12;
/// The most bytes that a customer may fill, out of DynamoDB's 400 KB: a save costs a write unit per started KB.
const MAX_SIZE: usize = 64 * 1024;
/// What the service itself keeps in the item. It is bounded on its own and does not count towards [`MAX_SIZE`], so a
/// full record still gets its reset mail.
const OWN_ATTRIBUTES: [&str; 18] = [
    VERSION,
    WRITES,
    directory::SHARD,
    directory::FIND,
    directory::FIND_NAME,
    "confirmed",
    "confirmed_at",
    "email",
    "email_undo",
    "former_reset_key",
    "mail_quota",
    "password_hash",
    "pending_email",
    "registration_key",
    "reset_key",
    "served_reset_request",
    "session_epoch",
    "vouched_for",
];

impl Stored {
    /// It grows with every write to the customer.
    pub fn version(&self) -> u64 {
        self.version
    }
}

impl Store {
    /// The customer whose session this is, and the session; `None` once it has ended. One read.
    pub async fn authenticated(
        &self,
        reference: &CustomerReference,
        session: &SessionId,
    ) -> Result<Option<(Stored, Session)>, Error> {
        let (customer_key, session_key) = (Key::customer(reference), Key::session(reference, session));
        let mut items = self.table.batch_get(&[&customer_key, &session_key]).await?;
        let (Some(customer), Some(session)) =
            (take(&mut items, &customer_key), take(&mut items, &session_key))
        else {
            return Ok(None);
        };
        let session: Session = decode(session)?;
        let stored = Stored { required_epoch: Some(session.epoch), ..self.stored(customer).await? };
        Ok((stored.customer.session_epoch == session.epoch).then_some((stored, session)))
    }

    /// One read.
    pub async fn customer(&self, reference: &CustomerReference) -> Result<Option<Stored>, Error> {
        match self.table.get(&Key::customer(reference)).await? {
            Some(item) => self.stored(item).await.map(Some),
            None => Ok(None),
        }
    }

    /// The write that replaces a customer's item, if it is still what was loaded.
    pub(super) fn replace(
        &self,
        stored: &Stored,
        customer: &Customer,
        write_id: &str,
    ) -> Result<Write, Error> {
        let mut writes = stored.writes.clone();
        writes.push(write_id.to_owned());
        writes.drain(..writes.len().saturating_sub(WRITES_KEPT));
        let item = item(customer, stored.version + 1, &writes)?;
        let size = filled(&item);
        if size > MAX_SIZE && size > filled(&self::item(&stored.customer, stored.version, &stored.writes)?) {
            return Err(Error::RecordFull(Saving::Customer));
        }
        Ok(Write::put(item).when("version = :was").value(":was", number(stored.version)))
    }

    /// A customer as another write left it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidAccessToken`] if that write ended the session that the customer was loaded for.
    pub(super) async fn reloaded(&self, before: &Stored, item: Item) -> Result<Stored, Error> {
        let stored = Stored { required_epoch: before.required_epoch, ..self.stored(item).await? };
        match before.required_epoch {
            Some(epoch) if epoch != stored.customer.session_epoch => Err(Error::InvalidAccessToken),
            _ => Ok(stored),
        }
    }

    /// A customer's item as loaded.
    pub(super) async fn stored(&self, item: Item) -> Result<Stored, Error> {
        let item = self.complete(item).await?;
        let version = number_of(&item, VERSION).unwrap_or_default();
        let writes = texts_of(&item, WRITES);
        Ok(Stored { customer: customer(item)?, version, writes, required_epoch: None })
    }

    /// Unlike any other of the few that an item remembers.
    pub(super) fn write_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.random.bytes::<8>())
    }
}

/// The customer in an item.
pub(super) fn customer(mut item: Item) -> Result<Customer, Error> {
    // One that only a newer version knows leaves the other.
    if let Some(tag) = text_of(&item, MAIL_LANGUAGE).filter(|tag| Language::of(tag).is_some()) {
        item.insert(LANGUAGE.to_owned(), text(tag));
    }
    decode(item)
}

/// The write that creates a customer's item, if there is none yet.
pub(super) fn create(customer: &Customer, write_id: &str) -> Result<Write, Error> {
    let item = item(customer, 1, &[write_id.to_owned()])?;
    if filled(&item) > MAX_SIZE {
        return Err(Error::RecordFull(Saving::Customer));
    }
    Ok(Write::put(item).when("attribute_not_exists(pk)"))
}

/// How many bytes of [`MAX_SIZE`] an item fills.
fn filled(item: &Item) -> usize {
    let is_own = |name: &str| OWN_ATTRIBUTES.contains(&name);
    size(item.iter().filter(|(name, _)| !is_own(name)))
}

fn item(customer: &Customer, version: u64, writes: &[String]) -> Result<Item, Error> {
    let mut item = encode(&Key::customer(&customer.reference), customer)?;
    item.extend(directory::attributes(customer));
    if !matches!(customer.language, Language::English | Language::German) {
        item.insert(LANGUAGE.to_owned(), text(Language::English.as_str()));
        item.insert(MAIL_LANGUAGE.to_owned(), text(customer.language.as_str()));
    }
    item.insert(VERSION.to_owned(), number(version));
    item.insert(WRITES.to_owned(), AttributeValue::L(writes.iter().map(text).collect()));
    Ok(item)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::{Address, Timestamp};

    fn attribute(value: Value) -> AttributeValue {
        serde_dynamo::to_attribute_value(value).expect("JSON has no more types than DynamoDB")
    }

    /// What a version of this service writes, versions before and after it read: during a deployment both run, and any
    /// deployment may be taken back.
    #[test]
    fn an_address_is_a_list_of_its_values_and_may_be_a_map() {
        let list = attribute(json!([
            "3a6ee102-007f-5245-aaec-af5b6e05685b",
            "n/a",
            "John",
            "Doe",
            "11 Second Street",
            "4th Floor",
            null,
            "12312",
            "Berlin",
            "DE",
            "Spryker Systems GmbH",
            null,
        ]));
        let map = attribute(json!({
            "id": "3a6ee102-007f-5245-aaec-af5b6e05685b",
            "salutation": "n/a",
            "first_name": "John",
            "last_name": "Doe",
            "address1": "11 Second Street",
            "address2": "4th Floor",
            "address3": null,
            "zip_code": "12312",
            "city": "Berlin",
            "country": "DE",
            "company": "Spryker Systems GmbH",
            "phone": null,
        }));
        let sizes = [&list, &map].map(|value| size([(&String::new(), value)].into_iter()));
        assert_eq!(sizes, [121, 207], "in bytes");
        let of_list: Address = serde_dynamo::from_attribute_value(list.clone()).expect("an address");
        let of_map: Address = serde_dynamo::from_attribute_value(map).expect("an address");
        assert_eq!(of_list, of_map);
        let written: AttributeValue = serde_dynamo::to_attribute_value(of_list).expect("an item");
        assert_eq!(written, list);
    }

    #[test]
    fn versions_that_know_two_languages_can_read_every_customer() {
        for language in Language::ALL {
            let reference = CustomerReference::parse("DE--1").expect("a reference");
            let written = Customer::anonymous(reference, language, Timestamp::from_seconds(1));
            let mut item = item(&written, 1, &[]).expect("an item");
            assert!(["en", "de"].contains(&text_of(&item, LANGUAGE).expect("a language").as_str()));
            assert_eq!(customer(item.clone()).expect("a customer").language, language);

            // As such a version saves it, and as a version of later on might write it.
            let former = Language::of(&text_of(&item, LANGUAGE).expect("a language")).expect("one of them");
            item.insert(MAIL_LANGUAGE.to_owned(), text("xx"));
            assert_eq!(customer(item.clone()).expect("a customer").language, former);
            item.remove(MAIL_LANGUAGE);
            assert_eq!(customer(item).expect("a customer").language, former);
        }
    }
}
