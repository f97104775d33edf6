//! The document allows a value of an attribute if and only if the validation does, apart from what [`LENIENT`] lists.

use serde_json::{Value, json};
use tests::{
    Answer, Client, NEW_PASSWORD, PASSWORD, Request, Shop, Table, address, merged, registration, without,
};

use super::document::Document;
use super::schema;

/// What the service accepts beyond the document, which says so in its description.
const LENIENT: [(&str, &[&str]); 5] = [
    ("dateOfBirth", &["\"\""]),
    ("address3", &["false", "[]"]),
    ("phone", &["false", "[]"]),
    ("company", &["false", "[]"]),
    ("iso2Code", &["\"de\""]),
];

#[tokio::test]
async fn customers() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let new = registration("jane@example.com");
    check("createCustomer", &customer, "/customers", &new).await;
    check("updateCustomer", &customer, &customer.path(), &without(new, "acceptedTerms")).await;
}

#[tokio::test]
async fn addresses() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let path = customer.address_path(&customer.add_address(json!({})).await);
    check("updateAddress", &customer, &path, &address()).await;
    check("createAddress", &customer, &customer.addresses_path(), &address()).await;
}

#[tokio::test]
async fn passwords() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    // The two passwords differ, so that nothing changes.
    let change = json!({"password": PASSWORD, "newPassword": NEW_PASSWORD, "confirmPassword": PASSWORD});
    check("changePassword", &customer, "/customer-password", &change).await;
    let restore = json!({"restorePasswordKey": "none", "password": PASSWORD, "confirmPassword": PASSWORD});
    check("restorePassword", &customer, "/customer-restore-password", &restore).await;
    check("forgotPassword", &customer, "/customer-forgotten-password", &json!({"email": "a@b.c"})).await;
    check("confirmCustomer", &customer, "/customer-confirmation", &json!({"registrationKey": "none"})).await;
    let request = json!({"email": "a@b.c"});
    check("requestConfirmation", &customer, "/customer-confirmation-requests", &request).await;
    let restore = json!({"restoreEmailKey": "none"});
    check("restoreEmail", &customer, "/customer-email-restoration", &restore).await;
}

#[tokio::test]
async fn tokens() {
    let shop = Shop::start().await;
    let sign_in = json!({"username": "a@b.c", "password": PASSWORD});
    check("createAccessToken", &shop.anonymous(), "/access-tokens", &sign_in).await;
    let refresh = json!({"refreshToken": "none"});
    check("createRefreshToken", &shop.anonymous(), "/refresh-tokens", &refresh).await;
}

/// Tries every odd value of every attribute in a request that is otherwise valid.
async fn check(id: &str, client: &Client, path: &str, base: &Value) {
    let document = Document::read();
    let operation = document.operation(id);
    let attributes = operation.request_attributes();
    let mut table = Table::default();
    for (name, values) in properties(document, attributes) {
        for value in values {
            let attributes_sent = match &value {
                Some(value) => merged(base.clone(), json!({&name: value})),
                None => without(base.clone(), &name),
            };
            let allowed = schema::problems(document, attributes, &attributes_sent, None).is_empty();
            let answer = send(client, &operation.method, path, attributes_sent).await;
            let shown = value.as_ref().map_or_else(|| "absent".to_owned(), Value::to_string);
            let is_lenient =
                LENIENT.iter().any(|(field, values)| *field == name && values.contains(&&*shown));
            assert!(!(is_lenient && allowed), "the document allows {name} {shown}, so it needs no exception");
            table.check(format!("{id} {name} {shown:.80}"), accepts(&answer, &name), allowed || is_lenient);
        }
    }
    table.finish();
}

/// Deletes a new address at once, because a customer can have only a hundred.
async fn send(client: &Client, method: &str, path: &str, attributes: Value) -> Answer {
    let answer = client.send(Request::new(method, path).attributes(attributes)).await;
    if answer.status == 201 && path.ends_with("/addresses") {
        client.delete(&format!("{path}/{}", answer.id())).await.expect(204);
    }
    answer
}

/// Whether nothing is wrong with the field itself: 409 is a country that does not exist, 417 an e-mail that is too long.
fn accepts(answer: &Answer, field: &str) -> bool {
    let errors = if answer.status < 400 { Vec::new() } else { answer.errors() };
    !errors.iter().any(|(_, code, detail)| {
        detail.starts_with(&format!("{field} => ")) || matches!(code.as_str(), "409" | "417")
    })
}

/// The attributes of a request with their odd values; `None` leaves one out.
fn properties(document: &Document, attributes: &str) -> Vec<(String, Vec<Option<Value>>)> {
    let schema = document.at(attributes);
    let parts = schema["allOf"].as_array().map_or_else(|| vec![schema], |parts| parts.iter().collect());
    let properties =
        parts.into_iter().filter_map(|part| document.resolve(part)["properties"].as_object()).flatten();
    properties.map(|(name, property)| (name.clone(), values(document, property))).collect()
}

fn values(document: &Document, property: &Value) -> Vec<Option<Value>> {
    let rule = |keyword: &str| find(document, property, keyword);
    let is_email = rule("pattern").is_some();
    let lengths = ["minLength", "maxLength"].into_iter().filter_map(rule).filter_map(Value::as_u64);
    let lengths = lengths.flat_map(|length| [length - 1, length, length + 1]);
    let texts = lengths.map(|length| json!(text(usize::try_from(length).expect("a length"), is_email)));
    // All countries have a test of their own.
    let choices = rule("enum").and_then(Value::as_array).into_iter().flatten().take(5).cloned();
    let fixed = [
        json!(null),
        json!(""),
        json!(false),
        json!(true),
        json!(5),
        json!([]),
        json!({}),
        json!("de"),
        json!("Mister"),
        json!("a@b"),
        json!("a@b.c"),
        json!("2024-02-28"),
        json!("2024-13-01"),
        json!("28.02.2024"),
    ];
    [None].into_iter().chain(fixed.into_iter().chain(texts).chain(choices).map(Some)).collect()
}

/// A keyword of a schema or of the one that it refers to.
fn find<'a>(document: &'a Document, property: &'a Value, keyword: &str) -> Option<&'a Value> {
    property.get(keyword).or_else(|| {
        let referred = property.get("$ref").map(|_| document.resolve(property))?;
        find(document, referred, keyword)
    })
}

/// A text of this length, or an e-mail address where there is room for one.
fn text(length: usize, is_email: bool) -> String {
    const DOMAIN: &str = "@b.c";
    match length.checked_sub(DOMAIN.len()) {
        Some(local) if is_email && local > 0 => "a".repeat(local) + DOMAIN,
        _ => "ü".repeat(length),
    }
}
