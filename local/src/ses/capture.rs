//! Extracts the message from a call of SendRawEmail, the only operation that `mailer` uses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{Message, MessageParser, MimeHeaders};
use shared::domain::Timestamp;

use super::inbox::Mail;

/// The message in a call's form body.
///
/// # Errors
///
/// The reason why SES would not accept the call.
pub(super) fn mail(body: &[u8], id: &str, sent_at: Timestamp) -> Result<Mail, &'static str> {
    let fields: Vec<_> = form_urlencoded::parse(body).collect();
    let field = |name: &str| fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_ref());
    if field("Action") != Some("SendRawEmail") {
        return Err("The action is unknown.");
    }
    let data = field("RawMessage.Data").and_then(|data| STANDARD.decode(data).ok());
    let data = data.ok_or("RawMessage.Data is not base64.")?;
    let message = MessageParser::default().parse(&data).ok_or("RawMessage.Data is not a message.")?;
    let destinations = fields.iter().filter(|(name, _)| name.starts_with("Destinations.member."));
    let mut to: Vec<&str> = destinations.map(|(_, value)| value.as_ref()).collect();
    if to.is_empty() {
        let named = message.to().into_iter().flat_map(|to| to.iter());
        to = named.filter_map(|to| to.address()).collect();
    }
    if to.is_empty() {
        return Err("Missing final '@domain'");
    }
    let kind = message.header("X-Mail-Kind").and_then(|header| header.as_text()).unwrap_or_default();
    let tags = (1..).map_while(|number| {
        let part = |name: &str| field(&format!("Tags.member.{number}.{name}")).map(str::to_owned);
        Some((part("Name")?, part("Value")?))
    });
    Ok(Mail {
        id: id.to_owned(),
        to: to.join(", "),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
        html: html_with_images(&message).replace("\r\n", "\n"),
        kind: kind.trim().to_owned(),
        sent_at: format!("{}Z", sent_at.to_string().replacen(' ', "T", 1)),
        configuration_set: field("ConfigurationSetName").map(str::to_owned),
        tags: tags.collect(),
        source: data.as_slice().into(),
    })
}

/// The HTML with the images that travel along, where a browser can see them.
pub(crate) fn html_with_images(message: &Message<'_>) -> String {
    let mut html = message.body_html(0).unwrap_or_default().into_owned();
    for image in message.attachments() {
        if let (Some(id), Some(kind)) = (image.content_id(), image.content_type()) {
            let kind = format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default());
            let data = STANDARD.encode(image.contents());
            html = html.replace(&format!("cid:{id}"), &format!("data:{kind};base64,{data}"));
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIME: &str = "From: Shop <no-reply@example.com>\r\nTo: Sonia <sonia@example.com>\r\n\
        Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\nX-Mail-Kind: restore\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
        Gr=C3=BC=C3=9Fe\r\nhttps://shop.example/?token=3Da\r\n\
        --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>\r\n--b--\r\n";

    fn captured(fields: &[(&str, &str)]) -> Result<Mail, &'static str> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        mail(form.as_bytes(), "1", Timestamp::from_micros(1_770_091_506_789_000))
    }

    #[test]
    fn a_mime_message_is_decoded() {
        let call = [
            ("Action", "SendRawEmail"),
            ("RawMessage.Data", &STANDARD.encode(MIME)),
            ("ConfigurationSetName", "mails"),
            ("Tags.member.1.Name", "kind"),
            ("Tags.member.1.Value", "restore"),
        ];
        assert_eq!(
            captured(&call).expect("a message"),
            Mail {
                id: "1".to_owned(),
                to: "sonia@example.com".to_owned(),
                subject: "Grüße".to_owned(),
                text: "Grüße\nhttps://shop.example/?token=a".to_owned(),
                html: "<p>Hello</p>".to_owned(),
                kind: "restore".to_owned(),
                sent_at: "2026-02-03T04:05:06.789000Z".to_owned(),
                configuration_set: Some("mails".to_owned()),
                tags: [("kind".to_owned(), "restore".to_owned())].into(),
                source: MIME.as_bytes().into(),
            }
        );
    }

    #[test]
    fn an_image_that_travels_along_is_shown() {
        let related = "--b\r\nContent-Type: multipart/related; boundary=r\r\n\r\n\
            --r\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<img src=\"cid:logo@mail\">\r\n\
            --r\r\nContent-Type: image/png\r\nContent-ID: <logo@mail>\r\n\
            Content-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n--r--\r\n";
        let (before, _) = MIME.split_once("--b\r\nContent-Type: text/html").expect("an HTML part");
        let mime = format!("{before}{related}--b--\r\n");
        let call = [("Action", "SendRawEmail"), ("RawMessage.Data", &STANDARD.encode(mime))];
        let mail = captured(&call).expect("a message");
        assert_eq!(mail.html, "<img src=\"data:image/png;base64,iVBORw==\">");
    }

    #[test]
    fn destinations_override_the_messages_own_recipients() {
        let call = [
            ("Action", "SendRawEmail"),
            ("Destinations.member.1", "one@example.com"),
            ("Destinations.member.2", "two@example.com"),
            ("RawMessage.Data", &STANDARD.encode(MIME)),
        ];
        assert_eq!(captured(&call).expect("a message").to, "one@example.com, two@example.com");
    }

    #[test]
    fn invalid_calls_are_refused() {
        let without_recipient = STANDARD.encode("Subject: Hello\r\n\r\nHello\r\n");
        for fields in [
            &[("Action", "DeleteEverything")] as &[_],
            &[("Action", "SendRawEmail"), ("RawMessage.Data", &without_recipient)],
            &[("Action", "SendRawEmail"), ("RawMessage.Data", "%")],
        ] {
            assert!(captured(fields).is_err(), "{fields:?}");
        }
    }
}
