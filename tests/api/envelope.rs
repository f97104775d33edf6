//! Section 2 of the contract: documents in requests and answers.

use serde_json::{Value, json};
use tests::errors::{Error, INVALID_DATA, INVALID_TYPE};
use tests::{Answer, Request, Shop, Table, document, registration};

/// Rows 1 and 12 to 16, which need no token, and the type that each requires.
const PUBLIC: [(&str, &str, &str); 6] = [
    ("POST", "/customers", "customers"),
    ("POST", "/customer-forgotten-password", "customer-forgotten-password"),
    ("PATCH", "/customer-restore-password", "customer-restore-password"),
    ("POST", "/customer-confirmation", "customer-confirmation"),
    ("POST", "/access-tokens", "access-tokens"),
    ("POST", "/refresh-tokens", "refresh-tokens"),
];

#[tokio::test]
async fn a_document_must_have_its_type_and_attributes() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let address = customer.add_address(json!({})).await;
    let rows = PUBLIC.map(|(method, path, kind)| (method, String::from(path), kind)).into_iter().chain([
        ("PATCH", customer.path(), "customers"),
        ("POST", customer.addresses_path(), "addresses"),
        ("PATCH", customer.address_path(&address), "addresses"),
        ("PATCH", "/customer-password".into(), "customer-password"),
    ]);
    let mut table = Table::default();
    for (method, path, kind) in rows {
        let mut check = |label: &str, answer: Answer, (status, code, detail): Error| {
            table.check(
                format!("{method} {path} {label}"),
                answer.errors(),
                [(status, code.into(), detail.into())],
            );
        };
        let send = async |body: Option<&[u8]>| {
            let request = Request::new(method, &path).header("Content-Type", "application/vnd.api+json");
            customer.send(if let Some(body) = body { request.body(body) } else { request }).await
        };
        let other = if kind == "customers" { "addresses" } else { "customers" };
        for wrong in [other, "", "Customers", "x"] {
            let answer = send(Some(document(wrong, json!({})).to_string().as_bytes())).await;
            check(wrong, answer, INVALID_TYPE);
            let no_attributes = json!({"data": {"type": wrong}}).to_string();
            check("and no attributes", send(Some(no_attributes.as_bytes())).await, INVALID_TYPE);
        }
        let bad_documents = [
            json!({}),
            json!([]),
            json!(null),
            json!("data"),
            json!({"data": null}),
            json!({"data": []}),
            json!({"data": [{"type": kind, "attributes": {}}]}),
            json!({"data": {"attributes": {}}}),
            json!({"data": {"type": null, "attributes": {}}}),
            json!({"data": {"type": 5, "attributes": {}}}),
            json!({"data": {"type": [kind], "attributes": {}}}),
            json!({"data": {"type": kind}}),
            json!({"data": {"type": kind, "attributes": null}}),
            json!({"data": {"type": kind, "attributes": []}}),
            json!({"data": {"type": kind, "attributes": "x"}}),
            json!({"type": kind, "attributes": {}}),
        ];
        for bad in bad_documents {
            let bad = bad.to_string();
            check(&bad, send(Some(bad.as_bytes())).await, INVALID_DATA);
        }
        let good = document(kind, json!({})).to_string();
        let cut = &good[..good.len() - 1];
        let twice = format!("{good}{good}");
        let broken = [
            b"".as_slice(),
            b" ",
            b"{",
            b"\xff\xfe",
            b"\0",
            b"data=x",
            b"{'data':{}}",
            cut.as_bytes(),
            twice.as_bytes(),
        ];
        for bad in broken {
            check(&String::from_utf8_lossy(bad), send(Some(bad)).await, INVALID_DATA);
        }
        check("no body", send(None).await, INVALID_DATA);
    }
    table.finish();
}

