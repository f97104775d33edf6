//! Swagger UI for `openapi.yaml`: every endpoint can be called from a browser, and nothing is loaded from other
//! servers.

use std::sync::Arc;

use hyper::header::HeaderValue;
use shared::Config;
use utoipa_swagger_ui::serve;

use super::{HTML, SCRIPT, STYLE};

pub(super) const DOCUMENT: &str = include_str!("../../../openapi.yaml");
/// The API's address in the document, which is replaced.
const DEFAULT_BASE: &str = "http://127.0.0.1:3000";

/// `openapi.yaml`, with this server's address.
pub(super) fn document(config: &Config) -> String {
    DOCUMENT.replace(DEFAULT_BASE, config.public_base_url.as_deref().unwrap_or(DEFAULT_BASE))
}

/// A file of the page and its type, Swagger UI's own included; `path` starts with `/docs/`.
pub(super) fn file(path: &str) -> Option<(HeaderValue, Vec<u8>)> {
    let (kind, own) = match path.trim_start_matches("/docs/") {
        "" => (HTML, include_str!("docs/index.html")),
        "explorer.css" => (STYLE, include_str!("docs/explorer.css")),
        "explorer.js" => (SCRIPT, include_str!("docs/explorer.js")),
        path => {
            let file = serve(path, Arc::default()).ok()??;
            return Some((HeaderValue::from_str(&file.content_type).ok()?, file.bytes.into_owned()));
        }
    };
    Some((HeaderValue::from_static(kind), own.into()))
}
