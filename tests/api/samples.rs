//! The sample requests of the owner's document, with the mistakes in their JSON fixed.

use serde_json::{Value, json};
use tests::mail::PASSWORD_RESET;
use tests::{Answer, Client, Request, Shop};

/// All of them on one account, in the document's order.
#[tokio::test]
async fn every_sample_works_as_documented() {
    let shop = Shop::start().await;
    let anonymous = shop.anonymous();

    // Creating a customer
    let created = send(
        &anonymous,
        "POST",
        "/customers",
        r#"{
      "data": {
        "type": "customers",
        "attributes": {
            "salutation": "Mr",
            "firstName":"John",
            "lastName":"Doe",
            "email":"jdoe@example.com",
            "password":"change123",
            "confirmPassword":"change123",
            "acceptedTerms":true
        }
      }
    }"#,
    )
    .await
    .expect(201);
    let reference = created.id();
    let documented = json!({
        "firstName": "John", "lastName": "Doe", "gender": null, "dateOfBirth": null, "salutation": "Mr",
        "createdAt": created.attribute("createdAt"), "updatedAt": created.attribute("createdAt"),
    });
    assert_has(&created, &documented);
    assert_eq!(created.json()["data"]["links"]["self"], format!("{}/customers/{reference}", shop.base_url()));

    // Retrieving customer information
    let customer = shop.sign_in(&reference, "jdoe@example.com", "change123").await;
    assert_has(&customer.get(&customer.path()).await.expect(200), &documented);

    // Editing a customer
    let edited = send(
        &customer,
        "PATCH",
        &customer.path(),
        r#"{
        "data" : {
            "type": "customers",
            "attributes": {
                "lastName": "Johnson",
                "email": "example@mail.com"
            }
        }
    }"#,
    )
    .await
    .expect(200);
    assert_has(&edited, &json!({"lastName": "Johnson", "email": "example@mail.com"}));

    // Adding an address
    let address = send(
        &customer,
        "POST",
        &customer.addresses_path(),
        r#"{
        "data" : {
            "type": "addresses",
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
                "phone": "22111-3-4-5",
                "isDefaultShipping": false,
                "isDefaultBilling": false
            }
        }
    }"#,
    )
    .await
    .expect(201);
    assert_has(&address, &json!({"city": "Berlin", "country": "Germany", "iso2Code": "DE", "company": null}));

    // Modifying an address, getting all, getting one, deleting one
    let path = customer.address_path(&address.id());
    let modified = customer.patch(&path, json!({"city": "Dresden", "zipCode": "12345"})).await.expect(200);
    assert_has(&modified, &json!({"city": "Dresden", "zipCode": "12345", "address1": "11 Second Street"}));
    let all = customer.get(&customer.addresses_path()).await.expect(200).json();
    assert_eq!(all["data"], json!([modified.json()["data"]]));
    assert_eq!(all["links"]["self"], format!("{}/customers/{reference}/addresses", shop.base_url()));
    assert_eq!(customer.get(&path).await.expect(200).json(), modified.json());
    customer.delete(&path).await.expect(204);

    // Changing the password
    send(
        &customer,
        "PATCH",
        "/customer-password",
        r#"{
        "data": {
            "type": "customer-password",
            "attributes": {
                "password": "change123",
                "newPassword": "321egnahc",
                "confirmPassword": "321egnahc"
            }
        }
    }"#,
    )
    .await
    .expect(204);
    shop.sign_in(&reference, "example@mail.com", "321egnahc").await;

    // Resetting the password: no customer is called jdo, and the sample's key is not ours
    send(
        &anonymous,
        "POST",
        "/customer-forgotten-password",
        r#"{
      "data": {
        "type": "customer-forgotten-password",
        "attributes": {
            "email":"jdo@example.com"
        }
      }
    }"#,
    )
    .await
    .expect(204);
    let forgotten = json!({"email": "example@mail.com"});
    anonymous.post("/customer-forgotten-password", forgotten).await.expect(204);
    let key = shop.mail_to("example@mail.com", PASSWORD_RESET).await.token();
    let restore = r#"{
      "data": {
        "type": "customer-restore-password",
        "attributes": {
            "restorePasswordKey":"9de02f7a4e08dcdf06e6b24add1e01da",
            "password":"new_pssword",
            "confirmPassword":"new_pssword"
        }
      }
    }"#;
    let unknown = send(&anonymous, "PATCH", "/customer-restore-password", restore).await;
    unknown.assert_error(tests::errors::BAD_RESTORE_KEY);
    let restore = restore.replace("9de02f7a4e08dcdf06e6b24add1e01da", &key);
    send(&anonymous, "PATCH", "/customer-restore-password", &restore).await.expect(204);
    let customer = shop.sign_in(&reference, "example@mail.com", "new_pssword").await;

    // Anonymizing
    customer.delete(&customer.path()).await.expect(204);
}

/// As printed in the document, the samples are invalid JSON, which is answered with an error.
#[tokio::test]
async fn the_mistakes_are_reported() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mistakes = [
        (
            "PATCH",
            customer.path(),
            r#"{"data" : {"type": "customers" "attributes": {"lastName": "Johnson",}}}"#,
        ),
        (
            "POST",
            customer.addresses_path(),
            r#"{"data" : {"type": "addresses", "attributes": {"iso2Code": "DE" "phone": "1"}"#,
        ),
    ];
    for (method, path, body) in mistakes {
        send(&customer, method, &path, body).await.assert_error(tests::errors::INVALID_DATA);
    }
}

async fn send(client: &Client, method: &str, path: &str, body: &str) -> Answer {
    client.send(Request::new(method, path).header("Content-Type", "application/json").body(body)).await
}

#[track_caller]
fn assert_has(answer: &Answer, attributes: &Value) {
    for (name, value) in attributes.as_object().expect("an object") {
        assert_eq!(answer.attribute(name), *value, "{name}");
    }
}
