//! `PATCH /customer-restore-password`: sets a new password with the key from a mail.

use serde_json::{Map, Value};
use shared::domain::{Customer, CustomerKey, MailKind, Password, PasswordPolicy};
use shared::error::Saving;
use shared::http::input::Input;
use shared::tokens::secret_hash;
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn restore(app: &App, call: Call) -> Result<Reply, Error> {
    let attributes = call.attributes("customer-restore-password")?;
    let Restore { key, password } = Restore::parse(&attributes, app.password_policy())?;
    let key = CustomerKey::parse(&key).ok_or(Error::InvalidRestoreKey)?;

    let stored = app.store.customer(&key.reference).await?.ok_or(Error::InvalidRestoreKey)?;
    let hash = secret_hash(&key.reveal());
    let is_valid = |customer: &Customer| customer.accepts_reset_key(&hash, app.clock.now());
    // An invalid key must not cost a password hash.
    if !is_valid(&stored.customer) {
        return Err(Error::InvalidRestoreKey);
    }
    let password_hash = app.hasher.hash(&password).await?;
    app.store
        .save(stored, |customer| {
            if !is_valid(customer) {
                return Err(Error::InvalidRestoreKey);
            }
            customer.restore(password_hash.clone(), app.clock.now());
            customer.notify_owner(app.mail_id(MailKind::PasswordChanged));
            Ok(())
        })
        .await
        .map_err(|error| error.while_saving(Saving::Password))?;
    Ok(reply::no_content())
}

struct Restore {
    key: String,
    password: Password,
}

impl Restore {
    /// The confirmation may have the name from the owner's table; errors call it `confirmPassword` in any case.
    fn parse(attributes: &Map<String, Value>, policy: PasswordPolicy) -> Result<Restore, Error> {
        let mut attributes = attributes.clone();
        if let Some(confirmation) = attributes.remove("passwordConfirmation") {
            attributes.entry("confirmPassword").or_insert(confirmation);
        }
        let mut input = Input::new(&attributes);
        let key = input.required("restorePasswordKey", shared::http::input::not_blank);
        let password = input.required("password", |raw| Password::parse_new(raw, policy));
        let confirmation = input.required("confirmPassword", |raw| Password::parse_confirmation(raw, policy));
        let (restore, confirmation) = input
            .finish(|| Some((Restore { key: key?, password: password? }, confirmation?)))
            .map_err(Error::Invalid)?;
        if restore.password != confirmation {
            return Err(Error::PasswordsDiffer("password"));
        }
        Ok(restore)
    }
}
