//! The dev server as a whole: mail that is never lost, and settings that point to nothing else.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::{App, Clock, Config, Random};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, ToSocketAddrs};

use super::*;

mod inbox;

async fn start(data: Option<&Path>) -> Server {
    let cheap_hashes = [("ARGON2_MEMORY_KIB", "8"), ("ARGON2_ITERATIONS", "1")];
    let settings = cheap_hashes.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let options = Options { data: data.map(Path::to_owned), settings, ..Options::default() };
    Server::start(options).await.expect("the server starts")
}

fn domain(server: &Server) -> &str {
    server.base_url().trim_start_matches("http://")
}

/// Sends one request and returns the whole answer as text.
async fn send(server: &Server, method: &str, path: &str, body: &str) -> String {
    send_to(domain(server), "Host: localhost", method, path, body).await
}

async fn send_to(address: impl ToSocketAddrs, headers: &str, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\n{headers}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the server answers");
    answer
}

async fn register(server: &Server, email: &str) {
    let body = json!({ "data": { "type": "customers", "attributes": {
        "email": email,
        "salutation": "Ms",
        "firstName": "Sonia",
        "lastName": "Wagner",
        "password": "Change-me-1!",
        "confirmPassword": "Change-me-1!",
        "acceptedTerms": true,
    } } });
    let answer = send(server, "POST", "/customers", &body.to_string()).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
}

