//! Malformed bodies are the client's fault: whatever arrives, the answer is never a 5xx.

use serde_json::json;
use tests::errors::INVALID_DATA;
use tests::{PASSWORD, Request, Shop, Table, address, merged, registration};

/// RFC 8259, section 8.1: JSON is UTF-8. Nothing is guessed, because two passwords could become the same one.
#[tokio::test]
async fn a_body_that_is_not_utf_8_is_invalid() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut table = Table::default();
    let not_text: [&[u8]; 4] = [b"\xff", b"\xc3\x28", b"Gr\xfc\xdfe", b"\xed\xa0\x80"];
    for bytes in not_text {
        let with = |kind: &str, attributes: &str| {
            let document = format!(r#"{{"data":{{"type":"{kind}","attributes":{attributes}}}}}"#);
            let (before, after) = document.split_once('*').expect("a place for the bytes");
            [before.as_bytes(), bytes, after.as_bytes()].concat()
        };
        let new = registration("jane@example.com").to_string();
        for (method, path, body) in [
            ("POST", "/customers".into(), with("customers", &new.replace(PASSWORD, "Change.123-Now*"))),
            ("POST", "/customers".into(), with("customers", &new.replace("Doe", "*"))),
            ("PATCH", customer.path(), with("customers", r#"{"lastName":"*"}"#)),
            (
                "POST",
                "/access-tokens".into(),
                with("access-tokens", r#"{"username":"john@example.com","password":"*"}"#),
            ),
        ] {
            let answer = customer.send(Request::new(method, &path).body(body)).await;
            let expected = vec![(INVALID_DATA.0, INVALID_DATA.1.into(), INVALID_DATA.2.into())];
            table.check(format!("{method} {path} {bytes:?}"), answer.errors(), expected);
        }
        let form = b"grant_type=password&username=john@example.com&password=";
        let escaped: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
        for form in [[form, bytes].concat(), [form, escaped.as_bytes()].concat()] {
            let request =
                Request::new("POST", "/token").header("Content-Type", "application/x-www-form-urlencoded");
            let answer = shop.anonymous().send(request.body(&form)).await.expect(400);
            table.check(format!("/token {bytes:?}"), answer.json()["error"].clone(), "invalid_request");
        }
    }
    table.finish();
}

#[tokio::test]
async fn no_body_causes_a_server_error() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let address = customer.address_path(&customer.add_address(json!({})).await);
    let targets = [
        ("POST", "/customers".into(), "customers"),
        ("PATCH", customer.path(), "customers"),
        ("POST", customer.addresses_path(), "addresses"),
        ("PATCH", address, "addresses"),
        ("PATCH", "/customer-password".into(), "customer-password"),
        ("POST", "/customer-forgotten-password".into(), "customer-forgotten-password"),
        ("PATCH", "/customer-restore-password".into(), "customer-restore-password"),
        ("POST", "/customer-confirmation".into(), "customer-confirmation"),
        ("POST", "/access-tokens".into(), "access-tokens"),
        ("POST", "/refresh-tokens".into(), "refresh-tokens"),
        ("POST", "/token".into(), "token"),
        ("GET", "/customers".into(), "customers"),
        ("DELETE", "/refresh-tokens/x".into(), "refresh-tokens"),
    ];
    let mut table = Table::default();
    for (method, path, kind) in targets {
        let deep = |open: &str, close: &str| format!("{}{}", open.repeat(20_000), close.repeat(20_000));
        let inside = |text: &str| format!(r#"{{"data":{{"type":"{kind}","attributes":{text}}}}}"#);
        let bodies: Vec<Vec<u8>> = vec![
            b"{".into(),
            b"\0".into(),
            b"\xff\xfe\xfd".into(),
            b"\xef\xbb\xbf{}".into(),
            deep("[", "]").into(),
            "[".repeat(20_000).into(),
            inside(&deep("[", "]")).into(),
            format!("{}{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000)).into(),
            inside(r#"{"email":"\ud800","firstName":"\u0000","city":"\udfff"}"#).into(),
            inside("{\"email\":\"\u{0}\"}").into(),
            [inside(r#"{"firstName":""#).as_bytes(), b"\xc3\x28", b"\"}"].concat(),
            inside(r#"{"email":1e999,"firstName":-0,"city":123456789012345678901234567890}"#).into(),
            inside(r#"{"email":"a@b.de","email":"c@d.de"}"#).into(),
            inside(&format!(r#"{{{}"x":1}}"#, r#""x":1,"#.repeat(5_000))).into(),
            vec![b' '; 1_000_000],
            vec![b'['; 1_000_000],
            b"grant_type=%ff%fe&username=%00&password=%".into(),
            format!("grant_type=password&{}", "a=b&".repeat(10_000)).into(),
        ];
        for (index, body) in bodies.into_iter().enumerate() {
            for content_type in ["application/vnd.api+json", "application/x-www-form-urlencoded"] {
                let request = Request::new(method, &path).header("Content-Type", content_type).body(&body);
                let answer = customer.send(request).await;
                let row = format!("{method} {path} body {index} as {content_type}");
                table.check(&row, answer.status < 500, true);
                let has_body_row = method != "GET" && method != "DELETE";
                if body.len() == 1_000_000 && has_body_row {
                    table.check(&row, answer.status, 413);
                }
            }
        }
    }
    table.finish();
    assert!(customer.is_signed_in().await);
}

#[tokio::test]
async fn nested_and_broken_json_is_invalid_data() {
    let shop = Shop::start().await;
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    for body in [deep.as_bytes(), b"\0", b"\xff", b"{\"data\":\xff}", b"nul"] {
        shop.anonymous().send(Request::new("POST", "/customers").body(body)).await.assert_error(INVALID_DATA);
    }
}

#[tokio::test]
async fn no_value_of_any_field_causes_a_server_error() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let address_path = customer.address_path(&customer.add_address(json!({})).await);
    let password = json!({"password": "x", "newPassword": "1234567", "confirmPassword": "1234567"});
    let restore = json!({"restorePasswordKey": "x", "password": "1234567", "confirmPassword": "1234567"});
    let targets = [
        ("POST", "/customers".into(), registration("john@example.com")),
        (
            "PATCH",
            customer.path(),
            json!({"email": 1, "firstName": 1, "dateOfBirth": 1, "password": 1, "gender": 1}),
        ),
        // An unknown country, so that a hundred addresses do not fill the record.
        ("POST", customer.addresses_path(), merged(address(), json!({"iso2Code": "XX"}))),
        ("PATCH", address_path, address()),
        ("PATCH", "/customer-password".into(), password),
        ("POST", "/customer-forgotten-password".into(), json!({"email": 1})),
        ("PATCH", "/customer-restore-password".into(), restore),
        ("POST", "/customer-confirmation".into(), json!({"registrationKey": 1})),
        ("POST", "/access-tokens".into(), json!({"username": "a@example.com", "password": "x"})),
        ("POST", "/refresh-tokens".into(), json!({"refreshToken": 1})),
    ];
    let values = [
        json!(null),
        json!(false),
        json!(true),
        json!(0),
        json!(-1.5e300),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"toString": null}),
        json!("\u{0}"),
        json!("\u{feff}\u{202e}\u{200d}"),
        json!("\r\n"),
        json!("😀".repeat(300)),
        json!("x".repeat(60_000)),
        json!("' OR 1=1 --"),
        json!("${7*7}"),
        json!("..\\..//"),
        json!("Z\u{301}\u{301}\u{301}"),
    ];
    let mut table = Table::default();
    for (method, path, base) in targets {
        for field in base.as_object().expect("an object").keys() {
            for value in &values {
                let request =
                    Request::new(method, &path).attributes(merged(base.clone(), json!({field: value})));
                let answer = customer.send(request).await;
                let shown: String = value.to_string().chars().take(40).collect();
                table.check(format!("{method} {path} {field} {shown}"), answer.status < 500, true);
            }
        }
    }
    table.finish();
}
