//! One request of a client, as the gateway passes it to a function.

use std::net::{IpAddr, Ipv6Addr};

use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyRequestContext;
use lambda_http::http::header::{AsHeaderName, CONTENT_TYPE};
use lambda_http::http::{HeaderMap, HeaderValue};
use lambda_http::{Request, RequestExt};
use serde_json::{Map, Value};

use crate::app::App;
use crate::domain::{Customer, CustomerReference, Session, SessionId};
use crate::error::Error;
use crate::http::answer;
use crate::http::jsonapi::{self, View};
use crate::runtime::config::{Gateway, ProxySecret};
use crate::store::Stored;

/// How the shop's own proxy proves itself.
const PROXY_SECRET: &str = "x-proxy-secret";
/// What only that proxy may say: the client's address.
const CLIENT_ADDRESS: &str = "x-client-address";

/// A request, with what the gateway reports about it.
pub struct Call {
    pub view: View,
    /// Without what the shop's proxy adds.
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub gateway: Gateway,
    base: String,
    source_address: String,
    authorizer: Option<AuthorizerContext>,
    operator: Option<Operator>,
}

/// Whoever has signed a request with AWS's credentials, on a route that has IAM as its authorizer: somebody of the help
/// desk, or another system.
#[derive(Clone)]
pub struct Operator {
    pub arn: String,
    pub source_address: String,
    /// The id of the request.
    pub request_id: String,
}

hidden!(Operator);

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
        let context = answer::context(&request);
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
        let source_address = source_address(source_ip, request.headers(), app.config.proxy_secret.as_ref());
        let authorizer = context.and_then(|context| AuthorizerContext::read(&context.authorizer.fields));
        let operator = context.and_then(Operator::of);
        let view = View::parse(request.query_string_parameters_ref().iter().flat_map(|query| query.iter()));
        let (mut head, body) = request.into_parts();
        for name in [PROXY_SECRET, CLIENT_ADDRESS] {
            head.headers.remove(name);
        }
        let (headers, body) = (head.headers, body.to_vec());
        Call { view, headers, body, gateway, base, source_address, authorizer, operator }
    }

    /// Who calls an operation of the help desk.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] on a route that does not have IAM as its authorizer.
    pub fn operator(&self) -> Result<&Operator, Error> {
        self.operator.as_ref().ok_or(Error::NotFound)
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
        self.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
    }

    /// The absolute URL of a path of this API. Of all that a path is made of, only a reference's `|` has to be encoded.
    pub fn link(&self, path: &str) -> String {
        format!("{}{}", self.base, path.replace('|', "%7C"))
    }

    /// Where the request came from, as lock-outs count it: an IPv4 address or an IPv6 /64.
    pub fn source_address(&self) -> &str {
        &self.source_address
    }
}

impl Operator {
    pub(crate) fn of(context: &ApiGatewayProxyRequestContext) -> Option<Operator> {
        let arn = context.identity.user_arn.clone().filter(|arn| !arn.is_empty())?;
        let source_address = context.identity.source_ip.clone().unwrap_or_default();
        Some(Operator { arn, source_address, request_id: context.request_id.clone().unwrap_or_default() })
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

/// The client's address: what the shop's own proxy says, if the request comes from there, else what the gateway sees.
fn source_address(source_ip: &str, headers: &HeaderMap, secret: Option<&ProxySecret>) -> String {
    let is_proxys = secret
        .zip(only(headers, PROXY_SECRET))
        .is_some_and(|(secret, presented)| secret.is(presented.as_bytes()));
    let named = only(headers, CLIENT_ADDRESS).filter(|_| is_proxys);
    let named = named.and_then(|named| {
        let address = network(named.to_str().ok()?.parse().ok()?);
        // The web ACL compares texts, so one that it would count on its own is refused here as well.
        (*named == *address.to_string()).then_some(address)
    });
    match named.or_else(|| source_ip.parse().ok().map(network)) {
        Some(IpAddr::V6(address)) => format!("{address}/64"),
        Some(IpAddr::V4(address)) => address.to_string(),
        None => source_ip.to_owned(),
    }
}

/// What one client has: an IPv4 address or an IPv6 /64, by its first address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// A header's value, if there is exactly one. Lambda's event type keeps the last of several, which is what a proxy adds.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderName;

    use super::*;
    use crate::runtime::config::Config;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn address(source_ip: &str, given: &[(&'static str, &str)]) -> String {
        let setting = |name: &str| (name == "PROXY_SECRET").then(|| SECRET.to_owned());
        let config = Config::from_lookup(setting).expect("a secret");
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(*name, value.parse().expect("a header value"));
        }
        source_address(source_ip, &headers, config.proxy_secret.as_ref())
    }

    #[test]
    fn only_the_proxy_with_the_secret_names_the_clients_address() {
        let (gateway, client) = ("203.0.113.9", ("x-client-address", "198.51.100.1"));
        assert_eq!(address(gateway, &[("x-proxy-secret", SECRET), client]), "198.51.100.1");
        assert_eq!(address(gateway, &[client]), gateway);
        for wrong in ["", "x", &SECRET[1..], &SECRET.to_uppercase(), &format!("{SECRET}, {SECRET}")] {
            assert_eq!(address(gateway, &[("x-proxy-secret", wrong), client]), gateway, "{wrong}");
        }
        let twice = [("x-proxy-secret", SECRET), ("x-proxy-secret", "x"), client];
        assert_eq!(address(gateway, &twice), gateway);
        let unconfigured = HeaderMap::from_iter([(
            HeaderName::from_static(CLIENT_ADDRESS),
            HeaderValue::from_static("1.1.1.1"),
        )]);
        assert_eq!(source_address(gateway, &unconfigured, None), gateway);
    }

    #[test]
    fn anything_but_one_address_counts_for_nothing() {
        for wrong in [
            "",
            "unknown",
            "198.51.100.1, 198.51.100.2",
            "198.51.100.1:80",
            "198.51.100.01",
            "[2001:db8::1]",
            "2001:db8::1",
            "2001:db8::1:443",
            "2001:db8:0:0::",
            "2001:DB8::",
            "::ffff:198.51.100.1",
            "198.51.100.0/24",
        ] {
            let headers = [("x-proxy-secret", SECRET), ("x-client-address", wrong)];
            assert_eq!(address("203.0.113.9", &headers), "203.0.113.9", "{wrong}");
        }
        let (one, other) = (("x-client-address", "198.51.100.1"), ("x-client-address", "198.51.100.2"));
        assert_eq!(address("203.0.113.9", &[("x-proxy-secret", SECRET), one, other]), "203.0.113.9");
    }

    #[test]
    fn an_ipv6_64_counts_as_one_address() {
        let named = [("x-proxy-secret", SECRET), ("x-client-address", "2001:db8:1:2::")];
        assert_eq!(address("203.0.113.9", &named), "2001:db8:1:2::/64");
        assert_eq!(address("2001:db8:1:2:aaaa::1", &[]), "2001:db8:1:2::/64");
        assert_eq!(address("2001:db8:1:2:bbbb::2", &[]), "2001:db8:1:2::/64");
        assert_eq!(address("::ffff:192.0.2.1", &[]), "192.0.2.1");
    }
}
