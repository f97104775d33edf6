//! `DELETE /refresh-tokens/{refreshToken}` and `/refresh-tokens/mine`: signs out.

use shared::domain::RefreshToken;
use shared::tokens::session_id;
use shared::{App, Call, Error, Reply, reply};

/// Ends the session of one of the caller's refresh tokens. Any other token is ignored without an error.
pub(crate) async fn delete(app: &App, call: Call, token: &str) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    let own = RefreshToken::parse(token).filter(|token| token.reference == caller.customer().reference);
    if let Some(token) = own {
        app.store.end_session(&token.reference, &session_id(&token)).await?;
    }
    Ok(reply::no_content())
}

/// Ends all of the caller's sessions, including this one.
pub(crate) async fn delete_mine(app: &App, call: Call) -> Result<Reply, Error> {
    let caller = call.caller(app).await?;
    app.store
        .save(caller.stored, |customer| {
            customer.end_sessions();
            Ok(())
        })
        .await?;
    Ok(reply::no_content())
}
