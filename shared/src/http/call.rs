//! One request of a client, as the gateway passes it to a function.

use std::net::IpAddr;

use lambda_http::http::HeaderMap;
use lambda_http::http::header::{AsHeaderName, CONTENT_TYPE};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use serde_json::{Map, Value};

use crate::app::App;
use crate::domain::{Customer, CustomerReference, Session, SessionId};
use crate::error::Error;
use crate::http::jsonapi::{self, View};
use crate::runtime::config::Gateway;
use crate::store::Stored;

/// A request, with what the gateway reports about it.
pub struct Call {
    pub view: View,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub gateway: Gateway,
    base: String,
    source_address: String,
    authorizer: Option<AuthorizerContext>,
}

/// The customer who makes a request, once token, session and epoch have been found valid.
#[derive(Debug)]
pub struct Caller {
    pub stored: Stored,
    pub session: Session,
}

/// The claims that the authorizer found in the token.
struct AuthorizerContext {
    reference: String,
    session: String,
    /// Seconds since the epoch.
    expires: u64,
}

impl Call {
    pub(crate) fn new(app: &App, request: Request) -> Call {
        let context = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV1(context)) => Some(context),
            _ => None,
        };
        let path = request.raw_http_path().to_owned();
        let gateway = context.map_or_else(Gateway::default, |context| Gateway {
            api_id: context.apiid.clone().unwrap_or_default(),
            stage: context.stage.clone().unwrap_or_default(),
        });
        let reported_base = || {
            let context = context?;
            let domain = context.domain_name.as_deref()?;
            let stage =
                context.path.as_deref().and_then(|with_stage| with_stage.strip_suffix(&path)).unwrap_or("");
            Some(format!("https://{domain}{stage}"))
        };
        let base = app.config.public_base_url.clone().or_else(reported_base).unwrap_or_default();
        let source_ip = context.and_then(|context| context.identity.source_ip.as_deref()).unwrap_or_default();
        let source_address = source_address(source_ip, request.headers(), app.config.trusted_proxy_hops);
        let authorizer = context.and_then(|context| AuthorizerContext::read(&context.authorizer.fields));
        let view = View::parse(request.query_string_parameters_ref().iter().flat_map(|query| query.iter()));
        let (head, body) = request.into_parts();
        Call { view, headers: head.headers, body: body.to_vec(), gateway, base, source_address, authorizer }
    }

    /// The caller, for operations that need a token. One read.
    ///
    /// # Errors
    ///
    /// [`Error::MissingAccessToken`], or [`Error::InvalidAccessToken`] once the token has expired or its session has
    /// ended, even if the gateway has cached the authorizer's earlier approval.
    pub async fn caller(&self, app: &App) -> Result<Caller, Error> {
        let context = self.authorizer.as_ref().ok_or(Error::MissingAccessToken)?;
        if app.clock.now().seconds() >= context.expires {
            return Err(Error::InvalidAccessToken);
        }
        let reference = CustomerReference::parse(&context.reference).ok_or(Error::InvalidAccessToken)?;
        let session = SessionId::from_hash(context.session.clone());
        let (stored, session) =
            app.store.authenticated(&reference, &session).await?.ok_or(Error::InvalidAccessToken)?;
        if !app.admits(stored.customer.confirmed) {
            return Err(Error::InvalidAccessToken);
        }
        Ok(Caller { stored, session })
    }

    /// The attributes of a request document whose `data.type` must be `kind`.
    pub fn attributes(&self, kind: &str) -> Result<Map<String, Value>, Error> {
        jsonapi::attributes(self.header(CONTENT_TYPE), &self.body, kind)
    }

    /// A header's value; `None` if the header is absent or not text.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The absolute URL of a path of this API.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Where the request came from, as lock-outs count it: an IPv4 address or an IPv6 /64.
    pub fn source_address(&self) -> &str {
        &self.source_address
    }
}

impl Caller {
    pub fn customer(&self) -> &Customer {
        &self.stored.customer
    }

    /// Whether the sign-in that opened the session is recent enough for what asks for that. Refreshing does not count.
    pub fn signed_in_recently(&self, app: &App) -> bool {
        app.clock.now().since(self.session.started_at) <= app.config.reauthentication.within
    }

    /// The reference from the path, if it is the caller's own.
    pub fn owns(&self, reference: &str) -> Result<&CustomerReference, Error> {
        let own = &self.stored.customer.reference;
        if own.as_str() == reference { Ok(own) } else { Err(Error::Unauthorized) }
    }
}

impl AuthorizerContext {
    fn read(fields: &std::collections::HashMap<String, Value>) -> Option<AuthorizerContext> {
        // The real gateway makes every value a string; sam local keeps their types.
        let text = |name: &str| match fields.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Some(AuthorizerContext {
            reference: text("reference")?,
            session: text("session")?,
            expires: text("expires")?.parse().ok()?,
        })
    }
}

/// The client's address as the gateway sees it, or as that many trusted proxies report it in `X-Forwarded-For`.
fn source_address(source_ip: &str, headers: &HeaderMap, trusted_hops: usize) -> String {
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    // The gateway appends the address that connected to it, which is the last proxy's.
    let forwarded = match forwarded.split_last() {
        Some((last, before)) if *last == source_ip => before,
        _ => &forwarded[..],
    };
    let named = trusted_hops.checked_sub(1).and_then(|hop| forwarded.iter().rev().nth(hop));
    let address = named.copied().unwrap_or(source_ip);
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => source_ip.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(source_ip: &str, forwarded: &str, hops: usize) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().expect("a header value"));
        source_address(source_ip, &headers, hops)
    }

    #[test]
    fn proxies_are_trusted_only_if_configured() {
        assert_eq!(address("203.0.113.9", "198.51.100.1", 0), "203.0.113.9");
        assert_eq!(address("203.0.113.9", "198.51.100.1", 1), "198.51.100.1");
        assert_eq!(address("203.0.113.9", "198.51.100.1, 203.0.113.9", 1), "198.51.100.1");
    }

    #[test]
    fn each_hop_goes_one_entry_to_the_left() {
        let chain = "192.0.2.66, 198.51.100.1, 198.51.100.2, 203.0.113.9";
        assert_eq!(address("203.0.113.9", chain, 1), "198.51.100.2");
        assert_eq!(address("203.0.113.9", chain, 2), "198.51.100.1");
        assert_eq!(address("203.0.113.9", "", 2), "203.0.113.9");
        assert_eq!(address("203.0.113.9", "unknown", 1), "203.0.113.9");
    }

    #[test]
    fn an_ipv6_64_counts_as_one_address() {
        assert_eq!(address("2001:db8:1:2:aaaa::1", "", 0), "2001:db8:1:2::/64");
        assert_eq!(address("2001:db8:1:2:bbbb::2", "", 0), "2001:db8:1:2::/64");
        assert_eq!(address("::ffff:192.0.2.1", "", 0), "192.0.2.1");
    }
}
