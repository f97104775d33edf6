//! Mails counted by recipient before they are sent, over all accounts, so that nobody can have an address flooded.

use aws_sdk_dynamodb::types::AttributeValue;

use super::backoff::Backoff;
use super::item::{EXPIRES_AT, expiry, texts_of};
use super::table::Written;
use super::write::Write;
use super::{EmailHash, Key, Store};
use crate::domain::{CountedMails, CustomerReference, MailBudget};
use crate::error::Error;

const MAILS: &str = "mails";

/// A mail that has been counted.
pub struct CountedMail {
    key: Key,
    entry: String,
}

impl Store {
    /// Counts a customer's mail to an address, by the mail's id; `None` if the budget is used up. A mail that was counted
    /// before is not counted again.
    ///
    /// One write; a second one if the address was mailed within the last day or so.
    pub async fn count_mail(
        &self,
        email: &EmailHash,
        budget: MailBudget,
        customer: &CustomerReference,
        mail: &str,
    ) -> Result<Option<CountedMail>, Error> {
        // One request may be for one account after the other that has the e-mail.
        let mail = &format!("{customer}#{mail}");
        let counted_mail =
            |entry: &String| CountedMail { key: Key::counted_mails(email, budget), entry: entry.clone() };
        let mut backoff = Backoff::new();
        let mut before: Vec<String> = Vec::new();
        loop {
            let now = self.clock.now();
            let counted = CountedMails::from_entries(before.clone());
            if let Some(entry) = counted.entry_of(mail) {
                return Ok(Some(counted_mail(entry)));
            }
            let Some(after) = counted.count(mail, budget, now) else { return Ok(None) };
            let new = after.last().map(counted_mail);
            let mut write = Write::update(
                Key::counted_mails(email, budget),
                format!("SET {MAILS} = :after, {EXPIRES_AT} = :expiry"),
            )
            .value(":after", AttributeValue::Ss(after))
            .value(":expiry", expiry(now.plus(CountedMails::COUNTED_FOR)));
            write = if before.is_empty() {
                write.when(format!("attribute_not_exists({MAILS})"))
            } else {
                write.when(format!("{MAILS} = :before")).value(":before", AttributeValue::Ss(before))
            };
            match self.table.write(vec![write]).await? {
                Written::Done => return Ok(new),
                Written::Refused(items) => {
                    let item = items.into_iter().next().flatten().unwrap_or_default();
                    before = texts_of(&item, MAILS);
                }
            }
            if !backoff.wait(&self.random).await {
                return Err(Error::unavailable("the mails of one address do not settle"));
            }
        }
    }

    /// Takes back the count of a mail that was not sent. One write.
    pub async fn uncount_mail(&self, CountedMail { key, entry }: CountedMail) -> Result<(), Error> {
        let write = Write::update(key, format!("DELETE {MAILS} :entries"))
            .when(format!("contains({MAILS}, :entry)"))
            .value(":entry", AttributeValue::S(entry.clone()))
            .value(":entries", AttributeValue::Ss(vec![entry]));
        self.table.write(vec![write]).await.map(drop)
    }
}
