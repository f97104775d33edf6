//! `POST /admin/customers/{customerReference}/{action}`: does something for a customer.

use serde_json::Value;
use shared::domain::{Action, Customer, Email, MailKind};
use shared::http::input::Input;
use shared::http::jsonapi::Meta;
use shared::store::{Audit, EmailHash, RequestedMail, Stored};
use shared::{App, Call, Error, Reply, reply};

use crate::reason;

/// One read, and a write or a transaction; one write more for a reset mail.
pub(crate) async fn act(app: &App, call: Call, reference: &str, action: Action) -> Result<Reply, Error> {
    let audit = reason::audit(app, &call, action.as_str())?;
    let new_email = match action {
        Action::ChangeEmail => Some(new_email(&call)?),
        _ => None,
    };
    let stored = crate::customer(app, reference).await?;
    if stored.customer.is_anonymised() && action != Action::Anonymise {
        return Err(Error::CustomerAnonymised);
    }
    if action == Action::SendReset {
        app.store.audit(&audit, &[&stored.customer.reference]).await?;
        return send_reset(app, &stored.customer).await;
    }
    let customer =
        save(app, stored, &audit, |customer| change(app, customer, action, new_email.as_ref())).await?;
    match action {
        Action::Secure => send_reset(app, &customer).await,
        _ => Ok(reply::no_content()),
    }
}

/// The customer after a change that is on record with it.
async fn save(
    app: &App,
    stored: Stored,
    audit: &Audit<'_>,
    mut change: impl FnMut(&mut Customer) -> Result<(), Error>,
) -> Result<Customer, Error> {
    let saved = app.store.save_and_audit(stored, audit, |customer| {
        change(customer)?;
        Ok(customer.clone())
    });
    saved.await
}

fn change(
    app: &App,
    customer: &mut Customer,
    action: Action,
    new_email: Option<&Email>,
) -> Result<(), Error> {
    let now = app.clock.now();
    if action == Action::Anonymise {
        app.anonymise(customer);
        return Ok(());
    }
    if customer.is_anonymised() {
        return Err(Error::CustomerAnonymised);
    }
    match action {
        Action::SendConfirmation if customer.confirmed => return Err(Error::AlreadyConfirmed),
        Action::SendConfirmation => customer.ask_to_confirm(app.mail_id(MailKind::Confirmation)),
        Action::SignOut => customer.end_sessions(),
        Action::Secure => customer.secure(now),
        Action::Confirm => customer.confirm(now),
        Action::ChangeEmail => {
            let Some(email) = new_email.filter(|email| customer.is_another_email(email)) else {
                return Ok(());
            };
            customer.secure(now);
            app.move_to(customer, email.clone(), false);
        }
        Action::SendReset | Action::Anonymise => {}
    }
    Ok(())
}

/// Orders a reset mail, and says whether the caps on such mails let it through.
async fn send_reset(app: &App, customer: &Customer) -> Result<Reply, Error> {
    let email = customer.email.as_ref().ok_or(Error::CustomerAnonymised)?;
    let ordered = app.store.request_mail(RequestedMail::PasswordReset, &EmailHash::of(email)).await?;
    Ok(reply::accepted(&Meta(vec![("ordered", Value::from(ordered))])))
}

fn new_email(call: &Call) -> Result<Email, Error> {
    let attributes = call.attributes(Action::ChangeEmail.as_str())?;
    let mut input = Input::new(&attributes);
    let email = input.required("email", Email::parse);
    let email = input.finish(|| email).map_err(Error::Invalid)?;
    if email.is_too_long() { Err(Error::EmailTooLong) } else { Ok(email) }
}
