//! What the mails say: one file per language holds every sentence, one template per format lays them out.
//!
//! Text and HTML share the sentences, so that they cannot drift apart.

mod english;
mod german;

use shared::domain::Language;

use crate::occasion::{Occasion, Sender};

/// The sentences of one mail, in the order in which they are read. Plain text: the HTML template escapes it.
pub(crate) struct Wording {
    pub(crate) subject: String,
    pub(crate) greeting: String,
    pub(crate) paragraphs: Vec<String>,
    pub(crate) action: Option<Action>,
    /// Smaller print, under the action.
    pub(crate) notes: Vec<String>,
    /// The brand's name follows on a line of its own.
    pub(crate) closing: &'static str,
    pub(crate) footer: String,
}

/// What the reader is asked to do.
pub(crate) struct Action {
    pub(crate) label: &'static str,
    pub(crate) link: String,
    /// Introduces the link beside the button.
    pub(crate) fallback: &'static str,
}

impl Wording {
    /// `addressee` is the customer's name, unless it is empty or unsafe to print.
    pub(crate) fn new(
        language: Language,
        kind: Occasion<'_>,
        addressee: Option<&str>,
        sender: &Sender<'_>,
    ) -> Wording {
        match language {
            Language::English => english::wording(kind, addressee, sender),
            Language::German => german::wording(kind, addressee, sender),
        }
    }
}

impl Sender<'_> {
    fn confirmation_link(&self, registration_key: &str) -> String {
        self.link_with_key("/register/confirm", registration_key)
    }

    fn restore_email_link(&self, restore_email_key: &str) -> String {
        self.link_with_key("/email/restore", restore_email_key)
    }

    fn sign_out_link(&self) -> String {
        format!("{}/sign-out/everywhere", self.storefront_url)
    }

    fn restore_link(&self, restore_password_key: &str) -> String {
        self.link_with_key("/password/restore", restore_password_key)
    }

    /// Of all that a key is made of, only the `|` of a reference has to be encoded.
    fn link_with_key(&self, path: &str, key: &str) -> String {
        format!("{}{path}?token={}", self.storefront_url, key.replace('|', "%7C"))
    }
}
