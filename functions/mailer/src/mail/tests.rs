use super::*;

const KEY: &str = "DE--7K3M9QX2TP.pQ0_w-Zr5";

const KINDS: [Occasion<'_>; 9] = [
    Occasion::Confirmation { registration_key: KEY },
    Occasion::PasswordReset { restore_password_key: KEY, has_password: true },
    Occasion::PasswordReset { restore_password_key: KEY, has_password: false },
    Occasion::PasswordChanged,
    Occasion::EmailChanged { restore_email_key: None },
    Occasion::EmailChanged { restore_email_key: Some(KEY) },
    Occasion::SessionReused { device: Some("Firefox on Windows") },
    Occasion::SessionReused { device: None },
    Occasion::AccountErased,
];

fn content(kind: Occasion<'_>, language: Language, first_name: &str, last_name: &str) -> Content {
    let to = Email::parse("anna@example.com").expect("an e-mail address");
    let sender = Sender {
        brand: "Kiosk & Söhne",
        storefront_url: "https://shop.example.com",
        from: "no-reply@example.com",
        color: "#1f57c3",
        footer: "",
        logo: None,
    };
    Mail { kind, to: &to, language, first_name, last_name }.content(&sender)
}

fn every_mail() -> impl Iterator<Item = (Occasion<'static>, Language)> {
    Language::ALL.into_iter().flat_map(|language| KINDS.map(|kind| (kind, language)))
}

/// The lines of the text that hold a link.
fn linking_lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.contains("://")).collect()
}

fn assert_snapshot(name: &str, content: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, content));
}

#[test]
fn every_mail_reads_well() {
    for language in Language::ALL {
        let texts = KINDS.map(|kind| {
            // The others go to addresses or customers without a name.
            let is_named = !matches!(kind, Occasion::Confirmation { .. } | Occasion::AccountErased);
            let (first_name, last_name) = if is_named { ("Anna", "Müller") } else { ("", "") };
            let content = content(kind, language, first_name, last_name);
            format!("Subject: {}\n\n{}", content.subject, content.text)
        });
        assert_snapshot(&format!("{}.txt", language.as_str()), &texts.join("\n\n=====\n\n"));
    }
}

#[test]
fn every_sentence_is_in_the_layout_for_html() {
    for (kind, language) in every_mail() {
        let Content { subject, text, html } = content(kind, language, "Anna", "Müller");
        let seen = html.replace("&#38;", "&");
        for line in text.lines().chain([subject.as_str()]) {
            assert!(seen.contains(line.trim_end_matches(['\u{202f}', ':'])), "{line}");
        }
    }
    assert_snapshot("confirmation.html", &content(KINDS[0], Language::German, "", "").html);
    assert_snapshot("password-changed.html", &content(KINDS[3], Language::English, "Anna", "Müller").html);
}

#[test]
fn links_stand_alone_on_their_line() {
    let confirm = format!("https://shop.example.com/register/confirm?token={KEY}");
    let restore = format!("https://shop.example.com/password/restore?token={KEY}");
    let take_back = format!("https://shop.example.com/email/restore?token={KEY}");
    let sign_out = "https://shop.example.com/sign-out/everywhere";
    for (kind, language) in every_mail() {
        let expected = match kind {
            Occasion::Confirmation { .. } => vec![confirm.as_str(), "https://shop.example.com"],
            Occasion::PasswordReset { .. } => vec![restore.as_str(), "https://shop.example.com"],
            Occasion::SessionReused { .. } => vec![sign_out, "https://shop.example.com"],
            Occasion::EmailChanged { restore_email_key: Some(_) } => {
                vec![take_back.as_str(), "https://shop.example.com"]
            }
            Occasion::PasswordChanged | Occasion::EmailChanged { .. } | Occasion::AccountErased => {
                vec!["https://shop.example.com"]
            }
        };
        let content = content(kind, language, "Anna", "Müller");
        assert_eq!(linking_lines(&content.text), expected, "{}", kind.as_str());
        assert!(content.html.contains(&format!("href=\"{}\"", expected[0])), "{}", kind.as_str());
    }
}

