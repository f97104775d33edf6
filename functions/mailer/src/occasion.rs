//! What a mail is about, and who sends it.

use shared::Config;

/// The occasion of a mail, with the key that its link carries. No `Debug`: keys have no place in a log.
#[derive(Clone, Copy)]
pub enum Occasion<'a> {
    Confirmation {
        registration_key: &'a str,
    },
    PasswordReset {
        restore_password_key: &'a str,
        /// Whether one leads into the account until then.
        has_password: bool,
    },
    PasswordChanged,
    /// Goes to the address that the account had before, and does not say what the new one is.
    EmailChanged {
        /// Takes the account back.
        restore_email_key: Option<&'a str>,
    },
    /// Names the device that signed in.
    SessionReused {
        device: Option<&'a str>,
    },
    AccountErased,
}

/// Empty if the templates have none.
static LOGO: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/logo.png"));

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
    /// A PNG that the mails show in place of the brand's name.
    pub logo: Option<&'a [u8]>,
}

impl<'a> Sender<'a> {
    pub fn of(config: &'a Config) -> Sender<'a> {
        Sender {
            brand: &config.brand_name,
            storefront_url: &config.storefront_url,
            from: &config.mail_from,
            color: &config.brand_color,
            footer: &config.mail_footer,
            logo: Some(LOGO).filter(|logo| !logo.is_empty()),
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
            Occasion::EmailChanged { .. } => "email-changed",
            Occasion::SessionReused { .. } => "session-reused",
            Occasion::AccountErased => "account-erased",
        }
    }
}
