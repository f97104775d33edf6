//! Queued mails: what the mailer has to send, written with the change that calls for it.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;

use super::customers::Stored;
use super::item::{EXPIRES_AT, expiry, number_of, take, text, text_of};
use super::write::Write;
use super::{HandOver, Item, Key, Store, sent};
use crate::domain::{Customer, CustomerReference, Email, MailId, Timestamp};
use crate::error::Error;

/// A mail that the mailer was told of.
pub struct QueuedMail {
    /// Whether it can never be delivered; then it is kept for a while so that an operator can look at it.
    pub rejected: bool,
    /// To whom it goes, if it is a notice.
    pub to: Option<Email>,
    /// The device that it is about.
    pub device: Option<String>,
    /// `None` if there is no such customer.
    pub stored: Option<Stored>,
}

/// A queued mail as support sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct WaitingMail {
    pub mail: MailId,
    /// To the second; `None` if that is not known.
    pub since: Option<Timestamp>,
    /// Why it can never be delivered, if it was rejected.
    pub rejected: Option<String>,
}

hidden!(QueuedMail, WaitingMail);

/// Longer than SQS keeps a dead letter (14 days), so that redriving one still finds its mail.
const LIFETIME: Duration = Duration::from_secs(30 * 86_400);

const REJECTED: &str = "rejected";
const REASON: &str = "reason";
const EMAIL: &str = "email";
const DEVICE: &str = "device";

/// The writes for the mails that a change of a customer queues. A mail's key says everything about it but to whom a
/// notice goes and which device it is about, which must outlast the customer's e-mail and the session.
pub(super) fn create(customer: &Customer, now: Timestamp) -> impl Iterator<Item = Write> {
    customer.queued_mails.iter().map(move |mail| {
        let mut item = Key::queued_mail(&customer.reference, &mail.id).attributes();
        item.insert("state".to_owned(), text("ordered"));
        item.extend(mail.to.iter().map(|email| (EMAIL.to_owned(), text(email.as_str()))));
        item.extend(mail.device.iter().map(|device| (DEVICE.to_owned(), text(device))));
        item.insert(EXPIRES_AT.to_owned(), expiry(now.plus(LIFETIME)));
        Write::put(item)
    })
}

impl Store {
    /// At most `limit` mails queued for a customer, those included that can never be delivered. One read.
    pub async fn queued_mails(
        &self,
        reference: &CustomerReference,
        limit: usize,
    ) -> Result<Vec<WaitingMail>, Error> {
        let (mails, _) = self.table.query(Key::queued_mails(reference), None, limit).await?;
        Ok(mails.iter().filter_map(waiting_mail).collect())
    }

    /// A queued mail and its customer; `None` once it has been sent. One read.
    pub async fn queued_mail(
        &self,
        reference: &CustomerReference,
        mail: &MailId,
    ) -> Result<Option<QueuedMail>, Error> {
        let (mail_key, customer_key) = (Key::queued_mail(reference, mail), Key::customer(reference));
        let mut items = self.table.batch_get(&[&mail_key, &customer_key]).await?;
        let Some(mail) = take(&mut items, &mail_key) else { return Ok(None) };
        let rejected = mail.get("state") == Some(&text(REJECTED));
        let to = mail.get(EMAIL).map(AttributeValue::as_s);
        let to = to.and_then(|email| Email::parse(email.ok()?).ok());
        let device = mail.get(DEVICE).and_then(|device| device.as_s().ok().cloned());
        let stored = match take(&mut items, &customer_key) {
            Some(customer) => Some(self.stored(customer).await?),
            None => None,
        };
        Ok(Some(QueuedMail { rejected, to, device, stored }))
    }

    /// Deletes a queued mail, because it was handed over or has become pointless. One write; one transaction if how it
    /// was handed over is to be noted.
    pub async fn finish_mail(
        &self,
        reference: &CustomerReference,
        mail: &MailId,
        hand_over: Option<&HandOver>,
    ) -> Result<(), Error> {
        let mut writes = vec![Write::delete(Key::queued_mail(reference, mail))];
        writes.extend(hand_over.map(|how| sent::hand_over(reference, mail, how, self.clock.now())));
        self.table.write(writes).await.map(drop)
    }

    /// Records that a queued mail can never be delivered, and why, and forgets to whom it went and which device it was
    /// about. One write.
    pub async fn reject_mail(
        &self,
        reference: &CustomerReference,
        mail: &MailId,
        reason: &str,
    ) -> Result<(), Error> {
        let update = Write::update(
            Key::queued_mail(reference, mail),
            format!("SET #state = :rejected, {REASON} = :reason REMOVE {EMAIL}, {DEVICE}"),
        )
        .when("attribute_exists(pk)")
        .name("#state", "state")
        .value(":rejected", text(REJECTED))
        .value(":reason", text(reason));
        self.table.write(vec![update]).await.map(drop)
    }
}

fn waiting_mail(item: &Item) -> Option<WaitingMail> {
    let is_rejected = text_of(item, "state").is_some_and(|state| state == REJECTED);
    Some(WaitingMail {
        mail: MailId::parse(&text_of(item, "sk")?)?,
        // It is kept for so long from the moment it is queued.
        since: number_of(item, EXPIRES_AT).map(|end| Timestamp::from_seconds(end).minus(LIFETIME)),
        rejected: is_rejected.then(|| text_of(item, REASON).unwrap_or_default()),
    })
}
