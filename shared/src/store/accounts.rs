//! Whole accounts: created by registration and import, read by export and check.

use super::customers::{self, Stored, WRITES, take};
use super::item::{decode, texts_of};
use super::keys::CUSTOMER;
use super::table::Written;
use super::{EmailHash, Item, Key, Login, Store, logins, queued_mails};
use crate::domain::{Customer, CustomerReference};
use crate::error::Error;

/// How creating an account ended.
#[derive(Debug)]
pub enum Created {
    Done,
    /// The reference exists: the same registration or import was repeated, or somebody else has it.
    ReferenceTaken(Box<Customer>),
    /// The customer with this reference has the e-mail.
    EmailTaken(CustomerReference),
}

/// How far a scan of the table has come.
#[derive(Clone, Debug)]
pub struct Position(pub(super) Item);

impl Store {
    /// Creates a customer, the Login that follows from it and the mails it queues. One transaction.
    pub async fn create(&self, customer: &Customer) -> Result<Created, Error> {
        let write_id = self.write_id();
        let mut writes = vec![customers::create(customer, &write_id)?];
        writes.extend(logins::create(customer)?);
        writes.extend(queued_mails::create(customer, self.clock.now()));
        let mut refused = match self.table.write(writes).await? {
            Written::Done => return Ok(Created::Done),
            Written::Refused(refused) => refused.into_iter(),
        };
        let (existing, login) = (refused.next().flatten(), refused.next().flatten());
        if existing.as_ref().is_some_and(|item| texts_of(item, WRITES).contains(&write_id)) {
            return Ok(Created::Done);
        }
        taken(existing, login)
    }

    /// What [`Store::create`] would find. One read.
    pub async fn try_create(&self, customer: &Customer) -> Result<Created, Error> {
        let customer_key = Key::customer(&customer.reference);
        let login_key = customer.email.as_ref().map(|email| Key::login(&EmailHash::of(email)));
        let keys: Vec<&Key> = [&customer_key].into_iter().chain(&login_key).collect();
        let mut items = self.table.batch_get(&keys).await?;
        let login = login_key.and_then(|key| take(&mut items, &key));
        taken(take(&mut items, &customer_key), login)
    }

    /// Whether the customer's record is not too large to be saved.
    pub fn has_room_for(&self, customer: &Customer) -> bool {
        customers::create(customer, &self.write_id()).is_ok()
    }

    /// Some customers in the table's own order, and where to continue, until there are no more. One read.
    pub async fn customers(&self, after: Option<Position>) -> Result<(Vec<Stored>, Option<Position>), Error> {
        let (items, after) = self.table.scan(Some(CUSTOMER), after.map(|Position(key)| key)).await?;
        let mut customers = Vec::with_capacity(items.len());
        for item in items {
            customers.push(self.stored(item).await?);
        }
        Ok((customers, after.map(Position)))
    }
}

/// What already has the keys of a new account.
fn taken(customer: Option<Item>, login: Option<Item>) -> Result<Created, Error> {
    match (customer, login) {
        (Some(customer), _) => Ok(Created::ReferenceTaken(Box::new(decode(customer)?))),
        (None, Some(login)) => Ok(Created::EmailTaken(decode::<Login>(login)?.reference)),
        (None, None) => Ok(Created::Done),
    }
}
