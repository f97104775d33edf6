//! `PATCH /customers/{customerReference}`: changes a profile.

use shared::domain::MailKind;
use shared::error::Saving;
use shared::http::etag::IfMatch;
use shared::http::resources::{self, CUSTOMERS};
use shared::{App, Call, Error, Reply, reply};

use crate::attributes;

/// A new e-mail takes effect at once: it gets a confirmation mail, and the previous one a notice.
pub(crate) async fn update(app: &App, call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let change = attributes::change(&call.attributes(CUSTOMERS)?, app.password_policy())?;
    caller.owns(reference)?;
    let if_match = IfMatch::of(&call.headers);
    // Checked here as well as in the change below: the contract puts the condition before the errors of `check`.
    if_match.check(&resources::customer(&call, caller.customer()).0)?;
    change.check()?;
    let customer = app
        .store
        .save(caller.stored, |customer| {
            if_match.check(&resources::customer(&call, customer).0)?;
            if let Some(former) = customer.apply(change.patch.clone(), app.clock.now()) {
                customer.ask_to_confirm(app.mail_id(MailKind::Confirmation));
                customer.notify(app.mail_id(MailKind::EmailChanged), former);
            }
            Ok(customer.clone())
        })
        .await
        .map_err(|error| error.while_saving(Saving::Customer))?;
    let (resource, included) = resources::customer(&call, &customer);
    Ok(reply::ok(&resource, &included, &call.view))
}
