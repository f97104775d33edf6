//! `POST /customer-forgotten-password`: asks for a reset key by mail.

use shared::domain::Email;
use shared::http::input::Input;
use shared::store::EmailHash;
use shared::{App, Call, Error, Reply, reply};

/// The longest e-mail accepted, in code points.
const MAX_EMAIL: usize = 255;

/// One write for every e-mail, so that neither the answer nor its timing reveals whether the e-mail is known.
pub(crate) async fn forgot(app: &App, call: Call) -> Result<Reply, Error> {
    let attributes = call.attributes("customer-forgotten-password")?;
    let mut input = Input::new(&attributes);
    let email = input.required("email", |raw| Email::parse_up_to(raw, MAX_EMAIL));
    let email = input.finish(|| email).map_err(Error::Invalid)?;
    app.store.request_reset(&EmailHash::of(&email)).await?;
    Ok(reply::no_content())
}
