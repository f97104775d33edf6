//! What the mails say: `templates` has a file per language with every sentence, and a layout per format.
//!
//! Text and HTML share the sentences, so that they cannot drift apart.

use shared::domain::Language;

use crate::line;
use crate::occasion::{Occasion, Sender};

/// The sentences of one mail, in the order in which they are read. Plain text: the HTML template escapes it.
pub(crate) struct Wording {
    pub(crate) language: &'static str,
    pub(crate) subject: String,
    pub(crate) greeting: String,
    pub(crate) paragraphs: Vec<String>,
    pub(crate) action: Option<Action>,
    /// Smaller print, under the action.
    pub(crate) notes: Vec<String>,
    /// The brand's name follows on a line of its own.
    pub(crate) closing: String,
    pub(crate) footer: String,
}

/// What the reader is asked to do.
pub(crate) struct Action {
    pub(crate) label: String,
    pub(crate) link: String,
    /// Introduces the link beside the button.
    pub(crate) fallback: String,
}

/// All that is said in a language, with places for names in braces.
struct Words {
    greeting: &'static str,
    greeting_without_name: &'static str,
    closing: &'static str,
    footer: &'static str,
    fallback: &'static str,
    device: &'static str,
    confirmation: Sentences,
    password_reset: Sentences,
    password_reset_without_password: Sentences,
    password_changed: Sentences,
    email_changed: Sentences,
    email_changed_for_now: Sentences,
    session_reused: Sentences,
    session_reused_unknown_device: Sentences,
    account_erased: Sentences,
}

/// Those of one mail.
struct Sentences {
    subject: &'static str,
    paragraphs: &'static [&'static str],
    /// Of the link, if the mail has one.
    button: Option<&'static str>,
    notes: &'static [&'static str],
}

// One constant of `Words` per language.
include!(concat!(env!("OUT_DIR"), "/wording.rs"));

impl Wording {
    /// `addressee` is the customer's name, unless it is empty or unsafe to print.
    pub(crate) fn new(
        language: Language,
        kind: Occasion<'_>,
        addressee: Option<&str>,
        sender: &Sender<'_>,
    ) -> Wording {
        let words = match language {
            Language::English => &EN,
            Language::German => &DE,
            Language::French => &FR,
            Language::Spanish => &ES,
            Language::Italian => &IT,
            Language::Dutch => &NL,
            Language::Polish => &PL,
        };
        let sentences = words.of(kind);
        let device = match kind {
            Occasion::SessionReused { device: Some(device) } => words.device(device),
            _ => String::new(),
        };
        let values = [("brand", sender.brand), ("name", addressee.unwrap_or_default()), ("device", &device)];
        let say = |sentence: &str| filled(sentence, &values);
        let greeting = if addressee.is_some() { words.greeting } else { words.greeting_without_name };
        let action = sentences.button.zip(sender.link(kind));
        Wording {
            language: language.as_str(),
            subject: say(sentences.subject),
            greeting: say(greeting),
            paragraphs: sentences.paragraphs.iter().copied().map(say).collect(),
            action: action.map(|(label, link)| Action {
                label: say(label),
                link,
                fallback: say(words.fallback),
            }),
            notes: sentences.notes.iter().copied().map(say).collect(),
            closing: say(words.closing),
            footer: say(words.footer),
        }
    }
}

impl Words {
    fn of(&self, kind: Occasion<'_>) -> &Sentences {
        match kind {
            Occasion::Confirmation { .. } => &self.confirmation,
            Occasion::PasswordReset { has_password: true, .. } => &self.password_reset,
            Occasion::PasswordReset { has_password: false, .. } => &self.password_reset_without_password,
            Occasion::PasswordChanged => &self.password_changed,
            Occasion::EmailChanged { restore_email_key: None } => &self.email_changed,
            Occasion::EmailChanged { restore_email_key: Some(_) } => &self.email_changed_for_now,
            Occasion::SessionReused { device: Some(_) } => &self.session_reused,
            Occasion::SessionReused { device: None } => &self.session_reused_unknown_device,
            Occasion::AccountErased => &self.account_erased,
        }
    }

    /// A label such as `Firefox on Windows`, as it is stored, in this language.
    fn device(&self, label: &str) -> String {
        let label = line::one_line(label);
        match label.split_once(" on ") {
            Some((browser, system)) => filled(self.device, &[("browser", browser), ("system", system)]),
            None => label,
        }
    }
}

/// A sentence with its places filled. What fills one is not read again, so a name cannot make another place.
fn filled(sentence: &str, values: &[(&str, &str)]) -> String {
    let (mut filled, mut rest) = (String::new(), sentence);
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, place)| Some((before, place.split_once('}')?)))
    {
        filled.push_str(before);
        filled.extend(values.iter().find(|(own, _)| *own == name).map(|(_, value)| *value));
        rest = after;
    }
    filled + rest
}

impl Sender<'_> {
    /// What a mail asks to open.
    fn link(&self, kind: Occasion<'_>) -> Option<String> {
        match kind {
            Occasion::Confirmation { registration_key } => {
                Some(self.link_with_key("/register/confirm", registration_key))
            }
            Occasion::PasswordReset { restore_password_key, .. } => {
                Some(self.link_with_key("/password/restore", restore_password_key))
            }
            Occasion::EmailChanged { restore_email_key } => {
                restore_email_key.map(|key| self.link_with_key("/email/restore", key))
            }
            Occasion::SessionReused { .. } => Some(format!("{}/sign-out/everywhere", self.storefront_url)),
            Occasion::PasswordChanged | Occasion::AccountErased => None,
        }
    }

    /// Of all that a key is made of, only the `|` of a reference has to be encoded.
    fn link_with_key(&self, path: &str, key: &str) -> String {
        format!("{}{path}?token={}", self.storefront_url, key.replace('|', "%7C"))
    }
}

#[cfg(test)]
mod tests;
