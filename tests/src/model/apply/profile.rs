//! Registration, profile, anonymising.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::call::Caller;
use super::super::state::{Account, Keyed, Keys, Label, Model};
use super::super::told::Told;
use super::{DAY, Scene};
use crate::errors::{EMAIL_TAKEN, IDEMPOTENCY_KEY_REUSED};
use crate::mail::{ACCOUNT_ERASED, EMAIL_CHANGED};

impl Model {
    pub(super) fn register(
        &mut self,
        label: Label,
        slot: usize,
        attributes: &Value,
        key: Option<&str>,
        told: &Told,
        scene: &Scene,
    ) -> Result<(), String> {
        let known = key.and_then(|key| self.keyed.get(key));
        if let Some(known) = known.filter(|known| known.at.is_older(DAY, scene.at) == Some(false)) {
            if known.attributes != *attributes {
                return told.expect_error(IDEMPOTENCY_KEY_REUSED);
            }
            told.expect(201)?;
            return same(&known.document, &told.body);
        }
        let email = attributes["email"].as_str().unwrap_or_default();
        if self.owner(email).is_some() {
            self.request_reset(email, scene);
            return told.expect_error(EMAIL_TAKEN);
        }
        told.expect(201)?;
        let account = registered(slot, attributes, told)?;
        let folded = email.to_ascii_lowercase();
        *self.burst.confirmations.entry(folded.clone()).or_default() += 1;
        self.burst.moved.insert(folded);
        if let Some(key) = key {
            let (attributes, document) = (attributes.clone(), told.body.clone());
            let keyed = Keyed { account: label, attributes, document, at: scene.at };
            self.keyed.insert(key.to_owned(), keyed);
        }
        self.accounts.insert(label, account);
        Ok(())
    }

    pub(super) fn read(&self, caller: &Caller, told: &Told) -> Result<(), String> {
        told.expect(200)?;
        let account = &self.accounts[&caller.account];
        account.compare_profile(&told.body["data"])?;
        account.compare_addresses(told.body["included"].as_array().map_or(&[], Vec::as_slice))
    }

    /// Changes of one customer take effect one after the other: each is answered with 200, or with 422 if another customer
    /// has the e-mail.
    pub(super) fn update(
        &mut self,
        caller: &Caller,
        changes: &Map<String, Value>,
        told: &Told,
    ) -> Result<(), String> {
        let old = self.accounts[&caller.account].folded();
        let new = changes.get("email").and_then(Value::as_str).map(str::to_ascii_lowercase);
        let new = new.filter(|new| Some(new) != old.as_ref());
        if new.as_ref().is_some_and(|new| self.owner(new).is_some()) {
            return told.expect_error(EMAIL_TAKEN);
        }
        told.expect(200)?;
        let account = self.accounts.get_mut(&caller.account).expect("the caller is known");
        let mut changes = changes.clone();
        if self.requires_confirmation
            && let Some(new) = &new
        {
            let email = changes.remove("email").as_ref().and_then(Value::as_str).map(str::to_owned);
            account.pending_email = email.map(|email| (email, caller.session));
            account.registration.void();
            account.in_burst.confirmations_owed += 1;
            *self.burst.confirmations.entry(new.clone()).or_default() += 1;
        }
        account.profile.extend(changes);
        // An empty date of birth clears it.
        account.profile.values_mut().filter(|value| **value == "").for_each(|value| *value = Value::Null);
        if let Some(new) = new.filter(|_| !self.requires_confirmation) {
            account.in_burst.confirmations_owed += 1;
            *self.burst.confirmations.entry(new.clone()).or_default() += 1;
            self.moved(caller.account, old, new, false);
        }
        let account = &self.accounts[&caller.account];
        if told.body.is_null() { Ok(()) } else { account.compare_profile(&told.body["data"]) }
    }

    /// An account has another e-mail.
    pub(super) fn moved(&mut self, label: Label, old: Option<String>, new: String, is_confirmed: bool) {
        let account = self.accounts.get_mut(&label).expect("it is known");
        let was_confirmed = std::mem::replace(&mut account.is_confirmed, is_confirmed);
        account.reset.void();
        account.registration.void();
        account.in_burst.reset_voided = true;
        if let Some(old) = old.clone().filter(|_| was_confirmed) {
            self.burst.notify(EMAIL_CHANGED, old);
        }
        self.burst.moved.extend(old.into_iter().chain([new]));
    }

    pub(super) fn erase(&mut self, caller: &Caller, told: &Told) -> Result<(), String> {
        told.expect(204)?;
        let account = self.accounts.get_mut(&caller.account).expect("the caller is known");
        if let Some(own) = account.folded() {
            if account.is_confirmed {
                self.burst.notify(ACCOUNT_ERASED, own.clone());
            }
            self.burst.moved.insert(own);
        }
        account.end_sessions();
        account.profile.clear();
        account.addresses.clear();
        (account.shipping, account.billing) = (None, None);
        account.keyed_addresses.clear();
        account.reset.void();
        account.registration.void();
        account.in_burst.erased = true;
        Ok(())
    }

    /// A registration that was forgotten is not repeated any more.
    pub(super) fn forget_registration(&mut self, account: Label) {
        let (forgotten, kept): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(&mut self.keyed).into_iter().partition(|(_, keyed)| keyed.account == account);
        self.spent_keys.extend(forgotten.into_keys());
        self.keyed = kept;
    }
}

fn registered(slot: usize, attributes: &Value, told: &Told) -> Result<Account, String> {
    let mut profile = Map::new();
    for name in ["firstName", "lastName", "email", "gender", "salutation"] {
        profile.insert(name.to_owned(), attributes[name].clone());
    }
    let created_at = told.text("createdAt");
    if created_at != told.text("updatedAt") {
        return Err("both times of a new customer are equal".to_owned());
    }
    profile.insert("dateOfBirth".to_owned(), Value::Null);
    profile.insert("createdAt".to_owned(), created_at.into());
    let mut account = Account {
        slot,
        reference: told.id(),
        profile,
        password: attributes["password"].as_str().unwrap_or_default().to_owned(),
        is_confirmed: false,
        pending_email: None,
        addresses: Vec::new(),
        shipping: None,
        billing: None,
        keyed_addresses: BTreeMap::new(),
        sessions: BTreeMap::new(),
        guesses: Vec::new(),
        reset: Keys::none(),
        registration: Keys::none(),
        may_keep_confirmations: false,
        in_burst: Default::default(),
    };
    account.in_burst.confirmations_owed = 1;
    account.compare_profile(&told.body["data"])?;
    Ok(account)
}

impl Account {
    /// With a customer as the API shows it.
    pub(in super::super) fn compare_profile(&self, resource: &Value) -> Result<(), String> {
        let mut attributes = resource["attributes"].as_object().cloned().unwrap_or_default();
        attributes.remove("updatedAt");
        if resource["id"] == *self.reference && attributes == self.profile {
            return Ok(());
        }
        let expected = Value::from(self.profile.clone());
        Err(format!("the customer should be {} {expected}, not {resource}", self.reference))
    }
}

pub(super) fn same(first: &Value, again: &Value) -> Result<(), String> {
    if first == again { Ok(()) } else { Err(format!("a repetition is answered with {first}")) }
}
