//! What SES says became of the mails: its events lead back to what was sent by the tags that the mailer gave them.
//!
//! An event quotes the recipient and the subject. Nothing of it is kept but its type, its status and its time.
//! https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use shared::Error;
use shared::domain::{CustomerReference, Fate, MailId, MailKind, MailState, Timestamp};
use shared::store::{Addressed, EmailHash};

use crate::Mailer;
use crate::send::Outcome;

/// An event as EventBridge passes on its `detail`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_type: String,
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    delivery: Option<Timed>,
    delivery_delay: Option<Delay>,
}

#[derive(Deserialize)]
struct Mail {
    timestamp: Option<String>,
    #[serde(default)]
    tags: Tags,
}

/// With many values each, because a message can be tagged in its header, too.
#[derive(Default, Deserialize)]
struct Tags {
    #[serde(default)]
    kind: Vec<String>,
    #[serde(default)]
    customer: Vec<String>,
    #[serde(default)]
    mail: Vec<String>,
    #[serde(default)]
    recipient: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    bounce_sub_type: Option<String>,
    #[serde(default)]
    bounced_recipients: Vec<BouncedRecipient>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct BouncedRecipient {
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    complaint_sub_type: Option<String>,
    complaint_feedback_type: Option<String>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Timed {
    timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delay {
    delay_type: Option<String>,
    timestamp: Option<String>,
}

/// One write, for whatever mail it is; none for a mail of somebody else.
pub(crate) async fn note(mailer: &Mailer, event: Value) -> Result<Outcome, Error> {
    let app = &mailer.app;
    // Trying again would mend none of these.
    let foreign = |reason| Ok(Outcome::Foreign { reason });
    let Ok(event) = Event::deserialize(event) else { return foreign("an event of SES that cannot be read") };
    let Some(sent) = event.mail.tags.addressed() else {
        return foreign("an event of SES about a mail without the mailer's tags");
    };
    let Some(fate) = event.fate(app.clock.now()) else {
        return foreign("an event of SES of an unknown kind");
    };
    let is_news = app.store.note_fate(&sent, &fate).await?;
    Ok(if is_news { Outcome::Noted(fate.state) } else { Outcome::Obsolete })
}

/// The tags of a mail, by name. SES allows letters, digits, `-` and `_` in them, so what can hold more is encoded.
pub(crate) fn tags(sent: &Addressed) -> [(&'static str, String); 4] {
    [
        ("kind", sent.mail.kind.as_str().to_owned()),
        ("customer", URL_SAFE_NO_PAD.encode(sent.customer.as_str())),
        ("mail", sent.mail.unique.clone()),
        ("recipient", sent.recipient.as_str().to_owned()),
    ]
}

impl Tags {
    /// `None` if they are not what [`tags`] makes.
    fn addressed(&self) -> Option<Addressed> {
        let only = |values: &[String]| match values {
            [value] => Some(value.clone()),
            _ => None,
        };
        let unique = only(&self.mail).filter(|unique| is_word(unique))?;
        let mail = MailId { kind: MailKind::parse(&only(&self.kind)?)?, unique };
        let customer = String::from_utf8(URL_SAFE_NO_PAD.decode(only(&self.customer)?).ok()?).ok()?;
        let customer = CustomerReference::parse(&customer)?;
        Some(Addressed { customer, mail, recipient: EmailHash::parse(&only(&self.recipient)?)? })
    }
}

impl Event {
    /// `None` if nothing is known about events of its kind.
    fn fate(self, now: Timestamp) -> Option<Fate> {
        let Event { event_type, mail, bounce, complaint, delivery, delivery_delay } = self;
        let (state, is_lasting, detail, at) = match event_type.as_str() {
            "Delivery" => (MailState::Delivered, false, None, delivery?.timestamp),
            "DeliveryDelay" => {
                let delay = delivery_delay?;
                (MailState::Delayed, false, word(delay.delay_type), delay.timestamp)
            }
            "Reject" => (MailState::Refused, false, None, None),
            "Bounce" => {
                let bounce = bounce?;
                let is_permanent = bounce.bounce_type == "Permanent";
                (MailState::Bounced, is_permanent, bounce.detail(), bounce.timestamp)
            }
            "Complaint" => {
                let complaint = complaint?;
                let detail = word(complaint.complaint_sub_type).or(word(complaint.complaint_feedback_type));
                (MailState::Complained, true, detail, complaint.timestamp)
            }
            _ => return None,
        };
        let said = at.or(mail.timestamp).and_then(|at| Timestamp::parse(&at).ok());
        Some(Fate { state, is_lasting, detail, at: said.unwrap_or(now) })
    }
}

impl Bounce {
    /// Such as `Permanent/General 5.1.1`.
    fn detail(&self) -> Option<String> {
        let kind = [word(Some(self.bounce_type.clone())), word(self.bounce_sub_type.clone())];
        let kind = kind.into_iter().flatten().collect::<Vec<_>>().join("/");
        // The recipient's server says it, so it could be anything.
        let is_status = |status: &&str| {
            let parts: Vec<&str> = status.split('.').collect();
            let is_number =
                |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            parts.len() == 3 && parts.iter().all(is_number)
        };
        let status = self.bounced_recipients.iter().find_map(|recipient| recipient.status.as_deref());
        let detail = [Some(kind.as_str()), status.filter(is_status)].into_iter().flatten();
        Some(detail.collect::<Vec<_>>().join(" ")).filter(|detail| !detail.is_empty())
    }
}

/// A name that SES or the recipient's provider gives a thing, if it is nothing but a name.
fn word(name: Option<String>) -> Option<String> {
    name.filter(|name| is_word(name))
}

fn is_word(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests;
