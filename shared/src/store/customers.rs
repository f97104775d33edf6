//! Customers: loaded, changed and saved as a whole, on the version they were loaded with.

use aws_sdk_dynamodb::types::AttributeValue;

use super::attempts::Attempt;
use super::backoff::Backoff;
use super::item::{decode, encode, number, number_of, size, text, texts_of};
use super::table::Written;
use super::write::Write;
use super::{EmailHash, Item, Key, Store, logins, queued_mails};
use crate::domain::{Customer, CustomerReference, Session, SessionId};
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

const VERSION: &str = "version";
pub(super) const WRITES: &str = "writes";
const WRITES_KEPT: usize = 8;
/// The most bytes that a customer may fill, out of DynamoDB's 400 KB: a save costs a write unit per started KB.
const MAX_SIZE: usize = 64 * 1024;
/// What the service itself keeps in the item. It is bounded on its own and does not count towards [`MAX_SIZE`], so a
/// full record still gets its reset mail.
const OWN_ATTRIBUTES: [&str; 6] =
    [WRITES, "reset_key", "registration_key", "served_reset_request", "mail_quota", "password_hash"];

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

    /// Changes a customer, the Login that follows from it, and the mails it queues: one write, a transaction if it is
    /// more than the customer's item, none if nothing changes.
    ///
    /// A lost race costs one more: `change` is then applied anew to what the winner left.
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
        self.save_with(stored, None, change).await
    }

    /// The same, and forgets the failed attempts of `attempt`'s e-mail and address along with it.
    pub async fn save_and_forget<T>(
        &self,
        stored: Stored,
        attempt: &Attempt,
        change: impl FnMut(&mut Customer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.save_with(stored, Some(Write::delete(attempt.key.clone())), change).await
    }

    async fn save_with<T>(
        &self,
        mut stored: Stored,
        also: Option<Write>,
        mut change: impl FnMut(&mut Customer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut backoff = Backoff::new();
        // E-mails of this customer whose Login turned out to be somebody else's, which no request can bring about.
        let mut foreign: Vec<EmailHash> = Vec::new();
        loop {
            let mut customer = stored.customer.clone();
            let output = change(&mut customer)?;
            if customer == stored.customer {
                return Ok(output);
            }
            let write_id = self.write_id();
            let mut logins = logins::follow(&stored.customer, &customer)?;
            logins.retain(|login| !foreign.contains(&login.email));
            let mut writes = vec![self.replace(&stored, &customer, &write_id)?];
            writes.extend(logins.iter().map(|login| login.write.clone()));
            writes.extend(queued_mails::create(&customer, self.clock.now()));
            writes.extend(also.clone());

            let refused = match self.table.write(writes).await? {
                Written::Done => return Ok(output),
                Written::Refused(refused) => refused,
            };
            let mut refused = refused.into_iter();
            if let Some(Some(winner)) = refused.next() {
                if texts_of(&winner, WRITES).contains(&write_id) {
                    return Ok(output);
                }
                let required_epoch = stored.required_epoch;
                stored = Stored { required_epoch, ..self.stored(winner).await? };
                if required_epoch.is_some_and(|epoch| epoch != stored.customer.session_epoch) {
                    return Err(Error::InvalidAccessToken);
                }
                if !backoff.wait(&self.random).await {
                    return Err(Error::unavailable("changes of one customer do not settle"));
                }
                continue;
            }
            let failed = logins.iter().zip(refused).find(|(_, failed)| failed.is_some());
            match failed {
                Some((login, _)) if login.is_new => return Err(Error::EmailTaken),
                Some((login, _)) => foreign.push(login.email.clone()),
                None => return Err(Error::unexpected("a write without a condition was refused")),
            }
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
        let filled = filled(&item);
        if filled > MAX_SIZE && filled > filled_by(&stored.customer)? {
            return Err(Error::RecordFull(Saving::Customer));
        }
        Ok(Write::put(item).when("version = :was").value(":was", number(stored.version)))
    }

    /// A customer's item as loaded.
    pub(super) async fn stored(&self, item: Item) -> Result<Stored, Error> {
        let item = self.complete(item).await?;
        let version = number_of(&item, VERSION).unwrap_or_default();
        let writes = texts_of(&item, WRITES);
        Ok(Stored { customer: decode(item)?, version, writes, required_epoch: None })
    }

    /// Unlike any other of the few that an item remembers.
    pub(super) fn write_id(&self) -> String {
        format!("{:016x}", u64::from_le_bytes(self.random.bytes()))
    }
}

/// The write that creates a customer's item, if there is none yet.
pub(super) fn create(customer: &Customer, write_id: &str) -> Result<Write, Error> {
    if filled_by(customer)? > MAX_SIZE {
        return Err(Error::RecordFull(Saving::Customer));
    }
    let item = item(customer, 1, &[write_id.to_owned()])?;
    Ok(Write::put(item).when("attribute_not_exists(pk)"))
}

/// How many bytes of [`MAX_SIZE`] a customer fills.
fn filled_by(customer: &Customer) -> Result<usize, Error> {
    Ok(filled(&item(customer, 1, &[])?))
}

fn filled(item: &Item) -> usize {
    let is_own = |name: &str| OWN_ATTRIBUTES.contains(&name);
    size(item.iter().filter(|(name, _)| !is_own(name)))
}

fn item(customer: &Customer, version: u64, writes: &[String]) -> Result<Item, Error> {
    let mut item = encode(&Key::customer(&customer.reference), customer)?;
    item.insert(VERSION.to_owned(), number(version));
    item.insert(WRITES.to_owned(), AttributeValue::L(writes.iter().map(text).collect()));
    Ok(item)
}

/// Takes the item with this key out of a batch.
pub(super) fn take(items: &mut Vec<Item>, key: &Key) -> Option<Item> {
    let index = items.iter().position(|item| key.names(item))?;
    Some(items.swap_remove(index))
}
