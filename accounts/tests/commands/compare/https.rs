//! A service behind TLS.

use std::net::Ipv4Addr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tests::Shop;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::{credentials, shops, summary};
use crate::{Desk, row};

/// For `localhost`, signed by its own key; valid until 2126.
const CERTIFICATE: &[u8] = include_bytes!("certificate.pem");
/// PKCS #8 in base64.
const KEY: &str = include_str!("key.txt");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_services_can_be_reached_over_https_with_a_certificate_that_the_system_trusts() {
    let desk = Desk::new();
    let (old, new) = shops(&desk, &[row(1)], &[row(1)]).await;
    let (one, other) = (behind_tls(&old).await, behind_tls(&new).await);
    desk.write_rows("customers.ndjson", &[credentials(1)]);
    std::fs::write(desk.path("certificate.pem"), CERTIFICATE).expect("a file");
    let arguments = ["compare", &one, &other, "--token-for", "customers.ndjson", "--report", "report.md"];

    let trusting = [("SSL_CERT_FILE", "certificate.pem")];
    let run = tokio::task::block_in_place(|| desk.run_with(&trusting, &arguments));
    assert_eq!(run.summary(0), summary(1, 9, 0, 0));

    let run = tokio::task::block_in_place(|| desk.run(&arguments));
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("OLD cannot be compared: no connection: invalid peer certificate"),
        "{}",
        run.stderr
    );
}

/// `https://localhost:<port>`
async fn behind_tls(shop: &Shop) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports them")
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(CERTIFICATE).expect("a certificate")],
            PrivatePkcs8KeyDer::from(STANDARD.decode(KEY).expect("base64")).into(),
        )
        .expect("they belong together");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let shop = shop.base_url().trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, shop) = (acceptor.clone(), shop.clone());
            tokio::spawn(async move {
                let mut encrypted = acceptor.accept(stream).await?;
                let mut plain = TcpStream::connect(shop).await?;
                copy_bidirectional(&mut encrypted, &mut plain).await
            });
        }
    });
    format!("https://localhost:{port}")
}
