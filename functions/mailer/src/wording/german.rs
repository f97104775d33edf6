//! The German mails.

use super::{Action, Wording};
use crate::occasion::{Occasion, Sender};

pub(super) fn wording(kind: Occasion<'_>, addressee: Option<&str>, sender: &Sender<'_>) -> Wording {
    let brand = sender.brand;
    let greeting = addressee.map_or_else(|| "Guten Tag,".to_owned(), |name| format!("Guten Tag {name},"));
    let closing = "Freundliche Grüße";
    let footer = format!("Dies ist eine automatische Nachricht von {brand}.");
    let fallback = "Wenn die Schaltfläche nicht funktioniert, öffnen Sie diesen Link im Browser:";

    match kind {
        Occasion::Confirmation { registration_key } => Wording {
            subject: format!("Bitte bestätigen Sie Ihre E-Mail-Adresse für {brand}"),
            greeting,
            paragraphs: vec![
                format!("diese E-Mail-Adresse wurde für ein Kundenkonto bei {brand} angegeben."),
                "Bitte bestätigen Sie, dass sie Ihnen gehört.".to_owned(),
            ],
            action: Some(Action {
                label: "E-Mail-Adresse bestätigen",
                link: sender.confirmation_link(registration_key),
                fallback,
            }),
            notes: vec![
                "Wenn nicht Sie selbst sie angegeben haben, bestätigen Sie sie bitte nicht: Das Konto bliebe in \
                 fremden Händen. Sie brauchen nichts zu tun."
                    .to_owned(),
            ],
            closing,
            footer,
        },
        Occasion::PasswordReset { restore_password_key, has_password } => Wording {
            subject: format!("Neues Passwort für {brand} festlegen"),
            greeting,
            paragraphs: vec![format!(
                "mit diesem Link können Sie ein neues Passwort für Ihr Kundenkonto bei {brand} \
                     festlegen. Er ist zwei Stunden gültig und funktioniert einmal."
            )],
            action: Some(Action {
                label: "Neues Passwort festlegen",
                link: sender.restore_link(restore_password_key),
                fallback,
            }),
            notes: vec![
                match has_password {
                    true => {
                        "Sie erhalten diese Nachricht, weil jemand ein neues Passwort angefordert hat oder sich \
                         mit dieser E-Mail-Adresse registrieren wollte, obwohl es dazu schon ein Konto gibt. \
                         Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist."
                    }
                    false => {
                        "Zurzeit führt kein Passwort in Ihr Konto, zum Beispiel weil wir es gesichert haben. Bis \
                         Sie ein neues festgelegt haben, kann sich niemand anmelden."
                    }
                }
                .to_owned(),
                "Geben Sie den Link nie weiter: Wer ihn hat, kann Ihr Passwort ändern.".to_owned(),
            ],
            closing,
            footer,
        },
        Occasion::PasswordChanged => Wording {
            subject: format!("Ihr Passwort für {brand} wurde geändert"),
            greeting,
            paragraphs: vec![
                format!(
                    "das Passwort Ihres Kundenkontos bei {brand} wurde geändert. Alle Geräte wurden \
                     abgemeldet."
                ),
                "Wenn Sie das waren, brauchen Sie nichts zu tun.".to_owned(),
                "Wenn nicht, fordern Sie bitte sofort über „Passwort vergessen?“ auf der Anmeldeseite ein \
                 neues Passwort an und wenden Sie sich an unseren Kundenservice."
                    .to_owned(),
            ],
            action: None,
            notes: Vec::new(),
            closing,
            footer,
        },
        Occasion::EmailChanged { restore_email_key } => Wording {
            subject: format!("Ihre E-Mail-Adresse für {brand} wurde geändert"),
            greeting,
            paragraphs: vec![
                format!(
                    "die E-Mail-Adresse Ihres Kundenkontos bei {brand} wurde geändert. Ab jetzt schreiben \
                     wir nur noch an die neue Adresse; mit der bisherigen können Sie sich nicht mehr \
                     anmelden."
                ),
                "Wenn Sie das waren, brauchen Sie nichts zu tun.".to_owned(),
                match restore_email_key {
                    Some(_) => {
                        "Wenn nicht, holen Sie Ihr Konto mit diesem Link zurück. Er meldet alle Geräte \
                                ab, und Sie erhalten eine weitere Nachricht mit einem Link, um ein neues \
                                Passwort festzulegen."
                            .to_owned()
                    }
                    None => "Wenn nicht, wenden Sie sich bitte sofort an unseren Kundenservice.".to_owned(),
                },
            ],
            action: restore_email_key.map(|key| Action {
                label: "Mein Konto zurückholen",
                link: sender.restore_email_link(key),
                fallback,
            }),
            notes: Vec::new(),
            closing,
            footer,
        },
        Occasion::SessionReused { device } => Wording {
            subject: format!("Sie wurden bei {brand} auf einem Gerät abgemeldet"),
            greeting,
            paragraphs: vec![
                match device {
                    Some(device) => format!(
                        "eine Anmeldung in Ihrem Kundenkonto bei {brand} wurde zu Ihrer Sicherheit beendet, auf \
                         diesem Gerät: {}.",
                        device.replace(" on ", " unter ")
                    ),
                    None => format!(
                        "eine Anmeldung in Ihrem Kundenkonto bei {brand} wurde zu Ihrer Sicherheit beendet, auf \
                         einem Gerät, das wir nicht benennen können."
                    ),
                },
                "Ein Schlüssel, mit dem dieses Gerät angemeldet bleibt, wurde zweimal benutzt. Manchmal macht ein \
                 Browser das von selbst; es kann aber auch jemand den Schlüssel kopiert haben."
                    .to_owned(),
                "Wenn Sie das Gerät nicht kennen oder sichergehen wollen, melden Sie sich bitte überall ab und \
                 legen Sie ein neues Passwort fest."
                    .to_owned(),
            ],
            action: Some(Action { label: "Überall abmelden", link: sender.sign_out_link(), fallback }),
            notes: Vec::new(),
            closing,
            footer,
        },
        Occasion::AccountErased => Wording {
            subject: format!("Ihr Kundenkonto bei {brand} wurde gelöscht"),
            greeting,
            paragraphs: vec![
                format!(
                    "Ihr Kundenkonto bei {brand} wurde gelöscht, und mit ihm Ihr Name, Ihre Adressen und diese \
                     E-Mail-Adresse. Dies ist die letzte Nachricht dazu."
                ),
                "Wenn Sie das waren, brauchen Sie nichts zu tun.".to_owned(),
                "Wenn nicht, wenden Sie sich bitte sofort an unseren Kundenservice.".to_owned(),
            ],
            action: None,
            notes: Vec::new(),
            closing,
            footer,
        },
    }
}
