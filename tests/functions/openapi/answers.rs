//! The service's answers match the document: status, media type, headers, schema, order of members, errors.

use lambda_http::http::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use shared::Reply;
use tests::{Answer, Client, Ordered, Request, Shop};

use super::document::{Document, Operation};
use super::errors::in_body;
use super::schema;

/// Checks the reply to an event of the gateway. What `fallback` answers belongs to no operation.
#[track_caller]
pub(crate) fn assert_documented(event: &str, reply: &Reply) {
    let event: Value = serde_json::from_str(event).expect("JSON");
    let document = Document::read();
    let asked = |operation: &Operation<'_>| {
        event["httpMethod"] == *operation.method && event["resource"] == *operation.path
    };
    match document.operations().find(asked) {
        Some(operation) => check(document, &operation, &answer(reply)),
        None => assert!(
            matches!(event["resource"].as_str(), Some("/" | "/{proxy+}")),
            "{event:#} has an operation"
        ),
    }
}

fn answer(reply: &Reply) -> Answer {
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.to_string(), value.to_str().expect("printable").to_owned())
    };
    Answer {
        status: reply.status().as_u16(),
        reason: String::new(),
        headers: reply.headers().iter().map(header).collect(),
        body: reply.body().to_vec(),
    }
}

/// The requests are the document's examples, which are the owner's samples.
#[tokio::test]
async fn the_examples_are_answered_as_documented() {
    let document = Document::read();
    let shop = Shop::start().await;
    let send = async |client: &Client, id: &str, ids: &[&str], status: u16| {
        let operation = document.operation(id);
        let answer = client.send(example(document, &operation, ids)).await.expect(status);
        check(document, &operation, &answer);
        answer
    };
    let anonymous = shop.anonymous();
    let reference = send(&anonymous, "createCustomer", &[], 201).await.id();
    let email_taken = send(&anonymous, "createCustomer", &[], 422).await;
    email_taken.assert_error(tests::errors::EMAIL_TAKEN);
    send(&anonymous, "oauthToken", &[], 200).await;
    send(&anonymous, "jwks", &[], 200).await;
    send(&anonymous, "openidConfiguration", &[], 200).await;
    let pair = send(&anonymous, "createAccessToken", &[], 201).await;
    let customer = shop.bearer(&pair.text("accessToken"));
    send(&customer, "listCustomers", &[], 200).await;
    send(&customer, "getCustomer", &[&reference], 200).await;
    send(&customer, "getCustomer", &["DE--25"], 404).await;
    send(&anonymous, "getCustomer", &[&reference], 403).await;
    send(&shop.bearer("none"), "getCustomer", &[&reference], 401).await;
    let updated = send(&customer, "updateCustomer", &[&reference], 200).await;
    assert_complete(document, "CustomerAttributes", &updated);
    send(&customer, "updateCustomer", &["DE--25"], 403).await;
    send(&customer, "listAddresses", &[&reference], 200).await;
    let created = send(&customer, "createAddress", &[&reference], 201).await;
    assert_complete(document, "AddressAttributes", &created);
    let address = created.id();
    send(&customer, "listAddresses", &[&reference], 200).await;
    send(&customer, "getAddress", &[&reference, &address], 200).await;
    send(&customer, "updateAddress", &[&reference, &address], 200).await;
    let path = format!("/customers/{reference}?include=addresses");
    let included = customer.get(&path).await.expect(200);
    assert!(included.json()["included"][0].is_object());
    check(document, &document.operation("getCustomer"), &included);
    send(&customer, "deleteAddress", &[&reference, &address], 204).await;
    send(&customer, "deleteAddress", &[&reference, &address], 404).await;
    send(&customer, "deleteRefreshToken", &["unknown"], 204).await;
    send(&customer, "exportCustomer", &[&reference], 200).await;
    send(&customer, "listSessions", &[&reference], 200).await;
    send(&customer, "endSession", &[&reference, "unknown"], 204).await;
    send(&anonymous, "forgotPassword", &[], 204).await;
    send(&anonymous, "restorePassword", &[], 422).await;
    send(&anonymous, "restorePasswordById", &["any"], 422).await;
    send(&anonymous, "confirmCustomer", &[], 422).await;
    send(&anonymous, "createRefreshToken", &[], 401).await;
    send(&customer, "changePasswordByReference", &["DE--25"], 403).await;
    send(&customer, "changePassword", &[], 204).await;
    send(&customer, "deleteMyRefreshTokens", &[], 401).await;
    let customer = shop.sign_in(&reference, "example@mail.com", "321egnahc").await;
    send(&customer, "deleteMyRefreshTokens", &[], 204).await;
    let customer = shop.sign_in(&reference, "example@mail.com", "321egnahc").await;
    send(&customer, "deleteCustomer", &[&reference], 204).await;
}

