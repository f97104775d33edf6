//! The help desk's commands: what they send, how they show what comes back, and how they end.

mod serve;

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use hyper::body::Bytes;
use hyper::{Request, Response};
use serde_json::{Value, json};
use tests::{Shop, http};

use crate::{Desk, Run};

/// An API with the help desk's routes that says the same each time, and keeps what it was asked.
struct Api {
    url: String,
    asked: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Api {
    async fn answering(status: u16, body: Value) -> Api {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let url = http::serve(move |request| {
            kept.lock().expect("unpoisoned").push(request);
            let body = if body.is_null() { String::new() } else { body.to_string() };
            async move { Response::builder().status(status).body(body.into()).expect("an answer") }
        })
        .await;
        Api { url, asked }
    }

    /// The requests so far as method, target, reason and body.
    fn asked(&self) -> Vec<[String; 4]> {
        let asked = self.asked.lock().expect("unpoisoned");
        let all = asked.iter().map(|request| {
            let reason = request.headers().get("x-reason").map_or("", |value| value.to_str().expect("text"));
            let body = String::from_utf8(request.body().to_vec()).expect("text");
            [request.method().to_string(), request.uri().to_string(), reason.to_owned(), body]
        });
        all.collect()
    }
}

const ANNA: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "anna"), ("AWS_SECRET_ACCESS_KEY", "local")];

/// The binary runs while this runtime serves.
fn run(url: &str, arguments: &[&str]) -> Run {
    let settings = [&ANNA[..], &[("DESK_API", url), ("DESK_REASON", "T-4711")]].concat();
    tokio::task::block_in_place(|| Desk::new().run_with(&settings, arguments))
}

fn hit(reference: &str, email: &str, first: &str, last: &str) -> Value {
    let attributes = json!({
        "email": email, "firstName": first, "lastName": last, "createdAt": "2026-11-23 22:34:13.000000",
    });
    json!({ "type": "customers", "id": reference, "attributes": attributes })
}

fn found(data: &[Value], more: bool) -> Value {
    json!({ "data": data, "meta": { "more": more, "incomplete": false } })
}

