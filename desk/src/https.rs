//! HTTP/1.1, over rustls for https.
//!
//! hyper and hyper-rustls are what the AWS clients are made of, so this adds no other HTTP client. Unlike those, it
//! trusts the system's certificates: a service may have any, also a company's own.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub type Connections = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Connections to any host, over http or https.
///
/// # Errors
///
/// If there is no TLS to be had.
pub fn connections() -> Result<Connections, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    connections_trusting(roots)
}

/// Connections that need no certificates, and so read none.
pub(crate) fn plain_connections() -> Result<Connections, rustls::Error> {
    connections_trusting(RootCertStore::empty())
}

fn connections_trusting(roots: RootCertStore) -> Result<Connections, rustls::Error> {
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let https =
        HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
    Ok(Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https))
}

/// The innermost error says what happened, such as a refused connection or an unknown issuer of a certificate.
#[must_use]
pub fn cause(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