#[tokio::test]
async fn any_content_type_is_read_as_json_except_one() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let body = document("customers", json!({})).to_string();
    let mut table = Table::default();
    let read = [
        None,
        Some(""),
        Some("application/json"),
        Some("application/json; charset=utf-8"),
        Some("text/plain;charset=UTF-8"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("nonsense"),
        Some("application/vnd.api+json"),
        Some("APPLICATION/vnd.API+json"),
        Some("application/vnd.api+json;"),
        Some("application/vnd.api+json; ext=\"https://jsonapi.org/ext/atomic\""),
        Some("application/vnd.api+json;profile=\"http://example.com/last-modified http://example.com/x\""),
        Some("application/vnd.api+json; EXT=\"x\"; Profile=\"y\""),
        Some("application/vnd.api+json; profile=\"y; charset=z\""),
        Some("application/vnd.api+json; version=1.0"),
    ];
    let refused = [
        "application/vnd.api+json; charset=utf-8",
        "application/vnd.api+json;charset=utf-8",
        "Application/Vnd.Api+Json ; Charset=UTF-8",
        "application/vnd.api+json; versions=1",
        "application/vnd.api+json; ext=\"x\"; charset=utf-8",
        "application/vnd.api+json; profile=\"x\"; foo=bar",
    ];
    let send = async |path: &str, content_type: Option<&str>| {
        let request = Request::new("PATCH", path).body(&body);
        customer
            .send(if let Some(it) = content_type { request.header("Content-Type", it) } else { request })
            .await
    };
    for content_type in read {
        table.check(format!("{content_type:?}"), send(&customer.path(), content_type).await.status, 200);
    }
    for content_type in refused {
        let answer = send(&customer.path(), Some(content_type)).await;
        table.check(content_type, answer.status, 415);
        if answer.status == 415 {
            answer.assert_plain(415);
        }
    }
    table.finish();
}

#[tokio::test]
async fn a_body_may_have_up_to_64_kib() {
    let shop = Shop::start().await;
    let sized = |size: usize, email: &str| {
        let body = document("customers", registration(email)).to_string();
        let spaces = " ".repeat(size - body.len());
        Request::new("POST", "/customers")
            .header("Content-Type", "application/json")
            .body(format!("{body}{spaces}"))
    };
    shop.anonymous().send(sized(65_536, "john@example.com")).await.expect(201);
    shop.anonymous().send(sized(65_537, "jane@example.com")).await.assert_plain(413);
    // Bytes count here, not characters.
    let mut body = document("customers", registration("jane@example.com"));
    body["meta"] = json!("ü".repeat(33_000));
    shop.anonymous().send(Request::new("POST", "/customers").json(&body)).await.assert_plain(413);
}

#[tokio::test]
async fn includes_addresses_on_request() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let path = customer.path();
    let plain = customer.get(&path).await.json();

    // Nothing to include.
    let list_path = "/customers?include=addresses";
    let created = shop.anonymous().post(list_path, registration("jane@example.com")).await.expect(201);
    let answers = [
        customer.get(&format!("{path}?include=addresses")).await.expect(200),
        customer.patch(&format!("{path}?include=addresses"), json!({})).await.expect(200),
        created,
    ];
    for answer in answers {
        assert_eq!(answer.members(""), ["data"]);
        assert_eq!(answer.members("/data"), ["type", "id", "attributes", "links"]);
    }
    let list = customer.get(list_path).await.expect(200);
    assert_eq!(list.members("/data/0"), ["type", "id", "attributes", "links"]);
    assert!(list.json().get("included").is_none());

    let ids = [customer.add_address(json!({})).await, customer.add_address(json!({"city": "Bonn"})).await];
    let addresses = customer.get(&customer.addresses_path()).await.json()["data"].clone();
    let identifiers = ids.map(|id| json!({"type": "addresses", "id": id}));
    let relationships = json!({"addresses": {"data": identifiers}});
    let mut expected = plain["data"].clone();
    expected["relationships"] = relationships;
    for include in ["addresses", "addresses,wishlists", "wishlists,addresses", "addresses,addresses"] {
        let one = customer.get(&format!("{path}?include={include}")).await.expect(200);
        expected["attributes"]["updatedAt"] = one.attribute("updatedAt");
        assert_eq!(one.json(), json!({"data": expected, "included": addresses}), "{include}");
        assert_eq!(one.members("")[0], "data");
        assert_eq!(one.members("/data"), ["type", "id", "attributes", "links", "relationships"]);
        assert_eq!(one.members("/included/0"), ["type", "id", "attributes", "links"]);
    }
    let changed = customer.patch(&format!("{path}?include=addresses"), json!({})).await.expect(200);
    assert_eq!(changed.json()["included"], addresses);
    assert_eq!(changed.json()["data"]["relationships"], expected["relationships"]);
    let list = customer.get(list_path).await.expect(200);
    assert_eq!(list.json()["included"], addresses);
    assert_eq!(list.json()["data"][0]["relationships"], expected["relationships"]);
    assert_eq!(list.members("")[0], "data");
    assert_eq!(list.members("/data/0"), ["type", "id", "attributes", "links", "relationships"]);

    // Not requested.
    for query in
        ["", "?include=", "?include=wishlists", "?include=customers", "?include=Addresses", "?x=addresses"]
    {
        let answer = customer.get(&format!("{path}{query}")).await.expect(200);
        assert_eq!(answer.members(""), ["data"], "{query}");
        assert_eq!(answer.members("/data"), ["type", "id", "attributes", "links"], "{query}");
    }
}