#[test]
fn names_cannot_write_html() {
    for (kind, language) in every_mail() {
        let plain = content(kind, language, "", "").html;
        assert_eq!(content(kind, language, "<img src=x onerror='a()'>", "\"</td>&amp;<style>").html, plain);
        let html = content(kind, language, "Anna", "O'Neill").html;
        assert!(html.contains("Anna O&#39;Neill"), "{html}");
    }
}

#[test]
fn devices_cannot_write_html_or_lines() {
    let sly = Occasion::SessionReused { device: Some("<b>{brand}</b>\r\nBcc: on \u{2028}x") };
    for language in Language::ALL {
        let Content { text, html, .. } = content(sly, language, "Anna", "Müller");
        assert!(html.contains("&#60;b&#62;{brand}&#60;/b&#62; Bcc: "), "{html}");
        assert!(text.contains("<b>{brand}</b> Bcc: "), "{text}");
    }
}

#[test]
fn names_cannot_add_lines_or_links() {
    for (kind, language) in every_mail() {
        let plain = content(kind, language, "", "");
        for sly in ["Anna\r\n\r\nBcc: x\u{2028}", "\u{202e}Müller", "Your prize: https://evil.example/?a=1"]
        {
            let content = content(kind, language, sly, "Müller");
            assert_eq!((content.text, content.html), (plain.text.clone(), plain.html.clone()), "{sly:?}");
        }
        let lines = content(kind, language, "Anna\r\n", "\u{2028}Müller").text;
        assert_eq!(lines, content(kind, language, "Anna", "Müller").text);
    }
}

#[test]
fn the_reset_mail_says_how_long_its_link_is_valid() {
    let reset = Occasion::PasswordReset { restore_password_key: KEY, has_password: true };
    for (language, validity) in [
        (Language::English, "two hours"),
        (Language::German, "zwei Stunden"),
        (Language::French, "deux heures"),
        (Language::Spanish, "dos horas"),
        (Language::Italian, "due ore"),
        (Language::Dutch, "twee uur"),
        (Language::Polish, "dwie godziny"),
    ] {
        let content = content(reset, language, "Anna", "Müller");
        assert!(content.text.contains(validity));
        assert!(content.html.contains(validity));
    }
}

#[test]
fn the_brand_stays_on_one_line_too() {
    let to = Email::parse("anna@example.com").expect("an e-mail address");
    let sender = Sender {
        brand: "Kiosk\r\n😀",
        storefront_url: "https://shop.example.com",
        from: "no-reply@example.com",
        color: "#1f57c3",
        footer: "",
        logo: None,
    };
    let mail = Mail {
        kind: Occasion::PasswordChanged,
        to: &to,
        language: Language::English,
        first_name: "Anna",
        last_name: "Müller",
    };
    assert!(mail.content(&sender).text.contains("\nKiosk 😀\n"));
}

#[test]
fn colour_and_footer_are_the_shops() {
    let to = Email::parse("anna@example.com").expect("an e-mail address");
    let sender = Sender {
        brand: "Kiosk",
        storefront_url: "https://shop.example.com",
        from: "no-reply@example.com",
        color: "#0f5c4d",
        footer: "Kiosk <GmbH>,\nBerlin",
        logo: None,
    };
    let kind = Occasion::Confirmation { registration_key: KEY };
    let mail = Mail { kind, to: &to, language: Language::German, first_name: "Anna", last_name: "Müller" };
    let content = mail.content(&sender);
    assert!(content.html.contains("bgcolor=\"#0f5c4d\"") && !content.html.contains("#1f57c3"));
    assert!(content.html.contains("Kiosk &#60;GmbH&#62;, Berlin"), "{}", content.html);
    assert!(content.text.contains("\nKiosk <GmbH>, Berlin\n"), "{}", content.text);
}
