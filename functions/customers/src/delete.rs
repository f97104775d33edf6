//! `DELETE /customers/{customerReference}`: anonymises a customer.

use shared::resources;
use shared::store::{EmailHash, Saved, Was, With};
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn delete(app: &App, call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    caller.owns(reference)?;
    let saved = app
        .store
        .save(caller.stored, |customer| {
            call.check_match(&resources::customer(&call, customer).0)?;
            let was = Was::Epoch(customer.session_epoch);
            let login =
                customer.email.as_ref().map(|email| With::DeleteLogin { email: EmailHash::of(email), was });
            customer.anonymise(app.clock.now());
            Ok(((), login.into_iter().collect()))
        })
        .await?;
    match saved {
        Saved::Done(()) => Ok(reply::no_content()),
        Saved::LoginChanged => Err(Error::unavailable("the login of an anonymised customer changed")),
    }
}
