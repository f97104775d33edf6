//! Who may call the services of this computer. Any page in a browser can send requests to it.

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, header};
use shared::Random;

/// A service's own names, and the credentials that it asks for.
#[derive(Clone)]
pub struct Door {
    /// Besides those of loopback.
    names: Vec<String>,
    /// Whether callers may name any address.
    takes_any_address: bool,
    access_key_id: String,
}

/// Fetch Metadata (W3C): where the page is that made a browser send a request, and what becomes of the answer.
const SEC_FETCH_SITE: &str = "sec-fetch-site";
const SEC_FETCH_MODE: &str = "sec-fetch-mode";
const SEC_FETCH_DEST: &str = "sec-fetch-dest";

impl Door {
    /// With fresh credentials. `names` are those under which callers reach the service, besides those of loopback.
    pub fn new(names: impl IntoIterator<Item = String>) -> Door {
        let access_key_id = format!("LOCAL{}", Random::system().secret());
        Door { names: names.into_iter().collect(), takes_any_address: false, access_key_id }
    }

    /// The same for a service that other computers reach, under any of its addresses: behind the port of a container, it
    /// cannot know them. A host that leads here by DNS rebinding is a name, never an address.
    pub fn open_to_the_network(self) -> Door {
        Door { takes_any_address: true, ..self }
    }

    /// The same, reached by `name`, too.
    pub fn named(mut self, name: Option<String>) -> Door {
        self.names.extend(name);
        self
    }

    /// The settings of a function that may come in.
    pub fn credentials(&self) -> [(&'static str, String); 2] {
        // The secret signs, and signatures are not checked.
        [("AWS_ACCESS_KEY_ID", self.access_key_id.clone()), ("AWS_SECRET_ACCESS_KEY", "local".to_owned())]
    }

    /// Whether a request names this service and does not come from a page of another origin. With a host of their own
    /// that leads here (DNS rebinding), such pages could read the answer.
    pub fn is_own(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let Some(host) = only(headers, "host") else { return false };
        let is_named = self.knows(host) && uri.host().is_none_or(|host| self.knows(host));
        let is_own_page = match headers.contains_key(header::ORIGIN) {
            true => only(headers, "origin").and_then(|origin| origin.strip_prefix("http://")) == Some(host),
            false => headers.get(SEC_FETCH_SITE).is_none_or(|site| site != "cross-site") || is_link(headers),
        };
        is_named && is_own_page
    }

    /// Whether a request was made with the credentials (AWS's Signature Version 4).
    pub fn is_signed(&self, headers: &HeaderMap) -> bool {
        let credential = only(headers, "authorization").and_then(|value| {
            let (_, after) = value.strip_prefix("AWS4-HMAC-SHA256 ")?.split_once("Credential=")?;
            after.split_once('/')
        });
        credential.is_some_and(|(access_key_id, _)| access_key_id == self.access_key_id)
    }

    /// With any port: a proxy or a tunnel in front may listen on another one.
    fn knows(&self, authority: &str) -> bool {
        let name = match authority.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => authority,
        };
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        address.is_ok_and(|address| address.is_loopback() || self.takes_any_address)
            || name.eq_ignore_ascii_case("localhost")
            || self.names.iter().any(|own| own.eq_ignore_ascii_case(name.trim_matches(['[', ']'])))
    }
}

