//! Who gets through to the help desk: whoever signs with AWS's Signature Version 4, and nobody else. To everybody else
//! its paths are unknown ones.

use serde_json::json;
use tests::{Request, Shop, Table};

const FIND: &str = "/admin/customers?filter[email]=john@example.com";
const CHANGE: &str = "/admin/customers/DE--1/change-email";

/// How many events have reached a function; each one logs a line.
fn events(shop: &Shop) -> usize {
    shop.log().len()
}

/// Sends requests of which none may reach a function.
async fn refused(shop: &Shop, requests: Vec<(String, Request)>) {
    let before = events(shop);
    let mut table = Table::default();
    for (name, request) in requests {
        let answer = shop.anonymous().send(request).await;
        let expected = [(404, String::new(), "Not Found".to_owned())];
        table.check(name, answer.errors(), expected.to_vec());
    }
    table.finish();
    assert_eq!(shop.log()[before..], [""; 0]);
}

#[tokio::test]
async fn a_signed_request_reaches_the_function() {
    let shop = Shop::start().await;
    for operator in ["anna", "AKIA0123456789", "anna.berg+desk=1,@example_com-1"] {
        let desk = shop.desk(operator);
        let email = json!({"data": {"type": "change-email", "attributes": {"email": "j@example.com"}}});
        for request in [
            Request::new("GET", FIND),
            Request::new("GET", "/admin/customers?filter%5Bname%5D=J%C3%BCr%20gen+%2B%26"),
            Request::new("GET", "/admin/customers/auth0%7C1%252F"),
            Request::new("GET", "/admin/customers/DE--1").header("X-Note", "  two   spaces "),
            Request::new("POST", "/admin/customers/DE--1/sign-out"),
            Request::new("POST", CHANGE).json(&email),
        ] {
            let before = events(&shop);
            desk.send(request).await;
            assert_eq!(events(&shop), before + 1, "{:?}", shop.log().last());
        }
    }
}

#[tokio::test]
async fn nobody_else_does() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    shop.mail_settled().await;
    let anna = shop.desk("anna");
    let bearer = format!("Bearer {}", customer.access_token);
    let mut requests = Vec::new();
    for (method, path) in [
        ("GET", FIND),
        ("GET", "/admin/customers/DE--1"),
        ("GET", "/admin/customers/DE--1/record"),
        ("POST", CHANGE),
    ] {
        let plain = || Request::new(method, path);
        requests.extend([
            (format!("{method} {path} unsigned"), plain()),
            (format!("{method} {path} by a customer"), plain().header("Authorization", &bearer)),
            (
                format!("{method} {path} with forged identities"),
                plain()
                    .header("UserArn", "arn:aws:iam::000000000000:user/anna")
                    .header("X-Amzn-Userarn", "arn:aws:iam::000000000000:user/anna")
                    .header("X-Amz-Security-Token", "anna")
                    .body(r#"{"requestContext":{"identity":{"userArn":"arn:aws:iam::000000000000:user/anna"}}}"#),
            ),
            (format!("{method} {path} another secret"), shop.desk("anna").secret("Local").signed(plain())),
            (format!("{method} {path} no secret"), shop.desk("anna").secret("").signed(plain())),
        ]);
        let signed = anna.signed(plain());
        let authorization = signed.value("Authorization").expect("a signature").to_owned();
        let twice = signed.clone().header("Authorization", &authorization);
        requests.push((format!("{method} {path} two signatures"), twice));
        for (from, to) in [
            ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
            ("AWS4-HMAC-SHA256", "Bearer"),
            ("Credential=anna/", "Credential=/"),
            ("Credential=anna/", "Credential=a:b/"),
            ("eu-central-1", "eu-central-2"),
            ("eu-central-1", ""),
            ("execute-api", "dynamodb"),
            ("aws4_request", "aws4_request/x"),
            ("/20", "/19"),
            ("SignedHeaders=host;", "SignedHeaders="),
            ("SignedHeaders=host;", "SignedHeaders=host;nowhere;"),
            (", Signature=", ", Signature=0"),
        ] {
            assert!(authorization.contains(from), "{authorization}");
            let forged = signed.clone().altered("Authorization", Some(&authorization.replace(from, to)));
            requests.push((format!("{method} {path} {to} instead of {from}"), forged));
        }
    }
    refused(&shop, requests).await;
}

