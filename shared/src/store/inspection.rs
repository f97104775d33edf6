//! What a check of the table reads, and how it repairs what it finds.

use aws_sdk_dynamodb::types::AttributeValue;

use super::accounts::Position;
use super::customers::{self, Stored};
use super::item::{decode, text};
use super::keys::Kind;
use super::logins::{self, PASSWORD_HASH};
use super::table::Written;
use super::write::Write;
use super::{EmailHash, Item, Key, Login, Store, directory};
use crate::domain::{Customer, CustomerReference, MailId, Session};
use crate::error::Error;

/// An item of the table, as far as it must be consistent with others.
#[derive(Debug)]
pub enum Record {
    /// `is_complete` is false for an item of an older layout, which leaves password hash and confirmation to the Login;
    /// `is_listed` is false for one that the index does not list as the customer is.
    Customer {
        customer: Box<Customer>,
        is_complete: bool,
        is_listed: bool,
    },
    Login(EmailHash, Login),
    Session(Session),
    QueuedMail(CustomerReference, MailId),
    /// An item that stands for itself: attempts, counted and sent mails, requests for mails.
    Other,
    /// An item that cannot be read, by its key.
    Unreadable(Unreadable),
}

/// The key of an item that cannot be read: one of a customer or a Login still exists, whatever it says.
#[derive(Debug)]
pub enum Unreadable {
    Customer(CustomerReference),
    Login(EmailHash),
    Other(String),
}

impl Store {
    /// Some items in the table's own order, and where to continue, until there are no more. One read.
    pub async fn records(&self, after: Option<Position>) -> Result<(Vec<Record>, Option<Position>), Error> {
        let (items, after) = self.table.scan(None, after.map(|Position(key)| key)).await?;
        Ok((items.into_iter().map(record).collect(), after.map(Position)))
    }

    /// The Login of an e-mail. One read.
    pub async fn login_record(&self, email: &EmailHash) -> Result<Option<Record>, Error> {
        Ok(self.table.get(&Key::login(email)).await?.map(record))
    }

    /// Everything that belongs to one customer: the customer's item, sessions and queued mails. Three reads or more.
    pub async fn records_of(&self, reference: &CustomerReference) -> Result<Vec<Record>, Error> {
        let mut items = Vec::from_iter(self.table.get(&Key::customer(reference)).await?);
        for pk in [Key::sessions(reference), Key::queued_mails(reference)] {
            let mut after = None;
            loop {
                let (page, next) = self.table.query(pk.clone(), after, usize::MAX).await?;
                items.extend(page);
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(items.into_iter().map(record).collect())
    }

    /// Applies `change` to a customer and writes it with its Login, whether the Login seems to need it or not, and without
    /// the one under `stray`, if that is the customer's. `false` if the Login is another customer's, or the customer has
    /// changed meanwhile. One transaction.
    pub async fn rewrite(
        &self,
        stored: Stored,
        stray: Option<&EmailHash>,
        change: impl FnOnce(&mut Customer),
    ) -> Result<bool, Error> {
        let mut customer = stored.customer.clone();
        change(&mut customer);
        let mut writes = vec![self.replace(&stored, &customer, &self.write_id())?];
        writes.extend(logins::replace(&customer)?);
        let own = Login::of(&customer).map(|(email, _)| email);
        let stray = stray.filter(|stray| own.as_ref() != Some(stray));
        writes.extend(stray.map(|stray| logins::delete(&customer, stray)));
        Ok(matches!(self.table.write(writes).await?, Written::Done))
    }

    /// Deletes the Login of an e-mail, if it names this customer, who does not exist. One write.
    pub async fn delete_login(&self, email: &EmailHash, reference: &CustomerReference) -> Result<(), Error> {
        let delete = Write::delete(Key::login(email))
            .when("#reference = :reference")
            .name("#reference", "reference")
            .value(":reference", text(reference.as_str()));
        self.table.write(vec![delete]).await.map(drop)
    }
}

fn record(item: Item) -> Record {
    let part = |name: &str| item.get(name).and_then(|part: &AttributeValue| part.as_s().ok()).cloned();
    let (pk, sk) = (part("pk").unwrap_or_default(), part("sk").unwrap_or_default());
    read(&pk, &sk, item).unwrap_or_else(|| {
        Record::Unreadable(match Key::kind(&pk, &sk) {
            Some(Kind::Customer(reference)) => Unreadable::Customer(reference),
            Some(Kind::Login(email)) => Unreadable::Login(email),
            _ => Unreadable::Other(format!("{} {}", pk.escape_debug(), sk.escape_debug())),
        })
    })
}

/// `None` for an item that cannot be read, or whose content contradicts its key.
fn read(pk: &str, sk: &str, item: Item) -> Option<Record> {
    let is_complete = item.contains_key(PASSWORD_HASH);
    match Key::kind(pk, sk)? {
        Kind::Customer(reference) => {
            let found_by = directory::listed_as(&item);
            let customer = customers::customer(item).ok()?;
            let is_listed = found_by == directory::attributes(&customer);
            (customer.reference == reference).then(|| Record::Customer {
                customer: Box::new(customer),
                is_complete,
                is_listed,
            })
        }
        Kind::Login(email) => Some(Record::Login(email, decode(item).ok()?)),
        Kind::Session(reference) => {
            let session: Session = decode(item).ok()?;
            (session.reference == reference).then_some(Record::Session(session))
        }
        Kind::QueuedMail(reference, mail) => Some(Record::QueuedMail(reference, mail)),
        Kind::Other => Some(Record::Other),
    }
}
