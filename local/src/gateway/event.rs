//! The event that a REST API's Lambda proxy integration creates from a request.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use hyper::header::{self, HeaderName};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::{Map, Value};
use shared::domain::Timestamp;
use time::OffsetDateTime;

use super::routes::Match;

pub(crate) const ACCOUNT: &str = "000000000000";
pub(crate) const API: &str = "local";
pub(crate) const STAGE: &str = "local";

/// A request as the gateway sees it.
pub(crate) struct Incoming<'a> {
    pub(crate) method: &'a str,
    /// As received: percent-encoded, and with a trailing slash if it has one.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) peer: IpAddr,
    pub(crate) request_id: &'a str,
    pub(crate) now: Timestamp,
    /// The gateway's own name, whatever the Host header says.
    pub(crate) domain: &'a str,
    pub(crate) caller: &'a Caller,
}

/// Who is calling, as far as the gateway has verified it.
pub(crate) enum Caller {
    Anybody,
    /// With what the authorizer says about them.
    Customer(Arc<Map<String, Value>>),
    /// By the id of their access key.
    Operator(String),
}

/// The event as JSON text.
pub(crate) fn json<T>(request: &Incoming<'_>, matched: &Match<'_, '_, T>) -> String {
    let headers = headers(request);
    let query = query(request.query);
    let source_ip = request.peer.to_string();
    let parameters: BTreeMap<&str, String> =
        matched.parameters.iter().map(|(name, value)| (*name, decoded(value))).collect();
    // The API has no binary media types, so the gateway treats a body as text. What is not text reaches the function as
    // it is, because the real gateway would replace parts of it, and no test should depend on that.
    let text = std::str::from_utf8(request.body).ok();
    let body = text.map_or_else(|| Cow::Owned(STANDARD.encode(request.body)), Cow::Borrowed);
    let (authorizer, operator) = match request.caller {
        Caller::Anybody => (None, None),
        Caller::Customer(context) => (Some(&**context), None),
        Caller::Operator(access_key) => (None, Some(Operator::of(access_key))),
    };
    let event = ProxyEvent {
        resource: &matched.route.resource,
        path: request.path,
        http_method: request.method,
        headers: headers.iter().filter_map(|(name, values)| Some((*name, values.last()?.as_str()))).collect(),
        multi_value_headers: &headers,
        query_string_parameters: (!query.is_empty()).then(|| {
            query.iter().filter_map(|(name, values)| Some((name.as_str(), values.last()?.as_str()))).collect()
        }),
        multi_value_query_string_parameters: (!query.is_empty()).then_some(&query),
        path_parameters: (!parameters.is_empty()).then_some(parameters),
        stage_variables: None,
        request_context: RequestContext {
            account_id: ACCOUNT,
            api_id: API,
            resource_id: API,
            resource_path: &matched.route.resource,
            stage: STAGE,
            domain_name: request.domain,
            domain_prefix: API,
            request_id: request.request_id,
            extended_request_id: request.request_id,
            protocol: "HTTP/1.1",
            http_method: request.method,
            path: format!("/{STAGE}{}", request.path),
            request_time: common_log_time(request.now),
            request_time_epoch: request.now.micros() / 1_000,
            identity: Identity {
                source_ip: &source_ip,
                user_agent: headers.get("user-agent").and_then(|values| values.last()).map(String::as_str),
                operator,
            },
            authorizer,
        },
        body: (!request.body.is_empty()).then_some(&*body),
        is_base64_encoded: text.is_none(),
    };
    serde_json::to_string(&event).expect("text and numbers can always be serialised")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProxyEvent<'a> {
    resource: &'a str,
    path: &'a str,
    http_method: &'a str,
    headers: BTreeMap<&'a str, &'a str>,
    multi_value_headers: &'a BTreeMap<&'a str, Vec<String>>,
    query_string_parameters: Option<BTreeMap<&'a str, &'a str>>,
    multi_value_query_string_parameters: Option<&'a BTreeMap<String, Vec<String>>>,
    path_parameters: Option<BTreeMap<&'a str, String>>,
    stage_variables: Option<()>,
    request_context: RequestContext<'a>,
    body: Option<&'a str>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'a str,
    api_id: &'a str,
    resource_id: &'a str,
    resource_path: &'a str,
    stage: &'a str,
    domain_name: &'a str,
    domain_prefix: &'a str,
    request_id: &'a str,
    extended_request_id: &'a str,
    protocol: &'a str,
    http_method: &'a str,
    path: String,
    request_time: String,
    request_time_epoch: u64,
    identity: Identity<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<&'a Map<String, Value>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    source_ip: &'a str,
    user_agent: Option<&'a str>,
    #[serde(flatten)]
    operator: Option<Operator<'a>>,
}

