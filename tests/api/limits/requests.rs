//! Odd paths, queries, headers and worse are the client's fault: whatever arrives, the answer is never a 5xx.

use serde_json::json;
use tests::{Client, Request, Shop, Table, document};

#[tokio::test]
async fn paths() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let own = customer.path();
    let addresses = customer.addresses_path();
    let odd = [
        "%",
        "%%",
        "%2",
        "%zz",
        "%00",
        "%ff",
        "%c3%28",
        "%2e%2e",
        "%2f",
        "%2F..%2F",
        "..",
        ".",
        ";x",
        "x;y=z",
        "a%20b",
        "+",
        "%F0%9F%98%80",
        "%25",
        "{id}",
        "$",
        "*",
        "'",
        "\"",
        "<x>",
        "|",
        "^",
        "`",
        "\\",
        "#",
        "~",
        "@",
        ":",
        "&=",
        "CUSTOMER%23",
    ];
    let mut paths: Vec<String> =
        ["//", "///", "/customers//", "//customers", "/customers///addresses", "/./customers"]
            .map(String::from)
            .into();
    for odd in odd {
        for before in [
            "/customers",
            &addresses,
            "/customer-password",
            "/customer-restore-password",
            "/refresh-tokens",
            "",
        ] {
            paths.push(format!("{before}/{odd}"));
        }
        paths.push(format!("/customers/{odd}/addresses"));
        paths.push(format!("/customers/{odd}/addresses/{odd}"));
    }
    paths.push(format!("/customers/{}", "x".repeat(7_000)));
    paths.push(format!("/customers{}", "/x".repeat(3_000)));
    paths.push(format!("/customers/DE--1?{}", "a=b&".repeat(1_500)));
    let mut table = Table::default();
    for path in &paths {
        for method in ["GET", "PATCH", "DELETE"] {
            let answer = customer.send(Request::new(method, path).attributes(json!({}))).await;
            table.check(format!("{method} {path}"), answer.status < 500, true);
        }
    }
    table.finish();
    customer.get(&own).await.expect(200);
}

#[tokio::test]
async fn queries() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut table = Table::default();
    for query in [
        "?",
        "??",
        "?&",
        "?=",
        "?=x",
        "?include",
        "?include=%",
        "?include=%ff",
        "?include=%00",
        "?include[]=addresses",
        "?include[x][y]=z",
        "?include=,,,",
        "?fields",
        "?fields=x",
        "?fields[]=x",
        "?fields[customers][]=x",
        "?fields[customers",
        "?fields[customers]]=x",
        "?fields[%ff]=x",
        "?fields[customers]=%zz",
        "?fields%5B=x",
        "?include=addresses&include=x",
        "?fields[customers]=email&fields[customers]=gender",
        "?😀=😀",
        "?a=%F0%9F%98%80",
        "?x=<>\"'{}|\\^`",
        "?page[offset]=-1&page[limit]=0&sort=-x&filter[x]=y",
        "?;",
        "?%",
        "?+",
        "?a=1;b=2",
    ] {
        for path in [customer.path(), "/customers".into(), customer.addresses_path()] {
            let answer = customer.get(&format!("{path}{query}")).await;
            table.check(format!("{path}{query}"), answer.status < 500, true);
        }
    }
    table.finish();
}

