//! The connections of all AWS clients: HTTP/1.1, over rustls for HTTPS.
//!
//! The SDK's own client also supports proxies and HTTP/2, which DynamoDB, KMS and SES do not speak. Together they would
//! add a tenth to every function's binary, which costs start-up time.

use std::error::Error;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Amazon Root CA 1 to 4 and Starfield Services G2: all roots of AWS endpoints' certificates
/// (<https://www.amazontrust.com/repository/>). Parsing the system's whole store takes most of an SDK's start-up time.
const AMAZON_ROOTS: &[u8] = include_bytes!("roots.pem");

const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_000);

/// One connection pool for all AWS clients of a process, created with the first client.
#[derive(Debug)]
pub(super) struct Https {
    connector: LazyLock<SharedHttpConnector>,
}

#[derive(Clone, Debug)]
struct Pool(Client<HttpsConnector<TcpConnector>, SdkBody>);

impl Https {
    pub(super) fn new() -> Https {
        Https { connector: LazyLock::new(|| SharedHttpConnector::new(Pool::new())) }
    }
}

impl HttpClient for Https {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.connector.clone()
    }

    /// The SDK calls this when a client is created: at start-up, not with the first request.
    fn validate_base_client_config(
        &self,
        _: &RuntimeComponentsBuilder,
        _: &ConfigBag,
    ) -> Result<(), BoxError> {
        LazyLock::force(&self.connector);
        Ok(())
    }
}

impl Pool {
    fn new() -> Pool {
        let mut roots = RootCertStore::empty();
        let certificates = CertificateDer::pem_slice_iter(AMAZON_ROOTS);
        roots
            .add_parsable_certificates(certificates.map(|root| root.expect("the compiled-in roots are PEM")));
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring supports the versions that rustls considers safe")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = TcpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Pool(Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https))
    }
}

impl HttpConnector for Pool {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let response = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let response = response.await.map_err(connector_error)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The SDK retries I/O errors, which another connection may not have.
fn connector_error(error: hyper_util::client::legacy::Error) -> ConnectorError {
    let cause = error.source().and_then(|source| source.downcast_ref::<hyper::Error>());
    if cause.is_some_and(hyper::Error::is_user) {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
