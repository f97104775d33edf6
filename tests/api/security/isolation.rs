//! Every route with another customer's ids, references and tokens: the contract's answer, and none of their data.

use serde_json::{Value, json};
use tests::errors::{ADDRESS_NOT_FOUND, CUSTOMER_NOT_FOUND, UNAUTHORIZED};
use tests::{Answer, Customer, NEW_PASSWORD, PASSWORD, Request, Shop, Table, address, merged};

/// Part of every text about the victim.
const MARK: &str = "Quetzalcoatl";

#[tokio::test]
async fn another_customers_reference_or_address_is_refused() {
    let shop = Shop::start().await;
    let (victim, address_id) = victim(&shop).await;
    let own_record = record(&victim).await;
    let other = shop.register("john@example.com").await;
    let own_address = other.add_address(json!({})).await;
    let mut table = Table::default();
    for (method, path) in [
        ("PATCH", victim.path()),
        ("DELETE", victim.path()),
        ("POST", victim.addresses_path()),
        ("GET", victim.addresses_path()),
        ("GET", format!("{}/export", victim.path())),
        ("GET", victim.address_path(&address_id)),
        ("PATCH", victim.address_path(&address_id)),
        ("DELETE", victim.address_path(&address_id)),
        ("GET", victim.address_path(&own_address)),
        ("DELETE", victim.address_path(&own_address)),
        ("PATCH", format!("/customer-password/{}", victim.reference)),
    ] {
        let answer = other.send(attempt(method, &path)).await;
        table.check(format!("{method} {path}"), answer.errors(), errors(UNAUTHORIZED));
        table.check(format!("{method} {path}"), leaks(&answer, &victim, &address_id), false);
    }
    for (method, path, error) in [
        ("GET", victim.path(), CUSTOMER_NOT_FOUND),
        ("GET", format!("{}?include=addresses", victim.path()), CUSTOMER_NOT_FOUND),
        ("GET", other.address_path(&address_id), ADDRESS_NOT_FOUND),
        ("PATCH", other.address_path(&address_id), ADDRESS_NOT_FOUND),
        ("DELETE", other.address_path(&address_id), ADDRESS_NOT_FOUND),
    ] {
        let answer = other.send(attempt(method, &path)).await;
        table.check(format!("{method} {path}"), answer.errors(), errors(error));
        table.check(format!("{method} {path}"), leaks(&answer, &victim, &address_id), false);
    }
    let token = format!("/refresh-tokens/{}", victim.refresh_token);
    table.check("DELETE their refresh token", other.delete(&token).await.status, 204);
    table.finish();
    shop.try_refresh(&victim.refresh_token).await.expect(201);
    assert_eq!(record(&victim).await, own_record);
}

#[tokio::test]
async fn no_disguised_path_reaches_another_customer() {
    let shop = Shop::start().await;
    let (victim, address_id) = victim(&shop).await;
    let own_record = record(&victim).await;
    let other = shop.register("john@example.com").await;
    let (theirs, own) = (&victim.reference, &other.reference);
    let mut table = Table::default();
    for reference in [
        theirs.to_lowercase(),
        format!("{theirs}%00"),
        format!("{theirs}%20"),
        format!("%20{theirs}"),
        format!("{theirs};{own}"),
        format!("{theirs},{own}"),
        format!("{own},{theirs}"),
        format!("{own}%2F..%2F{theirs}"),
        format!("{own}/../{theirs}"),
        format!("./{theirs}"),
        format!("%2e/{theirs}"),
        format!("{theirs}%2F"),
        format!("{theirs}%2Faddresses"),
        format!("{theirs}#{own}"),
        format!("{theirs}?customerReference={own}"),
        format!("{own}%0d%0aX: {theirs}").replace(' ', "%20"),
        theirs.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        theirs.replace('-', "%2D"),
        theirs.replace('-', "\u{ff0d}").bytes().map(escaped).collect(),
        format!("CUSTOMER%23{theirs}"),
        address_id.clone(),
        victim.refresh_token.clone(),
        "mine".to_owned(),
        "*".to_owned(),
        "%2a".to_owned(),
    ] {
        for method in ["GET", "PATCH", "DELETE", "POST"] {
            for path in [
                format!("/customers/{reference}"),
                format!("/customers/{reference}/addresses"),
                format!("/customers/{reference}/export"),
                format!("/customers/{reference}/addresses/{address_id}"),
                format!("/customers/{own}/addresses/{address_id}/../{reference}"),
                format!("/customer-password/{reference}"),
            ] {
                let answer = other.send(attempt(method, &path)).await;
                table.check(format!("{method} {path}"), (400..500).contains(&answer.status), true);
                table.check(format!("{method} {path}"), leaks(&answer, &victim, &address_id), false);
            }
        }
    }
    for id in [
        address_id.to_uppercase(),
        address_id.replace('-', ""),
        format!("{{{address_id}}}"),
        format!("urn:uuid:{address_id}"),
        format!("{address_id}%00"),
        format!("../../{theirs}/addresses/{address_id}"),
        format!("..%2F..%2F{theirs}%2Faddresses%2F{address_id}"),
        theirs.clone(),
    ] {
        for method in ["GET", "PATCH", "DELETE"] {
            let path = other.address_path(&id);
            let answer = other.send(attempt(method, &path)).await;
            table.check(format!("{method} {path}"), answer.status, 404);
            table.check(format!("{method} {path}"), leaks(&answer, &victim, &address_id), false);
        }
    }
    table.finish();
    assert_eq!(record(&victim).await, own_record);
    assert!(other.is_signed_in().await);
}

