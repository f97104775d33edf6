//! Signing in and out: access and refresh tokens, the OAuth 2.0 token endpoint, and the keys that verify tokens.

mod access_tokens;
mod delete;
mod grant;
mod metadata;
mod oauth;
mod refresh_tokens;
mod resource;

use std::sync::Arc;

use shared::{App, Call, Error, Reply, Route};

pub async fn dispatch(app: Arc<App>, route: Route, call: Call) -> Result<Reply, Error> {
    let app = &*app;
    match route {
        Route::CreateAccessToken => access_tokens::create(app, call).await,
        Route::CreateRefreshToken => refresh_tokens::create(app, call).await,
        Route::DeleteRefreshToken { token } => delete::delete(app, call, &token).await,
        Route::DeleteMyRefreshTokens => delete::delete_mine(app, call).await,
        Route::OauthToken => oauth::token(app, call).await,
        Route::Jwks => metadata::jwks(app).await,
        Route::OpenidConfiguration => metadata::openid_configuration(app, &call),
        Route::OauthServerMetadata => metadata::oauth_authorization_server(app, &call),
        _ => Err(Error::NotFound),
    }
}
