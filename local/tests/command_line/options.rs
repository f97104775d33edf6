//! Where the dev server listens, and to whom it answers.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::process::Output;

use tests::{Client, Request};

use super::server::{Server, command, refusal};

#[test]
fn it_tells_its_version() {
    let Output { status, stdout, .. } = command(&["--version"]).output().expect("it ends");
    assert!(status.success());
    assert_eq!(String::from_utf8_lossy(&stdout), format!("local {}\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn without_a_port_the_next_free_one_is_taken_and_said() {
    // Another program may have it already, which is as good.
    let _first = TcpListener::bind((Ipv4Addr::LOCALHOST, 3000));
    // Together, so that they compete for the same ports.
    let servers = [command(&[]), command(&[])].map(|mut command| command.spawn().expect("it runs"));
    let servers = servers.map(Server::greeted);
    let ports = servers.each_ref().map(Server::port);
    assert!(ports[0] != ports[1] && ports.iter().all(|port| (3001..=3099).contains(port)), "{ports:?}");
    for (server, port) in servers.into_iter().zip(ports) {
        server.client().get("/.well-known/jwks.json").await.expect(200);
        let (_, warned) = server.stop();
        assert_eq!(warned, format!("\nPort 3000 is taken, so this server is on port {port}.\n"));
    }
}

#[test]
fn a_port_that_is_asked_for_and_taken_is_an_error() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    assert_eq!(
        refusal(&["--port", &port]),
        format!(
            "The dev server cannot start: port {port} is taken on 127.0.0.1; choose another one with --port\n"
        )
    );
}

#[test]
fn port_0_is_any_free_one() {
    let server = Server::start(&["--port", "0"]);
    assert!(!(3000..=3099).contains(&server.port()), "{}", server.base_url());
    assert_eq!(server.stop().1, "");
}

#[test]
fn only_one_of_two_servers_gets_a_folder() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let data = parent.path().join("data");
    let arguments = ["--port", "0", "--data", data.to_str().expect("text")];
    let _first = Server::start(&arguments);
    assert!(refusal(&arguments).contains("another process is using the folder"));
}

/// The status of the inbox for a client that calls the server by this host.
async fn inbox(server: &Server, headers: &[(&str, &str)]) -> u16 {
    let request = Request::new("GET", "/_local/mail");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    server.client().send(request).await.status
}

#[tokio::test]
async fn on_loopback_it_warns_of_nothing_and_answers_to_no_other_address() {
    let server = Server::start(&["--port", "0", "--public-host", "accounts"]);
    assert_eq!(inbox(&server, &[("Host", "127.0.0.1")]).await, 200);
    assert_eq!(inbox(&server, &[("Host", "accounts")]).await, 200);
    assert_eq!(inbox(&server, &[("Host", "192.0.2.7")]).await, 403);
    assert_eq!(server.stop().1, "");
}

/// Links cannot name such an address, so it listens on both.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn on_any_other_address_links_still_lead_to_it() {
    let server = Server::start(&["--port", "0", "--host", "127.0.0.2"]);
    let port = server.port();
    let there = Client::service(&format!("http://127.0.0.2:{port}"));
    let metadata = there.get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(metadata["jwks_uri"], format!("http://127.0.0.1:{port}/.well-known/jwks.json"));
    server.client().get("/.well-known/jwks.json").await.expect(200);
    assert!(TcpListener::bind((Ipv4Addr::new(127, 0, 0, 3), port)).is_ok(), "nowhere else");
    assert_eq!(server.stop().1, "", "nobody else can reach it");

    let taken = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let problem = refusal(&["--host", "127.0.0.2", "--port", &port]);
    assert!(problem.contains(&format!("port {port} is taken on 127.0.0.2")), "{problem}");
}

#[test]
fn an_address_of_another_computer_is_an_error() {
    let problem = refusal(&["--host", "203.0.113.1", "--port", "0"]);
    assert!(problem.contains("cannot listen on 203.0.113.1:"), "{problem}");
}

#[tokio::test]
async fn on_ipv6_links_name_it() {
    let Ok(_) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
        let problem = refusal(&["--port", "0", "--host", "::1"]);
        return assert!(problem.contains("cannot listen on [::1]:0"), "{problem}");
    };
    let server = Server::start(&["--port", "0", "--host", "::1"]);
    assert_eq!(server.base_url(), format!("http://[::1]:{}", server.port()));
    server.client().get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(server.stop().1, "");
}
