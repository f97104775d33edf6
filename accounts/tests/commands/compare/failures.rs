//! Services that are not there, or are something else.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Response};
use serde_json::json;
use tests::http::serve;
use tests::merged;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::{compare, counts, credentials, shops, summary};
use crate::{Desk, row};

const NOBODY: &str = "http://127.0.0.1:1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_cannot_be_reached_stops_the_comparison() {
    let desk = Desk::new();
    let (old, _new) = shops(&desk, &[row(1)], &[row(1)]).await;
    desk.write_rows("customers.ndjson", &[credentials(1)]);
    for (one, other, name) in [(old.base_url(), NOBODY, "NEW"), (NOBODY, old.base_url(), "OLD")] {
        let run = compare(&desk, one, other, &["--junit", "junit.xml"]);
        assert_eq!(run.status, 2);
        assert!(
            run.stderr.contains(&format!("{name} cannot be compared: no connection: Connection refused")),
            "{}",
            run.stderr
        );
        assert!(!desk.path("junit.xml").exists());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn something_that_does_not_speak_http_stops_the_comparison() {
    let desk = Desk::new();
    let (old, _new) = shops(&desk, &[row(1)], &[row(1)]).await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let other = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"220 mail.example ESMTP\r\n").await.expect("it is sent");
        }
    });
    desk.write_rows("customers.ndjson", &[credentials(1)]);
    let run = compare(&desk, old.base_url(), &other, &[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("NEW cannot be compared: no valid HTTP answer"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_answers_html_differs() {
    let desk = Desk::new();
    let (old, _new) = shops(&desk, &[row(1)], &[row(1)]).await;
    let page = serve(|_: Request<Bytes>| async {
        let page = Response::builder().header(CONTENT_TYPE, "text/html; charset=utf-8");
        page.body(Bytes::from("<html>Good morning, Anna</html>")).expect("a page")
    })
    .await;
    let customer = old.sign_in("DE--1", "customer.1@example.com", crate::BCRYPT_PASSWORD).await;
    let tokens = json!({
        "customerReference": "DE--1",
        "oldToken": customer.access_token,
        "newToken": "any",
    });
    desk.write_rows("customers.ndjson", &[tokens]);
    let run = compare(&desk, old.base_url(), &page, &["--junit", "junit.xml"]);
    // The requests without a token and for an unknown address differ by their status already.
    assert_eq!(counts(&desk, "junit.xml"), (7, 7, 0));
    for expected in [
        "| `status` | status differs: 403 in OLD, 200 in NEW |",
        "| `Content-Type` | media type differs: application/vnd.api+json in OLD, text/html in NEW |",
        "| `body` | JSON in OLD, no JSON in NEW |",
    ] {
        assert!(run.stdout.contains(expected), "{}", run.stdout);
    }
    assert_eq!(run.status, 1);
    assert!(!run.stdout.contains("Anna"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_service_is_asked_twice_and_not_compared() {
    let desk = Desk::new();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let broken = serve(move |_: Request<Bytes>| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Response::builder().status(503).body(Bytes::new()).expect("an answer") }
    })
    .await;
    desk.write_rows("customers.ndjson", &[credentials(1)]);
    let run = compare(&desk, &broken, &broken, &["--junit", "junit.xml"]);
    assert_eq!(run.status, 1);
    assert_eq!(counts(&desk, "junit.xml"), (2, 0, 2));
    assert_eq!(requests.load(Ordering::SeqCst), 2 * 2 * 2);
    for side in ["OLD", "NEW"] {
        let row = format!("| `POST /access-tokens` | {side}: status 503 | 1 | `line 1` |");
        assert!(run.stdout.contains(&row), "{}", run.stdout);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_whom_neither_service_lets_in_are_not_comparable() {
    let desk = Desk::new();
    let (old, new) = shops(&desk, &[row(1)], &[row(1)]).await;
    desk.write_rows("customers.ndjson", &[json!({ "email": "customer.1@example.com", "password": "wrong" })]);
    let run = compare(&desk, old.base_url(), new.base_url(), &["--report", "report.md"]);
    assert_eq!(run.summary(1), summary(1, 1, 0, 1));
}

/// Two errors alike are no proof that anything is the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_the_same_error_are_not_comparable() {
    let desk = Desk::new();
    let (old, new) = shops(&desk, &[row(1)], &[row(1)]).await;
    let expired = json!({ "customerReference": "DE--1", "oldToken": "any", "newToken": "any" });
    desk.write_rows("customers.ndjson", &[expired]);
    let run = compare(&desk, old.base_url(), new.base_url(), &["--report", "report.md"]);
    assert_eq!(run.summary(1), summary(1, 1, 0, 6));

    let foreign = merged(credentials(1), json!({ "customerReference": "DE--2" }));
    desk.write_rows("customers.ndjson", &[foreign]);
    let run = compare(&desk, old.base_url(), new.base_url(), &[]);
    assert_eq!(run.status, 1);
    let row =
        "| `GET /customers/{customerReference}/addresses` | both: status 403 instead of 200 | 1 | `DE--2` |";
    assert!(run.stdout.contains(row), "{}", run.stdout);
}

/// A service that answers every request alike.
async fn answering(status: u16, body: &'static str) -> String {
    serve(move |_: Request<Bytes>| async move {
        let answer = Response::builder().status(status).header(CONTENT_TYPE, "application/vnd.api+json");
        answer.body(Bytes::from_static(body.as_bytes())).expect("an answer")
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_that_say_nothing_are_not_the_same() {
    let desk = Desk::new();
    let tokens = json!({ "customerReference": "DE--1", "oldToken": "any", "newToken": "any" });
    desk.write_rows("customers.ndjson", &[tokens]);
    for (status, body, reason) in [
        (200, "", "both: no data"),
        (200, "{}", "both: no data"),
        (404, "{\"errors\":[]}", "both: status 404 instead of 403"),
    ] {
        let service = answering(status, body).await;
        let run = compare(&desk, &service, &service, &["--junit", "junit.xml"]);
        assert_eq!(run.status, 1);
        assert!(run.stdout.contains(reason), "{body}: {}", run.stdout);
        // But for an address that both do not know.
        assert_eq!(counts(&desk, "junit.xml").2, if status == 404 { 6 } else { 7 }, "{}", run.stdout);
    }
    let twice = answering(200, r#"{"data":[{"type":"customers","id":"DE--1","id":"DE--2"}]}"#).await;
    let once = answering(200, r#"{"data":[{"type":"customers","id":"DE--2"}]}"#).await;
    let run = compare(&desk, &twice, &once, &[]);
    assert!(run.stdout.contains("JSON with a member twice in OLD, JSON in NEW"), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_differs_a_hundred_thousand_times_is_one_line() {
    let desk = Desk::new();
    let tokens = json!({ "customerReference": "DE--1", "oldToken": "any", "newToken": "any" });
    desk.write_rows("customers.ndjson", &[tokens]);
    let zeros: &str = Box::leak(format!("{{\"data\":[{}0]}}", "0,".repeat(99_999)).into_boxed_str());
    let (old, new) = (answering(200, zeros).await, answering(200, r#"{"data":[]}"#).await);
    let run = compare(&desk, &old, &new, &["--junit", "junit.xml"]);
    assert!(run.stdout.contains("| `/data/*` | missing in NEW | 100000 |"), "{}", run.stdout);
    let size = std::fs::metadata(desk.path("junit.xml")).expect("the file").len();
    assert!(size < 10_000, "{size}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arguments_and_lines_that_make_no_sense_stop_the_comparison() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[credentials(1)]);
    for (old, arguments, reason) in [
        ("ftp://shop.example", &[][..], "OLD is not the base URL"),
        ("shop.example", &[], "OLD is not the base URL"),
        ("https://anna:secret@shop.example", &[], "OLD is not the base URL"),
        (NOBODY, &["--ignore", "createdAt"], "starts with a slash"),
        (NOBODY, &["--report", "missing/report.md"], "cannot write missing/report.md"),
        (NOBODY, &["--junit", "/dev/null"], "cannot write /dev/null: it is not a regular file"),
        (NOBODY, &["--report", "customers.ndjson"], "customers.ndjson is named twice"),
        (NOBODY, &["--junit", "out", "--report", "./out"], "./out is named twice"),
    ] {
        let run = compare(&desk, old, NOBODY, arguments);
        assert_eq!(run.status, 2, "{}", run.stdout);
        assert!(run.stderr.contains(reason) && !run.stderr.contains("secret"), "{}", run.stderr);
    }
    for (line, reason) in [
        ("", "customers.ndjson has no customers"),
        ("\n{\"email\":\"anna@example.com\"", "line 2: This is no JSON object of a customer."),
        ("{\"email\":\"anna@example.com\"}", "line 1: This line has neither email and password nor"),
        (
            "\u{feff}{\"email\":\"anna@example.com\",\"oldToken\":\"a\\n\",\"newToken\":\"b\"}",
            "line 1: oldToken => This is no token.",
        ),
        (
            "{\"oldToken\":\"a\",\"newToken\":\"b\"}",
            "line 1: This line has neither customerReference nor email.",
        ),
        (
            "{\"customerReference\":\"anna@example.com\",\"oldToken\":\"a\",\"newToken\":\"b\"}",
            "line 1: customerReference => This is no customer reference.",
        ),
    ] {
        desk.write("customers.ndjson", line);
        let run = compare(&desk, NOBODY, NOBODY, &[]);
        assert_eq!(run.status, 2, "{}", run.stdout);
        assert!(run.stderr.contains(reason) && !run.stderr.contains("anna"), "{}", run.stderr);
    }
}