/// What IAM says about a user. For the session of a role, it would be the session's.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Operator<'a> {
    account_id: &'a str,
    access_key: &'a str,
    caller: &'a str,
    user: &'a str,
    user_arn: String,
}

impl Operator<'_> {
    fn of(access_key: &str) -> Operator<'_> {
        let user_arn = format!("arn:aws:iam::{ACCOUNT}:user/{access_key}");
        Operator { account_id: ACCOUNT, access_key, caller: access_key, user: access_key, user_arn }
    }
}

/// The request's headers without those that the gateway consumes, and with those that it sets itself.
fn headers<'a>(request: &Incoming<'a>) -> BTreeMap<&'a str, Vec<String>> {
    const ENDING_HERE: [HeaderName; 7] = [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::EXPECT,
        header::HOST,
        header::TE,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    let mut headers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in request.headers {
        if !ENDING_HERE.contains(name) {
            headers.entry(name.as_str()).or_default().push(text(value.as_bytes()));
        }
    }
    let hops = headers.remove("x-forwarded-for").unwrap_or_default();
    let hops = hops.into_iter().chain([request.peer.to_string()]).collect::<Vec<_>>().join(", ");
    let port = request.domain.rsplit_once(':').map_or("80", |(_, port)| port);
    let own = [
        ("host", request.domain),
        ("x-forwarded-for", &hops),
        ("x-forwarded-port", port),
        ("x-forwarded-proto", "http"),
    ];
    headers.extend(own.map(|(name, value)| (name, vec![value.to_owned()])));
    headers
}

/// A header's value as the gateway passes it on: each byte is a character of ISO 8859-1, which is what HTTP once said it
/// was. So UTF-8 arrives garbled.
pub(super) fn text(value: &[u8]) -> String {
    value.iter().map(|byte| char::from(*byte)).collect()
}

fn query(query: &str) -> BTreeMap<String, Vec<String>> {
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        parameters.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    parameters
}

fn decoded(parameter: &str) -> String {
    percent_decode_str(parameter).decode_utf8_lossy().into_owned()
}

