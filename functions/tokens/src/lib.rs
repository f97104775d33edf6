//! Signing in and out: access and refresh tokens, the OAuth 2.0 token endpoint, and the keys that verify tokens.

mod access_tokens;
mod delete;
mod grant;
mod metadata;
mod oauth;
mod refresh_tokens;
mod resource;

use std::sync::Arc;

use lambda_http::Request;
use shared::{App, Error, Reply, Route};

pub async fn handle(app: Arc<App>, request: Request) -> Reply {
    let app = &app;
    shared::lambda::answer(app, request, |route, call| async move {
        match route {
            Route::CreateAccessToken => access_tokens::create(app, call).await,
            Route::CreateRefreshToken => refresh_tokens::create(app, call).await,
            Route::DeleteRefreshToken { token } => delete::delete(app, call, &token).await,
            Route::DeleteMyRefreshTokens => delete::delete_mine(app, call).await,
            Route::OauthToken => oauth::token(app, call).await,
            Route::Jwks => metadata::jwks(app).await,
            Route::OpenidConfiguration => metadata::openid_configuration(app, &call),
            _ => Err(Error::NotFound),
        }
    })
    .await
}
