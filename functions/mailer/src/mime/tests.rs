use mail_parser::{Message, MessageParser, MimeHeaders};
use proptest::prelude::*;
use shared::domain::{Email, Language};

use super::*;
use crate::occasion::Occasion;

const LINK: &str = "https://shop.example.com/password/restore?token=DE--7K3M9QX2TP.pQ0_w-Zr5";
const SENDER: Sender<'_> = Sender {
    brand: "Kiosk",
    storefront_url: "https://shop.example.com",
    from: "no-reply@mail.example.com",
    color: "#1f57c3",
    footer: "",
    logo: None,
};

fn sent(sender: &Sender<'_>, language: Language, first_name: &str, last_name: &str) -> Vec<u8> {
    let to = Email::parse("Anna@example.com").expect("an e-mail address");
    let kind =
        Occasion::PasswordReset { restore_password_key: "DE--7K3M9QX2TP.pQ0_w-Zr5", has_password: true };
    let mail = Mail { kind, to: &to, language, first_name, last_name };
    let id = Uuid::from_u128(0x0190_a7b1_0000_7000_8000_0000_0000_002a);
    message(&mail, sender, id, Timestamp::from_seconds(1_541_492_102))
}

fn parsed(raw: &[u8]) -> Message<'_> {
    MessageParser::new().parse(raw).expect("a message")
}

/// The header block as it is sent, unfolded: one entry per header.
fn headers(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8(raw.to_vec()).expect("ASCII");
    let (head, _) = text.split_once("\r\n\r\n").expect("an empty line under the headers");
    head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
}

#[test]
fn a_message_has_exactly_these_headers() {
    let raw = sent(&SENDER, Language::German, "Anna", "Müller");
    assert_eq!(
        headers(&raw),
        [
            "From: \"Kiosk\" <no-reply@mail.example.com>",
            "To: <Anna@example.com>",
            "Subject: =?utf-8?Q?Neues_Passwort_f=C3=BCr_Kiosk_festlegen?=",
            "Date: Tue, 6 Nov 2018 08:15:02 +0000",
            "Message-ID: <0190a7b100007000800000000000002a@mail.example.com>",
            "Content-Language: de",
            "Auto-Submitted: auto-generated",
            "X-Mail-Kind: password-reset",
            "MIME-Version: 1.0",
            "Content-Type: multipart/alternative; boundary=\"=_0190a7b100007000800000000000002a\"",
        ]
    );
}

#[test]
fn text_comes_first_and_html_second() {
    let raw = sent(&SENDER, Language::English, "Anna", "Müller");
    let message = parsed(&raw);
    assert_eq!(message.parts.len(), 3);
    for (part, subtype) in message.parts[1..].iter().zip(["plain", "html"]) {
        let content_type = part.content_type().expect("a content type");
        assert_eq!((content_type.ctype(), content_type.subtype()), ("text", Some(subtype)));
        assert_eq!(content_type.attribute("charset"), Some("utf-8"));
    }
    let text = message.body_text(0).expect("a text part");
    assert!(text.contains("Hello Anna Müller,\r\n"));
    assert!(text.contains(&format!("\r\n{LINK}\r\n")), "{text}");
    assert!(message.body_html(0).expect("an HTML part").contains(&format!("href=\"{LINK}\"")));
}

#[test]
fn a_logo_travels_with_the_html() {
    let png = b"\x89PNG\r\n\x1a\n and so on";
    let raw = sent(&Sender { logo: Some(png), ..SENDER }, Language::Polish, "Anna", "Müller");
    assert_travels(&raw);
    let message = parsed(&raw);
    let kinds = message.parts.iter().map(|part| {
        let content_type = part.content_type().expect("a content type");
        format!("{}/{}", content_type.ctype(), content_type.subtype().expect("two parts"))
    });
    let expected = ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
        .map(String::from);
    assert_eq!(kinds.collect::<Vec<_>>(), expected);
    let image = &message.parts[4];
    assert_eq!((image.content_id(), image.contents()), (Some(LOGO_ID), png.as_slice()));
    let html = message.body_html(0).expect("an HTML part");
    assert!(html.contains("<img src=\"cid:logo@mail\" alt=\"Kiosk\""), "{html}");
    assert!(!parsed(&sent(&SENDER, Language::Polish, "", "")).body_html(0).expect("HTML").contains("<img"));
}

#[test]
fn the_same_mail_gives_the_same_bytes() {
    assert_eq!(
        sent(&SENDER, Language::English, "Anna", "Müller"),
        sent(&SENDER, Language::English, "Anna", "Müller")
    );
}

#[test]
fn any_brand_can_be_a_display_name() {
    let sloppy = "Kiosk\r\nBcc: all@example.com";
    for (brand, expected) in [
        ("Kiosk 😀 & Söhne", "Kiosk 😀 & Söhne"),
        ("\"Kiosk\", <Ltd.>", "\"Kiosk\", <Ltd.>"),
        ("\\", "\\"),
        (sloppy, "Kiosk Bcc: all@example.com"),
        (&"キオスク".repeat(60), &"キオスク".repeat(60)),
    ] {
        let raw = sent(&Sender { brand, ..SENDER }, Language::English, "Anna", "Müller");
        let message = parsed(&raw);
        let from = message.from().and_then(|from| from.first()).expect("a sender");
        assert_eq!((from.name(), from.address()), (Some(expected), Some(SENDER.from)));
        assert_eq!(headers(&raw).len(), 10, "{brand:?}");
    }
}

#[test]
fn subjects_hold_any_character() {
    for brand in ["Kiosk", "Kiosk 😀 & Söhne", "=?utf-8?Q?Kiosk?=", &"キオスク".repeat(60)] {
        let raw = sent(&Sender { brand, ..SENDER }, Language::German, "Anna", "Müller");
        assert_eq!(parsed(&raw).subject(), Some(format!("Neues Passwort für {brand} festlegen").as_str()));
        assert_travels(&raw);
    }
}

#[test]
fn long_names_make_no_long_lines() {
    for name in ["x".repeat(19), "ß".repeat(19), "語".repeat(19), "a ".repeat(10)] {
        let raw = sent(&SENDER, Language::German, &name, &name);
        assert_travels(&raw);
        let text = parsed(&raw).body_text(0).expect("a text part").into_owned();
        assert!(text.contains(name.trim()), "{text}");
        assert!(text.contains(&format!("\r\n{LINK}\r\n")), "{text}");
    }
}

/// Nothing but printable ASCII in lines of at most 78 characters.
fn assert_travels(raw: &[u8]) {
    let text = std::str::from_utf8(raw).expect("ASCII");
    for line in text.split("\r\n") {
        assert!(line.len() <= 78, "{line:?}");
        assert!(line.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{line:?}");
    }
}

proptest! {
    #[test]
    fn names_change_nothing_but_the_greeting(
        first_name in "(\r\n|[:<@=?\\PC]|\\p{Any}){0,30}",
        last_name in any::<String>(),
    ) {
        let plain = sent(&SENDER, Language::English, "Anna", "Müller");
        let raw = sent(&SENDER, Language::English, &first_name, &last_name);
        assert_travels(&raw);
        prop_assert_eq!(headers(&raw), headers(&plain));

        let (plain, message) = (parsed(&plain), parsed(&raw));
        prop_assert_eq!(message.parts.len(), 3);
        let after_greeting = |message: &Message<'_>| {
            let text = message.body_text(0).expect("a text part").into_owned();
            text.split_once("\r\n").expect("many lines").1.to_owned()
        };
        prop_assert_eq!(after_greeting(&message), after_greeting(&plain));
    }
}
