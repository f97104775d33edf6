//! `PATCH /customer-password`: a signed-in customer sets a new password.

use serde_json::{Map, Value};
use shared::domain::{MailKind, Password, PasswordPolicy};
use shared::error::Saving;
use shared::hasher::Verdict;
use shared::http::input::Input;
use shared::store::Attempt;
use shared::{App, Call, Caller, Error, Reply, reply};

/// A wrong current password counts as a failed sign-in, so that a stolen token cannot get around the lock-out; and it
/// counts for the customer, because a token is enough to change the e-mail.
pub(crate) async fn change(app: &App, call: Call, reference: Option<&str>) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let attributes = call.attributes("customer-password")?;
    let change = Change::parse(&attributes, app.password_policy())?;
    if let Some(reference) = reference {
        caller.owns(reference)?;
    }
    change.check()?;
    let reference = &caller.customer().reference;
    let attempt = app.store.reserve_attempt_with_token(reference, call.source_address()).await?;
    let outcome = set(app, caller, &attempt, &change).await;
    attempt.settle(outcome).await?;
    Ok(reply::no_content())
}

async fn set(app: &App, caller: Caller, attempt: &Attempt, change: &Change) -> Result<(), Error> {
    let current = caller.customer().password_hash.as_ref();
    if app.hasher.verify(&change.current, current).await? == Verdict::Wrong {
        return Err(Error::WrongPassword);
    }
    let password_hash = app.hasher.hash(&change.new).await?;
    // Every password change ends the session that this customer was loaded for, so the verified password is still the
    // current one when this is saved.
    app.store
        .save_and_forget(caller.stored, attempt, |customer| {
            customer.set_password(password_hash.clone(), app.clock.now());
            customer.notify_owner(app.mail_id(MailKind::PasswordChanged));
            Ok(())
        })
        .await
        .map_err(|error| error.while_saving(Saving::Password))
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
