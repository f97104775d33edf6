//! The address book.

use serde_json::{Map, Value};

use super::super::call::Caller;
use super::super::state::{Account, Address, Keyed, Model};
use super::super::told::Told;
use super::profile::same;
use super::{DAY, Scene};
use crate::errors::{ADDRESS_NOT_FOUND, IDEMPOTENCY_KEY_REUSED};

impl Model {
    pub(super) fn add_address(
        &mut self,
        caller: &Caller,
        attributes: &Value,
        key: Option<&str>,
        told: &Told,
        scene: &Scene,
    ) -> Result<(), String> {
        let account = self.account_mut(caller);
        let known = key.and_then(|key| account.keyed_addresses.get(key));
        if let Some(known) = known.filter(|known| known.at.is_older(DAY, scene.at) == Some(false)) {
            if known.attributes != *attributes {
                return told.expect_error(IDEMPOTENCY_KEY_REUSED);
            }
            told.expect(201)?;
            return same(&known.document, &told.body);
        }
        told.expect(201)?;
        let mut stored = attributes.as_object().cloned().unwrap_or_default();
        let asked = take_defaults(&mut stored);
        stored.insert("country".to_owned(), "Germany".into());
        let address = Address { id: told.id(), attributes: stored };
        account.move_defaults(&address.id, asked);
        account.addresses.push(address.clone());
        account.compare_address(&address, &told.body["data"])?;
        if let Some(key) = key {
            let (attributes, document) = (attributes.clone(), told.body.clone());
            let keyed = Keyed { account: caller.account, attributes, document, at: scene.at };
            account.keyed_addresses.insert(key.to_owned(), keyed);
        }
        Ok(())
    }

    pub(super) fn change_address(
        &mut self,
        caller: &Caller,
        id: &str,
        changes: &Map<String, Value>,
        told: &Told,
    ) -> Result<(), String> {
        let account = self.account_mut(caller);
        let Some(index) = account.addresses.iter().position(|address| address.id == id) else {
            return told.expect_error(ADDRESS_NOT_FOUND);
        };
        told.expect(200)?;
        let mut changes = changes.clone();
        let asked = take_defaults(&mut changes);
        account.move_defaults(id, asked);
        account.addresses[index].attributes.extend(changes);
        if told.body.is_null() {
            return Ok(());
        }
        account.compare_address(&account.addresses[index], &told.body["data"])
    }

    pub(super) fn delete_address(&mut self, caller: &Caller, id: &str, told: &Told) -> Result<(), String> {
        let account = self.account_mut(caller);
        let Some(index) = account.addresses.iter().position(|address| address.id == id) else {
            return told.expect_error(ADDRESS_NOT_FOUND);
        };
        told.expect(204)?;
        account.addresses.remove(index);
        account.shipping.take_if(|default| default == id);
        account.billing.take_if(|default| default == id);
        Ok(())
    }

    pub(super) fn account_mut(&mut self, caller: &Caller) -> &mut Account {
        self.accounts.get_mut(&caller.account).expect("the caller is known")
    }
}

impl Account {
    /// A default moves to the address that asks for it, and to any that is touched while there is none.
    fn move_defaults(&mut self, id: &str, (shipping, billing): (bool, bool)) {
        if shipping || self.shipping.is_none() {
            self.shipping = Some(id.to_owned());
        }
        if billing || self.billing.is_none() {
            self.billing = Some(id.to_owned());
        }
    }

    /// With the address book as the API shows it, in its order.
    pub(in super::super) fn compare_addresses(&self, resources: &[Value]) -> Result<(), String> {
        if resources.len() != self.addresses.len() {
            let (expected, got) = (self.addresses.len(), resources.len());
            return Err(format!("{} should have {expected} addresses, not {got}", self.reference));
        }
        self.addresses
            .iter()
            .zip(resources)
            .try_for_each(|(own, resource)| self.compare_address(own, resource))
    }

    fn compare_address(&self, address: &Address, resource: &Value) -> Result<(), String> {
        let expected = self.address_attributes(address);
        if resource["id"] == *address.id && resource["attributes"] == expected {
            return Ok(());
        }
        Err(format!("the address should be {} {expected}, not {resource}", address.id))
    }
}

fn take_defaults(attributes: &mut Map<String, Value>) -> (bool, bool) {
    let mut take = |name: &str| attributes.remove(name) == Some(Value::Bool(true));
    (take("isDefaultShipping"), take("isDefaultBilling"))
}