#[tokio::test]
async fn headers() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let good = format!("Bearer {}", customer.access_token);
    let long = "x".repeat(9_000);
    let very_long = "x".repeat(200_000);
    let chain = "1.2.3.4, ".repeat(500);
    let rows: Vec<(&str, &[u8])> = vec![
        ("Authorization", b""),
        ("Authorization", b" "),
        ("Authorization", b"\xff\xfe"),
        ("Authorization", b"Bearer \xff"),
        ("Authorization", "Bearer 😀".as_bytes()),
        ("Authorization", long.as_bytes()),
        ("Authorization", very_long.as_bytes()),
        ("Authorization", b"Bearer eyJhbGciOiJub25lIn0.e30."),
        ("Authorization", b"Bearer ....."),
        ("Content-Type", b"\xff"),
        ("Content-Type", b"application/vnd.api+json;;;;=;\""),
        ("Content-Type", b"application/vnd.api+json; ext=\""),
        ("Content-Type", b";"),
        ("Content-Type", long.as_bytes()),
        ("Accept", b"\xff"),
        ("Accept", b"text/html"),
        ("Accept-Language", b"\xff\xfe"),
        ("Accept-Language", b"xx-XX;q=abc, *;q=1e9"),
        ("Accept-Language", long.as_bytes()),
        ("X-Forwarded-For", b"\xff"),
        ("X-Forwarded-For", chain.as_bytes()),
        ("X-Client-Address", b"not an address"),
        ("X-Client-Address", b"\xff"),
        ("X-Client-Address", long.as_bytes()),
        ("X-Proxy-Secret", b"\xff"),
        ("X-Proxy-Secret", long.as_bytes()),
        ("Origin", b"\xff"),
        ("Origin", long.as_bytes()),
        ("User-Agent", b"\xff\xfe"),
        ("User-Agent", long.as_bytes()),
        ("Cookie", long.as_bytes()),
        ("If-Match", b"\"\xff"),
        ("Idempotency-Key", long.as_bytes()),
        ("Expect", b"100-continue"),
        ("Transfer-Encoding", b"identity"),
        ("X-Amzn-Trace-Id", b"Root=x"),
        ("X-Odd", b"\x01\x02"),
        ("Content-Encoding", b"gzip"),
        ("Range", b"bytes=0-1"),
        ("Upgrade", b"websocket"),
        ("Connection", b"Upgrade, HTTP2-Settings"),
    ];
    let login =
        document("access-tokens", json!({"username": "jane@example.com", "password": "x"})).to_string();
    let mut table = Table::default();
    let secret = "0123456789abcdef0123456789abcdef";
    for presented in ["", "x", secret] {
        let behind = Shop::with(&[("PROXY_SECRET", secret)]).await;
        for (name, value) in &rows {
            let request = Request::new("POST", "/access-tokens").body(&login);
            let request = request.header("X-Proxy-Secret", presented).header(name, value);
            let status = status_of(&behind.anonymous(), request).await;
            table.check(
                format!("sign-in, {presented:?}, {name}: {:.40?}", String::from_utf8_lossy(value)),
                status < 500,
                true,
            );
        }
    }
    for (name, value) in &rows {
        let status = status_of(&customer, Request::new("GET", "/customers").header(name, value)).await;
        table.check(format!("read, {name}: {:.40?}", String::from_utf8_lossy(value)), status < 500, true);
    }
    let many = (0..90).fold(Request::new("GET", "/customers"), |request, number| {
        request.header(&format!("X-{number}"), "x")
    });
    table.check("many headers", customer.send(many).await.status, 200);
    for second in ["Bearer x", good.as_str(), ""] {
        let twice =
            Request::new("GET", "/customers").header("Authorization", &good).header("Authorization", second);
        table.check(
            format!("Authorization twice {second:.20}"),
            shop.anonymous().send(twice).await.status < 500,
            true,
        );
    }
    table.finish();
}

/// The status, or 0 if the server closes the connection because the request is not valid HTTP.
async fn status_of(client: &Client, request: Request) -> u16 {
    let client = client.clone();
    let answer = tokio::spawn(async move { client.send(request).await });
    answer.await.map_or(0, |answer| answer.status)
}

#[tokio::test]
async fn invalid_http_does_no_harm() {
    let shop = Shop::start().await;
    let client = shop.anonymous();
    let garbage: [&[u8]; 7] = [
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /customers HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /customers HTTP/1.1\r\nHost: x\r\nNo colon\r\nConnection: close\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET http://evil.example/customers HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    ];
    for bytes in garbage {
        let answer = client.exchange(bytes).await;
        assert!(!answer.starts_with(b"HTTP/1.1 5"), "{}", String::from_utf8_lossy(&answer));
    }
    shop.register("john@example.com").await;
}
