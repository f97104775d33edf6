//! `/.well-known`: what a client needs to verify access tokens on its own.

use serde_json::{Value, json};
use shared::{App, Call, Error, Reply, reply};

const JSON: &str = "application/json";

/// The public keys (RFC 7517).
pub(crate) async fn jwks(app: &App) -> Result<Reply, Error> {
    Ok(reply::public(JSON, json!({ "keys": app.keys.jwks().await? }).to_string()))
}

/// Where the endpoints are, for clients of OAuth 2.0 (RFC 8414).
pub(crate) fn oauth_authorization_server(app: &App, call: &Call) -> Result<Reply, Error> {
    Ok(reply::public(JSON, metadata(app, call).to_string()))
}

/// The same for clients that look where OpenID Connect has it, with what its document must contain.
pub(crate) fn openid_configuration(app: &App, call: &Call) -> Result<Reply, Error> {
    let mut metadata = metadata(app, call);
    metadata["subject_types_supported"] = json!(["public"]);
    metadata["id_token_signing_alg_values_supported"] = json!(["RS256"]);
    Ok(reply::public(JSON, metadata.to_string()))
}

fn metadata(app: &App, call: &Call) -> Value {
    json!({
        "issuer": app.config.issuer(&call.gateway),
        "token_endpoint": call.link("/token"),
        "jwks_uri": call.link("/.well-known/jwks.json"),
        "grant_types_supported": ["password", "refresh_token"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": ["customer"],
    })
}
