//! What the functions log: enough to follow a request, and no personal data.

use serde_json::{Value, json};
use tests::mail::{CONFIRMATION, EMAIL_CHANGED, PASSWORD_CHANGED, PASSWORD_RESET};
use tests::{NEW_PASSWORD, PASSWORD, Request, Shop, merged, registration};

#[tokio::test]
async fn an_accounts_whole_life_leaves_no_secret_and_no_personal_data_behind() {
    let shop = Shop::start().await;
    let anonymous = shop.anonymous();
    let mut secrets: Vec<String> = [
        "ohnmächtig",
        "Smythe",
        "1977-07-07",
        "somebody@example.com",
        "other@example.com",
        "nobody@example.com",
        "Elm Row 5",
        "X9 9ZZ",
        "Littleton",
        "+44 1632 960001",
        "Smythe & Sons",
        PASSWORD,
        NEW_PASSWORD,
        "no-such-password",
        "no-such-key",
    ]
    .map(String::from)
    .into();
    let person = json!({"firstName": "Ohnmächtig", "lastName": "Smythe", "dateOfBirth": "1977-07-07"});
    let registered =
        anonymous.post("/customers", merged(registration("Somebody@Example.com"), person)).await.expect(201);
    anonymous.post("/customers", registration("somebody@example.com")).await.expect(422);
    let confirmation = shop.mail_to("Somebody@Example.com", CONFIRMATION).await.token();
    anonymous.post("/customer-confirmation", json!({"registrationKey": confirmation})).await.expect(204);
    let restore = shop.mail_to("Somebody@Example.com", PASSWORD_RESET).await.token();
    let good =
        json!({"restorePasswordKey": restore, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    anonymous.patch("/customer-restore-password", good.clone()).await.expect(204);
    anonymous.patch("/customer-restore-password", good).await.expect(422);
    anonymous.post("/customer-confirmation", json!({"registrationKey": "no-such-key"})).await.expect(422);
    shop.mail_to("Somebody@Example.com", PASSWORD_CHANGED).await;

    let customer = shop.sign_in(&registered.id(), "somebody@example.com", NEW_PASSWORD).await;
    shop.try_sign_in("somebody@example.com", "no-such-password").await.expect(401);
    shop.try_sign_in("nobody@example.com", "no-such-password").await.expect(401);
    let form = format!("grant_type=password&username=somebody@example.com&password={NEW_PASSWORD}");
    let oauth = anonymous.form("/token", &form).await.expect(200).json();
    let refreshed = shop.try_refresh(&customer.refresh_token).await.expect(201);
    let address = json!({
        "address1": "Elm Row 5", "zipCode": "X9 9ZZ", "city": "Littleton", "phone": "+44 1632 960001", "company": "Smythe & Sons",
    });
    let id = customer.add_address(address).await;
    customer.get(&customer.address_path(&id)).await.expect(200);
    customer
        .get(&format!("{}?include=addresses&email=somebody@example.com", customer.path()))
        .await
        .expect(200);
    customer.patch(&customer.path(), json!({"email": "Other@example.com"})).await.expect(200);
    shop.mail_to("Somebody@Example.com", EMAIL_CHANGED).await;
    let moved = shop.mail_to("Other@example.com", CONFIRMATION).await.token();
    customer.patch(&customer.path(), json!({"email": "somebody@example.com@example.com"})).await.expect(422);
    customer
        .send(Request::new("PATCH", &customer.path()).body("{\"data\":\"somebody@example.com"))
        .await
        .expect(400);
    anonymous.get("/somebody@example.com").await.expect(404);
    anonymous.get(&format!("/password/restore?token={restore}")).await.expect(404);
    customer.delete(&format!("/refresh-tokens/{}", refreshed.text("refreshToken"))).await.expect(204);
    customer.get("/customers").await.expect(401);
    let customer = shop.sign_in(&customer.reference, "other@example.com", NEW_PASSWORD).await;
    customer.change_password(NEW_PASSWORD, PASSWORD).await.expect(204);
    let (anna, reference) = (shop.desk("anna"), &customer.reference);
    for (by, text) in [("email", "other@example.com"), ("prefix", "other@ex"), ("name", "smythe")] {
        anna.find(by, text).await.expect(200);
    }
    anna.show("other@example.com").await.expect(404);
    anna.show(reference).await.expect(200);
    anna.get(&format!("/admin/customers/{reference}/record")).await.expect(200);
    anna.change_email(reference, "other@example.com").await.expect(204);
    anna.act(reference, "confirm").await.expect(204);
    let customer = shop.sign_in(&customer.reference, "other@example.com", PASSWORD).await;
    customer.delete(&customer.path()).await.expect(204);
    shop.mail_settled().await;

    for token in [&customer.access_token, &customer.refresh_token, &restore, &confirmation, &moved] {
        secrets.push(token.clone());
        secrets.extend(token.split('.').filter(|part| part.len() > 40).map(String::from));
    }
    for value in [&oauth["access_token"], &oauth["refresh_token"], &refreshed.attribute("refreshToken")] {
        secrets.push(value.as_str().expect("a token").into());
    }

    let lines = shop.log();
    let desk: Vec<&String> = lines.iter().filter(|line| line.contains("operator")).collect();
    assert_eq!(desk.len(), 8, "each call of the help desk names who made it");
    assert!(desk.iter().all(|line| line.contains("user/anna") && !line.contains("T-4711")), "{desk:?}");
    assert_eq!(desk.iter().filter(|line| line.contains(reference)).count(), 7, "and about whom");
    assert!(lines.len() > 20, "the requests are logged: {lines:?}");
    for line in &lines {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(entry.is_object(), "{line}");
        let text = line.to_lowercase();
        for secret in &secrets {
            assert!(!text.contains(&secret.to_lowercase()), "{secret} is in {line}");
        }
        assert!(!text.contains("@example"), "{line}");
    }
}
