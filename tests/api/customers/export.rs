//! `GET /customers/{customerReference}/export`.

use local::Failure;
use serde_json::{Value, json};
use tests::errors::{INVALID_TOKEN, REFERENCE_MISSING, UNAUTHORIZED};
use tests::mail::CONFIRMATION;
use tests::{Answer, Customer, NEW_PASSWORD, PASSWORD, Request, Shop, registration};

const EMAIL: &str = "john@example.com";

#[tokio::test]
async fn everything_stored_is_in_one_document() {
    let shop = Shop::start().await;
    let john = john_with_pending_mails(&shop).await;
    let first = john.add_address(json!({})).await;
    let second = john.add_address(json!({"city": "Hamburg"})).await;
    shop.sign_in(&john.reference, EMAIL, NEW_PASSWORD).await;
    shop.desk("anna").show(&john.reference).await.expect(200);

    let export = export(&john).await;
    assert_eq!(export.header("Content-Type"), Some("application/vnd.api+json"));
    assert_eq!(export.header("Cache-Control"), Some("no-store"));
    let file = format!("attachment; filename=\"customer-{}.json\"", john.reference);
    assert_eq!(export.header("Content-Disposition"), Some(&*file));
    assert_eq!(export.header("ETag"), None, "a tag covers a single resource");
    assert_eq!(export.members(""), ["data", "included", "meta"]);
    assert_eq!(export.members("/data"), ["type", "id", "attributes", "links", "relationships"]);
    assert_eq!(export.members("/data/relationships"), ["addresses", "sessions"]);
    assert_eq!(
        export.members("/meta"),
        ["acceptedTermsAt", "language", "isConfirmed", "pendingMails", "mails", "supportAccess"]
    );

    let document = export.json();
    let customer = john.get(&john.path()).await.expect(200).json();
    for member in ["type", "id", "attributes", "links"] {
        assert_eq!(document["data"][member], customer["data"][member], "{member}");
    }
    let addresses = data(&john, "addresses").await;
    assert_eq!((&addresses[0]["id"], &addresses[1]["id"]), (&json!(first), &json!(second)));
    let sessions = data(&john, "sessions").await;
    assert_eq!(sessions.len(), 2, "from the sign-ins after the password change");
    assert_eq!(document["data"]["relationships"]["addresses"]["data"], identifiers(&addresses));
    assert_eq!(document["data"]["relationships"]["sessions"]["data"], identifiers(&sessions));
    assert_eq!(document["included"], json!([addresses, sessions].concat()));
    let meta = json!({
        "acceptedTermsAt": customer["data"]["attributes"]["createdAt"],
        "language": "de",
        "isConfirmed": false,
        "pendingMails": ["confirmation", "email-changed", "password-changed"],
        "mails": [{"kind": "confirmation", "state": "delivered", "at": document["meta"]["mails"][0]["at"]}],
        "supportAccess": [{"at": document["meta"]["supportAccess"][0]["at"], "action": "show"}],
    });
    assert_eq!(document["meta"], meta);

    let part = format!("{}/export?include=none&fields[customers]=email&fields[sessions]=", john.path());
    assert_eq!(john.get(&part).await.expect(200).body, export.body, "an export is always complete");
}

#[tokio::test]
async fn it_contains_no_secret_and_no_hash_of_one() {
    let shop = Shop::start().await;
    let john = john_with_pending_mails(&shop).await;
    shop.try_refresh(&john.refresh_token).await.expect(201);
    let forgotten = json!({"email": EMAIL});
    shop.anonymous().post("/customer-forgotten-password", forgotten).await.expect(204);
    shop.mail_settled().await;

    let export = export(&john).await;
    let text = String::from_utf8_lossy(&export.body).into_owned();
    let ids: Vec<Value> = export.json()["included"].as_array().expect("a list").iter().map(id).collect();
    let mut kept = Vec::new();
    shop.items().await.iter().for_each(|item| collect_texts(item, &mut kept));
    // A session's id is a hash that grants no access, and DELETE needs it.
    kept.retain(|text| text.len() >= 30 && !ids.contains(&json!(text)));
    assert!(kept.iter().any(|text| text.starts_with("$argon2id$")));
    for secret in &kept {
        assert!(!text.contains(secret.as_str()), "{secret} in {text}");
    }
    for token in [&john.access_token, &john.refresh_token] {
        assert!(token.split('.').skip(1).all(|part| !text.contains(part)), "{text}");
    }
}

