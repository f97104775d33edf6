//! `PATCH /customers/{customerReference}`: changes a profile.

use shared::domain::{Customer, CustomerPatch, Email, OrderKind, PendingNotice};
use shared::resources::{self, CUSTOMERS};
use shared::store::{EmailHash, Login, Saved, Stored, Was, With};
use shared::{App, Call, Error, Reply, reply};

use crate::attributes;

pub(crate) async fn update(app: &App, call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let change = attributes::change(&call.attributes(CUSTOMERS)?, app.password_policy())?;
    caller.owns(reference)?;
    check_match(&call, caller.customer())?;
    change.check()?;
    let customer = save(app, &call, caller.stored, change.patch)
        .await
        .map_err(|error| error.unexpected_as(Error::CustomerNotSaved))?;
    let (resource, included) = resources::customer(&call, &customer);
    Ok(reply::ok(&resource, &included, &call.view))
}

/// A Login changes under one's hands when a sign-in upgrades its hash: once, then.
const TRIES: usize = 3;

async fn save(app: &App, call: &Call, stored: Stored, patch: CustomerPatch) -> Result<Customer, Error> {
    if let Some(new) = patch.email.as_ref().filter(|new| !is_of(&stored.customer, new)) {
        return move_to(app, call, stored, new.clone(), patch).await;
    }
    app.store
        .update(stored, |customer| {
            check_match(call, customer)?;
            customer.apply(patch.clone(), app.clock.now());
            Ok(customer.clone())
        })
        .await
}

/// Changes the e-mail too: the Login moves along, the new address is asked to confirm, the old one is told.
async fn move_to(
    app: &App,
    call: &Call,
    stored: Stored,
    new: Email,
    patch: CustomerPatch,
) -> Result<Customer, Error> {
    for _ in 0..TRIES {
        let old = stored.customer.email.clone().ok_or(Error::InvalidAccessToken)?;
        let old_hash = EmailHash::of(&old);
        let login = app.store.login(&old_hash).await?.ok_or(Error::InvalidAccessToken)?;
        let saved = app
            .store
            .save(stored.clone(), |customer| {
                check_match(call, customer)?;
                if !is_of(customer, &old) {
                    // Somebody else has changed the e-mail meanwhile: the Login that was read is not this customer's.
                    return Err(Error::unavailable("two changes of one e-mail at once"));
                }
                let notice = app.mail_order(OrderKind::EmailChanged);
                customer.apply(patch.clone(), app.clock.now());
                customer.pending_notices.push(PendingNotice { order: notice.clone(), email: old.clone() });
                let with = vec![
                    With::CreateLogin(EmailHash::of(&new), Login { confirmed: false, ..login.clone() }),
                    With::DeleteLogin {
                        email: old_hash.clone(),
                        was: Was::Hash(login.password_hash.clone()),
                    },
                    With::MailOrder(app.mail_order(OrderKind::Confirmation)),
                    With::MailOrder(notice),
                ];
                Ok((customer.clone(), with))
            })
            .await?;
        if let Saved::Done(customer) = saved {
            return Ok(customer);
        }
    }
    Err(Error::unavailable("the login keeps changing"))
}

/// In the change as well as before it: what the contract checks later must not be told of another customer than this.
fn check_match(call: &Call, customer: &Customer) -> Result<(), Error> {
    call.check_match(&resources::customer(call, customer).0)
}

/// Whether `email` is the customer's, in whatever spelling.
fn is_of(customer: &Customer, email: &Email) -> bool {
    customer.email.as_ref().is_some_and(|own| own.folded() == email.folded())
}
