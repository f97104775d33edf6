//! The help desk's requests. There is no way to make another one, so whoever passes calls on passes on nothing else.

use std::borrow::Cow;

use hyper::Method;
use hyper::body::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use shared::domain::{Action, CustomerReference};

/// What a search goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A whole address.
    Email,
    /// What an address begins with.
    Prefix,
    /// A part of the name.
    Name,
}

/// A request to find, show, or act.
pub struct Call {
    pub(crate) method: Method,
    /// From the API's base, encoded, with the query.
    pub(crate) target: String,
    /// JSON, or empty.
    pub(crate) body: Bytes,
}

/// RFC 3986's unreserved characters, the only ones that a signature leaves as they are.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Call {
    #[must_use]
    pub fn find(by: By, text: &str) -> Call {
        let target = format!("/admin/customers?filter%5B{}%5D={}", by.as_str(), encoded(text));
        Call { method: Method::GET, target, body: Bytes::new() }
    }

    #[must_use]
    pub fn show(reference: &CustomerReference) -> Call {
        let target = format!("/admin/customers/{}", encoded(reference.as_str()));
        Call { method: Method::GET, target, body: Bytes::new() }
    }

    /// `body` is empty for all actions but the change of an e-mail.
    #[must_use]
    pub fn act(reference: &CustomerReference, action: Action, body: Bytes) -> Call {
        let target = format!("/admin/customers/{}/{}", encoded(reference.as_str()), action.as_str());
        Call { method: Method::POST, target, body }
    }

    /// Whether it does something for a customer, so that a lost answer leaves it unknown whether that was done.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.method == Method::POST
    }

    /// What the page asks for, by the path below `/api`.
    pub(crate) fn asked_for(method: &Method, path: &str, query: Option<&str>, body: Bytes) -> Option<Call> {
        let segments: Vec<&str> = path.strip_prefix("/customers")?.split('/').collect();
        match (method, segments.as_slice(), query) {
            (&Method::GET, [""], Some(query)) => {
                let mut filters = form_urlencoded::parse(query.as_bytes());
                let (Some((name, text)), None) = (filters.next(), filters.next()) else { return None };
                Some(Call::find(By::parse(name.strip_prefix("filter[")?.strip_suffix(']')?)?, &text))
            }
            (&Method::GET, ["", reference], None) => Some(Call::show(&parsed(reference)?)),
            (&Method::POST, ["", reference, action], None) => {
                Some(Call::act(&parsed(reference)?, Action::parse(action)?, body))
            }
            _ => None,
        }
    }
}

impl By {
    const ALL: [By; 3] = [By::Email, By::Prefix, By::Name];

    fn parse(name: &str) -> Option<By> {
        By::ALL.into_iter().find(|by| by.as_str() == name)
    }

    fn as_str(self) -> &'static str {
        match self {
            By::Email => "email",
            By::Prefix => "prefix",
            By::Name => "name",
        }
    }
}

fn parsed(segment: &str) -> Option<CustomerReference> {
    CustomerReference::parse(&percent_decode_str(segment).decode_utf8().ok()?)
}

fn encoded(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, RESERVED).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(method: Method, path: &str, query: Option<&str>) -> Option<String> {
        Call::asked_for(&method, path, query, Bytes::new()).map(|call| call.target)
    }

    #[test]
    fn the_page_reaches_the_desks_routes() {
        let find = |query| target(Method::GET, "/customers", Some(query));
        assert_eq!(find("filter[name]=wag").as_deref(), Some("/admin/customers?filter%5Bname%5D=wag"));
        assert_eq!(
            find("filter%5Bprefix%5D=a+b%26c%3Dd").as_deref(),
            Some("/admin/customers?filter%5Bprefix%5D=a%20b%26c%3Dd")
        );
        assert_eq!(
            target(Method::GET, "/customers/auth0%7C1", None).as_deref(),
            Some("/admin/customers/auth0%7C1")
        );
        for action in
            ["send-reset", "send-confirmation", "sign-out", "secure", "confirm", "change-email", "anonymise"]
        {
            let path = format!("/customers/DE--1/{action}");
            assert_eq!(target(Method::POST, &path, None), Some(format!("/admin{path}")));
        }
    }

    #[test]
    fn the_page_reaches_nothing_else() {
        for (method, path, query) in [
            (Method::GET, "", None),
            (Method::GET, "/", None),
            (Method::GET, "/customers", None),
            (Method::GET, "/customers", Some("")),
            (Method::GET, "/customers", Some("filter[email]=a&filter[name]=b")),
            (Method::GET, "/customers", Some("filter[reference]=DE--1")),
            (Method::GET, "/customers", Some("include=addresses")),
            (Method::GET, "/customers/", None),
            (Method::GET, "/customersDE--1", None),
            (Method::GET, "/customers/..", None),
            (Method::GET, "/customers/%2e%2e", None),
            (Method::GET, "/customers/a%2Fb", None),
            (Method::GET, "/customers/../customers", None),
            (Method::GET, "/customers/DE--1/record", None),
            (Method::GET, "/customers/DE--1", Some("include=addresses")),
            (Method::GET, "/customers/DE--1/sign-out", None),
            (Method::POST, "/customers", None),
            (Method::POST, "/customers/DE--1", None),
            (Method::POST, "/customers/DE--1/", None),
            (Method::POST, "/customers/DE--1/unlock", None),
            (Method::POST, "/customers/DE--1/sign-out/", None),
            (Method::POST, "/customers/../sign-out", None),
            (Method::DELETE, "/customers/DE--1", None),
            (Method::PATCH, "/customers/DE--1", None),
            (Method::GET, "//evil.example/customers", None),
        ] {
            assert_eq!(target(method.clone(), path, query), None, "{method} {path} {query:?}");
        }
    }
}
