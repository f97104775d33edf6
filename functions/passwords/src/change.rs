//! `PATCH /customer-password`: a signed-in customer sets a new password.

use serde_json::{Map, Value};
use shared::domain::{Password, PasswordPolicy};
use shared::hasher::Verdict;
use shared::input::Input;
use shared::store::{AttemptKey, EmailHash, Login, Saved, Was, With};
use shared::{App, Call, Caller, Error, Reply, reply};

use crate::new_password;

/// A wrong current password counts like a failed sign-in: a stolen token is no way around the lock-out.
pub(crate) async fn change(app: &App, call: Call, reference: Option<&str>) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let attributes = call.attributes("customer-password")?;
    let change = Change::parse(&attributes, app.password_policy())?;
    if let Some(reference) = reference {
        caller.owns(reference)?;
    }
    change.check()?;
    let email = caller.customer().email.clone().ok_or(Error::InvalidAccessToken)?;
    let hash = EmailHash::of(&email);
    let attempt = AttemptKey::new(&hash, call.source_address());

    let (login, reserved) = tokio::join!(app.store.login(&hash), app.store.reserve_attempt(&attempt));
    reserved?;
    let login = login?.filter(|login| login.reference == caller.customer().reference);
    let login = login.ok_or(Error::InvalidAccessToken)?;
    if app.hasher.verify(&change.current, Some(&login.password_hash)).await? == Verdict::Wrong {
        return Err(Error::WrongPassword);
    }
    let password_hash = app.hasher.hash(&change.new).await?;
    save(app, caller, login, &password_hash, attempt)
        .await
        .map_err(|error| error.unexpected_as(Error::PasswordNotChanged))
}

async fn save(
    app: &App,
    caller: Caller,
    login: Login,
    password_hash: &str,
    attempt: AttemptKey,
) -> Result<Reply, Error> {
    let saved = app
        .store
        .save(caller.stored, |customer| {
            let email = customer.email.clone().ok_or(Error::InvalidAccessToken)?;
            let was = Was::Hash(login.password_hash.clone());
            let mut with = new_password::set(app, customer, &email, password_hash, was, false);
            with.push(With::ForgetAttempts(attempt.clone()));
            Ok(((), with))
        })
        .await?;
    match saved {
        Saved::Done(()) => Ok(reply::no_content()),
        // Upgraded by a sign-in, or moved to another e-mail, since it was read.
        Saved::LoginChanged => Err(Error::unavailable("the login changed while its password was checked")),
    }
}

struct Change {
    current: Password,
    new: Password,
    confirmation: Password,
}

impl Change {
    fn parse(attributes: &Map<String, Value>, policy: PasswordPolicy) -> Result<Change, Error> {
        let mut input = Input::new(attributes);
        let current = input.required("password", Password::parse_current);
        let new = input.required("newPassword", |raw| Password::parse_new(raw, policy));
        let confirmation = input.required("confirmPassword", |raw| Password::parse_confirmation(raw, policy));
        input
            .finish(|| Some(Change { current: current?, new: new?, confirmation: confirmation? }))
            .map_err(Error::Invalid)
    }

    fn check(&self) -> Result<(), Error> {
        if self.new == self.confirmation { Ok(()) } else { Err(Error::PasswordsDiffer("newPassword")) }
    }
}
