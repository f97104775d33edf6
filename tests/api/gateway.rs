//! The gateway: which rows require a token, and what happens without one or with an invalid one.

use serde_json::json;
use tests::errors::{INVALID_TOKEN, MISSING_TOKEN};
use tests::{NEW_PASSWORD, PASSWORD, Request, Shop, Table, document, registration};

/// Rows 2 to 11 and 17 and the additions with some ids.
const PROTECTED: [(&str, &str); 16] = [
    ("GET", "/customers"),
    ("GET", "/customers/DE--1"),
    ("PATCH", "/customers/DE--1"),
    ("DELETE", "/customers/DE--1"),
    ("GET", "/customers/DE--1/export"),
    ("GET", "/customers/DE--1/sessions"),
    ("DELETE", "/customers/DE--1/sessions/x"),
    ("POST", "/customers/DE--1/addresses"),
    ("GET", "/customers/DE--1/addresses"),
    ("GET", "/customers/DE--1/addresses/1"),
    ("PATCH", "/customers/DE--1/addresses/1"),
    ("DELETE", "/customers/DE--1/addresses/1"),
    ("PATCH", "/customer-password"),
    ("PATCH", "/customer-password/DE--1"),
    ("DELETE", "/refresh-tokens/x"),
    ("DELETE", "/refresh-tokens/mine"),
];

#[tokio::test]
async fn protected_rows_require_a_token() {
    let shop = Shop::start().await;
    let mut table = Table::default();
    for (method, path) in PROTECTED {
        for path in [path.into(), format!("{path}?include=addresses"), format!("{path}?access_token=x")] {
            let answer = shop.anonymous().send(Request::new(method, &path).attributes(json!({}))).await;
            table.check(format!("{method} {path}"), answer.errors(), owned(MISSING_TOKEN));
        }
    }
    table.finish();
}

#[tokio::test]
async fn protected_rows_require_a_valid_token() {
    let shop = Shop::start().await;
    let basic = "Basic am9objpkb2U=";
    let long = format!("Bearer {}", "x".repeat(4000));
    let mut table = Table::default();
    for (method, path) in PROTECTED {
        for header in ["Bearer x", "Bearer a.b.c", "Bearer ..", "Bearer", "x", basic, "Bearer x y", &long] {
            let request = Request::new(method, path).attributes(json!({})).header("Authorization", header);
            let answer = shop.anonymous().send(request).await;
            table.check(format!("{method} {path} {header}"), answer.errors(), owned(INVALID_TOKEN));
            table.check(
                format!("{method} {path} {header}"),
                answer.header("WWW-Authenticate"),
                Some("Bearer"),
            );
        }
    }
    table.finish();
}

/// RFC 9110, section 11.1: the scheme is compared without regard to case, and one or more spaces follow it.
#[tokio::test]
async fn the_scheme_may_be_spelled_as_http_allows() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    for scheme in ["bearer", "BEARER", "bEaReR", "Bearer  ", "bearer    "] {
        let header = format!("{scheme} {}", customer.access_token);
        shop.anonymous().header("Authorization", &header).get("/customers").await.expect(200);
    }
}

/// Each byte reaches the functions as a character of its own, as from API Gateway.
#[tokio::test]
async fn header_values_that_are_not_ascii_are_passed_on() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    for value in ["Grüße".as_bytes(), b"Gr\xfc\xdfe", b"\xff\xfe"] {
        let login = json!({"username": customer.email, "password": PASSWORD});
        let agent = [b"Mozilla/5.0 (Windows NT 10.0) Firefox/140.0 ", value].concat();
        let request = Request::new("POST", "/access-tokens").attributes(login).header("User-Agent", agent);
        shop.anonymous().send(request).await.expect(201);
    }
    let sessions = customer.get(&format!("{}/sessions", customer.path())).await.expect(200).json();
    let devices = sessions["data"].as_array().expect("sessions").iter();
    let devices: Vec<_> = devices.map(|session| &session["attributes"]["device"]).collect();
    assert_eq!(devices.iter().filter(|device| **device == "Firefox on Windows").count(), 3, "{devices:?}");
    let agents: Vec<_> = shop
        .items()
        .await
        .into_iter()
        .filter_map(|item| item["device"]["S"].as_str().map(String::from))
        .collect();
    assert!(agents.iter().any(|agent| agent.ends_with(" Gr\u{fc}\u{df}e")), "{agents:?}");
    assert!(!agents.concat().contains('?'), "{agents:?}");
}

