//! The dev server's own pages: one for browsers at `/`, and under `/_local/` the inbox, a sample shop that mailed links
//! lead to, and more.

mod explorer;
mod previews;
mod start;

use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use serde_json::Value;
use shared::Config;

use crate::http::{self, Reply};
use crate::pipe::Bus;
use crate::ses::Inbox;

/// The path of all pages but the one for browsers starts with this.
pub(crate) const PREFIX: &str = "/_local";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const JSON: &str = "application/json";

const SHOP: &str = include_str!("pages/shop/index.html");

/// The frames that show mails inherit this policy: a mail's styles apply, but it cannot load or run anything.
const SECURITY: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; \
             img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Whether a request is for one of the pages.
pub(crate) fn are_asked_for(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let is_below = |rest: &str| rest.is_empty() || rest.starts_with('/');
    path.strip_prefix(PREFIX).is_some_and(is_below) || start::is_for(method, path, headers)
}

/// The path below the help desk's page, which the crate `desk` answers.
pub(crate) fn of_the_desk(path: &str) -> Option<&str> {
    path.strip_prefix(PREFIX)?.strip_prefix("/desk").filter(|rest| rest.starts_with('/'))
}

/// Answers a request for one of the other pages. They are read-only.
pub(crate) fn answer(
    method: &Method,
    path: &str,
    inbox: &Inbox,
    bus: &Bus,
    config: &Config,
    configuration: &Value,
) -> Reply {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return http::reply(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "Only GET.\n");
    }
    let Some(path) = path.strip_prefix(PREFIX) else {
        return start::reply();
    };
    let (content_type, body) = match path {
        "" => return redirect("/_local/"),
        "/" => (HTML, include_str!("pages/inbox.html").to_owned()),
        "/inbox.js" => (SCRIPT, include_str!("pages/inbox.js").to_owned()),
        "/style.css" => (STYLE, include_str!("pages/style.css").to_owned()),
        "/design/tokens.css" => (STYLE, include_str!("../../design/tokens.css").to_owned()),
        "/design/base.css" => (STYLE, include_str!("../../design/base.css").to_owned()),
        "/mail" | "/mail/" => return mail(inbox),
        "/events" => (JSON, Value::from(bus.all()).to_string()),
        "/desk" => return redirect("/_local/desk/"),
        "/docs" => return redirect("/_local/docs/"),
        "/openapi.yaml" => ("application/yaml", explorer::document(config)),
        page if page.starts_with("/docs/") => return explorer::file(page).map_or_else(not_found, file),
        "/mails" => (HTML, previews::page(config)),
        "/configuration" => (JSON, configuration.to_string()),
        "/shop" => return redirect("/_local/shop/"),
        "/shop/shop.css" => (STYLE, include_str!("pages/shop/shop.css").to_owned()),
        "/shop/shop.js" => (SCRIPT, include_str!("pages/shop/shop.js").to_owned()),
        "/shop/api.js" => (SCRIPT, include_str!("pages/shop/api.js").to_owned()),
        "/shop/form.js" => (SCRIPT, include_str!("pages/shop/form.js").to_owned()),
        "/shop/addresses.js" => (SCRIPT, include_str!("pages/shop/addresses.js").to_owned()),
        client if client.starts_with("/client/") => match script_of_the_client(client) {
            Some(script) => (SCRIPT, script.to_owned()),
            None => return not_found(),
        },
        // The shop's script finds out which page to show.
        page if page.starts_with("/shop/") => (HTML, SHOP.to_owned()),
        _ => return not_found(),
    };
    page(content_type, body)
}

/// The package for storefronts, which browsers import as it is.
fn script_of_the_client(path: &str) -> Option<&'static str> {
    Some(match path.strip_prefix("/client/")? {
        "index.js" => include_str!("../../clients/typescript/src/index.js"),
        "errors.js" => include_str!("../../clients/typescript/src/errors.js"),
        "session.js" => include_str!("../../clients/typescript/src/session.js"),
        "tokens.js" => include_str!("../../clients/typescript/src/tokens.js"),
        "texts/english.js" => include_str!("../../clients/typescript/src/texts/english.js"),
        "texts/german.js" => include_str!("../../clients/typescript/src/texts/german.js"),
        _ => return None,
    })
}

/// The answer to a request that a page of another origin may have made.
pub(crate) fn foreign() -> Reply {
    let text = "This address answers only to its own name, such as 127.0.0.1 or localhost, and to no page elsewhere.\n";
    http::reply(StatusCode::FORBIDDEN, "text/plain", text)
}

/// The captured mails as JSON, newest last.
pub(crate) fn mail(inbox: &Inbox) -> Reply {
    page(JSON, serde_json::json!(inbox.all()).to_string())
}

fn page(content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = http::reply(StatusCode::OK, content_type, body);
    reply.headers_mut().extend(SECURITY);
    reply
}

fn file((content_type, content): (HeaderValue, Vec<u8>)) -> Reply {
    let mut reply = page("application/octet-stream", content);
    reply.headers_mut().insert(header::CONTENT_TYPE, content_type);
    reply
}

fn not_found() -> Reply {
    http::reply(StatusCode::NOT_FOUND, "text/plain", "There is no such page.\n")
}

fn redirect(to: &'static str) -> Reply {
    let mut reply = http::reply(StatusCode::PERMANENT_REDIRECT, "text/plain", "");
    reply.headers_mut().insert(header::LOCATION, HeaderValue::from_static(to));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_and_everything_it_loads_exists() {
        let config = Config::from_lookup(|_| None::<String>).expect("defaults are valid");
        let ask = |method, path: &str| {
            answer(&method, path, &Inbox::default(), &Bus::default(), &config, &Value::Null)
        };
        let get = |path: &str| ask(Method::GET, path);
        for path in [
            "/",
            "/_local/",
            "/_local/shop/",
            "/_local/shop/password/restore",
            "/_local/mail",
            "/_local/mails",
            "/_local/events",
            "/_local/docs/",
            "/_local/openapi.yaml",
        ] {
            assert_eq!(get(path).status(), StatusCode::OK, "{path}");
        }
        let pages = [
            include_str!("pages/start.html"),
            include_str!("pages/inbox.html"),
            SHOP,
            include_str!("pages/shop/shop.js"),
            include_str!("pages/shop/addresses.js"),
            include_str!("pages/shop/form.js"),
        ];
        for page in pages {
            let loaded =
                page.split('"').filter(|text| text.starts_with("/_local/") || text.starts_with("./"));
            let loaded = loaded.filter(|path| of_the_desk(path).is_none());
            for path in loaded.map(|path| path.replace("./", "/_local/shop/")) {
                let reply = get(&path);
                assert_eq!(reply.status(), StatusCode::OK, "{path}");
                let is_script = reply.headers()[header::CONTENT_TYPE] == SCRIPT;
                assert_eq!(is_script, path.ends_with(".js"), "{path}");
            }
        }
        let entry = include_str!("../../clients/typescript/src/index.js");
        let imported = entry.split('"').filter_map(|text| text.strip_prefix("./"));
        for file in imported.chain(["index.js", "texts/english.js", "texts/german.js"]) {
            assert_eq!(get(&format!("/_local/client/{file}")).status(), StatusCode::OK, "{file}");
        }
        assert_eq!(get("/_local/nothing").status(), StatusCode::NOT_FOUND);
        assert_eq!(ask(Method::POST, "/_local/mail").status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}
