//! Every mail in every language, as the configured shop sends it.

use askama::Template;
use mail_parser::MessageParser;
use mailer::mail::Mail;
use mailer::mime;
use mailer::occasion::{Occasion, Sender};
use shared::domain::{Email, Language, Timestamp};
use shared::{Config, Random};

use crate::ses::html_with_images;

/// Shown in place of a key.
const KEY: &str = "DE--7K3M9QX2TP.this-is-not-a-key";

/// Each with what tells it from others of its kind.
const MAILS: [(Occasion<'_>, &str); 9] = [
    (Occasion::Confirmation { registration_key: KEY }, ""),
    (Occasion::PasswordReset { restore_password_key: KEY, has_password: true }, ""),
    (Occasion::PasswordReset { restore_password_key: KEY, has_password: false }, ", without a password"),
    (Occasion::PasswordChanged, ""),
    (Occasion::EmailChanged { restore_email_key: Some(KEY) }, ", for now"),
    (Occasion::EmailChanged { restore_email_key: None }, ", for good"),
    (Occasion::SessionReused { device: Some("Firefox on Windows") }, ""),
    (Occasion::SessionReused { device: None }, ", unknown device"),
    (Occasion::AccountErased, ""),
];

#[derive(Template)]
#[template(path = "previews.html")]
struct Page {
    languages: [&'static str; Language::ALL.len()],
    names: [String; MAILS.len()],
    previews: Vec<Preview>,
}

struct Preview {
    language: &'static str,
    name: String,
    subject: String,
    html: String,
    text: String,
}

/// The page that shows all of them.
pub(super) fn page(config: &Config) -> String {
    let to = Email::parse("anna.berg@example.com").expect("an e-mail address");
    let name = |(kind, variant): (Occasion<'_>, &str)| format!("{}{variant}", kind.as_str());
    let previews = Language::ALL.into_iter().flat_map(|language| {
        MAILS.map(|(kind, variant)| {
            let mail = Mail { kind, to: &to, language, first_name: "Anna", last_name: "Berg" };
            let id = Random::system().uuid();
            let message = mime::message(&mail, &Sender::of(config), id, Timestamp::from_seconds(0));
            let message = MessageParser::default().parse(&message).expect("a message of our own");
            Preview {
                language: language.as_str(),
                name: name((kind, variant)),
                subject: message.subject().unwrap_or_default().to_owned(),
                html: html_with_images(&message),
                text: message.body_text(0).unwrap_or_default().into_owned(),
            }
        })
    });
    let page = Page {
        languages: Language::ALL.map(Language::as_str),
        names: MAILS.map(name),
        previews: previews.collect(),
    };
    page.render().expect("only writing to the String could fail")
}
