//! Swagger UI over `openapi.yaml`: every endpoint can be called from a browser, without anything from elsewhere.

use std::sync::Arc;

use hyper::header::{CONTENT_TYPE, HeaderValue};
use shared::Config;
use utoipa_swagger_ui::{Config as SwaggerUi, serve};

use super::{not_found, page};
use crate::http::Reply;

const DOCUMENT: &str = include_str!("../../../openapi.yaml");
/// What stands in the document for the address of the API.
const DEFAULT_BASE: &str = "http://127.0.0.1:3000";

/// `openapi.yaml`, with this server's address.
pub(super) fn document(config: &Config) -> String {
    DOCUMENT.replace(DEFAULT_BASE, config.public_base_url.as_deref().unwrap_or(DEFAULT_BASE))
}

/// A file of Swagger UI; `path` starts with `/docs/`.
pub(super) fn answer(path: &str) -> Reply {
    let settings =
        SwaggerUi::from("/_local/openapi.yaml").try_it_out_enabled(true).persist_authorization(true);
    let Ok(Some(file)) = serve(path.trim_start_matches("/docs/"), Arc::new(settings)) else {
        return not_found();
    };
    let mut reply = page("text/plain", file.bytes.into_owned());
    if let Ok(content_type) = HeaderValue::from_str(&file.content_type) {
        reply.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    reply
}
