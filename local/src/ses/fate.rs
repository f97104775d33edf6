//! What becomes of the mails: SES's mailbox simulator, and the events that SES publishes.
//!
//! <https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator>

use serde_json::{Value, json};

use super::inbox::Mail;

/// What happens to a mail after it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Delivery,
    /// With its type, its subtype, and what the recipient's server says, if it was asked.
    Bounce(&'static str, &'static str, Option<&'static str>),
    Complaint,
    Reject,
    /// With its type.
    DeliveryDelay(&'static str),
}

const SIMULATOR: &str = "@simulator.amazonses.com";

/// What happens to a mail to this address, in this order. Labels of the simulator's addresses (`bounce+1@…`) count for
/// nothing.
pub(super) fn simulated(address: &str) -> Vec<Fate> {
    let local = address.strip_suffix(SIMULATOR).unwrap_or_default();
    match local.split('+').next().unwrap_or_default() {
        "bounce" => vec![Fate::Bounce("Permanent", "General", Some("5.1.1"))],
        "suppressionlist" => vec![Fate::Bounce("Permanent", "OnAccountSuppressionList", None)],
        "complaint" => vec![Fate::Delivery, Fate::Complaint],
        "ooto" => vec![Fate::Delivery, Fate::Bounce("Transient", "General", None)],
        _ => vec![Fate::Delivery],
    }
}

/// An event as EventBridge passes on its `detail`.
pub(super) fn event(fate: Fate, mail: &Mail) -> Value {
    let (at, to) = (&mail.sent_at, &mail.to);
    let (kind, name, said) = match fate {
        Fate::Delivery => (
            "Delivery",
            "delivery",
            json!({ "timestamp": at, "recipients": [to], "smtpResponse": "250 2.0.0 Ok" }),
        ),
        Fate::Bounce(kind, sub_type, status) => {
            let mut recipient = json!({ "emailAddress": to });
            if let Some(status) = status {
                recipient["action"] = json!("failed");
                recipient["status"] = json!(status);
                recipient["diagnosticCode"] = json!(format!("smtp; 550 {status} <{to}> user unknown"));
            }
            let bounce = json!({
                "bounceType": kind,
                "bounceSubType": sub_type,
                "bouncedRecipients": [recipient],
                "timestamp": at,
            });
            ("Bounce", "bounce", bounce)
        }
        Fate::Complaint => {
            let complained = json!({
                "complainedRecipients": [{ "emailAddress": to }],
                "complaintFeedbackType": "abuse",
                "timestamp": at,
            });
            ("Complaint", "complaint", complained)
        }
        Fate::Reject => ("Reject", "reject", json!({ "reason": "Bad content" })),
        Fate::DeliveryDelay(kind) => {
            let delay = json!({
                "delayType": kind,
                "delayedRecipients": [{ "emailAddress": to, "status": "4.4.1" }],
                "timestamp": at,
            });
            ("DeliveryDelay", "deliveryDelay", delay)
        }
    };
    let mut tags: Value = mail.tags.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    tags["ses:configuration-set"] = json!([mail.configuration_set]);
    json!({
        "eventType": kind,
        "mail": {
            "timestamp": at,
            "messageId": mail.id,
            "destination": [to],
            "headersTruncated": false,
            "headers": [{ "name": "To", "value": to }, { "name": "Subject", "value": mail.subject }],
            "commonHeaders": { "to": [to], "subject": mail.subject },
            "tags": tags,
        },
        name: said,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulators_addresses_have_labels_and_others_are_delivered_to() {
        let bounce = Fate::Bounce("Permanent", "General", Some("5.1.1"));
        assert_eq!(simulated("bounce@simulator.amazonses.com"), [bounce]);
        assert_eq!(simulated("bounce+a+b@simulator.amazonses.com"), [bounce]);
        for other in
            ["bounce@example.com", "success+1@simulator.amazonses.com", "bouncer@simulator.amazonses.com"]
        {
            assert_eq!(simulated(other), [Fate::Delivery], "{other}");
        }
    }
}