/// Whether the user followed a link, as in a mail: the browser shows the answer to them, and to no page.
fn is_link(headers: &HeaderMap) -> bool {
    let is = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
    is(SEC_FETCH_MODE, "navigate") && is(SEC_FETCH_DEST, "document")
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_own(headers: &[(&'static str, &'static str)]) -> bool {
        let door = Door::new(["host.docker.internal".to_owned(), "172.17.0.1".to_owned()]);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a value"));
        }
        door.is_own(&Uri::from_static("/"), &map)
    }

    #[test]
    fn only_its_own_names_count() {
        for own in [
            "127.0.0.1:8000",
            "127.0.0.1",
            "localhost:8000",
            "LocalHost",
            "[::1]:8000",
            "[::1]",
            "host.docker.internal:8000",
            "172.17.0.1:8000",
        ] {
            assert!(is_own(&[("host", own)]), "{own}");
        }
        for foreign in [
            "",
            ":8000",
            "evil.example",
            "evil.example:8000",
            "127.0.0.1.evil.example:8000",
            "localhost.evil.example",
            "evil.example@127.0.0.1:8000",
            "127.0.0.1:8000@evil.example",
            "172.17.0.2:8000",
            "a b",
        ] {
            assert!(!is_own(&[("host", foreign)]), "{foreign}");
        }
        assert!(!is_own(&[]), "no host");
        assert!(!is_own(&[("host", "localhost"), ("host", "evil.example")]), "two hosts");
        let door = Door::new([]);
        let headers = HeaderMap::from_iter([(header::HOST, "localhost".parse().expect("a value"))]);
        assert!(!door.is_own(&Uri::from_static("http://evil.example/"), &headers), "the target's own host");
    }

    #[test]
    fn one_that_is_open_to_the_network_takes_addresses_and_no_more_names() {
        let door = Door::new([]).open_to_the_network().named(Some("accounts".to_owned()));
        let is_own = |headers: &[(&'static str, &str)]| {
            let headers = headers.iter().map(|(name, value)| {
                (header::HeaderName::from_static(name), value.parse().expect("a value"))
            });
            door.is_own(&Uri::from_static("/"), &headers.collect())
        };
        for own in [
            "192.0.2.7:3000",
            "192.0.2.7",
            "[2001:db8::1]:3000",
            "0.0.0.0:3000",
            "accounts:3000",
            "localhost",
        ] {
            assert!(is_own(&[("host", own)]), "{own}");
        }
        for foreign in [
            "evil.example",
            "192.0.2.7.evil.example",
            "3221225991",
            "0xc0.0.2.7",
            "evil.example@192.0.2.7",
            "",
        ] {
            assert!(!is_own(&[("host", foreign)]), "{foreign}");
        }
        let host = ("host", "192.0.2.7:3000");
        assert!(is_own(&[host, ("origin", "http://192.0.2.7:3000")]));
        for foreign in ["http://192.0.2.8:3000", "http://192.0.2.7", "http://localhost:3000", "null"] {
            assert!(!is_own(&[host, ("origin", foreign)]), "{foreign}");
        }
        assert!(!is_own(&[host, ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let host = ("host", "localhost:8000");
        for (header, own) in [
            (("origin", "http://localhost:8000"), true),
            (("origin", "http://localhost:8001"), false),
            (("origin", "https://localhost:8000"), false),
            (("origin", "http://127.0.0.1:8000"), false),
            (("origin", "https://evil.example"), false),
            (("origin", "null"), false),
            (("sec-fetch-site", "none"), true),
            (("sec-fetch-site", "same-origin"), true),
            (("sec-fetch-site", "cross-site"), false),
        ] {
            assert_eq!(is_own(&[host, header]), own, "{header:?}");
        }
        let (site, navigate) = (("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"));
        for (destination, own) in [("document", true), ("iframe", false), ("empty", false)] {
            assert_eq!(
                is_own(&[host, site, navigate, ("sec-fetch-dest", destination)]),
                own,
                "{destination}"
            );
        }
        assert!(!is_own(&[host, site, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "document")]));
    }

    #[test]
    fn only_its_own_credentials_count() {
        let door = Door::new([]);
        let [(_, own), _] = door.credentials();
        let is_signed = |value: String| {
            door.is_signed(&HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().expect("a value"))]))
        };
        let with = |id: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential={id}/20260101/eu-central-1/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=00"
            )
        };
        assert!(is_signed(with(&own)));
        let [(_, another), _] = Door::new([]).credentials();
        for wrong in ["", "local", &another, &own[1..], &format!("{own}x")] {
            assert!(!is_signed(with(wrong)), "{wrong}");
        }
        assert!(!is_signed(format!("Bearer {own}")));
        assert!(!door.is_signed(&HeaderMap::new()));
    }
}
