//! `--seed`: five customers in an empty store, and nothing in any other.

use std::path::Path;

use serde_json::{Value, json};
use tests::{Answer, Client, PASSWORD, registration};

use super::server::{self, Server};

/// The password in the table.
#[track_caller]
fn password(greeting: &str, email: &str) -> String {
    let line = greeting.lines().find(|line| line.trim_start().starts_with(email));
    let line = line.unwrap_or_else(|| panic!("no {email}: {greeting}"));
    line.rsplit(' ').next().expect("a word").to_owned()
}

async fn sign_in(server: &Server, email: &str, password: &str) -> Answer {
    let attributes = json!({ "username": email, "password": password });
    server.client().post("/access-tokens", attributes).await
}

/// A client who has signed in, and the path of its customer.
async fn signed_in(server: &Server, email: &str, password: &str) -> (Client, String) {
    let token = sign_in(server, email, password).await.expect(201).text("accessToken");
    let client = server.client().header("Authorization", &format!("Bearer {token}"));
    let customers = client.get("/customers").await.expect(200).json();
    let path = format!("/customers/{}", customers["data"][0]["id"].as_str().expect("an id"));
    (client, path)
}

async fn inbox(server: &Server) -> Vec<Value> {
    let mails = server.client().get("/_local/mail").await.expect(200).json();
    mails.as_array().expect("a list").clone()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

async fn shows_what_the_table_says(server: &Server) {
    let password = |email| password(&server.greeting, email);
    let (fresh, path) = signed_in(server, "fresh@example.com", &password("fresh@example.com")).await;
    let addresses = fresh.get(&format!("{path}/addresses")).await.expect(200).json();
    assert_eq!(addresses["data"], json!([]));

    // Only this one's mail is of use still.
    let mails = inbox(server).await;
    let confirmation = mails.iter().find(|mail| mail["to"] == "unconfirmed@example.com").expect("a mail");
    let link = confirmation["text"].as_str().and_then(|text| text.split_once("?token=")).expect("a link").1;
    let key = json!({ "registrationKey": link.split_whitespace().next() });
    server.client().post("/customer-confirmation", key).await.expect(204);
    signed_in(server, "unconfirmed@example.com", &password("unconfirmed@example.com")).await;

    sign_in(server, "locked@example.com", &password("locked@example.com")).await.expect(429);

    let (many, path) = signed_in(server, "addresses@example.com", &password("addresses@example.com")).await;
    let addresses = many.get(&format!("{path}/addresses")).await.expect(200).json();
    let addresses = addresses["data"].as_array().expect("addresses");
    let default = |address: &&Value| address["attributes"]["isDefaultShipping"] == true;
    assert_eq!((addresses.len(), addresses.iter().filter(default).count()), (10, 1));
    let sessions = many.get(&format!("{path}/sessions")).await.expect(200).json();
    assert_eq!(sessions["data"].as_array().map(Vec::len), Some(1), "only this one is signed in");

    assert_eq!(password("erased@example.com"), "none");
    let password = password("fresh@example.com");
    sign_in(server, "erased@example.com", &password).await.expect(401);
    let mut again = registration("erased@example.com");
    again["password"] = json!(password);
    again["confirmPassword"] = json!(password);
    server.client().post("/customers", again).await.expect(201);
}

#[tokio::test]
async fn it_makes_five_customers_that_are_what_the_table_says() {
    let server = Server::start(&["--port", "0", "--seed"]);
    let too_wide = server.greeting.lines().filter(|line| !line.contains("curl") && line.chars().count() > 80);
    assert_eq!(too_wide.collect::<Vec<_>>(), [""; 0]);
    shows_what_the_table_says(&server).await;
}

#[tokio::test]
async fn it_does_so_with_the_strictest_settings() {
    let settings = [
        ("CONTRACT_PROFILE", "current"),
        ("PASSWORD_MIN_LENGTH", "128"),
        ("DENY_COMMON_PASSWORDS", "true"),
        ("REQUIRE_CONFIRMATION", "true"),
        ("REAUTHENTICATE_FOR", "email,delete"),
        ("EMAIL_CHANGE", "confirmed"),
        ("EMAIL_UNDO_HOURS", "720"),
        ("STOREFRONT_URL", "https://shop.example/account"),
        ("CORS_ALLOWED_ORIGINS", "https://shop.example"),
        ("SIGN_IN_FLOOR_MS", "300"),
    ];
    let mut command = server::command(&["--port", "0", "--seed"]);
    let server = Server::greeted(command.envs(settings).spawn().expect("it runs"));
    let unconfirmed = password(&server.greeting, "unconfirmed@example.com");
    sign_in(&server, "unconfirmed@example.com", &unconfirmed).await.expect(401);
    shows_what_the_table_says(&server).await;
}

#[tokio::test]
async fn the_second_time_it_changes_nothing_and_says_so() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let data = parent.path().join("data");
    let arguments = ["--port", "0", "--seed", "--data", text(&data)];
    let server = Server::start(&arguments);
    let email = "addresses@example.com";
    let password = password(&server.greeting, email);
    let (client, path) = signed_in(&server, email, &password).await;
    let addresses = client.get(&format!("{path}/addresses")).await.expect(200).json();
    let first = addresses["data"][0]["id"].as_str().expect("an id");
    client.delete(&format!("{path}/addresses/{first}")).await.expect(204);
    let mails = inbox(&server).await;
    server.stop();

    let server = Server::start(&arguments);
    assert!(server.greeting.contains("--seed has added nothing"), "{}", server.greeting);
    assert_eq!(self::password(&server.greeting, email), password, "the table is shown again");
    let (client, same) = signed_in(&server, email, &password).await;
    assert_eq!(same, path);
    let addresses = client.get(&format!("{path}/addresses")).await.expect(200).json();
    assert_eq!(addresses["data"].as_array().map(Vec::len), Some(9));
    assert_eq!(inbox(&server).await, mails);
}

#[tokio::test]
async fn it_leaves_a_store_with_customers_alone() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let data = parent.path().join("data");
    let arguments = ["--port", "0", "--data", text(&data)];
    let server = Server::start(&arguments);
    // One of the seed's own addresses is not enough to be its customers.
    for email in ["john@example.com", "fresh@example.com"] {
        server.client().post("/customers", registration(email)).await.expect(201);
    }
    server.stop();

    let server = Server::start(&[&arguments[..], &["--seed"]].concat());
    assert!(server.greeting.contains("there are customers already"), "{}", server.greeting);
    assert!(!server.greeting.contains("addresses@example.com"), "{}", server.greeting);
    for email in ["john@example.com", "fresh@example.com"] {
        signed_in(&server, email, PASSWORD).await;
    }
    for email in
        ["unconfirmed@example.com", "locked@example.com", "addresses@example.com", "erased@example.com"]
    {
        server.client().post("/customers", registration(email)).await.expect(201);
    }
    server.stop();
}

#[tokio::test]
async fn one_that_was_interrupted_is_not_shown_as_whole() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let data = parent.path().join("data");
    let arguments = ["--port", "0", "--data", text(&data)];
    let server = Server::start(&arguments);
    for name in ["fresh", "unconfirmed", "locked", "addresses", "erased"] {
        server.client().post("/customers", registration(&format!("{name}@example.com"))).await.expect(201);
    }
    server.stop();

    let server = Server::start(&[&arguments[..], &["--seed"]].concat());
    assert!(server.greeting.contains("there are customers already"), "{}", server.greeting);
}

#[test]
fn it_is_not_for_the_services_alone() {
    let problem = server::refusal(&["--seed", "services"]);
    assert!(problem.contains("cannot be used with"), "{problem}");
}
