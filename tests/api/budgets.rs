//! What every operation costs: DynamoDB calls, exactly, and their capacity units.

use serde_json::json;
use tests::mail::{CONFIRMATION, PASSWORD_RESET};
use tests::{Answer, Customer, NEW_PASSWORD, PASSWORD, Shop, Table, address, registration};

#[tokio::test]
async fn customers() {
    let shop = Shop::start().await;
    let mut budget = Budget::default();
    let answer = shop.anonymous().post("/customers", registration("john@example.com")).await.expect(201);
    budget.check("POST /customers", &answer, 0, 1);
    let taken = shop.anonymous().post("/customers", registration("john@example.com")).await.expect(422);
    budget.check("POST /customers, e-mail taken", &taken, 0, 2);
    let again = shop.anonymous().post("/customers", registration("john@example.com")).await.expect(422);
    budget.check("POST /customers, e-mail taken, under the cap", &again, 0, 2);
    let john = shop.sign_in(&answer.id(), "john@example.com", PASSWORD).await;
    let jane = shop.register("jane@example.com").await;

    budget.check("GET customer", &john.get(&john.path()).await.expect(200), 1, 0);
    budget.check("GET customers", &john.get("/customers").await.expect(200), 1, 0);
    budget.check("GET a foreign customer", &john.get(&jane.path()).await.expect(404), 1, 0);
    let include = format!("{}?include=addresses", john.path());
    budget.check("GET customer with addresses", &john.get(&include).await.expect(200), 1, 0);
    let changed = john.patch(&john.path(), json!({"lastName": "Johnson"})).await.expect(200);
    budget.check("PATCH customer", &changed, 1, 1);
    let spelling = john.patch(&john.path(), json!({"email": "John@Example.com"})).await.expect(200);
    budget.check("PATCH customer, e-mail in other letters", &spelling, 1, 1);
    let email = john.patch(&john.path(), json!({"email": "jack@example.com"})).await.expect(200);
    budget.check("PATCH customer with a new e-mail", &email, 2, 1);
    budget.check("DELETE customer", &john.delete(&john.path()).await.expect(204), 1, 1);
    budget.finish();
}

#[tokio::test]
async fn addresses() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut budget = Budget::default();
    let created = customer.post(&customer.addresses_path(), address()).await.expect(201);
    budget.check("POST address", &created, 1, 1);
    let path = customer.address_path(&created.id());
    budget.check("GET address", &customer.get(&path).await.expect(200), 1, 0);
    budget.check("GET addresses", &customer.get(&customer.addresses_path()).await.expect(200), 1, 0);
    let second = customer.post(&customer.addresses_path(), address()).await.expect(201);
    budget.check("POST a second address", &second, 1, 1);
    let default = json!({"isDefaultShipping": true, "isDefaultBilling": true});
    let moved = customer.patch(&customer.address_path(&second.id()), default).await.expect(200);
    budget.check("PATCH address, both defaults move", &moved, 1, 1);
    budget.check("DELETE address", &customer.delete(&path).await.expect(204), 1, 1);
    for _ in 0..20 {
        customer.add_address(json!({})).await;
    }
    budget.check("GET 21 addresses", &customer.get(&customer.addresses_path()).await.expect(200), 1, 0);
    budget.finish();
}

#[tokio::test]
async fn tokens() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut budget = Budget::default();
    budget.check(
        "POST /access-tokens",
        &shop.try_sign_in("john@example.com", PASSWORD).await.expect(201),
        1,
        2,
    );
    let form = format!("grant_type=password&username=john@example.com&password={PASSWORD}");
    let oauth = shop.anonymous().form("/token", &form).await.expect(200);
    budget.check("POST /token, password", &oauth, 1, 2);
    budget.check(
        "POST /access-tokens, wrong",
        &shop.try_sign_in("john@example.com", "x").await.expect(401),
        1,
        1,
    );
    budget.check(
        "POST /access-tokens, unknown",
        &shop.try_sign_in("jack@example.com", "x").await.expect(401),
        1,
        1,
    );
    let oauth =
        shop.anonymous().form("/token", "grant_type=password&username=john@example.com&password=x").await;
    budget.check("POST /token, password, wrong", &oauth.expect(400), 1, 1);

    let refreshed = shop.try_refresh(&customer.refresh_token).await.expect(201);
    budget.check("POST /refresh-tokens", &refreshed, 1, 1);
    let twin = shop.try_refresh(&customer.refresh_token).await.expect(201);
    budget.check("POST /refresh-tokens, within ten seconds", &twin, 1, 0);
    let form = format!("grant_type=refresh_token&refresh_token={}", twin.text("refreshToken"));
    let oauth = shop.anonymous().form("/token", &form).await.expect(200);
    budget.check("POST /token, refresh_token", &oauth, 1, 1);

    let other = shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
    let revoked = customer.delete(&format!("/refresh-tokens/{}", other.refresh_token)).await.expect(204);
    budget.check("DELETE /refresh-tokens/{token}", &revoked, 1, 1);
    budget.check(
        "DELETE /refresh-tokens/mine",
        &customer.delete("/refresh-tokens/mine").await.expect(204),
        1,
        1,
    );

    let keys = shop.anonymous().get("/.well-known/jwks.json").await.expect(200);
    budget.check("GET /.well-known/jwks.json", &keys, 0, 0);
    budget.finish();
}

