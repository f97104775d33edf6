//! Customers: loaded, changed and saved as a whole, on the version they were loaded with.

use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};

use super::attempts::AttemptKey;
use super::item::{decode, encode, number, number_of, size, text, texts_of};
use super::transaction::{LoginUpdate, Outcome, Was};
use super::{EmailHash, Item, Key, Login, Patience, Store, failed, old_item_of_put};
use crate::domain::{Customer, CustomerReference, Session, SessionId};
use crate::error::Error;

/// A customer as loaded, with what is needed to save it again.
#[derive(Clone, Debug)]
pub struct Stored {
    pub customer: Customer,
    version: u64,
    /// The ids of the last writes, newest last: whoever finds their own here knows that their write was applied.
    writes: Vec<String>,
    /// The epoch that the caller's session belongs to, if a caller's session is what the customer was loaded for.
    required_epoch: Option<u64>,
}

/// What is written in one transaction with a customer.
#[derive(Clone, Debug)]
pub enum With {
    CreateLogin(EmailHash, Login),
    DeleteLogin {
        email: EmailHash,
        was: Was,
    },
    /// Gives the Login the customer's session epoch, and a new hash and confirmation where said.
    UpdateLogin {
        email: EmailHash,
        was: Was,
        password_hash: Option<String>,
        confirmed: bool,
    },
    /// `<kind>#<uuid>`.
    MailOrder(String),
    ForgetAttempts(AttemptKey),
}

#[derive(Debug)]
pub enum Saved<T> {
    Done(T),
    /// The Login is no longer what the change took it for: look again.
    LoginChanged,
}

const VERSION: &str = "version";
pub(super) const WRITES: &str = "writes";
const WRITES_KEPT: usize = 8;
/// The most bytes an item may take, out of DynamoDB's 400 KB: a save costs a write unit per started KB.
const MAX_ITEM_SIZE: usize = 64 * 1024;

impl Store {
    /// The customer whose session this is, and the session; `None` once it has ended. One read.
    pub async fn authenticated(
        &self,
        reference: &CustomerReference,
        session: &SessionId,
    ) -> Result<Option<(Stored, Session)>, Error> {
        let (customer_key, session_key) = (Key::customer(reference), Key::session(reference, session));
        let mut items = self.batch_get(&[&customer_key, &session_key]).await?;
        let (Some(customer), Some(session)) =
            (take(&mut items, &customer_key), take(&mut items, &session_key))
        else {
            return Ok(None);
        };
        let session: Session = decode(session)?;
        let stored = Stored { required_epoch: Some(session.epoch), ..stored(customer)? };
        Ok((stored.customer.session_epoch == session.epoch).then_some((stored, session)))
    }

