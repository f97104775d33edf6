use proptest::prelude::*;
use serde_json::json;
use shared::domain::Email;

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn addressed(customer: &str) -> Addressed {
    Addressed {
        customer: CustomerReference::parse(customer).expect("a reference"),
        mail: MailId { kind: MailKind::PasswordReset, unique: "0a1b".to_owned() },
        recipient: EmailHash::of(&Email::parse("recipient@example.com").expect("an address")),
    }
}

fn tags_of(sent: &Addressed) -> Tags {
    let [kind, customer, mail, recipient] = tags(sent).map(|(_, value)| vec![value]);
    Tags { kind, customer, mail, recipient }
}

fn fate(event: Value) -> Option<Fate> {
    Event::deserialize(event).expect("it can be read").fate(NOW)
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

/// The examples of SES's documentation, without their headers.
/// https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html
fn mail() -> Value {
    json!({
        "timestamp": "2017-08-05T00:40:02.012Z",
        "source": "Sender Name <sender@example.com>",
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/sender@example.com",
        "sendingAccountId": "123456789012",
        "messageId": "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
        "destination": ["recipient@example.com"],
        "headersTruncated": false,
        "headers": [{ "name": "Subject", "value": "Message sent from Amazon SES" }],
        "commonHeaders": { "to": ["recipient@example.com"], "subject": "Message sent from Amazon SES" },
        "tags": {
            "ses:configuration-set": ["ConfigSet"],
            "ses:source-ip": ["192.0.2.0"],
            "ses:from-domain": ["example.com"],
            "ses:caller-identity": ["ses_user"],
        },
    })
}

fn bounce() -> Value {
    json!({
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{
                "emailAddress": "recipient@example.com",
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 user unknown",
            }],
            "timestamp": "2017-08-05T00:41:02.669Z",
            "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
            "reportingMTA": "dsn; mta.example.com",
        },
        "mail": mail(),
    })
}

#[test]
fn the_documented_events_are_understood() {
    let expected = |state, is_lasting, detail: Option<&str>, time| {
        Some(Fate { state, is_lasting, detail: detail.map(str::to_owned), at: at(time) })
    };
    assert_eq!(
        fate(bounce()),
        expected(MailState::Bounced, true, Some("Permanent/General 5.1.1"), "2017-08-05 00:41:02.669")
    );
    let complaint = json!({
        "eventType": "Complaint",
        "complaint": {
            "complainedRecipients": [{ "emailAddress": "recipient@example.com" }],
            "timestamp": "2017-08-05T00:41:02.669Z",
            "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
            "userAgent": "Mozilla/5.0",
            "complaintFeedbackType": "abuse",
            "arrivalDate": "2017-08-05T00:41:02.669Z",
        },
        "mail": mail(),
    });
    assert_eq!(
        fate(complaint),
        expected(MailState::Complained, true, Some("abuse"), "2017-08-05 00:41:02.669")
    );
    let delivery = json!({
        "eventType": "Delivery",
        "mail": mail(),
        "delivery": {
            "timestamp": "2016-10-19T23:21:04.133Z",
            "processingTimeMillis": 11893,
            "recipients": ["recipient@example.com"],
            "smtpResponse": "250 2.6.0 Message received",
            "remoteMtaIp": "123.456.789.012",
            "reportingMTA": "mta.example.com",
        },
    });
    assert_eq!(fate(delivery), expected(MailState::Delivered, false, None, "2016-10-19 23:21:04.133"));
    let reject = json!({ "eventType": "Reject", "mail": mail(), "reject": { "reason": "Bad content" } });
    assert_eq!(fate(reject), expected(MailState::Refused, false, None, "2017-08-05 00:40:02.012"));
    let delay = json!({
        "eventType": "DeliveryDelay",
        "mail": mail(),
        "deliveryDelay": {
            "timestamp": "2020-06-16T00:25:40.095Z",
            "delayType": "TransientCommunicationFailure",
            "expirationTime": "2020-06-16T00:25:40.914Z",
            "delayedRecipients": [{
                "emailAddress": "recipient@example.com",
                "status": "4.4.1",
                "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host",
            }],
        },
    });
    let why = Some("TransientCommunicationFailure");
    assert_eq!(fate(delay), expected(MailState::Delayed, false, why, "2020-06-16 00:25:40.095"));
}

