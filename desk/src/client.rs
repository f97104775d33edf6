//! Signs calls with an operator's credentials, as AWS's own clients do (Signature Version 4), and sends them.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningParams, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use hyper::{Request, StatusCode, Uri};
use shared::Clock;

use crate::call::Call;
use crate::https::{self, Connections, cause};

const REASON: HeaderName = HeaderName::from_static("x-reason");
/// The service answers every request within 25 s.
const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_BODY: usize = 4 * 1024 * 1024;
const JSON_API: &str = "application/vnd.api+json";
/// Of the dev server, which takes any region.
const LOCAL_REGION: &str = "local";

/// Calls one API as one operator.
pub struct Client {
    /// Without a slash at its end.
    base: String,
    identity: Identity,
    region: String,
    clock: Clock,
    connections: Connections,
}

/// An answer of the API, an error as well.
pub struct Answer {
    pub status: StatusCode,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// JSON, or empty.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    #[error(
        "the API's address is its base URL, such as https://api.example.com: no user, no query, and http:// only to \
         this computer"
    )]
    Url,
    #[error("AWS_REGION is not set, and the API's address does not tell the region")]
    Region,
    #[error("the system's certificates cannot be used: {0}")]
    Certificates(String),
    #[error("the reason is not printable ASCII")]
    Reason,
    #[error("the request cannot be signed: {0}")]
    Signature(String),
    #[error("no connection to {0}: {1}")]
    Unreachable(String, String),
    #[error("no answer from {0} within 30 s; it is unknown whether it was done")]
    TimedOut(String),
    #[error("no valid HTTP answer from {0}; it is unknown whether it was done")]
    Broken(String),
}

impl Client {
    /// For the API at a base URL. Without a region, the host name has to tell it.
    ///
    /// # Errors
    ///
    /// If the address cannot be an API's, or the region is unknown.
    pub fn new(
        url: &str,
        credentials: Credentials,
        region: Option<String>,
        clock: Clock,
    ) -> Result<Client, DeskError> {
        let base = url.trim_end_matches('/');
        let uri = base.parse::<Uri>().map_err(|_| DeskError::Url)?;
        let host = uri.host().ok_or(DeskError::Url)?;
        let has_user = uri.authority().is_none_or(|authority| authority.as_str().contains('@'));
        if has_user || uri.query().is_some() || url.contains('#') {
            return Err(DeskError::Url);
        }
        let (connections, own_region) = match uri.scheme_str() {
            Some("https") => (https::connections(), region_of(host)),
            Some("http") if is_loopback(host) => (https::plain_connections(), Some(LOCAL_REGION.to_owned())),
            _ => return Err(DeskError::Url),
        };
        Ok(Client {
            base: base.to_owned(),
            identity: Identity::from(credentials),
            region: region.or(own_region).ok_or(DeskError::Region)?,
            clock,
            connections: connections.map_err(|error| DeskError::Certificates(error.to_string()))?,
        })
    }

    /// Sends a call once: a repetition would be a second entry in the record.
    ///
    /// # Errors
    ///
    /// If there is no answer.
    pub async fn send(&self, call: Call, reason: &str) -> Result<Answer, DeskError> {
        let request = self.signed(call, reason)?;
        let exchange = async {
            let response =
                self.connections.request(request).await.map_err(|error| match error.is_connect() {
                    true => DeskError::Unreachable(self.base.clone(), cause(&error)),
                    false => DeskError::Broken(self.base.clone()),
                })?;
            let (head, body) = response.into_parts();
            let location = head.headers.get(LOCATION);
            let location = location.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
            let body = Limited::new(body, MAX_BODY).collect().await;
            match body {
                Ok(body) => Ok(Answer { status: head.status, location, body: body.to_bytes() }),
                Err(_) => Err(DeskError::Broken(self.base.clone())),
            }
        };
        let in_time = tokio::time::timeout(TIMEOUT, exchange).await;
        in_time.unwrap_or_else(|_| Err(DeskError::TimedOut(self.base.clone())))
    }

    fn signed(&self, call: Call, reason: &str) -> Result<Request<Full<Bytes>>, DeskError> {
        if !reason.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
            return Err(DeskError::Reason);
        }
        let Call { method, target, body } = call;
        let url = format!("{}{target}", self.base);
        let mut headers = vec![(ACCEPT, JSON_API), (REASON, reason)];
        if !body.is_empty() {
            headers.push((CONTENT_TYPE, JSON_API));
        }
        let params = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name("execute-api")
            .time(UNIX_EPOCH + Duration::from_micros(self.clock.now().micros()))
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| DeskError::Signature(error.to_string()))?;
        let named = headers.iter().map(|(name, value)| (name.as_str(), *value));
        let instructions =
            SignableRequest::new(method.as_str(), url.as_str(), named, SignableBody::Bytes(&body))
                .and_then(|request| sign(request, &SigningParams::V4(params)))
                .map_err(|error| DeskError::Signature(error.to_string()))?;

        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = method;
        *request.uri_mut() = url.parse().map_err(|_| DeskError::Url)?;
        for (name, value) in headers {
            request.headers_mut().insert(name, HeaderValue::from_str(value).map_err(|_| DeskError::Reason)?);
        }
        instructions.into_parts().0.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

/// The region of an API under its default name, `<id>.execute-api.<region>.amazonaws.com`.
fn region_of(host: &str) -> Option<String> {
    let mut labels = host.split('.').skip(1);
    let region = (labels.next()? == "execute-api").then(|| labels.next())??;
    (labels.next()? == "amazonaws").then(|| region.to_owned())
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(url: &str, region: Option<&str>) -> Result<Client, DeskError> {
        let credentials = Credentials::new("anna", "local", None, None, "test");
        Client::new(url, credentials, region.map(str::to_owned), Clock::system())
    }

    #[test]
    fn the_region_is_the_hosts_or_the_one_that_is_named() {
        let region = |url: &str, named| client(url, named).map(|client| client.region).ok();
        let default = "https://a1b2c3.execute-api.eu-west-3.amazonaws.com/prod/";
        assert_eq!(region(default, None).as_deref(), Some("eu-west-3"));
        assert_eq!(region(default, Some("eu-north-1")).as_deref(), Some("eu-north-1"));
        assert_eq!(region("http://127.0.0.1:3000", None).as_deref(), Some("local"));
        assert!(matches!(client("https://api.example.com", None), Err(DeskError::Region)));
        assert_eq!(region("https://api.example.com", Some("eu-west-1")).as_deref(), Some("eu-west-1"));
        let own = "https://execute-api.eu-west-3.amazonaws.com.evil.example";
        assert!(matches!(client(own, None), Err(DeskError::Region)));
    }

    #[test]
    fn a_signature_goes_over_tls_or_stays_on_this_computer() {
        for own in ["http://127.0.0.1:3000", "http://localhost", "http://[::1]:3000", "http://127.1.2.3/"] {
            assert!(client(own, None).is_ok(), "{own}");
        }
        for wrong in [
            "",
            "api.example.com",
            "http://api.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://anna:secret@localhost",
            "https://anna@api.example.com",
            "https://api.example.com?stage=prod",
            "https://api.example.com#prod",
            "ftp://api.example.com",
            "https://",
        ] {
            assert!(matches!(client(wrong, Some("eu-west-1")), Err(DeskError::Url)), "{wrong}");
        }
    }
}
