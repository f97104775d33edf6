//! Accounts: a customer, the Login that follows from it, and the mails and events that a change calls for, written as one.

use super::attempts::Attempt;
use super::backoff::Backoff;
use super::customers::{self, Stored, WRITES};
use super::item::{decode, take, texts_of};
use super::keys::CUSTOMER;
use super::table::Written;
use super::write::Write;
use super::{Audit, EmailHash, Item, Key, Login, Store, events, logins, queued_mails};
use crate::domain::{Customer, CustomerReference, Event, Session};
use crate::error::Error;

/// How creating an account ended.
#[derive(Debug)]
pub enum Created {
    Done,
    /// The reference exists: the same registration or import was repeated, or another customer has it.
    ReferenceTaken(Box<Customer>),
    /// The customer with this reference has the e-mail.
    EmailTaken(CustomerReference),
}

/// How far a scan of the table has come.
#[derive(Clone)]
pub struct Position(pub(super) Item);

impl Store {
    /// Creates a customer who has registered: as [`Store::create`] does, and other systems are told.
    pub async fn register(&self, customer: &Customer) -> Result<Created, Error> {
        self.create_with(customer, &[Event::Registered]).await
    }

    /// Creates a customer, the Login that follows from it and the mails it queues. One transaction.
    pub async fn create(&self, customer: &Customer) -> Result<Created, Error> {
        self.create_with(customer, &[]).await
    }

    async fn create_with(&self, customer: &Customer, events: &[Event]) -> Result<Created, Error> {
        let (write_id, now) = (self.write_id(), self.clock.now());
        let mut writes = vec![customers::create(customer, &write_id)?];
        writes.extend(logins::create(customer)?);
        writes.extend(queued_mails::create(customer, now));
        writes.extend(events::create(&customer.reference, events, &write_id, now));
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

    /// Changes a customer, the Login that follows from it, the mails it queues, and tells other systems what has changed:
    /// one write, a transaction if it is more than the customer's item, none if nothing changes.
    ///
    /// A lost race costs one more: `change` is then applied again, to what the winner left.
    ///
    /// # Errors
    ///
    /// Those of `change`; [`Error::EmailTaken`], [`Error::RecordFull`]; [`Error::InvalidAccessToken`] if the session
    /// that the customer was loaded for has ended meanwhile.
    pub async fn save<T>(
        &self,
        stored: Stored,
        change: impl FnMut(&mut Customer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.save_with(stored, Vec::new(), change).await
    }

    /// The same, and forgets along with it all attempts in the records that hold `attempt`.
    pub async fn save_and_forget<T>(
        &self,
        stored: Stored,
        attempt: &Attempt,
        change: impl FnMut(&mut Customer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.save_with(stored, attempt.deletions().collect(), change).await
    }

    /// The same, and ends along with it a session that the customer was loaded for.
    ///
    /// # Errors
    ///
    /// [`Error::RefreshFailed`] if it has ended meanwhile.
    pub async fn save_and_end<T>(
        &self,
        stored: Stored,
        session: &Session,
        change: impl FnMut(&mut Customer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let end = Write::delete(Key::session(&session.reference, &session.id)).when("attribute_exists(pk)");
        self.save_with(stored, vec![end], change).await
    }

    /// The same, and puts it on record along with it, also if the change is none.
    pub async fn save_and_audit<T>(
        &self,
        stored: Stored,
        audit: &Audit<'_>,
        change: impl FnMut(&mut Customer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let entry = audit.write(&stored.customer.reference);
        self.save_with(stored, vec![entry], change).await
    }

    async fn save_with<T>(
        &self,
        mut stored: Stored,
        also: Vec<Write>,
        mut change: impl FnMut(&mut Customer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut backoff = Backoff::between_races();
        // E-mails of this customer whose Login turned out to be another customer's, which no request can bring about.
        let mut foreign: Vec<EmailHash> = Vec::new();
        loop {
            let mut customer = stored.customer.clone();
            let output = change(&mut customer)?;
            if customer == stored.customer && also.is_empty() {
                return Ok(output);
            }
            let (write_id, now) = (self.write_id(), self.clock.now());
            customer.forget_expired_emails(now);
            let events = Event::between(&stored.customer, &customer);
            let mut logins = logins::follow(&stored.customer, &customer)?;
            logins.retain(|login| !foreign.contains(&login.email));
            let mut writes = vec![self.replace(&stored, &customer, &write_id)?];
            writes.extend(logins.iter().map(|login| login.write.clone()));
            writes.extend(queued_mails::create(&customer, now));
            writes.extend(also.clone());
            writes.extend(events::create(&customer.reference, &events, &write_id, now));

            let refused = match self.table.write(writes).await? {
                Written::Done => return Ok(output),
                Written::Refused(refused) => refused,
            };
            let mut refused = refused.into_iter();
            if let Some(Some(winner)) = refused.next() {
                if texts_of(&winner, WRITES).contains(&write_id) {
                    return Ok(output);
                }
                stored = self.reloaded(&stored, winner).await?;
                if !backoff.wait(&self.random).await {
                    return Err(Error::unavailable("changes of one customer do not settle"));
                }
                continue;
            }
            let failed = logins.iter().zip(refused).find(|(_, failed)| failed.is_some());
            match failed {
                Some((login, _)) if login.is_new => return Err(Error::EmailTaken),
                Some((login, _)) => foreign.push(login.email.clone()),
                // Only the end of a session has a condition that can fail, too.
                None => return Err(Error::RefreshFailed),
            }
        }
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
        (Some(customer), _) => Ok(Created::ReferenceTaken(Box::new(customers::customer(customer)?))),
        (None, Some(login)) => Ok(Created::EmailTaken(decode::<Login>(login)?.reference)),
        (None, None) => Ok(Created::Done),
    }
}
