//! Every mail in every language, as the configured shop sends it.

use askama::Template;
use mailer::mail::{Content, Mail};
use mailer::occasion::{Occasion, Sender};
use shared::Config;
use shared::domain::{Email, Language};

/// Shown in place of a key.
const KEY: &str = "DE--7K3M9QX2TP.this-is-not-a-key";

const KINDS: [Occasion<'_>; 6] = [
    Occasion::Confirmation { registration_key: KEY },
    Occasion::PasswordReset { restore_password_key: KEY, has_password: true },
    Occasion::PasswordChanged,
    Occasion::EmailChanged { restore_email_key: Some(KEY) },
    Occasion::SessionReused { device: Some("Firefox on Windows") },
    Occasion::AccountErased,
];

#[derive(Template)]
#[template(path = "previews.html")]
struct Page {
    previews: Vec<Preview>,
}

struct Preview {
    kind: &'static str,
    language: &'static str,
    content: Content,
}

/// The page that shows all of them.
pub(super) fn page(config: &Config) -> String {
    let to = Email::parse("anna.berg@example.com").expect("an e-mail address");
    let previews = KINDS.into_iter().flat_map(|kind| {
        [Language::English, Language::German].map(|language| {
            let mail = Mail { kind, to: &to, language, first_name: "Anna", last_name: "Berg" };
            let content = mail.content(&Sender::of(config));
            Preview { kind: kind.as_str(), language: language.as_str(), content }
        })
    });
    Page { previews: previews.collect() }.render().expect("only writing to the String could fail")
}
