//! The dev server's own pages and its stand-ins for AWS answer to nobody but this computer's user: any page in a browser
//! can send requests to them.

use serde_json::json;
use tests::{Client, Request, Shop, Table, http};

const PAGES: [&str; 9] = [
    "/_local",
    "/_local/",
    "/_local/mail",
    "/_local/mails",
    "/_local/events",
    "/_local/desk/",
    "/_local/docs/",
    "/_local/openapi.yaml",
    "/_local/shop/",
];

#[tokio::test]
async fn a_page_elsewhere_cannot_read_the_inbox() {
    let shop = Shop::start().await;
    shop.register("john@example.com").await;
    shop.mail_settled().await;
    let port = shop.base_url().rsplit_once(':').expect("a port").1.to_owned();
    let mut table = Table::default();
    for path in PAGES {
        for host in [
            format!("127.0.0.1:{port}"),
            format!("localhost:{port}"),
            format!("[::1]:{port}"),
            "localhost".into(),
        ] {
            let answer = get(&shop, path, &[("Host", &host)]).await;
            table.check(format!("{path} {host}"), answer.status < 400, true);
        }
        let own = get(&shop, path, &[("Sec-Fetch-Site", "same-origin"), ("Origin", shop.base_url())]).await;
        table.check(format!("{path} from its own pages"), own.status < 400, true);
        let link = [
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"),
        ];
        table.check(format!("{path} by a link"), get(&shop, path, &link).await.status < 400, true);
        let rebound = format!("evil.example:{port}");
        let attacks: [&[(&str, &str)]; 10] = [
            &[("Host", &rebound)],
            &[("Host", "evil.example")],
            &[("Host", "127.0.0.1.evil.example")],
            &[("Host", "")],
            &[("Host", "localhost"), ("Host", "evil.example")],
            &[("Origin", "https://evil.example")],
            &[("Origin", "null")],
            &[("Origin", "http://127.0.0.1:1")],
            &[("Sec-Fetch-Site", "cross-site")],
            &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")],
        ];
        for attack in attacks {
            let answer = get(&shop, path, attack).await;
            table.check(format!("{path} {attack:?}"), answer.status, 403);
            table.check(format!("{path} {attack:?}"), answer.header("Access-Control-Allow-Origin"), None);
            table.check(format!("{path} {attack:?}"), answer.summary().contains("john@example.com"), false);
        }
    }
    let target = format!(
        "GET http://evil.example/_local/mail HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    );
    let answer = shop.anonymous().exchange(target.as_bytes()).await;
    table.check("a target with a host of its own", answer.starts_with(b"HTTP/1.1 403"), true);
    table.finish();
}

/// Whoever may use the help desk may do what only operators may.
#[tokio::test]
async fn a_page_elsewhere_cannot_use_the_help_desk() {
    let shop = Shop::start().await;
    let path = "/_local/desk/api/customers/DE--1";
    let own = [("X-Desk", "1"), ("X-Reason", "T-4711")];
    let before = shop.log().len();
    get(&shop, path, &own).await;
    assert!(shop.log()[before..].concat().contains("ShowCustomer"), "its own page can");
    let before = shop.log().len();
    let attacks: [&[(&str, &str)]; 6] = [
        &[("X-Reason", "T-4711")],
        &[own[0], ("Origin", "https://evil.example")],
        &[own[0], ("Origin", "null")],
        &[own[0], ("Host", "evil.example")],
        &[own[0], ("Sec-Fetch-Site", "cross-site")],
        &[("X-Desk", "")],
    ];
    for method in ["GET", "POST", "OPTIONS"] {
        for path in [path.to_owned(), format!("{path}/secure")] {
            for attack in attacks {
                let request = attack
                    .iter()
                    .fold(Request::new(method, &path), |request, (name, value)| request.header(name, value));
                let answer = Client::service(shop.base_url()).send(request).await.expect(403);
                assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
            }
        }
    }
    let nowhere = "/_local/desk/api/customers/DE--1/record";
    get(&shop, nowhere, &own).await.expect(404);
    assert_eq!(shop.log().len(), before, "no function was called");
}

#[tokio::test]
async fn a_page_elsewhere_cannot_use_the_table() {
    let shop = Shop::start().await;
    let settings = shop.server().settings();
    let signature = http::signature(&settings);
    let client = Client::service(&settings["AWS_ENDPOINT_URL_DYNAMODB"]);
    let body = json!({ "TableName": settings["TABLE_NAME"] }).to_string();
    let scan = || Request::new("POST", "/").header("X-Amz-Target", "DynamoDB_20120810.Scan").body(&body);
    client.send(scan().header("Authorization", &signature)).await.expect(200);
    for (name, value) in [
        ("Host", "evil.example"),
        ("Origin", "https://evil.example"),
        ("Origin", shop.base_url()),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        let answer =
            client.send(scan().header("Authorization", &signature).header(name, value)).await.expect(403);
        assert_eq!(
            answer.json()["__type"],
            "com.amazon.coral.service#AccessDeniedException",
            "{name}: {value}"
        );
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
    }
    let guesses =
        ["", "local", "AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request"];
    for guess in guesses {
        let answer = client.send(scan().header("Authorization", guess)).await.expect(400);
        assert_eq!(
            answer.json()["__type"],
            "com.amazon.coral.service#UnrecognizedClientException",
            "{guess}"
        );
    }
    client.send(scan()).await.expect(400);
    let preflight = Request::new("OPTIONS", "/").header("Origin", "https://evil.example");
    let answer = client.send(preflight.header("Access-Control-Request-Method", "POST")).await.expect(403);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
    let another = Shop::start().await;
    let foreign = http::signature(&another.server().settings());
    client.send(scan().header("Authorization", foreign)).await.expect(400);
}

#[tokio::test]
async fn a_page_elsewhere_cannot_put_mail_into_the_inbox() {
    let shop = Shop::start().await;
    let settings = shop.server().settings();
    let client = Client::service(&settings["AWS_ENDPOINT_URL_SES"]);
    // "To: john@example.com", an empty line, "Hello".
    let form = "Action=SendRawEmail&RawMessage.Data=VG86IGpvaG5AZXhhbXBsZS5jb20NCg0KSGVsbG8NCg%3D%3D";
    let send =
        || Request::new("POST", "/").header("Content-Type", "application/x-www-form-urlencoded").body(form);
    let answer = client.send(send()).await.expect(403);
    assert!(answer.summary().contains("<Code>InvalidClientTokenId</Code>"), "{}", answer.summary());
    for (name, value) in
        [("Host", "evil.example"), ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")]
    {
        let request = send().header("Authorization", http::signature(&settings)).header(name, value);
        let answer = client.send(request).await.expect(403);
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
    }
    assert!(shop.mails().await.is_empty());
    client.send(send().header("Authorization", http::signature(&settings))).await.expect(200);
    assert_eq!(shop.mails().await.len(), 1);
}

async fn get(shop: &Shop, path: &str, headers: &[(&str, &str)]) -> tests::Answer {
    let request = Request::new("GET", path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    Client::service(shop.base_url()).send(request).await
}
