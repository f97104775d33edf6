//! `POST /customer-forgotten-password` and `POST /customer-confirmation-requests`: ask for a mail.

use shared::domain::Email;
use shared::http::input::Input;
use shared::store::{EmailHash, RequestedMail};
use shared::{App, Call, Error, Reply, reply};

/// The longest e-mail accepted, in code points.
const MAX_EMAIL: usize = 255;

pub(crate) async fn forgot(app: &App, call: Call) -> Result<Reply, Error> {
    request(app, &call, "customer-forgotten-password", RequestedMail::PasswordReset).await
}

pub(crate) async fn request_confirmation(app: &App, call: Call) -> Result<Reply, Error> {
    request(app, &call, "customer-confirmation-requests", RequestedMail::Confirmation).await
}

/// One write for every e-mail, so that neither the answer nor its timing reveals whether the e-mail is known.
async fn request(app: &App, call: &Call, kind: &str, mail: RequestedMail) -> Result<Reply, Error> {
    let attributes = call.attributes(kind)?;
    let mut input = Input::new(&attributes);
    let email = input.required("email", |raw| Email::parse_up_to(raw, MAX_EMAIL));
    let email = input.finish(|| email).map_err(Error::Invalid)?;
    app.store.request_mail(mail, &EmailHash::of(&email)).await?;
    Ok(reply::no_content())
}