#[tokio::test]
async fn a_customers_list_holds_no_other_customer() {
    let shop = Shop::start().await;
    let (victim, address_id) = victim(&shop).await;
    let other = shop.register("john@example.com").await;
    for path in [
        "/customers".to_owned(),
        "/customers?include=addresses".to_owned(),
        format!("/customers?filter[customerReference]={}", victim.reference),
        format!("/customers?customerReference={}&page[limit]=100", victim.reference),
    ] {
        let answer = other.get(&path).await.expect(200);
        // A list repeats the requested path in its link, and nowhere else.
        assert_eq!(answer.json()["data"].as_array().map(Vec::len), Some(1), "{path}");
        assert_eq!(answer.json()["data"][0]["id"], other.reference, "{path}");
        let said = answer.json()["data"].to_string() + &answer.json()["included"].to_string();
        assert!(!said.contains(MARK) && !said.contains(&address_id), "{path}");
    }
}

/// A customer whose every text has the mark, and the id of their address.
async fn victim(shop: &Shop) -> (Customer, String) {
    let email = format!("{MARK}@example.com");
    let victim = shop.register(&email).await;
    let names = json!({"firstName": MARK, "lastName": MARK, "dateOfBirth": "1977-07-07"});
    victim.patch(&victim.path(), names).await.expect(200);
    let texts = ["firstName", "lastName", "address1", "address2", "address3", "city", "company", "phone"];
    let marked: Value = texts.iter().map(|name| (name.to_string(), json!(MARK))).collect();
    let id = victim.add_address(marked).await;
    (victim, id)
}

async fn record(customer: &Customer) -> Vec<u8> {
    customer.get(&format!("{}?include=addresses", customer.path())).await.expect(200).body
}

/// A request that would succeed for the owner.
fn attempt(method: &str, path: &str) -> Request {
    let request = Request::new(method, path);
    match (method, path) {
        ("GET" | "DELETE", _) => request,
        (_, path) if path.starts_with("/customer-password") => request.attributes(
            json!({"password": PASSWORD, "newPassword": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD}),
        ),
        ("POST", _) => request.attributes(address()),
        _ => request.attributes(merged(json!({"firstName": "Mallory"}), json!({"city": "Mallorca"}))),
    }
}

/// Whether an answer reveals anything about the victim.
fn leaks(answer: &Answer, victim: &Customer, address_id: &str) -> bool {
    let said = answer.summary().to_lowercase();
    [MARK, "1977-07-07", &victim.reference, address_id, &victim.access_token]
        .iter()
        .any(|secret| said.contains(&secret.to_lowercase()))
}

fn escaped(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

fn errors((status, code, detail): tests::errors::Error) -> Vec<(u16, String, String)> {
    vec![(status, code.to_owned(), detail.to_owned())]
}
