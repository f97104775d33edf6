//! The page that a browser finds at `/`, where the API has nothing.

use askama::Template;
use hyper::header::{self, HeaderMap};
use hyper::{Method, header::HeaderValue};
use shared::Config;

use super::{HTML, page};
use crate::http::Reply;

/// What clients of the API may ask for.
const OF_THE_API: [&str; 2] = ["application/vnd.api+json", "application/json"];

#[derive(Template)]
#[template(path = "start.html")]
struct Page<'a> {
    base: &'a str,
    configuration: &'a [(&'static str, String)],
}

/// `configuration` are the settings as the page shows them.
pub(super) fn reply(config: &Config, configuration: &[(&'static str, String)]) -> Reply {
    let start = Page { base: config.public_base_url.as_deref().unwrap_or_default(), configuration };
    let mut reply = page(HTML, start.render().expect("only writing to the String could fail"));
    reply.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept"));
    reply
}

/// Whether it is a browser that asks: one names HTML, and nothing of the API as much. Clients that accept anything or
/// do not say get the API's answer.
pub(crate) fn is_for(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let quality = |kinds: &[&str]| {
        let ranges = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let ranges = ranges.flat_map(|value| value.split(',')).map(quality_of);
        let named = ranges.filter(|(range, _)| kinds.iter().any(|kind| range.eq_ignore_ascii_case(kind)));
        named.map(|(_, quality)| quality).fold(0.0, f32::max)
    };
    path == "/"
        && matches!(*method, Method::GET | Method::HEAD)
        && quality(&["text/html"]) > quality(&OF_THE_API)
}

/// A media range and how much it is wanted; not at all if that cannot be read.
fn quality_of(range: &str) -> (&str, f32) {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight =
        parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("q"));
    let quality = weight.map_or(Some(1.0), |(_, weight)| weight.parse().ok());
    (name, quality.filter(|quality| (0.0..=1.0).contains(quality)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_for_accepting(values: &[&'static [u8]]) -> bool {
        let accept =
            |value: &&'static [u8]| (header::ACCEPT, HeaderValue::from_bytes(value).expect("a value"));
        let mut headers = HeaderMap::new();
        headers.extend(values.iter().map(accept));
        is_for(&Method::GET, "/", &headers)
    }

    #[test]
    fn browsers_get_the_page() {
        for browser in [
            // Chromium, Firefox, Safari and lynx.
            &b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"[..],
            b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            b"text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01",
            b"text/html",
            b"TEXT/HTML ; Q=0.5",
            b"application/json;q=0.5, text/html;charset=utf-8;q=0.6",
        ] {
            assert!(is_for_accepting(&[browser]), "{}", String::from_utf8_lossy(browser));
        }
        assert!(is_for_accepting(&[b"*/*;q=0.1", b"text/html"]), "two headers");
        assert!(is_for_accepting(&[b"\xff", b"text/html"]), "one that is not text");
    }

    #[test]
    fn clients_of_the_api_do_not() {
        for client in [
            &b"*/*"[..],
            b"",
            b"application/vnd.api+json",
            b"application/json, text/plain, */*",
            b"application/vnd.api+json, text/html",
            b"text/html;q=0.5, application/json",
            b"text/html;q=0",
            b"text/html;q=0.000, */*",
            b"text/html;q=NaN",
            b"text/html;q=2",
            b"text/html;q=",
            b"text/*",
            b"text/htmlx",
            b"xtext/html",
            b"\xff\xfe,text/html",
            b";,;;q=,=",
        ] {
            assert!(!is_for_accepting(&[client]), "{}", String::from_utf8_lossy(client));
        }
        assert!(!is_for_accepting(&[]));
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("text/html"))]);
        for (method, path) in
            [(Method::POST, "/"), (Method::OPTIONS, "/"), (Method::GET, "//"), (Method::GET, "/customers")]
        {
            assert!(!is_for(&method, path, &headers), "{method} {path}");
        }
        assert!(is_for(&Method::HEAD, "/", &headers));
    }
}