#[test]
fn only_permanent_bounces_last_and_only_names_and_numbers_are_kept() {
    for (kind, sub_type, status, is_lasting, detail) in [
        (
            "Permanent",
            json!("OnAccountSuppressionList"),
            json!(null),
            true,
            "Permanent/OnAccountSuppressionList",
        ),
        ("Transient", json!("MailboxFull"), json!("4.2.2"), false, "Transient/MailboxFull 4.2.2"),
        ("Undetermined", json!("Undetermined"), json!(null), false, "Undetermined/Undetermined"),
        ("Permanent", json!(null), json!("5.1.1 recipient@example.com"), true, "Permanent"),
        ("Permanent", json!("recipient@example.com"), json!("5.1"), true, "Permanent"),
        ("Permanent", json!("General"), json!("5.1.recipient"), true, "Permanent/General"),
    ] {
        let mut event = bounce();
        event["bounce"]["bounceType"] = json!(kind);
        event["bounce"]["bounceSubType"] = sub_type;
        event["bounce"]["bouncedRecipients"][0]["status"] = status;
        let fate = fate(event).expect("a fate");
        assert_eq!((fate.is_lasting, fate.detail.as_deref()), (is_lasting, Some(detail)));
    }
}

#[test]
fn unknown_kinds_and_events_without_their_part_are_no_fate() {
    for kind in ["Send", "Open", "Click", "Rendering Failure", "Subscription", "", "bounce"] {
        assert_eq!(fate(json!({ "eventType": kind, "mail": mail() })), None, "{kind}");
    }
    for kind in ["Bounce", "Complaint", "Delivery", "DeliveryDelay"] {
        assert_eq!(fate(json!({ "eventType": kind, "mail": mail() })), None, "{kind}");
    }
}

#[test]
fn a_time_that_cannot_be_read_is_now() {
    let mut event = bounce();
    event["bounce"]["timestamp"] = json!("yesterday");
    assert_eq!(fate(event).expect("a fate").at, NOW);
}

#[test]
fn tags_of_others_lead_nowhere() {
    let own = || tags_of(&addressed("DE--1"));
    let values = |value: &str| vec![value.to_owned()];
    assert!(own().addressed().is_some());
    let own_mail: Event = Event::deserialize(bounce()).expect("it can be read");
    assert!(own_mail.mail.tags.addressed().is_none(), "SES's own tags alone");
    for foreign in [
        Tags { kind: values("newsletter"), ..own() },
        Tags { kind: vec![], ..own() },
        Tags { kind: [values("confirmation"), values("confirmation")].concat(), ..own() },
        Tags { customer: values("DE--1"), ..own() },
        Tags { customer: values(&URL_SAFE_NO_PAD.encode("DE--1#x")), ..own() },
        Tags { customer: values(&URL_SAFE_NO_PAD.encode([0xff, 0xfe])), ..own() },
        Tags { mail: values(""), ..own() },
        Tags { mail: values("a#b"), ..own() },
        Tags { mail: values(&"a".repeat(65)), ..own() },
        Tags { recipient: values("recipient@example.com"), ..own() },
        Tags { recipient: vec![], ..own() },
    ] {
        assert!(foreign.addressed().is_none());
    }
}

proptest! {
    #[test]
    fn tags_lead_back_and_hold_nothing_that_ses_refuses(customer in "[A-Za-z0-9._|-]{0,63}[A-Za-z0-9]") {
        let sent = addressed(&customer);
        for (name, value) in tags(&sent) {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            prop_assert!((1..=256).contains(&value.len()) && value.bytes().all(is_allowed), "{name}: {value}");
        }
        prop_assert!(tags_of(&sent).addressed() == Some(sent));
    }
}
