//! The mails that customers get, and their content.

use askama::Template;
use shared::domain::{Email, Language};

use crate::line;
use crate::occasion::{Occasion, Sender};
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

/// A mail's subject and both forms of its body.
pub struct Content {
    /// One line.
    pub subject: String,
    /// A link stands alone on its line.
    pub text: String,
    pub html: String,
}

impl Mail<'_> {
    pub fn content(&self, sender: &Sender<'_>) -> Content {
        let (brand, footer) = (line::one_line(sender.brand), line::one_line(sender.footer));
        let sender = Sender { brand: &brand, footer: &footer, ..*sender };
        let addressee = line::addressee(self.first_name, self.last_name);
        let wording = Wording::new(self.language, self.kind, addressee.as_deref(), &sender);

        let never_fails = "only writing to the String could fail";
        let text = Text { wording: &wording, sender }.render().expect(never_fails);
        let html = Html { wording: &wording, sender }.render().expect(never_fails);
        Content { subject: wording.subject, text, html }
    }
}

// The templates `Html` and `Text`.
include!(concat!(env!("OUT_DIR"), "/layout.rs"));

#[cfg(test)]
mod tests;
