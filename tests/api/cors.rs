//! Browsers from other origins.

use serde_json::json;
use tests::{Client, Request, Shop, Table, registration};

const HEADERS: [&str; 7] = [
    "accept",
    "accept-language",
    "authorization",
    "content-language",
    "content-type",
    "idempotency-key",
    "if-match",
];
const EXPOSED: [&str; 4] = ["etag", "location", "retry-after", "x-request-id"];
const METHODS: [&str; 5] = ["delete", "get", "options", "patch", "post"];

#[tokio::test]
async fn every_path_answers_a_preflight() {
    let shop = Shop::start().await;
    let mut table = Table::default();
    let paths = [
        "/",
        "/customers",
        "/customers/",
        "/customers/DE--1",
        "/customers/DE--1?include=addresses",
        "/customers/DE--1/addresses",
        "/customers/DE--1/addresses/1",
        "/customers//addresses",
        "/customers//addresses/1",
        "/customer-password",
        "/customer-password/",
        "/customer-password/DE--1",
        "/customer-forgotten-password",
        "/customer-restore-password",
        "/customer-restore-password/x",
        "/customer-confirmation",
        "/access-tokens",
        "/refresh-tokens",
        "/refresh-tokens/x",
        "/refresh-tokens/mine",
        "/token",
        "/.well-known/jwks.json",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/nowhere",
        "/nowhere/at/all/",
    ];
    for path in paths {
        for method in ["GET", "POST", "PATCH", "DELETE"] {
            let answer = preflight(&shop.anonymous(), path, method).await;
            let row = format!("{path} {method}");
            table.check(&row, [200, 204].contains(&answer.status), true);
            table.check(&row, answer.header("Access-Control-Allow-Origin"), Some("*"));
            table.check(&row, answer.header_list("Access-Control-Allow-Methods"), METHODS);
            table.check(&row, answer.header_list("Access-Control-Allow-Headers"), HEADERS);
        }
    }
    table.finish();
}

#[tokio::test]
async fn every_answer_can_be_read() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let anonymous = shop.anonymous();
    let answers = [
        ("created", anonymous.post("/customers", registration("jane@example.com")).await.expect(201)),
        ("read", customer.get("/customers").await.expect(200)),
        ("no content", customer.patch("/customer-password", change()).await.expect(204)),
        ("invalid", anonymous.post("/customers", json!({})).await.expect(422)),
        ("missing id", anonymous.delete("/customers").await.expect(400)),
        ("unknown path", anonymous.get("/nowhere").await.expect(404)),
        ("unknown method", anonymous.send(Request::new("PUT", "/customers")).await.expect(404)),
        ("no token", anonymous.get("/customers").await.expect(403)),
        ("bad token", shop.bearer("x").get("/customers").await.expect(401)),
        ("ended session", customer.get("/customers").await.expect(401)),
        (
            "too large",
            anonymous.send(Request::new("POST", "/customers").body(vec![b' '; 70_000])).await.expect(413),
        ),
        ("oauth", anonymous.form("/token", "").await.expect(400)),
        ("keys", anonymous.get("/.well-known/jwks.json").await.expect(200)),
    ];
    let mut table = Table::default();
    for (row, answer) in answers {
        table.check(row, answer.header("Access-Control-Allow-Origin"), Some("*"));
        let exposed = answer.header_list("Access-Control-Expose-Headers");
        let missing: Vec<_> =
            EXPOSED.iter().filter(|name| !exposed.iter().any(|other| other == *name)).collect();
        table.check(row, missing, Vec::<&&str>::new());
    }
    table.finish();
}

#[tokio::test]
async fn allowed_origins_are_configurable() {
    let shop = Shop::with(&[("CORS_ALLOWED_ORIGINS", "https://shop.example, https://other.example")]).await;
    let mut table = Table::default();
    for (origin, allowed) in [
        ("https://shop.example", true),
        ("https://other.example", true),
        ("https://evil.example", false),
        ("https://shop.example.evil.example", false),
        ("http://shop.example", false),
        ("null", false),
    ] {
        let client = shop.anonymous().header("Origin", origin);
        let answers = [
            ("preflight", preflight(&client, "/customers", "POST").await),
            ("preflight of a protected path", preflight(&client, "/customers/DE--1", "GET").await),
            ("preflight of an unknown path", preflight(&client, "/nowhere", "GET").await),
            ("keys", client.get("/.well-known/jwks.json").await.expect(200)),
            ("invalid", client.post("/customers", json!({})).await.expect(422)),
            ("unknown path", client.get("/nowhere").await.expect(404)),
        ];
        for (row, answer) in answers {
            let header = answer.header("Access-Control-Allow-Origin");
            table.check(format!("{row} {origin}"), header == Some(origin), allowed);
            table.check(
                format!("{row} {origin} *"),
                header,
                allowed.then_some(origin).or(header.filter(|it| *it != "*")),
            );
        }
        // The gateway's own answers can only echo the origin or allow any.
        for (row, answer) in
            [("no token", client.get("/customers").await), ("bad token", bad(&shop, origin).await)]
        {
            let header = answer.header("Access-Control-Allow-Origin");
            table.check(
                format!("{row} {origin}"),
                header == Some(origin) || header == Some("*") || !allowed,
                true,
            );
        }
    }
    table.finish();
}

async fn bad(shop: &Shop, origin: &str) -> tests::Answer {
    shop.bearer("x").header("Origin", origin).get("/customers").await
}

async fn preflight(client: &Client, path: &str, method: &str) -> tests::Answer {
    let request = Request::new("OPTIONS", path)
        .header("Access-Control-Request-Method", method)
        .header("Access-Control-Request-Headers", "authorization,content-type");
    client.send(request).await
}

fn change() -> serde_json::Value {
    json!({"password": tests::PASSWORD, "newPassword": tests::NEW_PASSWORD, "confirmPassword": tests::NEW_PASSWORD})
}
