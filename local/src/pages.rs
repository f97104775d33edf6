//! The dev server's own pages: one for browsers at `/`, and under `/_local/` the inbox, a sample shop that mailed links
//! lead to, and more.

mod collection;
mod explorer;
pub(crate) mod inbox;
mod previews;
mod start;

use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use serde_json::Value;
use shared::Config;
use shared::runtime::config::Profile;

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

/// The shop's scripts, and those of the package that it uses.
const SCRIPTS: [(&str, &str); 19] = [
    ("/client/errors.js", include_str!("../../clients/typescript/src/errors.js")),
    ("/client/index.js", include_str!("../../clients/typescript/src/index.js")),
    ("/client/session.js", include_str!("../../clients/typescript/src/session.js")),
    ("/client/texts/english.js", include_str!("../../clients/typescript/src/texts/english.js")),
    ("/client/texts/german.js", include_str!("../../clients/typescript/src/texts/german.js")),
    ("/client/tokens.js", include_str!("../../clients/typescript/src/tokens.js")),
    ("/shop/account.js", include_str!("pages/shop/account.js")),
    ("/shop/accounts.js", include_str!("pages/shop/accounts.js")),
    ("/shop/addresses.js", include_str!("pages/shop/addresses.js")),
    ("/shop/countries.js", include_str!("pages/shop/countries.js")),
    ("/shop/devices.js", include_str!("pages/shop/devices.js")),
    ("/shop/dialog.js", include_str!("pages/shop/dialog.js")),
    ("/shop/entrance.js", include_str!("pages/shop/entrance.js")),
    ("/shop/form.js", include_str!("pages/shop/form.js")),
    ("/shop/page.js", include_str!("pages/shop/page.js")),
    ("/shop/shop.js", include_str!("pages/shop/shop.js")),
    ("/shop/words.js", include_str!("pages/shop/words.js")),
    ("/shop/words/english.js", include_str!("pages/shop/words/english.js")),
    ("/shop/words/german.js", include_str!("pages/shop/words/german.js")),
];

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

/// Answers a request for one of the other pages. Whoever asks has come through the door: all but mails is read-only.
pub(crate) fn answer(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    inbox: &Inbox,
    bus: &Bus,
    config: &Config,
    configuration: &[(&'static str, String)],
) -> Reply {
    let Some(path) = path.strip_prefix(PREFIX) else {
        return start::reply(config, configuration);
    };
    if let Some(reply) = inbox::answer(method, path, headers, inbox) {
        return reply;
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        return http::reply(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "Only GET.\n");
    }
    let (content_type, body) = match path {
        "" => return redirect("/_local/"),
        "/events" => (JSON, Value::from(bus.all()).to_string()),
        "/desk" => return redirect("/_local/desk/"),
        "/docs" => return redirect("/_local/docs/"),
        "/openapi.yaml" => ("application/yaml", explorer::document(config)),
        page if page.starts_with("/docs/") => return explorer::file(page).map_or_else(not_found, file),
        "/collection.json" => (JSON, collection::of(config)),
        "/mails" => (HTML, previews::page(config)),
        "/start.js" => (SCRIPT, include_str!("pages/start.js").to_owned()),
        "/shop" => return redirect("/_local/shop/"),
        "/shop/shop.css" => (STYLE, include_str!("pages/shop/shop.css").to_owned()),
        other => match SCRIPTS.iter().find(|(script, _)| *script == other) {
            Some((_, text)) => (SCRIPT, (*text).to_owned()),
            // The shop's script finds out which page to show.
            None if other.starts_with("/shop/") => (HTML, shop(config)),
            None => return not_found(),
        },
    };
    page(content_type, body)
}

/// The shop's document, with what its forms say about passwords before they are sent.
fn shop(config: &Config) -> String {
    let profile = match config.profile {
        Profile::Classic => "classic",
        Profile::Current => "current",
    };
    SHOP.replace(
        r#"="password-min" content="7""#,
        &format!(r#"="password-min" content="{}""#, config.password_min_length),
    )
    .replace(
        r#"="contract-profile" content="classic""#,
        &format!(r#"="contract-profile" content="{profile}""#),
    )
}

/// The answer to a request that a page of another origin may have made.
pub(crate) fn foreign() -> Reply {
    let text = "This address answers only to its own name, such as 127.0.0.1 or localhost, and to no page elsewhere.\n";
    http::reply(StatusCode::FORBIDDEN, "text/plain", text)
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
            answer(&method, path, &HeaderMap::new(), &Inbox::default(), &Bus::default(), &config, &[])
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
        let documents = [
            include_str!("../templates/start.html"),
            include_str!("pages/inbox.html"),
            include_str!("pages/inbox.js"),
            include_str!("pages/docs/index.html"),
            SHOP,
        ];
        let files = documents.map(|text| ("/", text)).into_iter().chain(SCRIPTS);
        for (path, text) in files {
            let (folder, _) = path.rsplit_once('/').expect("an absolute path");
            let loaded =
                text.split('"').filter(|text| text.starts_with("/_local/") || text.starts_with("./"));
            let loaded = loaded.filter(|path| of_the_desk(path).is_none());
            for path in loaded.map(|path| path.replace("./", &format!("/_local{folder}/"))) {
                let reply = get(&path);
                assert_eq!(reply.status(), StatusCode::OK, "{path}");
                // The explorer's files do not name their charset.
                let is_script =
                    reply.headers()[header::CONTENT_TYPE].as_bytes().starts_with(b"text/javascript");
                assert_eq!(is_script, path.ends_with(".js"), "{path}");
            }
        }
        assert_eq!(get("/_local/nothing").status(), StatusCode::NOT_FOUND);
        assert_eq!(ask(Method::POST, "/_local/mail").status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}