#[tokio::test]
async fn returns_only_the_requested_fields() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let id = customer.add_address(json!({})).await;
    let path = customer.path();
    let rows: [(&str, &[&str]); 8] = [
        ("fields[customers]=firstName,email", &["firstName", "email"]),
        ("fields[customers]=email,firstName", &["firstName", "email"]),
        ("fields%5Bcustomers%5D=lastName", &["lastName"]),
        ("fields[customers]=gender%2CcreatedAt", &["gender", "createdAt"]),
        ("fields[customers]=email,unknown", &["email"]),
        ("fields[customers]=unknown", &[]),
        ("fields[customers]=", &[]),
        ("fields[addresses]=city", &CUSTOMER_ATTRIBUTES),
    ];
    let mut table = Table::default();
    for (query, fields) in rows {
        let one = customer.get(&format!("{path}?{query}")).await.expect(200);
        table.check(query, one.members("/data/attributes"), fields);
        table.check(query, one.members("/data"), ["type", "id", "attributes", "links"]);
        let list = customer.get(&format!("/customers?{query}")).await.expect(200);
        table.check(format!("list {query}"), list.members("/data/0/attributes"), fields);
        let changed = customer.patch(&format!("{path}?{query}"), json!({})).await.expect(200);
        table.check(format!("patch {query}"), changed.members("/data/attributes"), fields);
    }
    let query = "/customers?fields[customers]=email";
    let created = shop.anonymous().post(query, registration("jane@example.com")).await.expect(201);
    table.check(query, created.members("/data/attributes"), ["email"]);
    let query = "fields[addresses]=city,iso2Code&fields[customers]=email&include=addresses";
    let both = customer.get(&format!("{path}?{query}")).await.expect(200);
    table.check(query, both.members("/data/attributes"), ["email"]);
    table.check(query, both.members("/included/0/attributes"), ["city", "iso2Code"]);
    table.check(
        query,
        both.json()["data"]["relationships"]["addresses"]["data"][0]["id"].clone(),
        Value::from(id.clone()),
    );
    for path in [customer.address_path(&id), customer.addresses_path()] {
        let answer = customer.get(&format!("{path}?fields[addresses]=zipCode")).await.expect(200);
        let data = answer.json()["data"].clone();
        let resource = if data.is_array() { data[0].clone() } else { data };
        table.check(&path, resource["attributes"].clone(), json!({"zipCode": "12312"}));
    }
    table.finish();
}

const CUSTOMER_ATTRIBUTES: [&str; 8] =
    ["firstName", "lastName", "email", "gender", "dateOfBirth", "salutation", "createdAt", "updatedAt"];