#[tokio::test]
async fn it_shows_whether_the_address_is_confirmed() {
    let shop = Shop::start().await;
    let john = shop.register(EMAIL).await;
    let key = shop.mail_to(EMAIL, CONFIRMATION).await.token();
    shop.mail_settled().await;
    let meta = async || {
        let meta = export(&john).await.json()["meta"].clone();
        (meta["isConfirmed"].clone(), meta["pendingMails"].clone())
    };
    assert_eq!(meta().await, (json!(false), json!([])));
    let confirm = json!({"registrationKey": key});
    shop.anonymous().post("/customer-confirmation", confirm).await.expect(204);
    assert_eq!(meta().await, (json!(true), json!([])));
    john.patch(&john.path(), json!({"email": "jack@example.com"})).await.expect(200);
    shop.mail_settled().await;
    assert_eq!(meta().await, (json!(false), json!([])));
}

#[tokio::test]
async fn without_addresses_it_includes_only_sessions() {
    let shop = Shop::start().await;
    let john = shop.register(EMAIL).await;
    let export = export(&john).await;
    assert_eq!(export.members("/data/relationships"), ["sessions"]);
    assert_eq!(export.json()["included"], json!(data(&john, "sessions").await));
}

#[tokio::test]
async fn customers_can_export_only_their_own_data() {
    let shop = Shop::start().await;
    let john = shop.register(EMAIL).await;
    let jane = shop.register("jane@example.com").await;
    let path = format!("{}/export", john.path());
    jane.get(&path).await.assert_error(UNAUTHORIZED);
    jane.get("/customers/DE--UNKNOWN/export").await.assert_error(UNAUTHORIZED);
    jane.get("/customers//export").await.assert_error(REFERENCE_MISSING);
    john.get(&format!("{path}/")).await.expect(200);
    for method in ["POST", "PATCH", "PUT", "DELETE"] {
        john.send(Request::new(method, &path)).await.expect(404);
    }
    john.get(&format!("{path}/all")).await.expect(404);
    john.delete(&john.path()).await.expect(204);
    john.get(&path).await.assert_error(INVALID_TOKEN);
}

/// A German customer whose mailboxes refused every mail when the password and then the e-mail were changed.
async fn john_with_pending_mails(shop: &Shop) -> Customer {
    const OLD_EMAIL: &str = "johann@example.com";
    let german = shop.anonymous().header("Accept-Language", "de");
    let reference = german.post("/customers", registration(OLD_EMAIL)).await.expect(201).id();
    shop.confirm(OLD_EMAIL).await;
    for email in [OLD_EMAIL, EMAIL] {
        shop.ses().fail_for(email, Failure::Rejected);
    }
    let john = shop.sign_in(&reference, OLD_EMAIL, PASSWORD).await;
    john.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    let john = shop.sign_in(&reference, OLD_EMAIL, NEW_PASSWORD).await;
    john.patch(&john.path(), json!({"email": EMAIL})).await.expect(200);
    shop.mail_settled().await;
    john
}

async fn export(customer: &Customer) -> Answer {
    customer.get(&format!("{}/export", customer.path())).await.expect(200)
}

/// One of the customer's lists, `addresses` or `sessions`.
async fn data(customer: &Customer, name: &str) -> Vec<Value> {
    let list = customer.get(&format!("{}/{name}", customer.path())).await.expect(200).json();
    list["data"].as_array().expect("a list").clone()
}

fn identifiers(resources: &[Value]) -> Value {
    resources.iter().map(|resource| json!({"type": resource["type"], "id": resource["id"]})).collect()
}

fn id(resource: &Value) -> Value {
    resource["id"].clone()
}

/// Every text in an item, at any depth.
fn collect_texts(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect_texts(value, texts)),
        Value::Object(members) => members.values().for_each(|value| collect_texts(value, texts)),
        _ => {}
    }
}
