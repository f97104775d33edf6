//! `### Paths` of the contract as one table.

use serde_json::json;
use tests::errors::{
    ADDRESS_ID_NOT_SPECIFIED, Error, ID_NOT_SPECIFIED, NOT_FOUND, REFERENCE_MISSING, REFERENCE_NOT_SPECIFIED,
    UNAUTHORIZED,
};
use tests::{Answer, PASSWORD, Request, Shop, Table, address, registration};

/// The token must not matter, so each path is requested without one, with an invalid one and with a valid one.
#[tokio::test]
async fn missing_ids_and_unknown_paths() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let id = customer.add_address(json!({})).await;
    let own = customer.path();
    let addresses = customer.addresses_path();
    let address = customer.address_path(&id);
    let below = |path: &str, rest: &str| format!("{path}{rest}");

    let mut rows: Vec<(&str, String, Error)> = Vec::new();
    let mut row = |methods: &'static str, path: &str, error: Error| {
        rows.extend(methods.split(' ').map(|method| (method, path.into(), error)));
    };

    for path in ["/customers", "/customers/", "/customers?x=y", "/customers/?x=y"] {
        row("PATCH DELETE", path, REFERENCE_NOT_SPECIFIED);
    }
    for path in [addresses.clone(), below(&addresses, "/"), below(&addresses, "/?include=addresses")] {
        row("PATCH DELETE", &path, ADDRESS_ID_NOT_SPECIFIED);
    }
    row("PATCH", "/customer-password/", REFERENCE_NOT_SPECIFIED);
    row("PATCH", "/customer-password/?x=y", REFERENCE_NOT_SPECIFIED);
    row("PATCH", "/customer-restore-password/", ID_NOT_SPECIFIED);
    row("DELETE", "/refresh-tokens", ID_NOT_SPECIFIED);
    row("DELETE", "/refresh-tokens/", ID_NOT_SPECIFIED);
    for path in [
        "/customers//addresses",
        "/customers//addresses/",
        "/customers//addresses/1",
        "/customers//addresses/1/",
    ] {
        row("GET", path, REFERENCE_MISSING);
        row("PATCH DELETE", path, REFERENCE_NOT_SPECIFIED);
        row("POST", path, UNAUTHORIZED);
        row("PUT", path, NOT_FOUND);
    }

    row("GET POST PATCH DELETE PUT TRACE FOO", "/", NOT_FOUND);
    row("PUT TRACE PROPFIND FOO", "/customers", NOT_FOUND);
    row("POST PUT", &own, NOT_FOUND);
    row("PUT", &addresses, NOT_FOUND);
    row("POST PUT", &address, NOT_FOUND);
    row("GET POST PATCH DELETE", &below(&address, "/x"), NOT_FOUND);
    row("GET POST PATCH DELETE", &below(&own, "/wishlists"), NOT_FOUND);
    row("GET POST DELETE PUT", "/customer-password", NOT_FOUND);
    row("GET POST DELETE", "/customer-password/", NOT_FOUND);
    row("GET POST DELETE", "/customer-password/DE--1", NOT_FOUND);
    row("GET POST PATCH DELETE", "/customer-password/DE--1/x", NOT_FOUND);
    row("GET PATCH DELETE PUT", "/customer-forgotten-password", NOT_FOUND);
    row("GET POST PATCH DELETE", "/customer-forgotten-password/x", NOT_FOUND);
    row("GET POST DELETE", "/customer-restore-password", NOT_FOUND);
    row("GET POST DELETE", "/customer-restore-password/", NOT_FOUND);
    row("GET POST DELETE", "/customer-restore-password/x", NOT_FOUND);
    row("GET POST PATCH DELETE", "/customer-restore-password/x/y", NOT_FOUND);
    row("GET PATCH DELETE PUT", "/customer-confirmation", NOT_FOUND);
    row("GET POST PATCH DELETE", "/customer-confirmation/x", NOT_FOUND);
    row("GET PATCH DELETE PUT", "/access-tokens", NOT_FOUND);
    row("GET POST PATCH DELETE", "/access-tokens/x", NOT_FOUND);
    row("GET PATCH PUT", "/refresh-tokens", NOT_FOUND);
    row("GET POST PATCH PUT", "/refresh-tokens/x", NOT_FOUND);
    row("GET POST PATCH", "/refresh-tokens/mine", NOT_FOUND);
    row("GET POST PATCH DELETE", "/refresh-tokens/x/y", NOT_FOUND);
    row("GET PATCH DELETE PUT", "/token", NOT_FOUND);
    row("GET POST PATCH DELETE", "/token/x", NOT_FOUND);
    row("POST PATCH DELETE PUT", "/.well-known/jwks.json", NOT_FOUND);
    row("POST PATCH DELETE", "/.well-known/openid-configuration", NOT_FOUND);
    for path in [
        "/.well-known",
        "/.well-known/x",
        "/Customers",
        "/customer",
        "/customersx",
        "/CUSTOMERS/DE--1",
        "/x/customers",
    ] {
        row("GET POST PATCH DELETE", path, NOT_FOUND);
    }
    row("GET", &below(&own, "/Addresses"), NOT_FOUND);
    row("GET", "/%63ustomers", NOT_FOUND);

    let mut table = Table::default();
    let clients = [
        ("no token", shop.anonymous()),
        ("bad token", shop.bearer("x")),
        ("good token", (*customer).clone()),
    ];
    for (method, path, (status, code, detail)) in rows {
        for (token, client) in &clients {
            let answer = client.send(Request::new(method, &path)).await;
            let row = format!("{method} {path} with {token}");
            table.check(row, errors_or_status(&answer), vec![(status, code.into(), detail.into())]);
        }
    }
    table.finish();
    customer.get(&address).await.expect(200);
}

