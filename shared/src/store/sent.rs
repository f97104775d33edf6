//! Sent mails: what became of each, without the address that it went to, and which addresses take none.
//!
//! SES may tell a fate before its answer has reached the mailer, twice, or in another order than things happened, so
//! every state has a rank, and only a higher one replaces what is there.

use std::time::Duration;

use super::item::{EXPIRES_AT, expiry, has_expired, number, number_of, text, text_of};
use super::table::Written;
use super::write::Write;
use super::{EmailHash, Item, Key, Store, events};
use crate::domain::{CustomerReference, Event, Fate, MailId, MailState, Timestamp};
use crate::error::Error;

/// A mail, whose it is and where it goes: what leads from a word of SES back to the table.
#[derive(Clone, PartialEq, Eq)]
pub struct Addressed {
    pub customer: CustomerReference,
    pub mail: MailId,
    pub recipient: EmailHash,
}

/// How the mailer's own part ended.
#[derive(Clone, PartialEq, Eq)]
pub enum HandOver {
    /// SES took the mail, under this id.
    Sent { message_id: String },
    /// It was not handed to SES, because of what became of another mail to the address.
    Withheld { reason: String },
    /// It can never be sent.
    Rejected { reason: String },
}

/// A mail of the last 30 days.
#[derive(Clone, PartialEq, Eq)]
pub struct SentMail {
    pub mail: MailId,
    pub state: MailState,
    /// When it came to that.
    pub at: Timestamp,
    /// What SES said beside it, such as `Permanent/General 5.1.1`, or why it was not sent.
    pub detail: Option<String>,
}

hidden!(Addressed, HandOver, SentMail);

/// Long enough for a customer to say that a mail never came.
const LIFETIME: Duration = Duration::from_secs(30 * 86_400);
/// For how long an address that bounced or complained is mailed nothing but what its owner asks for.
const UNDELIVERABLE_FOR: Duration = Duration::from_secs(30 * 86_400);

/// More than all caps and budgets let one customer be sent within [`LIFETIME`].
const MOST_SENT: usize = 1_000;

const STATE: &str = "state";
const RANK: &str = "rank";
const AT: &str = "at";
const DETAIL: &str = "detail";
const REASON: &str = "reason";

/// The write that notes the end of the mailer's part, unless SES was faster with the mail's fate.
pub(super) fn hand_over(
    customer: &CustomerReference,
    mail: &MailId,
    hand_over: &HandOver,
    now: Timestamp,
) -> Write {
    let (state, name, more) = match hand_over {
        HandOver::Sent { message_id } => (MailState::Sent, "message_id", message_id),
        HandOver::Withheld { reason } => (MailState::Withheld, DETAIL, reason),
        HandOver::Rejected { reason } => (MailState::Rejected, DETAIL, reason),
    };
    let parts =
        ["state", "rank", "at", "more"].map(|part| format!("#{part} = if_not_exists(#{part}, :{part})"));
    let update = format!("SET {}, {EXPIRES_AT} = :expiry", parts.join(", "));
    stated(Write::update(Key::sent_mail(customer, mail), update), state, MailState::UNKNOWN_FATE, now)
        .value(":expiry", expiry(now.plus(LIFETIME)))
        .name("#more", name)
        .value(":more", text(more))
}

fn stated(write: Write, state: MailState, rank: u64, at: Timestamp) -> Write {
    let names = write.name("#state", STATE).name("#rank", RANK).name("#at", AT);
    names.value(":state", text(state.as_str())).value(":rank", number(rank)).value(":at", number(at.micros()))
}

impl Store {
    /// Notes the end of the mailer's part, for a mail that was never queued. One write.
    pub async fn note_hand_over(
        &self,
        customer: &CustomerReference,
        mail: &MailId,
        how: &HandOver,
    ) -> Result<(), Error> {
        self.table.write(vec![hand_over(customer, mail, how, self.clock.now())]).await.map(drop)
    }

