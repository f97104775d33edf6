//! `POST /admin/customers/{customerReference}/{action}`: does something for a customer.

use serde_json::Value;
use shared::domain::{Action, Customer, Email, MailKind};
use shared::http::input::Input;
use shared::http::jsonapi::Meta;
use shared::store::{EmailHash, RequestedMail};
use shared::{App, Call, Error, Reply, reply};

use crate::reason;

/// One read and a transaction; one write more for a mail that the caps hold back.
pub(crate) async fn act(app: &App, call: Call, reference: &str, action: Action) -> Result<Reply, Error> {
    let audit = reason::audit(app, &call, action.as_str())?;
    let new_email = match action {
        Action::ChangeEmail => Some(new_email(&call)?),
        _ => None,
    };
    let stored = crate::customer(app, reference).await?;
    let requested = match action {
        Action::SendReset => Some(RequestedMail::PasswordReset),
        Action::SendConfirmation if stored.customer.confirmed => return Err(Error::AlreadyConfirmed),
        Action::SendConfirmation => Some(RequestedMail::Confirmation),
        _ => None,
    };
    if let (Some(mail), Some(email)) = (requested, &stored.customer.email) {
        let (email, reference) = (EmailHash::of(email), &stored.customer.reference);
        let ordered = app.store.request_audited_mail(mail, &email, &audit, reference).await?;
        return Ok(reply::accepted(&Meta(vec![("ordered", Value::from(ordered))])));
    }
    let change = |customer: &mut Customer| change(app, customer, action, new_email.as_ref());
    app.store.save_and_audit(stored, &audit, change).await?;
    Ok(reply::no_content())
}

fn change(
    app: &App,
    customer: &mut Customer,
    action: Action,
    new_email: Option<&Email>,
) -> Result<(), Error> {
    let now = app.clock.now();
    match action {
        Action::Anonymise => app.anonymise(customer),
        _ if customer.is_anonymised() => return Err(Error::CustomerAnonymised),
        Action::SignOut => customer.end_sessions(),
        Action::Secure => {
            customer.secure(now);
            customer.queue(app.mail_id(MailKind::PasswordReset));
        }
        Action::Confirm => customer.confirm(now),
        Action::ChangeEmail => {
            match new_email.cloned() {
                Some(email) if customer.is_another_email(&email) => app.hand_over(customer, email),
                // Another spelling, if at all.
                other => customer.email = other.or_else(|| customer.email.take()),
            }
        }
        // Change nothing of a customer who can get one.
        Action::SendReset | Action::SendConfirmation => {}
    }
    Ok(())
}

fn new_email(call: &Call) -> Result<Email, Error> {
    let attributes = call.attributes(Action::ChangeEmail.as_str())?;
    let mut input = Input::new(&attributes);
    let email = input.required("email", Email::parse);
    let email = input.finish(|| email).map_err(Error::Invalid)?;
    if email.is_too_long() { Err(Error::EmailTooLong) } else { Ok(email) }
}