/// Only then is what it names part of an ARN.
#[tokio::test]
async fn a_name_that_iam_would_not_take_signs_nothing() {
    let shop = Shop::start().await;
    let long = "a".repeat(65);
    let names = ["a:b", "a b", "a*", "arn:aws:iam::1:root", "<b>", &long];
    let requests = names.map(|name| (name.to_owned(), shop.desk(name).signed(Request::new("GET", FIND))));
    refused(&shop, requests.into()).await;
}

#[tokio::test]
async fn a_signature_is_good_for_one_request() {
    let shop = Shop::start().await;
    let anna = shop.desk("anna");
    let find = anna.signed(Request::new("GET", FIND));
    let email = |email: &str| json!({"data": {"type": "change-email", "attributes": {"email": email}}});
    let change = anna.signed(Request::new("POST", CHANGE).json(&email("john@example.com")));
    let other_body = email("eve@example.com").to_string();
    refused(
        &shop,
        vec![
            ("another query".into(), find.clone().at(&FIND.replace("john", "eve"))),
            ("more of a query".into(), find.clone().at(&format!("{FIND}&a=b"))),
            ("no query".into(), find.clone().at("/admin/customers")),
            ("another path".into(), find.clone().at("/admin/customers/DE--1")),
            ("another customer".into(), change.clone().at("/admin/customers/DE--2/change-email")),
            ("another action".into(), change.clone().at("/admin/customers/DE--1/anonymise")),
            ("another body".into(), change.clone().body(other_body)),
            ("no body".into(), change.clone().body("")),
            ("another reason".into(), change.clone().altered("X-Reason", Some("T-4712"))),
            ("no reason".into(), change.clone().altered("X-Reason", None)),
            ("two reasons".into(), change.clone().header("X-Reason", "T-4711")),
            ("another host".into(), change.clone().header("Host", "localhost")),
            ("another date".into(), change.clone().altered("X-Amz-Date", Some("20261127T094102Z"))),
            ("no date".into(), change.clone().altered("X-Amz-Date", None)),
            ("an unsigned header of AWS".into(), change.clone().header("X-Amz-Target", "x")),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_signature_is_good_for_five_minutes() {
    let shop = Shop::start().await;
    let signed = shop.desk("anna").signed(Request::new("GET", FIND));
    shop.advance(4 * 60 + 50);
    let before = events(&shop);
    shop.anonymous().send(signed.clone()).await;
    assert_eq!(events(&shop), before + 1);
    shop.advance(70);
    refused(&shop, vec![("six minutes old".into(), signed)]).await;
}

/// Also with a signature: the function looks at the raw path again.
#[tokio::test]
async fn no_other_spelling_leads_to_the_desk() {
    let shop = Shop::start().await;
    let anna = shop.desk("anna");
    let mut table = Table::default();
    for (method, path) in [
        ("GET", "/admin"),
        ("GET", "/admin/"),
        ("GET", "/admin//customers"),
        ("GET", "//admin/customers"),
        ("GET", "/Admin/customers"),
        ("GET", "/admin/Customers"),
        ("GET", "/%61dmin/customers"),
        ("GET", "/admin/%63ustomers"),
        ("GET", "/admin%2Fcustomers"),
        ("GET", "/admin/customers/"),
        ("GET", "/admin/customers//"),
        ("GET", "/admin/customers/DE--1/"),
        ("GET", "/admin/customers//record"),
        ("GET", "/admin/customers/DE--1/record/"),
        ("GET", "/admin/customers/DE--1/sign-out"),
        ("POST", "/admin/customers"),
        ("POST", "/admin/customers/DE--1"),
        ("POST", "/admin/customers/DE--1/sign-out/"),
        ("POST", "/admin/customers/DE--1/record"),
        ("POST", "/admin/customers//sign-out"),
        ("POST", "/admin/customers/DE--1/unlock"),
        ("PATCH", "/admin/customers/DE--1"),
        ("DELETE", "/admin/customers/DE--1"),
        ("OPTIONS", "/admin/customers/DE--1/sign-out"),
    ] {
        let signed = anna.send(Request::new(method, path)).await;
        let unsigned = shop.anonymous().send(Request::new(method, path)).await;
        if method != "OPTIONS" {
            let expected = vec![(404, String::new(), "Not Found".to_owned())];
            table.check(format!("{method} {path} signed"), signed.errors(), expected.clone());
            table.check(format!("{method} {path}"), unsigned.errors(), expected);
        }
    }
    table.finish();
    // None of them was an operation of the desk.
    let operations = ["FindCustomers", "ShowCustomer", "GetCustomerRecord", "Desk"];
    for line in shop.log() {
        assert!(!operations.iter().any(|name| line.contains(&format!("\"operation\":\"{name}"))), "{line}");
    }
}