#[tokio::test]
async fn a_mail_that_ses_throttles_still_arrives() {
    let server = start(None).await;
    server.mail().fail_next(2, Failure::Throttled);
    register(&server, "sonia@example.com").await;
    server.mail_settled().await;
    assert_eq!(server.mail().to("sonia@example.com").len(), 1);
    assert_eq!(server.dead_letters(), 0);
    let listed = send(&server, "GET", "/_local/mail", "").await;
    assert!(listed.contains(r#""to":"sonia@example.com""#), "{listed}");
    server.stop().await;
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_delays_no_other_and_ends_as_a_dead_letter() {
    let server = start(None).await;
    server.mail().fail_for("down@example.com", Failure::Down);
    register(&server, "down@example.com").await;
    register(&server, "sonia@example.com").await;
    let arrived = async {
        while server.mail().to("sonia@example.com").is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(2), arrived).await.expect("it does not wait for the other");
    server.mail_settled().await;
    assert_eq!(server.dead_letters(), 1);
    assert!(server.mail().to("down@example.com").is_empty());
    server.stop().await;
}

#[tokio::test]
async fn mail_that_an_earlier_run_left_behind_is_sent() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(Some(folder.path())).await;
    server.mail().fail_for("sonia@example.com", Failure::Down);
    register(&server, "sonia@example.com").await;
    server.stop().await;

    let server = start(Some(folder.path())).await;
    server.mail_settled().await;
    assert_eq!(server.mail().to("sonia@example.com").len(), 1);
    server.stop().await;

    let server = start(Some(folder.path())).await;
    server.mail_settled().await;
    assert_eq!(server.mail().all().len(), 1, "what is sent is not sent again");
    server.stop().await;
}

/// A consumer must expect an event twice anyway. What the earlier run has told comes before what this one tells.
#[tokio::test]
async fn events_of_an_earlier_run_are_told_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let told_by_a_run = async |registering: &str| {
        let server = start(Some(folder.path())).await;
        register(&server, registering).await;
        server.mail_settled().await;
        let events = server.events();
        server.stop().await;
        events
    };
    let first = told_by_a_run("sonia@example.com").await;
    let [new, again] = &told_by_a_run("anna@example.com").await[..] else { panic!("not two events") };
    let told = |event: &Value| (event["detail-type"].clone(), event["detail"]["resource"].clone());
    assert_eq!(first.iter().map(told).collect::<Vec<_>>(), [told(again)]);
    let length = |event: &Value| event["detail"]["sequence"].as_str().map(str::len);
    assert!(length(again) < length(new), "shorter is earlier: {again}");
}

#[tokio::test]
async fn a_request_shows_what_it_cost() {
    let server = start(None).await;
    let answer = send(&server, "GET", "/.well-known/jwks.json", "").await;
    assert!(answer.contains(r#"ddb-read;desc="0 calls 0 RRU";dur=0.0"#), "{answer}");
    let answer = send(&server, "POST", "/customers", "{}").await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    assert!(answer.contains("server-timing: fn;dur="), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn at_the_root_a_browser_finds_the_pages_and_a_client_the_contracts_answer() {
    let server = start(None).await;
    let browser = "Host: localhost\r\nAccept: text/html,application/xhtml+xml,*/*;q=0.8";
    let ask = async |headers: &str, method, path| send_to(domain(&server), headers, method, path, "").await;
    for path in ["/", "/?utm_source=mail"] {
        let page = ask(browser, "GET", path).await;
        assert!(page.starts_with("HTTP/1.1 200 OK\r\ncontent-type: text/html"), "{page}");
        assert!(page.contains("\r\nvary: Accept\r\n") && page.contains("frame-ancestors 'none'"), "{page}");
        for link in ["/_local/shop/", "/_local/", "/_local/docs/", "/_local/mails"] {
            assert!(page.contains(&format!(r#"<a href="{link}">"#)), "{link}");
        }
    }
    let head = ask(browser, "HEAD", "/").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    let foreign = ask(&browser.replace("localhost", "evil.example"), "GET", "/").await;
    assert!(foreign.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{foreign}");

    let host = "Host: evil.example";
    for (headers, method) in [
        (host.to_owned(), "GET"),
        (format!("{host}\r\nAccept: */*"), "GET"),
        (format!("{host}\r\nAccept: application/vnd.api+json, text/html"), "GET"),
        (format!("{host}\r\nAccept: text/html;q=0"), "GET"),
        (browser.to_owned(), "POST"),
        (browser.to_owned(), "DELETE"),
    ] {
        let answer = ask(&headers, method, "/").await;
        assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{method} {headers}: {answer}");
        assert!(answer.contains(r#"{"errors":[{"status":404,"#), "{method} {headers}: {answer}");
    }
    let head = ask("Host: localhost", "HEAD", "/").await;
    assert!(head.starts_with("HTTP/1.1 404 Not Found\r\n"), "{head}");
    server.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_reported() {
    let server = start(None).await;
    let port = server.port();
    let second = Server::start(Options { ports: port..=port, ..Options::default() }).await;
    assert_eq!(
        second.err().expect("the port is taken").to_string(),
        format!("port {port} is taken on 127.0.0.1; choose another one with --port")
    );
    server.stop().await;
}

#[tokio::test]
async fn functions_that_run_elsewhere_reach_the_services_through_the_settings_in_the_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let env_file = folder.path().join("env.json");
    let options =
        ServicesOptions { dynamodb_port: 0, ses_port: 0, env_file: env_file.clone(), ..Default::default() };
    let services = Services::start(options).await.expect("the services start");

    let text = std::fs::read(&env_file).expect("the file is there");
    let settings: Value = serde_json::from_slice(&text).expect("JSON");
    let config = Config::from_lookup(|name| settings["Parameters"][name].as_str().map(str::to_owned));
    let app = App::new(config.expect("usable settings"), Clock::system(), Random::system());
    let event = include_str!("../../events/customers.register.json");
    let request = lambda_http::request::from_str(event).expect("an event");
    let reply = Box::pin(shared::http::answer::answer(Arc::new(app), request, customers::dispatch)).await;
    assert_eq!(reply.status(), 201);

    let message = STANDARD.encode("To: sonia@example.com\r\n\r\nHello\r\n");
    let call = [("Action", "SendRawEmail"), ("RawMessage.Data", &message)];
    let call = form_urlencoded::Serializer::new(String::new()).extend_pairs(call).finish();
    let own = "Host: Localhost:8001";
    let id = settings["Parameters"]["AWS_ACCESS_KEY_ID"].as_str().expect("a setting");
    let signed = format!("{own}\r\nAuthorization: AWS4-HMAC-SHA256 Credential={id}/any, Signature=0");
    for (headers, path, expected) in [
        (own, "/", "403"),
        (&signed.replace("ocalhost", "ocalhost.evil.example"), "/", "403"),
        (&signed, "/", "200"),
        ("Host: evil.example", "/_local/mail", "403"),
        ("Host: host.docker.internal", "/_local/mail", "403"),
    ] {
        let answer = send_to(services.ses(), headers, "POST", path, &call).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{headers}: {answer}");
    }
    let listed = send_to(services.ses(), own, "GET", "/_local/mail", "").await;
    assert_eq!(listed.matches(r#""to":"sonia@example.com""#).count(), 1, "{listed}");
    services.stop().await;
}

#[tokio::test]
async fn services_answer_to_their_public_name_and_to_no_other() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = ServicesOptions {
        public_host: Some("host.docker.internal".to_owned()),
        dynamodb_port: 0,
        ses_port: 0,
        env_file: folder.path().join("env.json"),
        ..Default::default()
    };
    let services = Services::start(options).await.expect("the services start");
    for (host, inbox, table) in [
        ("host.docker.internal:8001", "200", "400"),
        ("localhost", "200", "400"),
        ("evil.example", "403", "403"),
        ("host.docker.internal.evil.example", "403", "403"),
    ] {
        let host = format!("Host: {host}");
        let answer = send_to(services.ses(), &host, "GET", "/_local/mail", "").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {inbox} ")), "{host}: {answer}");
        let answer = send_to(services.dynamodb(), &host, "POST", "/", "{}").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {table} ")), "{host}: {answer}");
    }
    services.stop().await;
}