/// `requestTime`'s format, as in `09/Apr/2015:12:34:56 +0000`.
fn common_log_time(now: Timestamp) -> String {
    let seconds = i64::try_from(now.seconds()).unwrap_or(i64::MAX);
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, second) = at.to_hms();
    format!("{:02}/{:.3}/{}:{hour:02}:{minute:02}:{second:02} +0000", at.day(), at.month(), at.year())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use aws_lambda_events::apigw::ApiGatewayProxyRequestContext;
    use hyper::header::HeaderValue;
    use lambda_http::RequestExt;
    use lambda_http::request::RequestContext;

    use super::super::routes::Routes;
    use super::*;

    fn through_lambda_http(
        path: &str,
        query: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> lambda_http::Request {
        let context = Map::from_iter([("reference".to_owned(), Value::from("DE--1"))]);
        called_by(&Caller::Customer(Arc::new(context)), path, query, headers, body)
    }

    fn called_by(
        caller: &Caller,
        path: &str,
        query: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> lambda_http::Request {
        let routes = Routes::new([
            ("/customers/{customerReference}".to_owned(), "PATCH".to_owned(), ()),
            ("/{proxy+}".to_owned(), "ANY".to_owned(), ()),
        ]);
        let matched = routes.find("PATCH", path).expect("a route");
        let event = json(
            &Incoming {
                method: "PATCH",
                path,
                query,
                headers,
                body,
                peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
                request_id: "an-id",
                now: Timestamp::from_seconds(1_428_582_896),
                domain: "127.0.0.1:3000",
                caller,
            },
            &matched,
        );
        lambda_http::request::from_str(&event).expect("a readable event")
    }

    #[test]
    fn a_function_sees_the_request_as_it_was_sent() {
        let headers = HeaderMap::from_iter([
            (header::USER_AGENT, HeaderValue::from_static("curl")),
            (header::HOST, HeaderValue::from_static("evil example")),
        ]);
        let request =
            through_lambda_http("/customers/DE%2D-1/", "include=addresses&a=1&a=2", &headers, b"{}");
        assert_eq!(request.raw_http_path(), "/customers/DE%2D-1/");
        assert_eq!(request.path_parameters().first("customerReference"), Some("DE--1"));
        assert_eq!(request.query_string_parameters().all("a"), Some(vec!["1", "2"]));
        assert_eq!(request.headers()["host"], "127.0.0.1:3000");
        assert_eq!(request.body().as_ref(), b"{}");
        let context = context(&request);
        assert_eq!(context.authorizer.fields["reference"], "DE--1");
        assert_eq!(context.identity.source_ip.as_deref(), Some("127.0.0.1"));
        assert_eq!(context.request_time.as_deref(), Some("09/Apr/2015:12:34:56 +0000"));
        assert_eq!(context.path.as_deref(), Some("/local/customers/DE%2D-1/"));
    }

    #[test]
    fn only_an_operator_has_an_arn() {
        let own = "arn:aws:iam::1:user/eve";
        let forged =
            HeaderMap::from_iter([(HeaderName::from_static("userarn"), HeaderValue::from_static(own))]);
        let anna = called_by(&Caller::Operator("anna".to_owned()), "/a", "", &forged, b"");
        let identity = context(&anna).identity;
        assert_eq!(identity.user_arn.as_deref(), Some("arn:aws:iam::000000000000:user/anna"));
        assert_eq!(identity.access_key.as_deref(), Some("anna"));
        assert!(context(&anna).authorizer.fields.is_empty());
        let body = br#"{"requestContext":{"identity":{"userArn":"arn:aws:iam::1:user/eve"}}}"#;
        let query = "userArn=arn:aws:iam::1:user/eve";
        for caller in [Caller::Anybody, Caller::Customer(Arc::default())] {
            let request = called_by(&caller, "/a", query, &forged, body);
            let identity = context(&request).identity;
            assert_eq!((identity.user_arn, identity.user, identity.caller), (None, None, None));
        }
    }

    fn context(request: &lambda_http::Request) -> ApiGatewayProxyRequestContext {
        let RequestContext::ApiGatewayV1(context) = request.request_context() else {
            panic!("another event")
        };
        context
    }

    #[test]
    fn hostile_requests_are_readable_too() {
        let hostile = HeaderMap::from_iter([
            (header::HOST, HeaderValue::from_bytes(b"\xff%%[").expect("bytes")),
            (HeaderName::from_static("x-forwarded-proto"), HeaderValue::from_static("java script://[")),
            (header::AUTHORIZATION, HeaderValue::from_bytes(b"Bearer \xf0\x28").expect("bytes")),
        ]);
        for path in ["//", "/customers/%", "/customers/%ff%00", "/../..//a", "*", "/\u{e4}\\%5c{}|^", "/;?"] {
            for query in ["", "&&&", "a", "=", "%ff=%", "a=%00&a=\u{e4}&'\"<>"] {
                let request = through_lambda_http(path, query, &hostile, b"\xff\x00{");
                assert_eq!(request.raw_http_path(), path);
            }
        }
    }

    #[test]
    fn proxies_in_front_of_the_gateway_stay_in_x_forwarded_for() {
        let name = HeaderName::from_static("x-forwarded-for");
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_static("192.0.2.1"))]);
        let request = through_lambda_http("/customers/DE--1", "", &headers, b"");
        assert_eq!(request.headers()["x-forwarded-for"], "192.0.2.1, 127.0.0.1");
    }
}
