//! Mails counted by recipient before they are sent, over all accounts, so that nobody can have an address flooded.

use aws_sdk_dynamodb::types::AttributeValue;

use super::backoff::Backoff;
use super::item::{EXPIRES_AT, expiry, texts_of};
use super::table::Written;
use super::write::Write;
use super::{EmailHash, Key, Store};
use crate::domain::{CountedMails, MailBudget};
use crate::error::Error;

const MAILS: &str = "mails";

impl Store {
    /// Counts a mail to an address, by the mail's id; `false` if the budget is used up. A mail that was counted before is
    /// not counted again, so failed attempts to send it use nothing up.
    ///
    /// One write; a second one if the address was mailed within the last day or so.
    pub async fn count_mail(&self, email: &EmailHash, budget: MailBudget, mail: &str) -> Result<bool, Error> {
        let mut backoff = Backoff::new();
        let mut before: Vec<String> = Vec::new();
        loop {
            let now = self.clock.now();
            let counted = CountedMails::from_entries(before.clone());
            if counted.contains(mail) {
                return Ok(true);
            }
            let Some(after) = counted.count(mail, budget, now) else { return Ok(false) };
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
                Written::Done => return Ok(true),
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
}
