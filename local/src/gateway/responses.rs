//! The gateway's own answers, as the template's `GatewayResponses` shape them.

use std::collections::HashMap;

use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::http::{self, Reply};

/// By response type, such as `ACCESS_DENIED`.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct GatewayResponses(HashMap<String, GatewayResponse>);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GatewayResponse {
    status_code: Option<u16>,
    #[serde(default)]
    response_templates: HashMap<String, String>,
    #[serde(default)]
    response_parameters: ResponseParameters,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResponseParameters {
    #[serde(default)]
    headers: HashMap<String, String>,
}

/// The requests that the gateway answers with an error of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    Unauthorized,
    AccessDenied,
    AuthorizerFailure,
    MissingAuthenticationToken,
    InvalidSignature,
    /// Signed too long ago.
    ExpiredToken,
    RequestTooLarge,
    /// The request line is too long for the gateway, or the body ended early.
    BadRequest,
    IntegrationTimeout,
    /// The function panicked.
    IntegrationFailure,
}

impl Refusal {
    /// Its type in AWS's terms, the default it falls back to, and AWS's own status and message.
    fn describe(self) -> (&'static str, &'static str, u16, &'static str) {
        match self {
            Refusal::Unauthorized => ("UNAUTHORIZED", "DEFAULT_4XX", 401, "Unauthorized"),
            Refusal::AccessDenied => (
                "ACCESS_DENIED",
                "DEFAULT_4XX",
                403,
                "User is not authorized to access this resource with an explicit deny",
            ),
            Refusal::AuthorizerFailure => ("AUTHORIZER_FAILURE", "DEFAULT_5XX", 500, "Internal server error"),
            Refusal::MissingAuthenticationToken => {
                ("MISSING_AUTHENTICATION_TOKEN", "DEFAULT_4XX", 403, "Missing Authentication Token")
            }
            Refusal::InvalidSignature => (
                "INVALID_SIGNATURE",
                "DEFAULT_4XX",
                403,
                "The request signature we calculated does not match the signature you provided",
            ),
            Refusal::ExpiredToken => {
                ("EXPIRED_TOKEN", "DEFAULT_4XX", 403, "The security token included in the request is expired")
            }
            Refusal::RequestTooLarge => ("REQUEST_TOO_LARGE", "DEFAULT_4XX", 413, "Request Entity Too Large"),
            Refusal::BadRequest => ("DEFAULT_4XX", "DEFAULT_4XX", 400, "Bad Request"),
            Refusal::IntegrationTimeout => {
                ("INTEGRATION_TIMEOUT", "DEFAULT_5XX", 504, "Endpoint request timed out")
            }
            Refusal::IntegrationFailure => ("DEFAULT_5XX", "DEFAULT_5XX", 502, "Internal server error"),
        }
    }
}

impl GatewayResponses {
    /// The answer to a request with these headers and this id.
    pub(crate) fn reply(&self, refusal: Refusal, request: &HeaderMap, request_id: &str) -> Reply {
        let (kind, default, status, message) = refusal.describe();
        let Some(response) = self.0.get(kind).or_else(|| self.0.get(default)) else {
            let body = format!(r#"{{"message":"{message}"}}"#);
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return http::reply(status, "application/json", body);
        };
        let status = response.status_code.unwrap_or(status);
        let (content_type, template) = response
            .template(request)
            .unwrap_or(("application/json", r#"{"message":$context.error.messageString}"#));
        let body = template.replace("$context.error.messageString", &format!("\"{message}\""));

        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut reply = http::reply(status, "application/json", body);
        let headers = response.response_parameters.headers.iter();
        let headers =
            headers.filter_map(|(name, source)| Some((name.as_str(), value(source, request, request_id)?)));
        let content_type =
            HeaderValue::from_str(content_type).ok().map(|value| (CONTENT_TYPE.as_str(), value));
        for (name, value) in content_type.into_iter().chain(headers) {
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                reply.headers_mut().insert(name, value);
            }
        }
        reply
    }
}

impl GatewayResponse {
    /// The template that the request accepts, or else the one for `application/json`, or the only one.
    fn template(&self, request: &HeaderMap) -> Option<(&str, &str)> {
        let templates = &self.response_templates;
        let accepted = request.get(ACCEPT).and_then(|value| value.to_str().ok());
        let accepted = accepted.and_then(|key| templates.get_key_value(key));
        let (key, template) = accepted
            .or_else(|| templates.get_key_value("application/json"))
            .or_else(|| templates.iter().next())?;
        Some((key, template))
    }
}

/// A header's value: a text in single quotes, the request's id, or a header of the request.
fn value(source: &str, request: &HeaderMap, request_id: &str) -> Option<HeaderValue> {
    if let Some(text) = source.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        return HeaderValue::from_str(text).ok();
    }
    if source == "context.requestId" {
        return HeaderValue::from_str(request_id).ok();
    }
    request.get(source.strip_prefix("method.request.header.")?).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn responses() -> GatewayResponses {
        serde_json::from_value(json!({
            "ACCESS_DENIED": {
                "StatusCode": 401,
                "ResponseTemplates": { "application/vnd.api+json": "{\"errors\":[]}" },
                "ResponseParameters": { "Headers": {
                    "WWW-Authenticate": "'Bearer'",
                    "X-Request-Id": "context.requestId",
                    "Access-Control-Allow-Origin": "method.request.header.Origin",
                } },
            },
            "UNAUTHORIZED": {
                "ResponseTemplates": { "text/plain": "no", "application/json": "\"no\"" },
            },
            "REQUEST_TOO_LARGE": {
                "ResponseTemplates": { "text/plain": "no", "application/json": "\"no\"" },
                "ResponseParameters": { "Headers": { "Content-Type": "'application/vnd.api+json'" } },
            },
            "DEFAULT_4XX": {
                "ResponseTemplates": { "application/json": "{\"message\":$context.error.messageString}" },
            },
        }))
        .expect("gateway responses")
    }

    #[test]
    fn status_headers_and_body_come_from_the_template() {
        let request =
            HeaderMap::from_iter([(hyper::header::ORIGIN, HeaderValue::from_static("http://shop"))]);
        let reply = responses().reply(Refusal::AccessDenied, &request, "the-id");
        assert_eq!(reply.status(), 401);
        assert_eq!(reply.headers()["x-request-id"], "the-id");
        assert_eq!(reply.headers()["content-type"], "application/vnd.api+json");
        assert_eq!(reply.headers()["www-authenticate"], "Bearer");
        assert_eq!(reply.headers()["access-control-allow-origin"], "http://shop");
    }

    #[test]
    fn the_request_chooses_the_template_and_a_header_names_the_type() {
        let accepting = |value| HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(value))]);
        for (request, content_type) in [
            (HeaderMap::new(), "application/json"),
            (accepting("*/*"), "application/json"),
            (accepting("text/plain"), "text/plain"),
        ] {
            let reply = responses().reply(Refusal::Unauthorized, &request, "the-id");
            assert_eq!(reply.headers()["content-type"], content_type, "{request:?}");
            let reply = responses().reply(Refusal::RequestTooLarge, &request, "the-id");
            assert_eq!(reply.headers()["content-type"], "application/vnd.api+json", "{request:?}");
        }
    }

    #[test]
    fn an_unlisted_type_takes_the_default_and_keeps_its_status() {
        let reply = responses().reply(Refusal::MissingAuthenticationToken, &HeaderMap::new(), "the-id");
        assert_eq!(reply.status(), 403);
        assert_eq!(responses().reply(Refusal::IntegrationFailure, &HeaderMap::new(), "the-id").status(), 502);
    }
}
