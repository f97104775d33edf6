//! POST /customers/{customerReference}/addresses

use serde_json::{Value, json};
use tests::errors::{ADDRESS_NOT_SAVED, UNAUTHORIZED};
use tests::{Request, Shop, Table, address, document, merged, without};

use crate::rules::{self, BLANK, CLASSIC, CURRENT, Field, MISSING, NOT_A_BOOL, Profile, too_long, too_short};

#[tokio::test]
async fn answers_with_the_new_address() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let answer = customer.post(&customer.addresses_path(), address()).await.expect(201);
    let id = answer.id();
    let shape: String =
        id.chars().map(|character| if character.is_ascii_hexdigit() { 'x' } else { character }).collect();
    assert_eq!(shape, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");

    let url = format!("{}/customers/{}/addresses/{id}", shop.base_url(), customer.reference);
    assert_eq!(
        answer.json(),
        json!({"data": {
            "type": "addresses",
            "id": id,
            "attributes": {
                "salutation": "Mr",
                "firstName": "John",
                "lastName": "Doe",
                "address1": "11 Second Street",
                "address2": "4th Floor",
                "address3": "Suite 555",
                "zipCode": "12312",
                "city": "Berlin",
                "country": "Germany",
                "iso2Code": "DE",
                "company": "Doe & Sons",
                "phone": "22111-3-4-5",
                // The first address is the default, whatever its flags say.
                "isDefaultShipping": true,
                "isDefaultBilling": true,
            },
            "links": {"self": url},
        }})
    );
    assert_eq!(answer.members(""), ["data"]);
    assert_eq!(answer.members("/data"), ["type", "id", "attributes", "links"]);
    assert_eq!(answer.members("/data/attributes"), ATTRIBUTES);
    assert_eq!(answer.header("Location"), Some(url.as_str()));
    assert_eq!(answer.header("Content-Type"), Some("application/vnd.api+json"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
}

pub(crate) const ATTRIBUTES: [&str; 14] = [
    "salutation",
    "firstName",
    "lastName",
    "address1",
    "address2",
    "address3",
    "zipCode",
    "city",
    "country",
    "iso2Code",
    "company",
    "phone",
    "isDefaultShipping",
    "isDefaultBilling",
];

#[tokio::test]
async fn optional_attributes_are_null() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let attributes = ["address3", "company", "phone"].into_iter().fold(address(), without);
    let nulls = merged(attributes.clone(), json!({"address3": null, "company": null, "phone": null}));
    for attributes in [attributes, nulls] {
        let answer = customer.post(&customer.addresses_path(), attributes).await.expect(201);
        for name in ["address3", "company", "phone"] {
            assert_eq!(answer.attribute(name), Value::Null, "{name}");
        }
    }
}

#[tokio::test]
async fn checks_every_field() {
    for profile in [CLASSIC, CURRENT] {
        let shop = Shop::with(&profile.settings()).await;
        let customer = shop.register("john@example.com").await;
        // Every valid row fails at the country, after validation.
        let base = merged(address(), json!({"iso2Code": "XX"}));
        let path = customer.addresses_path();
        rules::check(&customer, "POST", &path, &base, &fields(Field::required_text), &[ADDRESS_NOT_SAVED])
            .await;
        rules::check(&customer, "POST", &path, &base, &flags(profile), &[ADDRESS_NOT_SAVED]).await;
        assert_eq!(customer.addresses().await, []);
    }
}

/// The string fields; `text` says whether they are required.
pub(crate) fn fields(text: fn(&'static str) -> Field) -> Vec<Field> {
    let street = |name| text(name).with(json!(""), &[BLANK]).with(json!(" "), &[]).max(255);
    let optional = |name| Field::optional_text(name).max(255);
    vec![
        rules::salutation(text("salutation")),
        rules::person_name(text("firstName")),
        rules::person_name(text("lastName")),
        street("address1"),
        street("address2"),
        optional("address3"),
        text("zipCode").with(json!(""), &[BLANK]).max(15),
        text("city")
            .with(json!(""), &[BLANK, &too_short(3)])
            .with_all([json!("Ul"), json!("😀😀")], &[&too_short(3)])
            .with(json!("Ulm"), &[])
            .max(255),
        optional("phone"),
        text("iso2Code")
            .with(json!(""), &[BLANK])
            .with_all([json!("DEU"), json!("Germany")], &[&too_long(2)])
            .with_all(
                [json!("X"), json!("xx"), json!("ZZ"), json!("D "), json!("D1"), json!("😀😀"), json!("ẞß")],
                &[],
            ),
        optional("company"),
        Field::new("country")
            .with_all([json!(null), json!(5), json!("Atlantis"), json!({}), json!("x".repeat(999))], &[]),
    ]
}

pub(crate) fn flags(profile: Profile) -> Vec<Field> {
    let absent: &[&str] = if profile.is_current { &[MISSING] } else { &[] };
    let flag = |name| {
        Field::new(name)
            .missing(absent)
            .with_all([json!("true"), json!(1), json!(0), json!(""), json!([]), json!({})], &[NOT_A_BOOL])
            .with_all([json!(null), json!(true), json!(false)], &[])
    };
    vec![flag("isDefaultShipping"), flag("isDefaultBilling")]
}

#[tokio::test]
async fn reports_all_problems_at_once_in_the_order_of_the_fields() {
    for profile in [CLASSIC, CURRENT] {
        let shop = Shop::with(&profile.settings()).await;
        let customer = shop.register("john@example.com").await;
        let mut fields = vec![
            "salutation",
            "firstName",
            "lastName",
            "address1",
            "address2",
            "zipCode",
            "city",
            "iso2Code",
        ];
        if profile.is_current {
            fields.extend(["isDefaultShipping", "isDefaultBilling"]);
        }
        let missing = fields.iter().map(|field| (422, String::from("901"), format!("{field} => {MISSING}")));
        let answer = customer.post(&customer.addresses_path(), json!({})).await;
        assert_eq!(answer.errors(), missing.collect::<Vec<_>>());

        let all = [
            "salutation",
            "firstName",
            "lastName",
            "address1",
            "address2",
            "address3",
            "zipCode",
            "city",
            "phone",
            "iso2Code",
            "isDefaultShipping",
            "isDefaultBilling",
            "company",
        ];
        let attributes: Value = all.iter().rev().map(|field| (String::from(*field), json!(5))).collect();
        let kind =
            |field: &str| if field.starts_with("is") && field != "iso2Code" { "bool" } else { "string" };
        let wrong =
            all.iter().map(|field| format!("{field} => This value should be of type {}.", kind(field)));
        let answer = customer.post(&customer.addresses_path(), attributes).await;
        let details: Vec<_> = answer.errors().into_iter().map(|(_, _, detail)| detail).collect();
        assert_eq!(details, wrong.collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn knows_every_country_by_its_usual_english_name() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut table = Table::default();
    let rows = [
        ("DE", "DE", "Germany"),
        ("de", "DE", "Germany"),
        ("dE", "DE", "Germany"),
        ("us", "US", "United States"),
        ("GB", "GB", "United Kingdom"),
        ("ch", "CH", "Switzerland"),
        ("FR", "FR", "France"),
        ("CZ", "CZ", "Czechia"),
        ("KR", "KR", "South Korea"),
        ("RU", "RU", "Russia"),
        ("VN", "VN", "Vietnam"),
        ("TZ", "TZ", "Tanzania"),
        ("BO", "BO", "Bolivia"),
        ("VE", "VE", "Venezuela"),
        ("IR", "IR", "Iran"),
        ("TW", "TW", "Taiwan"),
        ("MK", "MK", "North Macedonia"),
        ("SZ", "SZ", "Eswatini"),
        ("AX", "AX", "Åland Islands"),
        ("AQ", "AQ", "Antarctica"),
        ("ZW", "ZW", "Zimbabwe"),
    ];
    for (sent, stored, country) in rows {
        let attributes = merged(address(), json!({"iso2Code": sent, "country": "Atlantis"}));
        let answer = customer.post(&customer.addresses_path(), attributes).await.expect(201);
        table.check(sent, answer.text("iso2Code"), stored);
        table.check(sent, answer.text("country"), country);
    }
    for unknown in ["XX", "ZZ", "AA", "UK", "EU", "SU", "XK", "D", "1A", "ıs", "ﬁ"] {
        let answer =
            customer.post(&customer.addresses_path(), merged(address(), json!({"iso2Code": unknown}))).await;
        table.check(unknown, answer.status, 400);
    }
    table.finish();
}

#[tokio::test]
async fn ignores_the_id_and_unknown_attributes() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let id = "3a6ee102-007f-5245-aaec-af5b6e05685b";
    let mut body =
        document("addresses", merged(address(), json!({"id": id, "country": "Atlantis", "floor": {}})));
    body["data"]["id"] = json!(id);
    let answer =
        customer.send(Request::new("POST", &customer.addresses_path()).json(&body)).await.expect(201);
    assert_ne!(answer.id(), id);
    assert_eq!(answer.text("country"), "Germany");
    assert_eq!(answer.members("/data/attributes").len(), 14);
}

#[tokio::test]
async fn no_other_customer_may() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    for path in [jane.addresses_path(), "/customers/DE--1/addresses".into()] {
        john.post(&path, address()).await.assert_error(UNAUTHORIZED);
        // The country is the operation's own rule and comes later.
        john.post(&path, merged(address(), json!({"iso2Code": "XX"}))).await.assert_error(UNAUTHORIZED);
    }
    assert_eq!(jane.addresses().await, []);
}
