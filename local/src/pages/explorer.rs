//! Swagger UI for `openapi.yaml`: every endpoint can be called from a browser, and nothing is loaded from other
//! servers.

use std::sync::Arc;

use hyper::header::HeaderValue;
use shared::Config;
use utoipa_swagger_ui::{Config as SwaggerUi, serve};

const DOCUMENT: &str = include_str!("../../../openapi.yaml");
/// The API's address in the document, which is replaced.
const DEFAULT_BASE: &str = "http://127.0.0.1:3000";

/// `openapi.yaml`, with this server's address.
pub(super) fn document(config: &Config) -> String {
    DOCUMENT.replace(DEFAULT_BASE, config.public_base_url.as_deref().unwrap_or(DEFAULT_BASE))
}

/// A file of Swagger UI and its type; `path` starts with `/docs/`.
pub(super) fn file(path: &str) -> Option<(HeaderValue, Vec<u8>)> {
    let settings =
        SwaggerUi::from("/_local/openapi.yaml").try_it_out_enabled(true).persist_authorization(true);
    let file = serve(path.trim_start_matches("/docs/"), Arc::new(settings)).ok()??;
    Some((HeaderValue::from_str(&file.content_type).ok()?, file.bytes.into_owned()))
}