    /// Notes what became of a mail; `false` if as much was known before. One write, or one transaction; before that, one
    /// read if further mail would end the same way.
    pub async fn note_fate(&self, sent: &Addressed, fate: &Fate) -> Result<bool, Error> {
        let now = self.clock.now();
        let mut writes = fate_of(sent, fate, now);
        if fate.is_lasting && self.has_email(sent).await? {
            writes.push(events::write(&sent.customer, Event::Unreachable, &self.write_id(), now));
        }
        Ok(matches!(self.table.write(writes).await?, Written::Done))
    }

    /// Whether a mail went to the e-mail that its customer has now, and not to a former one, or one that they want to have.
    async fn has_email(&self, sent: &Addressed) -> Result<bool, Error> {
        let customer = self.customer(&sent.customer).await?.map(|stored| stored.customer);
        Ok(customer
            .and_then(|customer| customer.email)
            .is_some_and(|own| EmailHash::of(&own) == sent.recipient))
    }

    /// Why an address is mailed nothing but what its owner asks for, if it is so. One read.
    pub async fn undeliverable(&self, email: &EmailHash) -> Result<Option<String>, Error> {
        let Some(item) = self.table.get(&Key::undeliverable(email)).await? else { return Ok(None) };
        Ok(text_of(&item, REASON).filter(|_| !has_expired(&item, self.clock.now())))
    }

    /// The last `limit` mails sent to a customer, newest first. One read.
    pub async fn sent_mails(
        &self,
        customer: &CustomerReference,
        limit: usize,
    ) -> Result<Vec<SentMail>, Error> {
        let (items, _) = self.table.query(Key::sent_mails(customer), None, MOST_SENT).await?;
        let now = self.clock.now();
        let kept = items.iter().filter(|item| !has_expired(item, now));
        let mut mails: Vec<SentMail> = kept.filter_map(sent_mail).collect();
        mails.sort_by_key(|mail| std::cmp::Reverse(mail.at));
        mails.truncate(limit);
        Ok(mails)
    }
}

/// The writes for what became of a mail. None of them is made if the first one's condition fails.
fn fate_of(sent: &Addressed, fate: &Fate, now: Timestamp) -> Vec<Write> {
    let detail = if fate.detail.is_some() { ", #detail = :detail" } else { " REMOVE #detail" };
    let update = format!("SET #state = :state, #rank = :rank, #at = :at, {EXPIRES_AT} = :expiry{detail}");
    let mut note = stated(
        Write::update(Key::sent_mail(&sent.customer, &sent.mail), update),
        fate.state,
        fate.rank(),
        fate.at,
    )
    .value(":expiry", expiry(now.plus(LIFETIME)))
    .name("#detail", DETAIL)
    .when("attribute_not_exists(#rank) OR #rank < :rank");
    if let Some(detail) = &fate.detail {
        note = note.value(":detail", text(detail));
    }
    let mut writes = vec![note];
    if fate.is_lasting {
        let reason = [Some(fate.state.as_str()), fate.detail.as_deref()];
        let update = format!("SET {REASON} = :reason, {EXPIRES_AT} = :expiry");
        let undeliverable = Write::update(Key::undeliverable(&sent.recipient), update)
            .value(":reason", text(reason.into_iter().flatten().collect::<Vec<_>>().join(": ")))
            .value(":expiry", expiry(now.plus(UNDELIVERABLE_FOR)));
        writes.push(undeliverable);
    } else if fate.state == MailState::Delivered && sent.mail.kind.is_asked_for() {
        writes.push(Write::delete(Key::undeliverable(&sent.recipient)));
    }
    writes
}

fn sent_mail(item: &Item) -> Option<SentMail> {
    Some(SentMail {
        mail: MailId::parse(&text_of(item, "sk")?)?,
        state: MailState::parse(&text_of(item, STATE)?)?,
        at: Timestamp::from_micros(number_of(item, AT)?),
        detail: text_of(item, DETAIL),
    })
}
