//! The message as it is sent: headers and MIME parts (RFC 5322, RFC 2045 to 2049).

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::text::Text;
use mail_builder::mime::MimePart;
use shared::domain::Timestamp;
use uuid::Uuid;

use crate::line;
use crate::mail::{Content, Mail};
use crate::occasion::Sender;

/// By which the layout names the logo. It travels along, because mail programs load no images, least of all `data:`.
const LOGO_ID: &str = "logo@mail";

/// The whole message, ready for SES. Its Message-ID and part boundary are derived from `id`. SES replaces Message-ID
/// and Date with its own.
pub fn message(mail: &Mail<'_>, sender: &Sender<'_>, id: Uuid, sent_at: Timestamp) -> Vec<u8> {
    let Content { subject, text, html } = mail.content(sender);
    let id = id.simple();
    let domain = sender.from.rsplit_once('@').map_or(sender.from, |(_, domain)| domain);
    // "=_" never occurs in quoted-printable or base64 text, so no part contains it.
    let alternative = ContentType::new("multipart/alternative").attribute("boundary", format!("=_{id}"));
    let html = part("text/html", &html);
    let html = match sender.logo {
        Some(logo) => {
            let image = ContentType::new("image/png").attribute("name", "logo.png");
            let image = MimePart::new(image, logo).inline().cid(LOGO_ID);
            let related = ContentType::new("multipart/related").attribute("type", "text/html");
            MimePart::new(related.attribute("boundary", format!("=_logo_{id}")), vec![html, image])
        }
        None => html,
    };
    let parts = vec![part("text/plain", &text), html];

    let mut message = Vec::new();
    MessageBuilder::new()
        .from(Address::new_address(Some(line::one_line(sender.brand)), sender.from))
        .to(mail.to.as_str())
        .subject(subject)
        .date(sent_at.seconds())
        .message_id(format!("{id}@{domain}"))
        .header("Content-Language", Text::new(mail.language.as_str()))
        // Suppresses out-of-office replies and the like (RFC 3834).
        .header("Auto-Submitted", Text::new("auto-generated"))
        .header("X-Mail-Kind", Text::new(mail.kind.as_str()))
        .body(MimePart::new(alternative, parts))
        .serialize(&mut message);
    message
}

/// Lines of mail end in CR LF, and base64 encoding does not convert them.
fn part(media_type: &'static str, content: &str) -> MimePart<'static> {
    MimePart::new(media_type, content.replace('\n', "\r\n"))
}

#[cfg(test)]
mod tests;