    /// One read.
    pub async fn customer(&self, reference: &CustomerReference) -> Result<Option<Stored>, Error> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(Key::customer(reference).attributes()))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed)?;
        output.item.map(stored).transpose()
    }

    /// Changes a customer alone. One write, none if nothing changes, and one more for every lost race: `change` is then
    /// applied anew.
    pub async fn update<T>(
        &self,
        stored: Stored,
        mut change: impl FnMut(&mut Customer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self.save(stored, |customer| change(customer).map(|output| (output, Vec::new()))).await? {
            Saved::Done(output) => Ok(output),
            Saved::LoginChanged => Err(Error::unexpected("a save without a Login cannot find it changed")),
        }
    }

    /// Changes a customer and what belongs to it, in one write or one transaction; `change` says what goes along.
    ///
    /// A lost race costs one more: `change` is applied anew to what the winner left.
    pub async fn save<T>(
        &self,
        mut stored: Stored,
        mut change: impl FnMut(&mut Customer) -> Result<(T, Vec<With>), Error>,
    ) -> Result<Saved<T>, Error> {
        let mut patience = Patience::new();
        loop {
            let mut customer = stored.customer.clone();
            let (output, with) = change(&mut customer)?;
            if with.is_empty() && customer == stored.customer {
                return Ok(Saved::Done(output));
            }
            let write_id = self.random.uuid().simple().to_string();
            let mut writes = stored.writes.clone();
            writes.push(write_id.clone());
            writes.drain(..writes.len().saturating_sub(WRITES_KEPT));
            let item = self.customer_item(&customer, stored.version + 1, &writes)?;

            let winner = match self.write(item, stored.version, &customer, with).await? {
                Written::Done => return Ok(Saved::Done(output)),
                Written::EmailTaken => return Err(Error::EmailTaken),
                Written::LoginChanged => return Ok(Saved::LoginChanged),
                Written::Raced(winner) => winner,
            };
            if texts_of(&winner, WRITES).contains(&write_id) {
                return Ok(Saved::Done(output));
            }
            let required_epoch = stored.required_epoch;
            stored = Stored { required_epoch, ..self::stored(winner)? };
            if required_epoch.is_some_and(|epoch| epoch != stored.customer.session_epoch) {
                return Err(Error::InvalidAccessToken);
            }
            if !patience.wait(&self.random).await {
                return Err(Error::unavailable("changes of one customer do not settle"));
            }
        }
    }

    async fn write(
        &self,
        item: Item,
        version: u64,
        customer: &Customer,
        with: Vec<With>,
    ) -> Result<Written, Error> {
        if with.is_empty() {
            return self.write_alone(item, version).await;
        }
        let mut writes = vec![self.put(item, Some(("version = :was", Some(number(version)))))];
        for with in &with {
            writes.push(self.write_along(customer, with)?);
        }
        match self.transact(writes).await? {
            Outcome::Applied => Ok(Written::Done),
            Outcome::ConditionsFailed(items) => {
                let mut items = items.into_iter();
                if let Some(Some(winner)) = items.next() {
                    return Ok(Written::Raced(winner));
                }
                let created = |with: &With| matches!(with, With::CreateLogin(..));
                let taken = with.iter().zip(items).any(|(with, failed)| created(with) && failed.is_some());
                Ok(if taken { Written::EmailTaken } else { Written::LoginChanged })
            }
        }
    }

    async fn write_alone(&self, item: Item, version: u64) -> Result<Written, Error> {
        let result = self
            .settled(|| {
                self.client
                    .put_item()
                    .table_name(&self.table)
                    .set_item(Some(item.clone()))
                    .condition_expression("version = :was")
                    .expression_attribute_values(":was", number(version))
                    .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                    .send()
            })
            .await;
        match result {
            Ok(_) => Ok(Written::Done),
            Err(error) => old_item_of_put(&error).map(Written::Raced).ok_or_else(|| failed(error)),
        }
    }

    fn write_along(&self, customer: &Customer, with: &With) -> Result<TransactWriteItem, Error> {
        let reference = &customer.reference;
        Ok(match with {
            With::CreateLogin(email, login) => self.create_login(email, login)?,
            With::DeleteLogin { email, was } => self.delete_login(email, reference, was),
            With::UpdateLogin { email, was, password_hash, confirmed } => {
                let set = LoginUpdate {
                    reference,
                    password_hash: password_hash.as_deref(),
                    session_epoch: Some(customer.session_epoch),
                    confirmed: *confirmed,
                };
                self.update_login(email, was, set)
            }
            With::MailOrder(id) => self.mail_order(reference, id),
            With::ForgetAttempts(attempt) => self.delete(&attempt.key),
        })
    }

    pub(super) fn customer_item(
        &self,
        customer: &Customer,
        version: u64,
        writes: &[String],
    ) -> Result<Item, Error> {
        let mut item = encode(&Key::customer(&customer.reference), customer)?;
        item.insert(VERSION.to_owned(), number(version));
        item.insert(WRITES.to_owned(), AttributeValue::L(writes.iter().map(text).collect()));
        if size(&item) > MAX_ITEM_SIZE {
            return Err(Error::unexpected("the customer's record is full"));
        }
        Ok(item)
    }

    /// Reads items by key, strongly consistent, in no particular order. One read.
    pub(super) async fn batch_get(&self, keys: &[&Key]) -> Result<Vec<Item>, Error> {
        let mut patience = Patience::new();
        let mut wanted: Vec<Item> = keys.iter().map(|key| key.attributes()).collect();
        let mut items = Vec::new();
        loop {
            let request = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
            let output = self
                .client
                .batch_get_item()
                .request_items(&self.table, request.expect("keys are set"))
                .send()
                .await
                .map_err(failed)?;
            items.extend(
                output.responses.and_then(|mut tables| tables.remove(&self.table)).unwrap_or_default(),
            );
            wanted = output
                .unprocessed_keys
                .and_then(|mut tables| tables.remove(&self.table))
                .map(|rest| rest.keys)
                .unwrap_or_default();
            if wanted.is_empty() {
                return Ok(items);
            }
            if !patience.wait(&self.random).await {
                return Err(Error::unavailable("reads are throttled"));
            }
        }
    }
}

enum Written {
    Done,
    Raced(Item),
    EmailTaken,
    LoginChanged,
}

pub(super) fn stored(item: Item) -> Result<Stored, Error> {
    let version = number_of(&item, VERSION).unwrap_or_default();
    let writes = texts_of(&item, WRITES);
    Ok(Stored { customer: decode(item)?, version, writes, required_epoch: None })
}

/// Takes the item with this key out of a batch.
pub(super) fn take(items: &mut Vec<Item>, key: &Key) -> Option<Item> {
    let index = items.iter().position(|item| key.names(item))?;
    Some(items.swap_remove(index))
}
