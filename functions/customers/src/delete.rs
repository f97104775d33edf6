//! `DELETE /customers/{customerReference}`: anonymises a customer.

use shared::http::etag::IfMatch;
use shared::http::resources;
use shared::{App, Call, Error, Reply, reply};

pub(crate) async fn delete(app: &App, call: Call, reference: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    caller.owns(reference)?;
    if app.config.reauthentication.for_delete && !caller.signed_in_recently(app) {
        return Err(Error::SignInTooOld);
    }
    let if_match = IfMatch::of(&call.headers);
    app.store
        .save(caller.stored, |customer| {
            if_match.check(&resources::customer(&call, customer).0)?;
            app.anonymise(customer);
            Ok(())
        })
        .await?;
    Ok(reply::no_content())
}
