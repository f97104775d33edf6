//! Section 3 of the contract: which of two errors in one request is reported.

use serde_json::{Value, json};
use tests::errors::{
    ADDRESS_ID_NOT_SPECIFIED, BAD_RESTORE_KEY, CUSTOMER_NOT_FOUND, ID_NOT_SPECIFIED, INVALID_DATA,
    INVALID_TOKEN, INVALID_TYPE, MISSING_TOKEN, NOT_FOUND, PASSWORDS_DIFFER, REFERENCE_NOT_SPECIFIED,
    UNAUTHORIZED, validation,
};
use tests::{Client, NEW_PASSWORD, PASSWORD, Request, Shop, Table, document};

#[tokio::test]
async fn the_first_error_wins() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    let nobody = shop.anonymous();
    let forger = shop.bearer("x");
    let too_large = || vec![b'{'; 70_000];
    let own = john.path();
    let foreign = jane.path();
    let addresses = john.addresses_path();
    let foreign_addresses = jane.addresses_path();
    let foreign_address = format!("{foreign_addresses}/1");
    let foreign_password = format!("/customer-password/{}", jane.reference);
    let plain = |status| (status, "", "");
    let parameter = "application/vnd.api+json; charset=utf-8";
    let json_type = "application/vnd.api+json";
    let wrong_type = |attributes: Value| document("x", attributes).to_string().into_bytes();
    let customers = |attributes: Value| document("customers", attributes).to_string().into_bytes();
    let address = |attributes: Value| document("addresses", attributes).to_string().into_bytes();
    let change = |attributes: Value| document("customer-password", attributes).to_string().into_bytes();
    let restore =
        |attributes: Value| document("customer-restore-password", attributes).to_string().into_bytes();
    let mismatch = json!({"password": PASSWORD, "newPassword": NEW_PASSWORD, "confirmPassword": PASSWORD});
    let unknown_key = json!({"restorePasswordKey": "x", "password": PASSWORD, "confirmPassword": PASSWORD});
    let different = json!({"restorePasswordKey": "x", "password": PASSWORD, "confirmPassword": NEW_PASSWORD});
    let blank_name = validation("firstName => This value should not be blank.");
    let blank_city = validation("city => This value should not be blank.");
    let short_city = validation("city => This value is too short. It should have 3 characters or more.");
    let no_password = validation("newPassword => This field is missing.");
    let no_confirmation = validation("confirmPassword => This field is missing.");

    type Row<'a> = (&'a str, &'a Client, &'a str, &'a str, &'a str, Vec<u8>, Vec<tests::errors::Error>);
    let rows: Vec<Row> = vec![
        ("404 before token", &nobody, "GET", "/nowhere", json_type, vec![], vec![NOT_FOUND]),
        ("404 before bad token", &forger, "PUT", "/customers", json_type, vec![], vec![NOT_FOUND]),
        ("404 before 413", &nobody, "POST", "/nowhere", json_type, too_large(), vec![NOT_FOUND]),
        ("404 before 415", &nobody, "POST", "/nowhere", parameter, vec![], vec![NOT_FOUND]),
        ("id before token", &nobody, "PATCH", "/customers", json_type, vec![], vec![REFERENCE_NOT_SPECIFIED]),
        (
            "id before bad token",
            &forger,
            "DELETE",
            "/customers/",
            json_type,
            vec![],
            vec![REFERENCE_NOT_SPECIFIED],
        ),
        ("id before token", &nobody, "DELETE", &addresses, json_type, vec![], vec![ADDRESS_ID_NOT_SPECIFIED]),
        (
            "id before ownership",
            &john,
            "PATCH",
            &foreign_addresses,
            json_type,
            vec![],
            vec![ADDRESS_ID_NOT_SPECIFIED],
        ),
        ("id before token", &nobody, "DELETE", "/refresh-tokens", json_type, vec![], vec![ID_NOT_SPECIFIED]),
        (
            "id before token",
            &nobody,
            "PATCH",
            "/customer-password/",
            json_type,
            vec![],
            vec![REFERENCE_NOT_SPECIFIED],
        ),
        (
            "id before 413",
            &nobody,
            "PATCH",
            "/customer-restore-password/",
            json_type,
            too_large(),
            vec![ID_NOT_SPECIFIED],
        ),
        ("id before 415", &john, "PATCH", "/customers", parameter, vec![], vec![REFERENCE_NOT_SPECIFIED]),
        ("token before 413", &nobody, "PATCH", &own, json_type, too_large(), vec![MISSING_TOKEN]),
        ("token before 413", &forger, "PATCH", &own, json_type, too_large(), vec![INVALID_TOKEN]),
        ("token before 415", &nobody, "PATCH", &own, parameter, vec![], vec![MISSING_TOKEN]),
        ("token before type", &forger, "PATCH", &own, json_type, wrong_type(json!({})), vec![INVALID_TOKEN]),
        ("token before data", &nobody, "POST", &addresses, json_type, b"{".into(), vec![MISSING_TOKEN]),
        (
            "token before validation",
            &forger,
            "POST",
            &addresses,
            json_type,
            address(json!({})),
            vec![INVALID_TOKEN],
        ),
        ("token before ownership", &nobody, "DELETE", &foreign, json_type, vec![], vec![MISSING_TOKEN]),
        ("413 before 415", &john, "PATCH", &own, parameter, too_large(), vec![plain(413)]),
        ("413 before data", &john, "PATCH", &own, json_type, too_large(), vec![plain(413)]),
        ("413 before ownership", &john, "PATCH", &foreign, json_type, too_large(), vec![plain(413)]),
        ("415 before type", &john, "PATCH", &own, parameter, wrong_type(json!({})), vec![plain(415)]),
        ("415 before data", &nobody, "POST", "/customers", parameter, b"{".into(), vec![plain(415)]),
        ("415 before ownership", &john, "POST", &foreign_addresses, parameter, vec![], vec![plain(415)]),
        (
            "type before data",
            &john,
            "PATCH",
            &own,
            json_type,
            br#"{"data":{"type":"x"}}"#.into(),
            vec![INVALID_TYPE],
        ),
        (
            "type before validation",
            &nobody,
            "POST",
            "/customers",
            json_type,
            wrong_type(json!({})),
            vec![INVALID_TYPE],
        ),
        (
            "type before ownership",
            &john,
            "PATCH",
            &foreign,
            json_type,
            wrong_type(json!({})),
            vec![INVALID_TYPE],
        ),
        ("data before ownership", &john, "PATCH", &foreign, json_type, b"{".into(), vec![INVALID_DATA]),
        ("data before ownership", &john, "POST", &foreign_addresses, json_type, vec![], vec![INVALID_DATA]),
        (
            "validation before ownership",
            &john,
            "PATCH",
            &foreign,
            json_type,
            customers(json!({"firstName": null})),
            vec![blank_name],
        ),
        (
            "validation before ownership",
            &john,
            "PATCH",
            &foreign_address,
            json_type,
            address(json!({"city": ""})),
            vec![blank_city, short_city],
        ),
        (
            "validation before ownership",
            &john,
            "PATCH",
            &foreign_password,
            json_type,
            change(json!({"password": "x"})),
            vec![no_password, no_confirmation],
        ),
        (
            "validation before mismatch",
            &john,
            "PATCH",
            &own,
            json_type,
            customers(json!({"password": PASSWORD, "confirmPassword": NEW_PASSWORD, "firstName": null})),
            vec![blank_name],
        ),
        (
            "validation before e-mail taken",
            &john,
            "PATCH",
            &own,
            json_type,
            customers(json!({"email": "jane@example.com", "firstName": null})),
            vec![blank_name],
        ),
        (
            "ownership before e-mail taken",
            &john,
            "PATCH",
            "/customers/DE--1",
            json_type,
            customers(json!({"email": "jane@example.com"})),
            vec![UNAUTHORIZED],
        ),
        (
            "ownership before mismatch",
            &john,
            "PATCH",
            &foreign_password,
            json_type,
            change(mismatch),
            vec![UNAUTHORIZED],
        ),
        (
            "ownership before country",
            &john,
            "PATCH",
            &foreign_address,
            json_type,
            address(json!({"iso2Code": "XX"})),
            vec![UNAUTHORIZED],
        ),
        (
            "ownership before address",
            &john,
            "DELETE",
            &foreign_address,
            json_type,
            vec![],
            vec![UNAUTHORIZED],
        ),
        ("ownership of a customer", &john, "GET", &foreign, json_type, vec![], vec![CUSTOMER_NOT_FOUND]),
        (
            "mismatch before key",
            &nobody,
            "PATCH",
            "/customer-restore-password",
            json_type,
            restore(different),
            vec![PASSWORDS_DIFFER],
        ),
        (
            "key last",
            &nobody,
            "PATCH",
            "/customer-restore-password",
            json_type,
            restore(unknown_key),
            vec![BAD_RESTORE_KEY],
        ),
    ];

    let mut table = Table::default();
    for (label, client, method, path, content_type, body, expected) in rows {
        let answer =
            client.send(Request::new(method, path).header("Content-Type", content_type).body(body)).await;
        let row = format!("{label}: {method} {path}");
        // The platform may word errors about sizes and types as it likes.
        let shown = |(status, code, detail): &(u16, String, String)| {
            let detail = if [413, 415].contains(status) { "" } else { detail };
            format!("{status} {code} {detail}")
        };
        let expected = expected.iter().map(|(status, code, detail)| format!("{status} {code} {detail}"));
        table.check(row, answer.errors().iter().map(shown).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }
    table.finish();
}

#[tokio::test]
async fn an_ended_session_is_reported_before_any_error_in_the_body() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    customer.delete("/refresh-tokens/mine").await.expect(204);
    customer.patch(&customer.path(), json!({"firstName": null})).await.assert_error(INVALID_TOKEN);
    customer.send(Request::new("PATCH", &customer.path()).body("{")).await.assert_error(INVALID_TOKEN);
    customer.patch("/customer-password", json!({})).await.assert_error(INVALID_TOKEN);
    customer.get("/customers/DE--1").await.assert_error(INVALID_TOKEN);
    customer.patch("/customers", json!({})).await.assert_error(REFERENCE_NOT_SPECIFIED);
}
