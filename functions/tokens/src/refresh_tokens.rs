//! `POST /refresh-tokens`: a new pair of tokens for a refresh token.

use shared::http::input::{Input, not_blank};
use shared::{App, Call, Error, Reply};

use crate::{grant, resource};

const REFRESH_TOKENS: &str = "refresh-tokens";

pub(crate) async fn create(app: &App, call: Call) -> Result<Reply, Error> {
    let attributes = call.attributes(REFRESH_TOKENS)?;
    let mut input = Input::new(&attributes);
    let token = input.required("refreshToken", not_blank);
    let token = input.finish(|| token).map_err(Error::Invalid)?;
    let pair = grant::refresh(app, &call, &token).await?;
    Ok(resource::created(&call, REFRESH_TOKENS, pair))
}
