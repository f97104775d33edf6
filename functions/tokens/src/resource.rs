//! A pair of tokens in the JSON:API envelope.

use serde_json::Value;
use shared::http::jsonapi::{Attributes, Resource};
use shared::{Call, Reply, reply};

use crate::grant::TokenPair;

pub(crate) const TOKEN_TYPE: &str = "Bearer";

/// 201. `kind` is both the resource's type and its path.
pub(crate) fn created(call: &Call, kind: &'static str, pair: TokenPair) -> Reply {
    let attributes = vec![
        ("tokenType", Value::from(TOKEN_TYPE)),
        ("expiresIn", Value::from(pair.expires_in)),
        ("accessToken", Value::from(pair.access_token)),
        ("refreshToken", Value::from(pair.refresh_token)),
        ("idCompanyUser", Value::Null),
    ];
    let resource = Resource {
        kind,
        id: None,
        attributes: Attributes(attributes),
        self_link: call.link(&format!("/{kind}")),
        relationships: Vec::new(),
    };
    reply::created(&resource, &[], &call.view)
}