/// An operation's first example with these ids in its path.
fn example(document: &Document, operation: &Operation<'_>, ids: &[&str]) -> Request {
    let mut ids = ids.iter();
    let segment = |segment: &str| match segment.starts_with('{') {
        true => String::from(*ids.next().expect("an id")),
        false => segment.to_owned(),
    };
    let path = operation.path.split('/').map(segment).collect::<Vec<_>>().join("/");
    let request = Request::new(&operation.method, &path);
    if !operation.has_body() {
        return request;
    }
    let (media_type, content) = operation.request();
    let example = document.examples(content)[0];
    let body = match media_type {
        "application/x-www-form-urlencoded" => form(example),
        _ => example.to_string(),
    };
    request.header("Content-Type", media_type).body(body)
}

fn form(parameters: &Value) -> String {
    let parameters = parameters.as_object().expect("parameters").iter();
    let pairs = parameters.map(|(name, value)| format!("{name}={}", value.as_str().expect("a text")));
    pairs.collect::<Vec<_>>().join("&")
}

/// Without sparse fieldsets no attribute is left out.
#[track_caller]
fn assert_complete(document: &Document, schema: &str, answer: &Answer) {
    let attributes = &answer.json()["data"]["attributes"];
    let problems = schema::problems(document, &format!("/components/schemas/{schema}"), attributes, None);
    assert!(problems.is_empty(), "{problems:#?}: {}", answer.summary());
}

#[track_caller]
fn check(document: &Document, operation: &Operation<'_>, answer: &Answer) {
    let summary = format!("{}: {}", operation.id(), answer.summary());
    let response = operation.response(answer.status).unwrap_or_else(|| panic!("not documented: {summary}"));
    check_headers(document, response, answer, &summary);
    let Some(media_type) = answer.header("Content-Type") else {
        assert!(response.get("content").is_none() && answer.body.is_empty(), "a body: {summary}");
        return;
    };
    let content = &response["content"][media_type];
    let ordered: Ordered = serde_json::from_slice(&answer.body).expect("JSON");
    let problems = document.problems(content, &answer.json(), Some(&ordered));
    assert!(problems.is_empty(), "{problems:#?}: {summary}");
    check_errors(document, content, answer, &summary);
}

fn check_headers(document: &Document, response: &Value, answer: &Answer, summary: &str) {
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let header = document.resolve(header);
        match answer.header(name) {
            Some(value) => {
                let expected = header["schema"]["const"].as_str();
                assert!(expected.is_none_or(|expected| expected == value), "{name}: {summary}");
            }
            None => assert_ne!(header["required"], json!(true), "no {name}: {summary}"),
        }
    }
}

/// Every error must be one of the operation's examples, word for word, except 901, of which there are too many.
fn check_errors(document: &Document, content: &Value, answer: &Answer, summary: &str) {
    if answer.status < 400 {
        return;
    }
    let examples = document.examples(content);
    if answer.header("Content-Type") == Some("application/json") {
        assert!(examples.contains(&&answer.json()), "not documented: {summary}");
        return;
    }
    let documented: Vec<_> = examples.into_iter().flat_map(in_body).collect();
    let known = |error: &(u64, String, String)| {
        documented.iter().any(|known| known == error || known.1 == "901" && error.1 == "901")
    };
    assert!(in_body(&answer.json()).iter().all(known), "not documented: {summary}");
}
