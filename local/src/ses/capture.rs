//! Reads what SES's API is asked to send: plain parts (SendEmail) or a whole MIME message (SendRawEmail).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_parser::MessageParser;
use shared::domain::Timestamp;
use time::OffsetDateTime;

use super::inbox::Mail;

/// A message to be sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) action: &'static str,
    pub(super) to: String,
    subject: String,
    text: String,
    html: String,
    kind: String,
}

impl Message {
    pub(super) fn into_mail(self, sent_at: Timestamp) -> Mail {
        let Message { to, subject, text, html, kind, .. } = self;
        Mail { to, subject, text, html, kind, sent_at: rfc3339(sent_at) }
    }
}

/// The message in a call's form body.
///
/// # Errors
/// What SES would not accept, in words.
pub(super) fn message(body: &[u8]) -> Result<Message, &'static str> {
    let fields: Vec<(String, String)> =
        serde_urlencoded::from_bytes(body).map_err(|_| "The body is no form.")?;
    let field = |name: &str| fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let members = |prefix: &str| {
        let values = fields.iter().filter(|(name, _)| name.starts_with(prefix));
        values.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", ")
    };
    let text = |name: &str| field(name).unwrap_or_default().to_owned();
    let mut message = match field("Action") {
        Some("SendEmail") => Message {
            action: "SendEmail",
            to: members("Destination.ToAddresses.member."),
            subject: text("Message.Subject.Data"),
            text: text("Message.Body.Text.Data"),
            html: text("Message.Body.Html.Data"),
            kind: String::new(),
        },
        Some("SendRawEmail") => {
            let data = field("RawMessage.Data").and_then(|data| STANDARD.decode(data).ok());
            let message = mime(&data.ok_or("RawMessage.Data is no base64.")?)?;
            match members("Destinations.member.") {
                to if to.is_empty() => message,
                to => Message { to, ..message },
            }
        }
        _ => return Err("The action is not known."),
    };
    if message.to.is_empty() {
        return Err("Missing final '@domain'");
    }
    if let Some(kind) = tag(&fields, "kind") {
        kind.clone_into(&mut message.kind);
    }
    Ok(message)
}

/// The value of a message tag: `Tags.member.N.Name` and `.Value`.
fn tag<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    let (key, _) = fields
        .iter()
        .find(|(key, value)| key.starts_with("Tags.") && key.ends_with(".Name") && value == name)?;
    let key = format!("{}.Value", key.strip_suffix(".Name")?);
    fields.iter().find(|(own, _)| *own == key).map(|(_, value)| value.as_str())
}

fn mime(data: &[u8]) -> Result<Message, &'static str> {
    let parsed = MessageParser::default().parse(data).ok_or("RawMessage.Data is no message.")?;
    let to = parsed.to().into_iter().flat_map(|to| to.iter()).filter_map(|to| to.address());
    Ok(Message {
        action: "SendRawEmail",
        to: to.collect::<Vec<_>>().join(", "),
        subject: parsed.subject().unwrap_or_default().to_owned(),
        text: parsed.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
        html: parsed.body_html(0).unwrap_or_default().replace("\r\n", "\n"),
        kind: parsed
            .header("X-Mail-Kind")
            .and_then(|header| header.as_text())
            .unwrap_or_default()
            .trim()
            .to_owned(),
    })
}

/// To the millisecond, as in `2026-02-03T04:05:06.789Z`.
fn rfc3339(at: Timestamp) -> String {
    let millis = at.micros() / 1_000 % 1_000;
    let seconds = i64::try_from(at.seconds()).unwrap_or(i64::MAX);
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, second) = at.to_hms();
    format!("{}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z", at.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> Vec<u8> {
        serde_urlencoded::to_string(fields).expect("a form").into_bytes()
    }

    #[test]
    fn plain_parts_are_kept_as_they_are() {
        let body = form(&[
            ("Action", "SendEmail"),
            ("Destination.ToAddresses.member.1", "sonia@example.com"),
            ("Message.Subject.Data", "Grüße & mehr"),
            ("Message.Body.Text.Data", "Hello\nhttps://shop.example/?token=a.b"),
            ("Message.Body.Html.Data", "<p>Hello</p>"),
            ("Tags.member.1.Name", "stage"),
            ("Tags.member.1.Value", "dev"),
            ("Tags.member.2.Name", "kind"),
            ("Tags.member.2.Value", "confirm"),
        ]);
        let mail =
            message(&body).expect("a message").into_mail(Timestamp::from_micros(1_770_091_506_789_000));
        assert_eq!(
            mail,
            Mail {
                to: "sonia@example.com".to_owned(),
                subject: "Grüße & mehr".to_owned(),
                text: "Hello\nhttps://shop.example/?token=a.b".to_owned(),
                html: "<p>Hello</p>".to_owned(),
                kind: "confirm".to_owned(),
                sent_at: "2026-02-03T04:05:06.789Z".to_owned(),
            }
        );
    }

    #[test]
    fn a_mime_message_is_decoded() {
        let mime = "From: Shop <no-reply@example.com>\r\nTo: Sonia <sonia@example.com>\r\n\
            Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\nX-Mail-Kind: restore\r\nMIME-Version: 1.0\r\n\
            Content-Type: multipart/alternative; boundary=b\r\n\r\n\
            --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            Gr=C3=BC=C3=9Fe\r\nhttps://shop.example/?token=3Da\r\n\
            --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>\r\n--b--\r\n";
        let body = form(&[("Action", "SendRawEmail"), ("RawMessage.Data", &STANDARD.encode(mime))]);
        let message = message(&body).expect("a message");
        assert_eq!(message.to, "sonia@example.com");
        assert_eq!(message.subject, "Grüße");
        assert_eq!(message.kind, "restore");
        assert_eq!(message.text.lines().next(), Some("Grüße"));
        assert_eq!(message.html.trim_end(), "<p>Hello</p>");
    }

    #[test]
    fn nonsense_is_refused() {
        for fields in [
            &[("Action", "DeleteEverything")] as &[_],
            &[("Action", "SendEmail"), ("Message.Subject.Data", "To nobody")],
            &[("Action", "SendRawEmail"), ("RawMessage.Data", "%")],
        ] {
            assert!(message(&form(fields)).is_err(), "{fields:?}");
        }
    }
}
