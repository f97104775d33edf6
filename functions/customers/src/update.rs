//! `PATCH /customers/{customerReference}`: changes a profile.

use std::time::Duration;

use shared::domain::{Customer, Email, MailKind, SessionId};
use shared::error::Saving;
use shared::http::etag::IfMatch;
use shared::http::resources::{self, CUSTOMERS};
use shared::runtime::config::EmailChange;
use shared::store::EmailHash;
use shared::{App, Call, Error, Reply, reply};

use crate::attributes;

/// How long a new e-mail waits for its confirmation.
const WAITS: Duration = Duration::from_secs(86_400);

pub(crate) async fn update(app: &App, call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let change = attributes::change(&call.attributes(CUSTOMERS)?, app.password_policy())?;
    caller.owns(reference)?;
    let needs_sign_in = app.config.reauthentication.for_email && !caller.signed_in_recently(app);
    let if_match = IfMatch::of(&call.headers);
    let allow = |customer: &Customer| {
        if needs_sign_in && change.email.as_ref().is_some_and(|email| customer.is_another_email(email)) {
            return Err(Error::SignInTooOld);
        }
        if_match.check(&resources::customer(&call, customer).0)
    };
    // Here as well as in the change below: the contract puts these before the errors of `check`.
    allow(caller.customer())?;
    change.check()?;
    if app.config.email_change == EmailChange::Confirmed
        && let Some(email) = change.email.as_ref().filter(|email| caller.customer().is_another_email(email))
        && app.store.login(&EmailHash::of(email)).await?.is_some()
    {
        return Err(Error::EmailTaken);
    }
    let session = caller.session.id;
    let customer = app
        .store
        .save(caller.stored, |customer| {
            allow(customer)?;
            customer.apply(change.patch.clone(), app.clock.now());
            if let Some(email) = &change.email {
                change_email(app, customer, email.clone(), &session);
            }
            Ok(customer.clone())
        })
        .await
        .map_err(|error| error.while_saving(Saving::Customer))?;
    let (resource, included) = resources::customer(&call, &customer);
    Ok(reply::ok(&resource, &included, &call.view))
}

/// Asks to confirm a new e-mail, which takes effect then or at once. A new spelling needs no confirmation.
fn change_email(app: &App, customer: &mut Customer, email: Email, session: &SessionId) {
    if !customer.is_another_email(&email) {
        customer.email = Some(email);
        return;
    }
    match app.config.email_change {
        EmailChange::Direct => app.move_to(customer, email, false),
        EmailChange::Confirmed => {
            let mail = app.mail_id(MailKind::Confirmation);
            customer.ask_to_move_to(email, session.clone(), mail, app.clock.now().plus(WAITS));
        }
    }
}
