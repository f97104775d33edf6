//! Accounts as a whole, a customer and their Login: made by registration, moved in from elsewhere, read out.

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::customers::{WRITES, stored, take};
use super::item::{decode, text, texts_of};
use super::keys::CUSTOMER;
use super::transaction::Outcome;
use super::{EmailHash, Item, Key, Login, Patience, Store, failed, is_transient};
use crate::domain::{Customer, CustomerReference};
use crate::error::Error;

/// A customer with what their e-mail signs in to: `None` once they are anonymised.
#[derive(Clone, Debug)]
pub struct Account {
    pub customer: Customer,
    pub login: Option<Login>,
}

#[derive(Debug)]
pub enum Registered {
    Done,
    EmailTaken,
    /// Somebody has the reference: whoever repeats their own registration, or somebody else.
    ReferenceTaken(Box<Customer>),
}

/// How moving an account in ended.
#[derive(Debug)]
pub enum MovedIn {
    Done,
    /// Somebody has the reference; the customer as they are.
    ReferenceTaken(Box<Customer>),
    /// The customer with this reference has the e-mail.
    EmailTaken(CustomerReference),
}

/// How far [`Store::accounts`] has come.
#[derive(Clone, Debug)]
pub struct Position(Item);

/// The most keys that one BatchGetItem takes.
const BATCH: usize = 100;

impl Store {
    /// Creates customer, Login and mail order together. One transaction.
    pub async fn register(
        &self,
        customer: &Customer,
        email: &EmailHash,
        login: &Login,
        mail_order: &str,
    ) -> Result<Registered, Error> {
        let along = [self.create_login(email, login)?, self.mail_order(&customer.reference, mail_order)];
        let Some(there) = self.create(customer, along).await? else { return Ok(Registered::Done) };
        match there.customer {
            Some(existing) => Ok(Registered::ReferenceTaken(Box::new(decode(existing)?))),
            None => Ok(Registered::EmailTaken),
        }
    }

    /// Creates an account that comes from elsewhere. Nobody is mailed. One transaction.
    pub async fn move_in(&self, account: &Account) -> Result<MovedIn, Error> {
        let Account { customer, login } = account;
        let along = match (&customer.email, login) {
            (Some(email), Some(login)) => Some(self.create_login(&EmailHash::of(email), login)?),
            _ => None,
        };
        match self.create(customer, along).await? {
            None => Ok(MovedIn::Done),
            Some(there) => there.hinders(),
        }
    }

    /// What [`Store::move_in`] would find. One read.
    pub async fn try_move_in(&self, account: &Account) -> Result<MovedIn, Error> {
        let customer = Key::customer(&account.customer.reference);
        let login = account.customer.email.as_ref().map(|email| Key::login(&EmailHash::of(email)));
        let keys: Vec<&Key> = [&customer].into_iter().chain(&login).collect();
        let mut items = self.batch_get(&keys).await?;
        let login = login.and_then(|login| take(&mut items, &login));
        There { customer: take(&mut items, &customer), login }.hinders()
    }

    /// Whether the customer's record is not too large to be saved.
    pub fn has_room_for(&self, customer: &Customer) -> bool {
        self.customer_item(customer, 1, &[self.write_id()]).is_ok()
    }

    /// Some accounts in the table's own order, and where to go on, until there are no more. One read, one more for each
    /// hundred, and two for each customer who changes the e-mail at this moment.
    pub async fn accounts(&self, after: Option<Position>) -> Result<(Vec<Account>, Option<Position>), Error> {
        let scan = self
            .client
            .scan()
            .table_name(&self.table)
            .filter_expression("sk = :customer")
            .expression_attribute_values(":customer", text(CUSTOMER))
            .consistent_read(true)
            .set_exclusive_start_key(after.map(|Position(key)| key));
        let mut patience = Patience::new();
        let output = loop {
            match scan.clone().send().await {
                Err(error) if is_transient(&error) && patience.wait(&self.random).await => {}
                settled => break settled.map_err(failed)?,
            }
        };
        let customers = output.items.unwrap_or_default().into_iter().map(|item| Ok(stored(item)?.customer));
        let customers = customers.collect::<Result<Vec<_>, Error>>()?;
        let mut accounts = Vec::with_capacity(customers.len());
        for customers in customers.chunks(BATCH) {
            let key_of = |customer: &Customer| Some(Key::login(&EmailHash::of(customer.email.as_ref()?)));
            let mut keys: Vec<Key> = Vec::new();
            for key in customers.iter().filter_map(key_of) {
                // An e-mail that goes from one customer to another at this moment may be seen at both.
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
            let mut logins = if keys.is_empty() {
                Vec::new()
            } else {
                self.batch_get(&keys.iter().collect::<Vec<_>>()).await?
            };
            for customer in customers {
                let login = key_of(customer).and_then(|key| take(&mut logins, &key));
                let login = login.map(decode).transpose()?;
                accounts.push(self.account(customer.clone(), login).await?);
            }
        }
        Ok((accounts, output.last_evaluated_key.map(Position)))
    }

    /// Customer and Login were read one after the other. If they do not belong together, the e-mail has changed in
    /// between, and both are read again.
    async fn account(&self, mut customer: Customer, mut login: Option<Login>) -> Result<Account, Error> {
        let mut patience = Patience::new();
        loop {
            if customer.email.is_none() {
                return Ok(Account { customer, login: None });
            }
            if login.as_ref().is_some_and(|login| login.reference == customer.reference) {
                return Ok(Account { customer, login });
            }
            if !patience.wait(&self.random).await {
                return Err(Error::unavailable("a customer and their login do not belong together"));
            }
            let stored = self.customer(&customer.reference).await?;
            customer = stored.ok_or_else(|| Error::unexpected("a customer has vanished"))?.customer;
            login = match &customer.email {
                Some(email) => self.login(&EmailHash::of(email)).await?,
                None => None,
            };
        }
    }

    /// Creates a customer and what goes along, if there is no item of these keys yet: else what is there instead.
    async fn create(
        &self,
        customer: &Customer,
        along: impl IntoIterator<Item = TransactWriteItem>,
    ) -> Result<Option<There>, Error> {
        let write_id = self.write_id();
        let item = self.customer_item(customer, 1, std::slice::from_ref(&write_id))?;
        let writes = [self.put(item, Some(("attribute_not_exists(pk)", None)))];
        match self.transact(writes.into_iter().chain(along).collect()).await? {
            Outcome::Applied => Ok(None),
            Outcome::ConditionsFailed(items) => {
                let mut items = items.into_iter();
                let there = There { customer: items.next().flatten(), login: items.next().flatten() };
                let is_ours = |there: &Item| texts_of(there, WRITES).contains(&write_id);
                Ok(if there.customer.as_ref().is_some_and(is_ours) { None } else { Some(there) })
            }
        }
    }

    fn write_id(&self) -> String {
        self.random.uuid().simple().to_string()
    }
}

/// What already has the keys of an account.
struct There {
    customer: Option<Item>,
    login: Option<Item>,
}

impl There {
    fn hinders(self) -> Result<MovedIn, Error> {
        match (self.customer, self.login) {
            (Some(customer), _) => Ok(MovedIn::ReferenceTaken(Box::new(stored(customer)?.customer))),
            (None, Some(login)) => Ok(MovedIn::EmailTaken(decode::<Login>(login)?.reference)),
            (None, None) => Ok(MovedIn::Done),
        }
    }
}
