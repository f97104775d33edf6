//! The mails that customers get: their occasions and their content.

use askama::Template;
use shared::Config;
use shared::domain::{Email, Language};

use crate::line;
use crate::wording::Wording;

/// One mail to one customer.
pub struct Mail<'a> {
    pub kind: Occasion<'a>,
    pub to: &'a Email,
    pub language: Language,
    /// As the customer spelt it: any text.
    pub first_name: &'a str,
    /// As the customer spelt it: any text.
    pub last_name: &'a str,
}

/// The occasion of a mail, with the key that its link carries. No `Debug`: keys have no place in a log.
#[derive(Clone, Copy)]
pub enum Occasion<'a> {
    Confirmation {
        registration_key: &'a str,
    },
    PasswordReset {
        restore_password_key: &'a str,
    },
    PasswordChanged,
    /// Goes to the address that the account had before, and does not say what the new one is.
    EmailChanged,
}

/// The sender of the mails, from the configuration.
#[derive(Clone, Copy)]
pub struct Sender<'a> {
    pub brand: &'a str,
    /// Without a trailing slash.
    pub storefront_url: &'a str,
    /// An e-mail address and nothing else; the display name is the brand.
    pub from: &'a str,
    /// Of buttons and links, as `#rrggbb`.
    pub color: &'a str,
    /// A line at the end of every mail, such as the shop's legal details; may be empty.
    pub footer: &'a str,
}

/// A mail's subject and both forms of its body.
pub struct Content {
    /// One line.
    pub subject: String,
    /// A link stands alone on its line.
    pub text: String,
    pub html: String,
}

impl<'a> Sender<'a> {
    pub fn of(config: &'a Config) -> Sender<'a> {
        Sender {
            brand: &config.brand_name,
            storefront_url: &config.storefront_url,
            from: &config.mail_from,
            color: &config.brand_color,
            footer: &config.mail_footer,
        }
    }
}

impl Occasion<'_> {
    /// The name of this kind in queued mails, in the `X-Mail-Kind` header and in the message tag.
    pub fn as_str(&self) -> &'static str {
        match self {
            Occasion::Confirmation { .. } => "confirmation",
            Occasion::PasswordReset { .. } => "password-reset",
            Occasion::PasswordChanged => "password-changed",
            Occasion::EmailChanged => "email-changed",
        }
    }
}

impl Mail<'_> {
    pub fn content(&self, sender: &Sender<'_>) -> Content {
        let (brand, footer) = (line::one_line(sender.brand), line::one_line(sender.footer));
        let sender = Sender { brand: &brand, footer: &footer, ..*sender };
        let addressee = line::addressee(self.first_name, self.last_name);
        let wording = Wording::new(self.language, self.kind, addressee.as_deref(), &sender);

        let never_fails = "only writing to the String could fail";
        let text = Text { wording: &wording, sender }.render().expect(never_fails);
        let html =
            Html { wording: &wording, sender, language: self.language.as_str() }.render().expect(never_fails);
        Content { subject: wording.subject, text, html }
    }
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    wording: &'a Wording,
    sender: Sender<'a>,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    wording: &'a Wording,
    sender: Sender<'a>,
    language: &'a str,
}

#[cfg(test)]
mod tests;
