//! References of other shops are kept as they are, wherever a reference is put.

use serde_json::{Value, json};
use tests::mail::PASSWORD_RESET;
use tests::{NEW_PASSWORD, Shop, merged};

use crate::{BCRYPT_PASSWORD, Desk, row};

const REFERENCES: [&str; 9] = [
    "DE-PROD-2",
    "DE_AT--6",
    "-DEV-4",
    "6af32f5b-3ed3-4c1f-9f38-d90d9c0d1f14",
    "44920047631",
    "cus_01HZX3V6Q0",
    "auth0|5dea9f9c82dd7c0e76e4ec93",
    "firstname.lastname",
    "a|.-_z",
];

fn customer(number: u32, reference: &str) -> Value {
    merged(row(number), json!({ "customerReference": reference }))
}

#[tokio::test]
async fn a_reference_is_the_same_in_paths_links_tokens_and_mails() {
    let desk = Desk::new();
    let rows: Vec<Value> =
        (1..).zip(REFERENCES).map(|(number, reference)| customer(number, reference)).collect();
    desk.write_rows("customers.ndjson", &rows);
    desk.run(&["import", "customers.ndjson", "--data", "data"]).summary(0);

    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    for (number, reference) in (1..).zip(REFERENCES) {
        let email = format!("Customer.{number}@example.com");
        let customer = shop.sign_in(reference, &email, BCRYPT_PASSWORD).await;
        let answer = customer.get("/customers?include=addresses").await.expect(200);
        assert_eq!(answer.json()["data"][0]["id"], reference);
        let encoded = reference.replace('|', "%7C");
        for written in [reference, &*encoded] {
            let answer = customer.get(&format!("/customers/{written}")).await.expect(200);
            assert_eq!(answer.json()["data"]["id"], reference);
        }
        let link = |answer: &Value| answer["links"]["self"].as_str().expect("a link").to_owned();
        let own = link(&answer.json()["data"][0]);
        assert!(own.ends_with(&format!("/customers/{encoded}")), "{own}");
        let address = answer.json()["included"][0].clone();
        let path = link(&address).strip_prefix(shop.base_url()).expect("a link to the shop").to_owned();
        customer.patch(&path, json!({ "city": "Bremen" })).await.expect(200);

        let refreshed = shop.try_refresh(&customer.refresh_token).await.expect(201).text("refreshToken");
        customer.delete(&format!("/refresh-tokens/{}", refreshed.replace('|', "%7C"))).await.expect(204);
        customer.get(&format!("/customers/{encoded}")).await.expect(401);

        shop.anonymous().post("/customer-forgotten-password", json!({ "email": email })).await.expect(204);
        let mail = shop.mail_to(&email, PASSWORD_RESET).await;
        assert!(!mail.link().contains('|'), "{}", mail.link());
        let key = mail.token();
        let set =
            json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
        shop.anonymous().patch("/customer-restore-password", set).await.expect(204);
        shop.sign_in(reference, &email, NEW_PASSWORD).await;
    }
    shop.stop().await;
    desk.run(&["check", "--data", "data"]).summary(0);
}
