//! Logins: what an e-mail signs in to. A Login is derived from its customer and is never changed by itself.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::item::{decode, encode, number, text};
use super::table::Written;
use super::write::Write;
use super::{EmailHash, Item, Key, Store, customers};
use crate::domain::{Customer, CustomerReference, PasswordHash};
use crate::error::Error;

/// What sign-in knows about an e-mail: a copy of part of the customer, under the hash of the e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    pub reference: CustomerReference,
    pub password_hash: Option<PasswordHash>,
    pub session_epoch: u64,
    pub confirmed: bool,
}

/// One write that keeps the Login in step with its customer.
pub(super) struct LoginWrite {
    pub(super) email: EmailHash,
    /// Whether the customer did not have the e-mail before.
    pub(super) is_new: bool,
    pub(super) write: Write,
}

/// The attribute that items of an older layout lack.
pub(super) const PASSWORD_HASH: &str = "password_hash";

/// A Login that is not this customer's is left alone.
const ABSENT_OR_OWN: &str = "attribute_not_exists(pk) OR #reference = :reference";

impl Login {
    /// The Login that belongs to a customer, and the e-mail it is stored under; `None` once they are anonymised.
    pub fn of(customer: &Customer) -> Option<(EmailHash, Login)> {
        let email = customer.email.as_ref()?;
        let login = Login {
            reference: customer.reference.clone(),
            password_hash: customer.password_hash.clone(),
            session_epoch: customer.session_epoch,
            confirmed: customer.confirmed,
        };
        Some((EmailHash::of(email), login))
    }
}

/// What to write when a customer changes from `before` to `after`: nothing if neither e-mail, password, confirmation
/// nor session epoch have changed.
pub(super) fn follow(before: &Customer, after: &Customer) -> Result<Vec<LoginWrite>, Error> {
    let (old, new) = (Login::of(before), Login::of(after));
    let mut writes = Vec::new();
    if old == new {
        return Ok(writes);
    }
    let old = old.map(|(email, _)| email);
    if let (Some((email, _)), Some(write)) = (&new, replace(after)?) {
        writes.push(LoginWrite { email: email.clone(), is_new: old.as_ref() != Some(email), write });
    }
    if let Some(email) = old
        && new.is_none_or(|(new, _)| new != email)
    {
        let write = delete(after, &email);
        writes.push(LoginWrite { email, is_new: false, write });
    }
    Ok(writes)
}

/// The Login of a customer as it should be, unless another customer has the e-mail.
pub(super) fn replace(customer: &Customer) -> Result<Option<Write>, Error> {
    let Some((email, login)) = Login::of(customer) else { return Ok(None) };
    Ok(Some(if_own(customer, Write::put(encode(&Key::login(&email), &login)?))))
}

/// The end of a Login, if it is the customer's.
pub(super) fn delete(customer: &Customer, email: &EmailHash) -> Write {
    if_own(customer, Write::delete(Key::login(email)))
}

fn if_own(customer: &Customer, write: Write) -> Write {
    let reference = text(customer.reference.as_str());
    write.when(ABSENT_OR_OWN).name("#reference", "reference").value(":reference", reference)
}

/// The Login of a new customer.
pub(super) fn create(customer: &Customer) -> Result<Option<Write>, Error> {
    let Some((email, login)) = Login::of(customer) else { return Ok(None) };
    let item = encode(&Key::login(&email), &login)?;
    Ok(Some(Write::put(item).when("attribute_not_exists(pk)")))
}

impl Store {
    /// One read.
    pub async fn login(&self, email: &EmailHash) -> Result<Option<Login>, Error> {
        self.table.get(&Key::login(email)).await?.map(decode).transpose()
    }

    /// Replaces a hash by a better one of the same password, unless there is a new password, which would have raised the
    /// epoch. One transaction.
    pub async fn upgrade_hash(
        &self,
        email: &EmailHash,
        login: &Login,
        new: &PasswordHash,
    ) -> Result<(), Error> {
        let upgrade = |key: Key, also: &str, condition: &str| {
            Write::update(key, format!("SET password_hash = :new{also}"))
                .when(format!("#reference = :reference AND session_epoch = :epoch{condition}"))
                .name("#reference", "reference")
                .value(":reference", text(login.reference.as_str()))
                .value(":epoch", number(login.session_epoch))
                .value(":confirmed", AttributeValue::Bool(login.confirmed))
                .value(":new", text(new.as_str()))
        };
        let customer = upgrade(
            Key::customer(&login.reference),
            ", confirmed = if_not_exists(confirmed, :confirmed), version = version + :one",
            "",
        );
        let writes = vec![
            upgrade(Key::login(email), "", " AND confirmed = :confirmed"),
            customer.value(":one", number(1)),
        ];
        match self.table.write(writes).await? {
            Written::Done | Written::Refused(_) => Ok(()),
        }
    }

    /// Completes a customer's item of an older layout, which kept password hash and confirmation in the Login alone. One
    /// read more for such an item; the next save writes it in full.
    pub(super) async fn complete(&self, mut item: Item) -> Result<Item, Error> {
        if item.contains_key(PASSWORD_HASH) {
            return Ok(item);
        }
        let customer = customers::customer(item.clone())?;
        let Some((email, _)) = Login::of(&customer) else { return Ok(item) };
        let login = self.table.get(&Key::login(&email)).await?;
        let own = login.filter(|login| login.get("reference") == Some(&text(customer.reference.as_str())));
        for (name, value) in own.into_iter().flatten() {
            if [PASSWORD_HASH, "confirmed"].contains(&name.as_str()) {
                item.insert(name, value);
            }
        }
        Ok(item)
    }
}
