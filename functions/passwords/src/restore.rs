//! `PATCH /customer-restore-password`: sets a new password with the key from a mail.

use serde_json::{Map, Value};
use shared::domain::{CustomerKey, Password, PasswordPolicy};
use shared::input::Input;
use shared::store::{Saved, Was};
use shared::tokens::secret_hash;
use shared::{App, Call, Error, Reply, reply};

use crate::new_password;

pub(crate) async fn restore(app: &App, call: Call) -> Result<Reply, Error> {
    let attributes = call.attributes("customer-restore-password")?;
    let Restore { key, password } = Restore::parse(&attributes, app.password_policy())?;
    let key = CustomerKey::parse(&key).ok_or(Error::InvalidRestoreKey)?;

    let stored = app.store.customer(&key.reference).await?.ok_or(Error::InvalidRestoreKey)?;
    let hash = secret_hash(&key.reveal());
    let is_good = |customer: &shared::domain::Customer| {
        customer.reset_key.as_ref().is_some_and(|known| known.accept(&hash, app.clock.now()))
    };
    // Nobody gets a hash computed for a key that is no good.
    if !is_good(&stored.customer) {
        return Err(Error::InvalidRestoreKey);
    }
    let password_hash = app.hasher.hash(&password).await?;
    let saved = app
        .store
        .save(stored, |customer| {
            let email =
                customer.email.clone().filter(|_| is_good(customer)).ok_or(Error::InvalidRestoreKey)?;
            let was = Was::Epoch(customer.session_epoch);
            let with = new_password::set(app, customer, &email, &password_hash, was, true);
            customer.registration_key = None;
            Ok(((), with))
        })
        .await
        .map_err(|error| error.unexpected_as(Error::PasswordNotChanged))?;
    match saved {
        Saved::Done(()) => Ok(reply::no_content()),
        Saved::LoginChanged => Err(Error::unavailable("the login of a restored customer changed")),
    }
}

struct Restore {
    key: String,
    password: Password,
}

impl Restore {
    /// The confirmation may come under the name of the owner's table; problems call it `confirmPassword` all the same.
    fn parse(attributes: &Map<String, Value>, policy: PasswordPolicy) -> Result<Restore, Error> {
        let mut attributes = attributes.clone();
        if let Some(confirmation) = attributes.remove("passwordConfirmation") {
            attributes.entry("confirmPassword").or_insert(confirmation);
        }
        let mut input = Input::new(&attributes);
        let key = input.required("restorePasswordKey", shared::input::not_blank);
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
