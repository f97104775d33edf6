//! The page of `accounts serve`: for the user of this computer who has been told its address, and for nobody else.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::json;
use tests::{Client, Request};

use super::{ANNA, Api};
use crate::Desk;

/// The running command. Ends with the test.
struct Served {
    child: Child,
    _folder: Desk,
    client: Client,
    /// Without a slash at its end.
    root: String,
}

impl Served {
    fn start(api: &str) -> Served {
        let folder = Desk::new();
        let mut command = folder.command(&["serve"]);
        command.envs(ANNA).env("DESK_API", api).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("The help desk is at http://").expect("the address");
        let (authority, root) = address.trim_end_matches('/').split_once('/').expect("a path");
        let client = Client::service(&format!("http://{authority}"));
        Served { child, _folder: folder, client, root: format!("/{root}") }
    }

    fn get(&self, path: &str) -> Request {
        Request::new("GET", &format!("{}{path}", self.root))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_and_its_calls_are_served_and_signed() {
    let api = Api::answering(202, json!({ "meta": { "ordered": true } })).await;
    let served = tokio::task::block_in_place(|| Served::start(&api.url));
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/desk.css", "text/css; charset=utf-8"),
        ("/desk.js", "text/javascript; charset=utf-8"),
        ("/words.js", "text/javascript; charset=utf-8"),
    ] {
        let answer = served.client.send(served.get(path)).await.expect(200);
        assert_eq!(answer.header("Content-Type"), Some(content_type));
        assert!(!answer.body.is_empty());
        let policy = answer.header("Content-Security-Policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let text = answer.summary();
        assert!(!text.contains("anna") && !text.contains(&api.url), "the page knows no secrets");
    }
    let act = || {
        let path = format!("{}/api/customers/DE--1/send-reset", served.root);
        Request::new("POST", &path).header("X-Reason", "<b>T-1</b>")
    };
    let own = served.client.send(act().header("X-Desk", "1")).await.expect(202);
    assert_eq!(own.json(), json!({ "meta": { "ordered": true } }));
    let asked = ["POST", "/admin/customers/DE--1/send-reset", "<b>T-1</b>", ""].map(str::to_owned);
    assert_eq!(api.asked(), [asked]);
    {
        let asked = api.asked.lock().expect("unpoisoned");
        let signature = asked[0].headers()["authorization"].to_str().expect("text");
        assert!(signature.contains("Credential=anna/") && signature.contains("x-reason"), "{signature}");
        assert!(!asked[0].headers().contains_key("x-desk"));
    }

    let origin = served.client.base_url().to_owned();
    served.client.send(act().header("X-Desk", "1").header("Origin", &origin)).await.expect(202);
    let before = api.asked().len();
    for (request, status) in [
        (act(), 403),
        (act().header("X-Desk", "2"), 403),
        (act().header("X-Desk", "1").header("Origin", "https://evil.example"), 403),
        (act().header("X-Desk", "1").header("Origin", "null"), 403),
        (act().header("X-Desk", "1").header("Origin", "http://127.0.0.1:1"), 403),
        (act().header("X-Desk", "1").header("Host", "evil.example"), 403),
        (act().header("X-Desk", "1").header("Sec-Fetch-Site", "cross-site"), 403),
        (served.get("/").header("Host", "evil.example"), 403),
        (served.get("/api/customers/DE--1"), 403),
        (served.get("/api/customers/DE--1/record").header("X-Desk", "1"), 404),
        (served.get("/api/../customers").header("X-Desk", "1"), 404),
        (served.get("/api").header("X-Desk", "1"), 404),
        (served.get("/nothing"), 404),
        (Request::new("GET", "/"), 404),
        (Request::new("GET", "/api/customers/DE--1").header("X-Desk", "1"), 404),
        (Request::new("GET", &served.root), 404),
        (Request::new("POST", &format!("{}/", served.root)), 405),
    ] {
        let answer = served.client.send(request).await.expect(status);
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
    }
    let preflight = Request::new("OPTIONS", &format!("{}/api/customers/DE--1/secure", served.root))
        .header("Origin", "http://localhost:1")
        .header("Access-Control-Request-Headers", "x-desk");
    served.client.send(preflight).await.expect(403);
    assert_eq!(api.asked().len(), before, "nothing else was passed on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_that_is_away_is_said_in_words() {
    let served = tokio::task::block_in_place(|| Served::start("http://127.0.0.1:1"));
    let show = served.get("/api/customers/DE--1").header("X-Desk", "1").header("X-Reason", "T-4711");
    let answer = served.client.send(show).await.expect(502).json();
    assert_eq!(answer["errors"][0]["code"], "unreachable");
    let detail = answer["errors"][0]["detail"].as_str().expect("a sentence");
    assert!(detail.starts_with("no connection to http://127.0.0.1:1"), "{detail}");
}
