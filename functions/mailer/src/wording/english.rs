//! The English mails.

use super::{Action, Wording};
use crate::occasion::{Occasion, Sender};

pub(super) fn wording(kind: Occasion<'_>, addressee: Option<&str>, sender: &Sender<'_>) -> Wording {
    let brand = sender.brand;
    let greeting = addressee.map_or_else(|| "Hello,".to_owned(), |name| format!("Hello {name},"));
    let closing = "Kind regards";
    let footer = format!("This is an automatic message from {brand}.");
    let fallback = "If the button does not work, open this link in your browser:";

    match kind {
        Occasion::Confirmation { registration_key } => Wording {
            subject: format!("Please confirm your e-mail address for {brand}"),
            greeting,
            paragraphs: vec![
                format!("This e-mail address was entered for a customer account at {brand}."),
                "Please confirm that it is yours.".to_owned(),
            ],
            action: Some(Action {
                label: "Confirm e-mail address",
                link: sender.confirmation_link(registration_key),
                fallback,
            }),
            notes: vec![
                "If it was not you who entered it, please do not confirm it: the account would stay in the \
                 hands of whoever did. You need not do anything."
                    .to_owned(),
            ],
            closing,
            footer,
        },
        Occasion::PasswordReset { restore_password_key, has_password } => Wording {
            subject: format!("Set a new password for {brand}"),
            greeting,
            paragraphs: vec![format!(
                "With this link you can set a new password for your customer account at {brand}. It is \
                     valid for two hours and works once."
            )],
            action: Some(Action {
                label: "Set new password",
                link: sender.restore_link(restore_password_key),
                fallback,
            }),
            notes: vec![
                match has_password {
                    true => {
                        "You get this message because somebody asked for a new password, or tried to register \
                         with this e-mail address although it already has an account. If that was not you, you \
                         need not do anything: your password stays as it is."
                    }
                    false => {
                        "No password leads into your account at the moment, for example because we have secured \
                         it. Until you have chosen a new one, nobody can sign in."
                    }
                }
                .to_owned(),
                "Never pass the link on: whoever has it can change your password.".to_owned(),
            ],
            closing,
            footer,
        },
        Occasion::PasswordChanged => Wording {
            subject: format!("Your password for {brand} was changed"),
            greeting,
            paragraphs: vec![
                format!(
                    "The password of your customer account at {brand} was changed. All devices were signed \
                     out."
                ),
                "If this was you, you need not do anything.".to_owned(),
                "If it was not, please ask for a new password at once with “Forgot your password?” on the \
                 sign-in page, and tell our customer service."
                    .to_owned(),
            ],
            action: None,
            notes: Vec::new(),
            closing,
            footer,
        },
        Occasion::EmailChanged { restore_email_key } => Wording {
            subject: format!("Your e-mail address for {brand} was changed"),
            greeting,
            paragraphs: vec![
                format!(
                    "The e-mail address of your customer account at {brand} was changed. From now on we \
                     write to the new address only, and this one no longer signs you in."
                ),
                "If this was you, you need not do anything.".to_owned(),
                match restore_email_key {
                    Some(_) => {
                        "If it was not, take your account back with this link. It signs all devices out, \
                                and you get another message with a link to set a new password."
                            .to_owned()
                    }
                    None => "If it was not, please tell our customer service at once.".to_owned(),
                },
            ],
            action: restore_email_key.map(|key| Action {
                label: "Take my account back",
                link: sender.restore_email_link(key),
                fallback,
            }),
            notes: Vec::new(),
            closing,
            footer,
        },
        Occasion::SessionReused { device } => Wording {
            subject: format!("You were signed out of {brand} on one device"),
            greeting,
            paragraphs: vec![
                match device {
                    Some(device) => format!(
                        "A sign-in to your customer account at {brand} was ended for your safety, on this \
                         device: {device}."
                    ),
                    None => format!(
                        "A sign-in to your customer account at {brand} was ended for your safety, on a device \
                         that we cannot name."
                    ),
                },
                "A key that keeps this device signed in was used twice. Sometimes a browser does that by \
                 itself; but somebody may have copied the key."
                    .to_owned(),
                "If you do not know the device, or want to be sure, please sign out everywhere and set a new \
                 password."
                    .to_owned(),
            ],
            action: Some(Action { label: "Sign out everywhere", link: sender.sign_out_link(), fallback }),
            notes: Vec::new(),
            closing,
            footer,
        },
        Occasion::AccountErased => Wording {
            subject: format!("Your customer account at {brand} was deleted"),
            greeting,
            paragraphs: vec![
                format!(
                    "Your customer account at {brand} was deleted, and with it your name, your addresses and \
                     this e-mail address. This is the last message about it."
                ),
                "If this was you, you need not do anything.".to_owned(),
                "If it was not, please tell our customer service at once.".to_owned(),
            ],
            action: None,
            notes: Vec::new(),
            closing,
            footer,
        },
    }
}