#[tokio::test]
async fn an_upgraded_hash_costs_one_write_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let shop = Shop::with_data(folder.path(), &[]).await;
    let reference = shop.register("john@example.com").await.reference;
    shop.stop().await;
    let shop = Shop::with_data(folder.path(), &[("ARGON2_ITERATIONS", "2")]).await;
    let mut budget = Budget::default();
    let upgraded = shop.try_sign_in("john@example.com", PASSWORD).await.expect(201);
    budget.check("POST /access-tokens, hash upgraded", &upgraded, 1, 3);
    budget.check(
        "POST /access-tokens, hash up to date",
        &shop.try_sign_in("john@example.com", PASSWORD).await,
        1,
        2,
    );
    budget.finish();
    let customer = Customer::new(shop.anonymous(), &reference, "john@example.com", PASSWORD, &upgraded);
    assert!(customer.is_signed_in().await);
}

#[tokio::test]
async fn passwords() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut budget = Budget::default();
    let changed = customer.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    budget.check("PATCH /customer-password", &changed, 2, 2);
    for (operation, email) in [
        ("POST /customer-forgotten-password", "john@example.com"),
        ("POST /customer-forgotten-password, under the cap", "john@example.com"),
        ("POST /customer-forgotten-password, unknown", "nobody@example.com"),
    ] {
        let answer =
            shop.anonymous().post("/customer-forgotten-password", json!({"email": email})).await.expect(204);
        budget.check(operation, &answer, 0, 1);
    }
    let key = shop.mail_to("john@example.com", PASSWORD_RESET).await.token();
    let attributes = json!({"restorePasswordKey": key, "password": PASSWORD, "confirmPassword": PASSWORD});
    let restored = shop.anonymous().patch("/customer-restore-password", attributes).await.expect(204);
    budget.check("PATCH /customer-restore-password", &restored, 1, 1);

    shop.register("jane@example.com").await;
    let key = shop.mail_to("jane@example.com", CONFIRMATION).await.token();
    let confirmed =
        shop.anonymous().post("/customer-confirmation", json!({"registrationKey": key})).await.expect(204);
    budget.check("POST /customer-confirmation", &confirmed, 1, 1);
    budget.finish();
}

#[tokio::test]
async fn what_is_refused_at_the_edge_costs_nothing() {
    let shop = Shop::start().await;
    let mut budget = Budget::default();
    budget.check("no token", &shop.anonymous().get("/customers").await.expect(403), 0, 0);
    budget.check("bad token", &shop.bearer("x").get("/customers").await.expect(401), 0, 0);
    budget.check("unknown path", &shop.anonymous().get("/nowhere").await.expect(404), 0, 0);
    budget.check("missing id", &shop.anonymous().delete("/customers").await.expect(400), 0, 0);
    budget.check("validation", &shop.anonymous().post("/customers", json!({})).await.expect(422), 0, 0);
    budget.check(
        "credentials missing",
        &shop.anonymous().post("/access-tokens", json!({})).await.expect(422),
        0,
        0,
    );
    budget.finish();
}

/// Units are printed (`cargo test -- budgets --nocapture`); calls are asserted.
#[derive(Default)]
struct Budget(Table);

impl Budget {
    fn check(&mut self, operation: &str, answer: &Answer, reads: u32, writes: u32) {
        let calls = answer.calls();
        println!(
            "{operation}: {} RRU in {} calls, {} WRU in {} calls",
            calls.read_units, calls.reads, calls.write_units, calls.writes
        );
        self.0.check(operation, (calls.reads, calls.writes), (reads, writes));
    }

    fn finish(self) {
        self.0.finish();
    }
}