#[tokio::test]
async fn head_is_unknown_like_any_other_method() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    for path in ["/customers", &customer.path(), "/.well-known/jwks.json", "/nowhere", "/"] {
        customer.send(Request::new("HEAD", path)).await.expect(404);
    }
}

#[tokio::test]
async fn a_trailing_slash_is_ignored() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let base = shop.base_url();
    let slash = |path: String| format!("{path}/");
    let anonymous = shop.anonymous();

    anonymous.post("/customers/", registration("jane@example.com")).await.expect(201);
    let list = customer.get("/customers/").await.expect(200);
    assert_eq!(list.json()["data"][0]["id"], customer.reference.as_str());
    let one = customer.get(&slash(customer.path())).await.expect(200);
    assert_eq!(one.json()["data"]["links"]["self"], format!("{base}{}", customer.path()));
    customer.get(&format!("{}/?include=addresses", customer.path())).await.expect(200);
    customer.patch(&slash(customer.path()), json!({"lastName": "Slash"})).await.expect(200);
    let created = customer.post(&slash(customer.addresses_path()), address()).await.expect(201);
    let address = customer.address_path(&created.id());
    assert_eq!(created.json()["data"]["links"]["self"], format!("{base}{address}"));
    customer.get(&slash(customer.addresses_path())).await.expect(200);
    customer.get(&slash(address.clone())).await.expect(200);
    customer.patch(&slash(address.clone()), json!({"city": "Bonn"})).await.expect(200);
    customer.delete(&slash(address)).await.expect(204);

    anonymous.post("/customer-forgotten-password/", json!({"email": "nobody@example.com"})).await.expect(204);
    anonymous.post("/customer-confirmation/", json!({"registrationKey": "x"})).await.expect(422);
    let key = json!({"restorePasswordKey": "x", "password": PASSWORD, "confirmPassword": PASSWORD});
    anonymous.patch("/customer-restore-password/x/", key).await.expect(422);
    let login = json!({"username": customer.email, "password": PASSWORD});
    let tokens = anonymous.post("/access-tokens/", login).await.expect(201);
    anonymous
        .post("/refresh-tokens/", json!({"refreshToken": tokens.text("refreshToken")}))
        .await
        .expect(201);
    anonymous.form("/token/", "grant_type=x").await.expect(400);
    anonymous.get("/.well-known/jwks.json/").await.expect(200);
    anonymous.get("/.well-known/openid-configuration/").await.expect(200);
    // A password that is not the current one shows that the request got through.
    let change = json!({"password": "x", "newPassword": PASSWORD, "confirmPassword": PASSWORD});
    customer.patch(&format!("/customer-password/{}/", customer.reference), change).await.expect(400);
    customer.delete("/refresh-tokens/x/").await.expect(204);
    customer.delete("/refresh-tokens/mine/").await.expect(204);
    assert!(!customer.is_signed_in().await);

    let customer = shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
    customer.delete(&slash(customer.path())).await.expect(204);
}

#[tokio::test]
async fn an_empty_reference_is_reported_whatever_the_body() {
    let shop = Shop::start().await;
    let rows: [(&str, Error); 4] = [
        ("GET", REFERENCE_MISSING),
        ("PATCH", REFERENCE_NOT_SPECIFIED),
        ("DELETE", REFERENCE_NOT_SPECIFIED),
        ("POST", UNAUTHORIZED),
    ];
    for (method, error) in rows {
        for body in ["", "{", r#"{"data":{"type":"x","attributes":{}}}"#, &"x".repeat(70_000)] {
            shop.anonymous()
                .send(Request::new(method, "/customers//addresses").body(body))
                .await
                .assert_error(error);
        }
    }
}

fn errors_or_status(answer: &Answer) -> Vec<(u16, String, String)> {
    if answer.status < 400 { vec![(answer.status, String::new(), "success".into())] } else { answer.errors() }
}
