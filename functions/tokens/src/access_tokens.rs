//! `POST /access-tokens`: signs in.

use shared::domain::{Email, Password};
use shared::http::input::Input;
use shared::{App, Call, Error, Reply};

use crate::{grant, resource};

const ACCESS_TOKENS: &str = "access-tokens";

pub(crate) async fn create(app: &App, call: Call) -> Result<Reply, Error> {
    let attributes = call.attributes(ACCESS_TOKENS)?;
    let mut input = Input::new(&attributes);
    let username = input.required("username", Email::parse);
    let password = input.required("password", Password::parse_presented);
    let (username, password) = input.finish(|| Some((username?, password?))).map_err(Error::Invalid)?;
    let pair = grant::password(app, &call, &username, &password).await?;
    Ok(resource::created(&call, ACCESS_TOKENS, pair))
}