#[tokio::test]
async fn public_rows_ignore_the_authorization_header_however_broken_it_is() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let key = json!({"restorePasswordKey": "x", "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    let login = json!({"username": customer.email, "password": PASSWORD});
    let mut table = Table::default();
    let bad_headers =
        [b"Bearer x".as_slice(), b"", b"Basic", b"Bearer \xff\xfe", b"\xf0\x9f\x98\x80", &[b'x'; 6000]];
    for (index, header) in bad_headers.into_iter().enumerate() {
        let email = format!("jane{index}@example.com");
        let rows = [
            ("POST", "/customers", Some(registration(&email)), 201),
            ("POST", "/customer-forgotten-password", Some(json!({"email": email})), 204),
            ("PATCH", "/customer-restore-password", Some(key.clone()), 422),
            ("PATCH", "/customer-restore-password/x", Some(key.clone()), 422),
            ("POST", "/customer-confirmation", Some(json!({"registrationKey": "x"})), 422),
            ("POST", "/access-tokens", Some(login.clone()), 201),
            ("POST", "/refresh-tokens", Some(json!({"refreshToken": "x"})), 401),
            ("POST", "/token", None, 400),
            ("GET", "/.well-known/jwks.json", None, 200),
            ("GET", "/.well-known/openid-configuration", None, 200),
            ("GET", "/.well-known/oauth-authorization-server", None, 200),
            ("GET", "/nowhere", None, 404),
        ];
        for (method, path, attributes, status) in rows {
            let request = Request::new(method, path).header("Authorization", header);
            let request = match attributes {
                Some(attributes) => request.attributes(attributes),
                None => request,
            };
            let answer = shop.anonymous().send(request).await;
            table.check(
                format!("{method} {path} {:?}", String::from_utf8_lossy(header)),
                answer.status,
                status,
            );
        }
    }
    table.finish();
}

#[tokio::test]
async fn an_unknown_host_is_served_but_never_used() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    for host in ["evil.example", "evil.example:80", "", "a b"] {
        let request = Request::new("GET", &customer.path())
            .header("Host", host)
            .header("X-Forwarded-Host", "evil.example");
        let answer =
            customer.send(request.header("Forwarded", "host=evil.example;proto=https")).await.expect(200);
        let url = format!("{}{}", shop.base_url(), customer.path());
        assert_eq!(answer.json()["data"]["links"]["self"], url);
        assert!(!answer.summary().contains("evil"), "{}", answer.summary());
    }
}

#[tokio::test]
async fn the_base_of_links_is_configurable() {
    let shop = Shop::with(&[("PUBLIC_BASE_URL", "https://api.example/glue")]).await;
    let answer = shop.anonymous().post("/customers", registration("john@example.com")).await.expect(201);
    let url = format!("https://api.example/glue/customers/{}", answer.id());
    assert_eq!(answer.json()["data"]["links"]["self"], url);
    assert_eq!(answer.header("Location"), Some(url.as_str()));
    let customer = shop.sign_in(&answer.id(), "john@example.com", PASSWORD).await;
    let list = customer.get("/customers").await.expect(200).json();
    assert_eq!(list["links"]["self"], "https://api.example/glue/customers");
    let list = customer.get(&customer.addresses_path()).await.expect(200).json();
    assert_eq!(list["links"]["self"], format!("{url}/addresses"));
}

#[tokio::test]
async fn the_reason_phrase_of_422_is_the_newer_one() {
    let shop = Shop::start().await;
    let answer = shop.anonymous().post("/customers", json!({})).await.expect(422);
    assert_eq!(answer.reason, "Unprocessable Content");
}

#[tokio::test]
async fn header_names_are_matched_without_regard_to_case() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let request = Request::new("GET", "/customers")
        .header("aUTHORIZATION", format!("Bearer {}", customer.access_token));
    shop.anonymous().send(request).await.expect(200);
}

/// One connection, several requests: a proxy keeps its connections open.
#[tokio::test]
async fn connections_are_kept_open() {
    let shop = Shop::start().await;
    let body = document("access-tokens", json!({})).to_string();
    let one =
        format!("POST /access-tokens HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let bytes = format!("{one}{one}GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let answers = shop.anonymous().exchange(bytes.as_bytes()).await;
    let text = String::from_utf8(answers).expect("text");
    assert_eq!(text.matches("HTTP/1.1 422 Unprocessable Content\r\n").count(), 2, "{text}");
    assert_eq!(text.matches("HTTP/1.1 404 Not Found\r\n").count(), 1, "{text}");
}

/// Each answer of the functions and of the gateway itself carries its request's id, which is also in the log.
#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let answers = [
        john.get(&john.path()).await.expect(200),
        john.delete("/refresh-tokens/x").await.expect(204),
        shop.anonymous().post("/customers", json!({})).await.expect(422),
        shop.anonymous().get("/nowhere").await.expect(404),
        shop.anonymous().send(Request::new("OPTIONS", "/customers")).await.expect(204),
        shop.anonymous().get("/customers").await.expect(403),
        shop.bearer("x").get("/customers").await.expect(401),
    ];
    let mut ids = std::collections::BTreeSet::new();
    for answer in &answers {
        let id = answer.header("X-Request-Id").unwrap_or_else(|| panic!("no id: {}", answer.summary()));
        assert_eq!(answer.header("x-amzn-RequestId"), Some(id));
        assert!(ids.insert(id), "{id} is used twice");
    }
    let log = shop.log().concat();
    assert!(answers[..4].iter().all(|answer| log.contains(answer.header("X-Request-Id").expect("an id"))));
}

fn owned((status, code, detail): tests::errors::Error) -> Vec<(u16, String, String)> {
    vec![(status, code.into(), detail.into())]
}