fn error(status: u16, code: Option<&str>, detail: &str) -> Value {
    let mut error = json!({ "status": status, "detail": detail });
    if let Some(code) = code {
        error["code"] = code.into();
    }
    json!({ "errors": [error] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn find_says_what_it_searches_by_and_shows_a_line_each() {
    let sonia = hit("DE--G331FVY0A7", "sonia@example.com", "Sonia", "Wagner");
    let jo = hit("DE--1", "jo@example.com", "Jo", "");
    let api = Api::answering(200, found(&[sonia, jo], true)).await;
    let searches: [(&[&str], &str); 5] = [
        (&["find", "sonia@example.com"], "email%5D=sonia%40example.com"),
        (&["find", "sonia@exa*"], "prefix%5D=sonia%40exa"),
        (&["find", "so+n*"], "prefix%5D=so%2Bn"),
        (&["find", "--prefix", "son"], "prefix%5D=son"),
        (&["find", "--name", "Müller Ä&b"], "name%5D=M%C3%BCller%20%C3%84%26b"),
    ];
    for (arguments, filter) in searches {
        let run = run(&api.url, arguments);
        run.summary(0);
        assert_eq!(
            run.stdout,
            "DE--G331FVY0A7  2026-11-23  sonia@example.com  Sonia Wagner\n\
             DE--1           2026-11-23  jo@example.com     Jo\n\
             There are more: add letters.\n"
        );
        let target = format!("/admin/customers?filter%5B{filter}");
        let expected = ["GET".to_owned(), target, "T-4711".to_owned(), String::new()];
        assert_eq!(api.asked().last(), Some(&expected));
    }
    for (arguments, complaint) in [
        (&["find", "sonia"][..], "sonia is no address"),
        (&["find"], "required"),
        (&["find", "a@b.example", "--name", "b"], "cannot be used with"),
    ] {
        let run = run(&api.url, arguments);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(complaint), "{}", run.stderr);
    }
    assert_eq!(api.asked().len(), searches.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_stays_within_80_columns_and_forges_no_line() {
    let long = "a.very.long.address.of.somebody@a-very-long-name-of-a-company.example.com";
    let forged = hit("DE--1", long, "Eve <eve@example.com>\nDE--2", "\u{1b}[2J\u{202e}\u{2066}\u{61c}Wagner");
    let api = Api::answering(200, found(&[forged], false)).await;
    let run = run(&api.url, &["find", "a@b.example"]);
    run.summary(0);
    assert_eq!(
        run.stdout,
        format!(
            "DE--1  2026-11-23\n    {long}\n    Eve <eve@example.com>\u{fffd}DE--2 \
             \u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}Wagner\n"
        )
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn show_tells_all_that_support_needs() {
    let address = json!({
        "firstName": "Sonia", "lastName": "Wagner", "address1": "Kirncher Str.", "address2": "7",
        "zipCode": "10247", "city": "Berlin", "iso2Code": "DE",
        "isDefaultShipping": true, "isDefaultBilling": false,
    });
    let shown = json!({
        "data": hit("DE--G331FVY0A7", "sonia@example.com", "Sonia", "Wagner"),
        "included": [{ "type": "addresses", "id": "1", "attributes": address }],
        "meta": {
            "isConfirmed": true, "isAnonymised": false, "hasPassword": false, "language": "en",
            "acceptedTermsAt": null, "pendingEmail": "new@example.com",
            "confirmedAt": "2025-11-24 08:00:00.000000", "takeBackUntil": "2026-11-30 07:00:00.000000",
            "signIn": { "failedAttempts": 3, "places": 1, "lockedPlaces": 0 },
            "sessions": [{
                "device": "Firefox on Windows",
                "startedAt": "2026-11-23 22:34:13.000000",
                "lastSeenAt": "2026-11-27 08:00:00.000000",
            }],
            "mails": [{ "kind": "confirmation", "state": "waiting", "at": null, "detail": null }, {
                "kind": "password-reset", "state": "bounced", "at": "2026-11-27 09:41:02.000000",
                "detail": "Permanent/OnAccountSuppressionList",
            }],
            "trail": [{
                "at": "2026-11-27 10:02:11.000000", "sourceAddress": "203.0.113.9", "action": "show",
                "who": "arn:aws:sts::123456789012:assumed-role/support/anna@example.com", "reason": "T-4711",
            }],
        },
    });
    let api = Api::answering(200, shown.clone()).await;
    let as_text = run(&api.url, &["show", "DE--G331FVY0A7"]);
    as_text.summary(0);
    assert_eq!(
        as_text.stdout,
        "DE--G331FVY0A7  sonia@example.com  Sonia Wagner\n\
         account  confirmed since 2025-11-24 08:00, en, registered 2026-11-23 22:34, no\n         password until a reset\n\
         pending  new@example.com, once it is confirmed\n\
         undo     a former e-mail can take the account back until 2026-11-30 07:00\n\
         sign-in  3 failed attempts from 1 place in 15 minutes, not locked\n\
         session  2026-11-27 08:00  Firefox on Windows, since 2026-11-23 22:34\n\
         address  Sonia Wagner, Kirncher Str. 7, 10247 Berlin DE (ships here)\n\
         mail     -  confirmation  waiting\n\
         mail     2026-11-27 09:41  password-reset  bounced:\n         Permanent/OnAccountSuppressionList\n\
         trail    2026-11-27 10:02  anna@example.com  show  T-4711\n\
         times    UTC\n"
    );
    let as_json = run(&api.url, &["show", "DE--G331FVY0A7", "--json"]);
    as_json.summary(0);
    assert_eq!(serde_json::from_str::<Value>(&as_json.stdout).expect("JSON"), shown);
    let target = "/admin/customers/DE--G331FVY0A7";
    assert!(api.asked().iter().all(|[method, path, ..]| method == "GET" && path == target));
    run(&api.url, &["show", "auth0|1"]).summary(0);
    assert_eq!(api.asked().last().expect("a request")[1], "/admin/customers/auth0%7C1");
    assert_eq!(run(&api.url, &["show", "../customers"]).status, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn actions_say_what_they_did() {
    for (action, status, body, says) in [
        ("send-reset", 202, json!({ "meta": { "ordered": true } }), "A reset mail is ordered."),
        ("send-confirmation", 202, json!({ "meta": { "ordered": true } }), "A confirmation mail is ordered."),
        ("sign-out", 204, Value::Null, "Every session has ended."),
        ("confirm", 204, Value::Null, "The e-mail is confirmed."),
        ("secure", 204, Value::Null, "Password and mailed keys are void, every session has ended."),
    ] {
        let api = Api::answering(status, body).await;
        assert_eq!(run(&api.url, &[action, "DE--1"]).summary(0), says);
        let target = format!("/admin/customers/DE--1/{action}");
        assert_eq!(api.asked(), [["POST".to_owned(), target, "T-4711".to_owned(), String::new()]]);
    }
    let api = Api::answering(204, Value::Null).await;
    run(&api.url, &["change-email", "DE--1", "new@example.com"]).summary(0);
    let asked = api.asked();
    assert_eq!(asked[0][1], "/admin/customers/DE--1/change-email");
    assert_eq!(
        serde_json::from_str::<Value>(&asked[0][3]).expect("JSON"),
        json!({"data": {"type": "change-email", "attributes": {"email": "new@example.com"}}})
    );
    let held = Api::answering(202, json!({ "meta": { "ordered": false } })).await;
    for action in ["send-reset", "send-confirmation"] {
        let text = run(&held.url, &[action, "DE--1"]);
        assert_eq!((text.status, text.stdout.as_str()), (1, ""));
        assert!(text.stderr.contains("hold it back"), "{}", text.stderr);
        let json = run(&held.url, &[action, "DE--1", "--json"]);
        assert_eq!((json.status, json.stdout.as_str()), (1, "{\"meta\":{\"ordered\":false}}\n"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_called_done_by_another_answer() {
    let ordered = json!({ "meta": { "ordered": true } });
    for (action, status, body) in [
        ("sign-out", 200, Value::Null),
        ("sign-out", 200, json!("<html>Welcome</html>")),
        ("sign-out", 202, ordered.clone()),
        ("secure", 202, Value::Null),
        ("confirm", 201, json!({})),
        ("send-reset", 200, ordered.clone()),
        ("send-reset", 204, Value::Null),
        ("send-confirmation", 202, json!({ "meta": {} })),
        ("show", 200, json!("<html>Welcome</html>")),
        ("show", 204, Value::Null),
        ("show", 202, ordered),
    ] {
        let api = Api::answering(status, body).await;
        for json in [&[][..], &["--json"]] {
            let run = run(&api.url, &[&[action, "DE--1"], json].concat());
            assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{action} {status}: {}", run.stderr);
            assert!(run.stderr.contains("not one of a help desk"), "{action} {status}: {}", run.stderr);
        }
    }
    let url = http::serve(|_| async {
        let answer = Response::builder().status(302).header("Location", "https://sso.example.com/");
        answer.body(Bytes::new()).expect("an answer")
    });
    let run = run(&url.await, &["sign-out", "DE--1"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("address leads on to https://sso.example.com/"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_without_an_answer_may_have_been_done() {
    let api = Api::answering(503, error(503, None, "Please try again.")).await;
    let run = run(&api.url, &["sign-out", "DE--1"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("status 503, and it is unknown whether it was done"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_that_nobody_gets_is_a_failure_unless_they_left() {
    let api = Api::answering(204, Value::Null).await;
    let run = |stdout: Stdio| {
        let folder = Desk::new();
        let mut command = folder.command(&["sign-out", "DE--1"]);
        command.envs(ANNA).env("DESK_API", &api.url).env("DESK_REASON", "T-4711").stdout(stdout);
        tokio::task::block_in_place(|| command.status().expect("the binary runs").code())
    };
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full disk");
    assert_eq!(run(full.into()), Some(2));
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    assert_eq!(run(writer.into()), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anonymise_wants_the_reference_twice() {
    let api = Api::answering(204, Value::Null).await;
    // The tests' standard input is not a person's.
    for wrong in [&["anonymise", "DE--1", "--yes", "DE--2"][..], &["anonymise", "DE--1", "--yes", ""]] {
        let run = run(&api.url, wrong);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains("Nothing was done"), "{}", run.stderr);
    }
    assert!(api.asked().is_empty());
    let done = run(&api.url, &["anonymise", "DE--1", "--yes", "DE--1"]);
    assert_eq!(done.summary(0), "The customer is anonymised.");
    assert_eq!(api.asked()[0][1], "/admin/customers/DE--1/anonymise");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_are_told_from_failures() {
    let mail_taken = "If this email address is already in use.";
    let taken = "another customer has this e-mail";
    for (status, body, exit, says) in [
        (404, error(404, Some("402"), "Customer with the reference was not found."), 1, "not found"),
        (404, error(404, None, "Not Found"), 1, "a signature it does not accept"),
        (401, error(401, Some("001"), "Invalid access token."), 1, "IAM does not allow"),
        (422, error(422, Some("400"), mail_taken), 1, taken),
        (422, error(422, Some("901"), "reason => \u{1b}[31m"), 1, "reason => \u{fffd}[31m"),
        (429, error(429, None, "Too many requests."), 1, "Try again"),
        (503, error(503, None, "Please try again."), 2, "status 503: Please try again."),
        (502, Value::Null, 2, "status 502"),
        (200, json!({ "hello": "world" }), 2, "not one of a help desk"),
    ] {
        let api = Api::answering(status, body).await;
        let run = run(&api.url, &["show", "DE--1"]);
        assert_eq!((run.status, run.stdout.as_str()), (exit, ""), "{}", run.stderr);
        assert!(run.stderr.contains(says), "{status}: {}", run.stderr);
        assert_eq!(api.asked().len(), 1, "a repetition would be a second entry in the record");
    }
    let nobody = Api::answering(200, found(&[], false)).await;
    let nobody = run(&nobody.url, &["find", "a@b.example"]);
    assert_eq!((nobody.status, nobody.stderr.as_str()), (1, "Nobody was found.\n"));
    let gone = run("http://127.0.0.1:1", &["show", "DE--1"]);
    assert_eq!(gone.status, 2);
    assert!(gone.stderr.contains("no connection to http://127.0.0.1:1"), "{}", gone.stderr);
}

#[test]
fn what_is_missing_is_named() {
    let desk = Desk::new();
    let api = ("DESK_API", "http://127.0.0.1:1");
    let reason = ("DESK_REASON", "T-4711");
    let [id, secret] = ANNA;
    let elsewhere = |url| ("DESK_API", url);
    for (settings, says) in [
        (&[reason, id, secret][..], "--api"),
        (&[api, id, secret], "--reason"),
        (&[api, reason], "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"),
        (&[api, reason, id], "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"),
        (&[elsewhere("https://api.example.com"), reason, id, secret], "AWS_REGION is not set"),
        (&[elsewhere("http://api.example.com"), reason, id, secret], "http:// only to"),
        (&[api, ("DESK_REASON", "für Anna"), id, secret], "the reason is not printable ASCII"),
    ] {
        let run = desk.run_with(settings, &["show", "DE--1"]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{says}");
        assert!(run.stderr.contains(says), "{says}: {}", run.stderr);
    }
}

/// The dev server verifies the signature as API Gateway does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_signature_is_the_one_that_the_gateway_wants() {
    let shop = Shop::start().await;
    let session = [("AWS_SESSION_TOKEN", "a/token+with=signs"), ("AWS_REGION", "eu-west-3")];
    for extra in [&[][..], &session] {
        for (arguments, operation) in [
            (&["find", "--name", "Müller Ä&b+c"][..], "FindCustomers"),
            (&["show", "auth0|1"], "ShowCustomer"),
            (&["sign-out", "auth0|1"], "DeskSignOut"),
            (&["change-email", "DE--1", "o'neil+a@example.com"], "DeskChangeEmail"),
        ] {
            let before = shop.log().len();
            let api = [("DESK_API", shop.base_url()), ("DESK_REASON", "T-4711 <b>")];
            let settings = [&ANNA[..], &api, extra].concat();
            tokio::task::block_in_place(|| Desk::new().run_with(&settings, arguments));
            let log = shop.log()[before..].concat();
            assert!(log.contains(&format!("\"operation\":\"{operation}\"")), "{operation}: {log}");
        }
        let before = shop.log().len();
        let wrong = [ANNA[0], ("AWS_SECRET_ACCESS_KEY", "wrong"), ("DESK_API", shop.base_url())];
        let settings = [&wrong[..], &[("DESK_REASON", "T-4711")], extra].concat();
        let run = tokio::task::block_in_place(|| Desk::new().run_with(&settings, &["show", "DE--1"]));
        assert_eq!(run.status, 1);
        assert!(run.stderr.contains("a signature it does not accept"), "{}", run.stderr);
        assert_eq!(shop.log().len(), before);
    }
}
