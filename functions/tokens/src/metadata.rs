//! `/.well-known`: what a client needs to verify access tokens on its own.

use serde_json::json;
use shared::{App, Call, Error, Reply, reply};

const JSON: &str = "application/json";

/// The public keys (RFC 7517).
pub(crate) async fn jwks(app: &App) -> Result<Reply, Error> {
    Ok(reply::public(JSON, json!({ "keys": app.keys.jwks().await? }).to_string()))
}

/// Where the endpoints are (RFC 8414).
pub(crate) fn openid_configuration(app: &App, call: &Call) -> Result<Reply, Error> {
    let metadata = json!({
        "issuer": app.config.issuer(&call.gateway),
        "token_endpoint": call.link("/token"),
        "jwks_uri": call.link("/.well-known/jwks.json"),
        "grant_types_supported": ["password", "refresh_token"],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["none"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["customer"],
    });
    Ok(reply::public(JSON, metadata.to_string()))
}
