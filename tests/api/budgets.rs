//! Exactly what every operation costs while nothing else happens: DynamoDB calls and capacity units.
//!
//! Units are the embedded store's: a write that fails its condition counts none there, but one on AWS.

use std::future::Future;

use local::Fate;
use serde_json::{Value, json};
use tests::mail::{CONFIRMATION, PASSWORD_RESET};
use tests::{Answer, Calls, NEW_PASSWORD, PASSWORD, Shop, Table, address, registration};

#[tokio::test]
async fn customers() {
    let shop = Shop::start().await;
    let mut budget = Budget::of(&shop);
    let client = shop.anonymous();
    let register = || client.post("/customers", registration("john@example.com"));
    let created = budget.check("POST /customers", register(), 201, reads(0, 0.0), writes(1, 9.0)).await;
    budget.check("POST /customers, e-mail taken", register(), 422, reads(0, 0.0), writes(2, 1.0)).await;
    budget.check("the same, under the cap", register(), 422, reads(0, 0.0), writes(2, 0.0)).await;
    shop.confirm("john@example.com").await;

    let john = shop.sign_in(&created.id(), "john@example.com", PASSWORD).await;
    let path = john.path();
    let (one_read, no_write) = (reads(1, 2.0), writes(0, 0.0));
    budget.check("GET customer", john.get(&path), 200, one_read, no_write).await;
    budget.check("GET customers", john.get("/customers"), 200, one_read, no_write).await;
    let export = format!("{path}/export");
    budget.check("GET export", john.get(&export), 200, reads(6, 7.0), no_write).await;
    budget.check("GET a foreign customer", john.get("/customers/DE--1"), 404, one_read, no_write).await;
    let include = format!("{path}?include=addresses");
    budget.check("GET customer with addresses", john.get(&include), 200, one_read, no_write).await;
    let keyed = client.clone().header("Idempotency-Key", "8e03978e-40d5-43dd-bc93-6894a57f9324");
    let register = || keyed.post("/customers", registration("jane@example.com"));
    budget.check("POST /customers with a key", register(), 201, reads(0, 0.0), writes(1, 9.0)).await;
    budget.check("the same again", register(), 201, reads(0, 0.0), writes(3, 2.0)).await;
    shop.confirm("jane@example.com").await;
    let name = john.patch(&path, json!({"lastName": "Johnson"}));
    budget.check("PATCH customer", name, 200, one_read, writes(1, 5.0)).await;
    let same = john.patch(&path, json!({"lastName": "Johnson"}));
    budget.check("PATCH customer, the same name", same, 200, one_read, writes(1, 1.0)).await;
    let letters = john.patch(&path, json!({"email": "John@Example.com"}));
    budget.check("PATCH customer, e-mail in another case", letters, 200, one_read, writes(1, 2.0)).await;
    let email = john.patch(&path, json!({"email": "jack@example.com"}));
    budget.check("PATCH customer, new e-mail", email, 200, one_read, writes(1, 14.0)).await;
    budget.check("DELETE customer", john.delete(&path), 204, one_read, writes(1, 7.0)).await;
    budget.finish();
}

#[tokio::test]
async fn addresses() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut budget = Budget::of(&shop);
    let list = customer.addresses_path();
    let (one_read, no_write) = (reads(1, 2.0), writes(0, 0.0));
    let first =
        budget.check("POST address", customer.post(&list, address()), 201, one_read, writes(1, 4.0)).await;
    let first = customer.address_path(&first.id());
    budget.check("GET address", customer.get(&first), 200, one_read, no_write).await;
    budget.check("GET addresses", customer.get(&list), 200, one_read, no_write).await;
    let second = customer.post(&list, address());
    let second = budget.check("POST a second address", second, 201, one_read, writes(1, 4.0)).await;
    let second = customer.address_path(&second.id());
    let default = customer.patch(&second, json!({"isDefaultShipping": true, "isDefaultBilling": true}));
    budget.check("PATCH address, both defaults move", default, 200, one_read, writes(1, 4.0)).await;
    budget.check("DELETE address", customer.delete(&first), 204, one_read, writes(1, 4.0)).await;
    let keyed = (*customer).clone().header("Idempotency-Key", "8e03978e-40d5-43dd-bc93-6894a57f9324");
    let add = || keyed.post(&list, address());
    budget.check("POST address with a key", add(), 201, one_read, writes(1, 6.0)).await;
    budget.check("the same again", add(), 201, one_read, no_write).await;
    let unchanged = customer.patch(&second, json!({"isDefaultShipping": true}));
    budget.check("PATCH address that changes nothing", unchanged, 200, one_read, no_write).await;
    for _ in 0..19 {
        customer.add_address(json!({})).await;
    }
    budget.check("GET 21 addresses", customer.get(&list), 200, one_read, no_write).await;
    budget.finish();
}

#[tokio::test]
async fn help_desk() {
    let shop = Shop::start().await;
    let sonia = shop.register("sonia@example.com").await;
    shop.mail_settled().await;
    let mut budget = Budget::of(&shop);
    let (anna, reference, no_write) = (shop.desk("anna"), &*sonia.reference, writes(0, 0.0));
    let find = |by: &'static str, text: &'static str| anna.find(by, text);
    budget
        .check("find by e-mail", find("email", "sonia@example.com"), 200, reads(2, 2.0), writes(1, 1.0))
        .await;
    budget
        .check("find by e-mail, no hit", find("email", "a@example.com"), 200, reads(1, 1.0), no_write)
        .await;
    budget.check("find by prefix", find("prefix", "son"), 200, reads(1, 0.5), writes(1, 1.0)).await;
    budget.check("find by prefix, no hit", find("prefix", "abc"), 200, reads(1, 0.5), no_write).await;
    budget.check("find by name", find("name", "doe"), 200, reads(37, 18.5), writes(1, 1.0)).await;
    budget.check("show", anna.show(reference), 200, reads(6, 6.0), writes(1, 1.0)).await;
    let record = format!("/admin/customers/{reference}/record");
    budget.check("record", anna.get(&record), 200, reads(1, 1.0), no_write).await;
    for (action, status, wrote) in [
        ("send-confirmation", 202, writes(1, 4.0)),
        ("confirm", 204, writes(1, 8.0)),
        ("send-reset", 202, writes(1, 4.0)),
        ("send-reset", 202, writes(2, 1.0)),
        ("sign-out", 204, writes(1, 6.0)),
        ("secure", 204, writes(1, 8.0)),
    ] {
        budget.check(action, anna.act(reference, action), status, reads(1, 1.0), wrote).await;
    }
    let change = anna.change_email(reference, "sonia@example.org");
    budget.check("change-email", change, 204, reads(1, 1.0), writes(1, 16.0)).await;
    budget.check("anonymise", anna.act(reference, "anonymise"), 204, reads(1, 1.0), writes(1, 9.0)).await;
    budget.finish();
}

/// What a business customer costs: one call as for everybody, and units by the size of the record.
#[tokio::test]
async fn growing_address_books() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut budget = Budget::of(&shop);
    let (path, list) = (customer.path(), customer.addresses_path());
    let mut count = 0;
    for (addresses, read_units, write_units) in
        [(1, 2.0, 4.0), (2, 2.0, 4.0), (5, 2.0, 6.0), (10, 2.0, 8.0), (50, 3.0, 18.0), (100, 5.0, 30.0)]
    {
        while count + 1 < addresses {
            customer.add_address(json!({})).await;
            count += 1;
        }
        let (read, write) = (reads(1, read_units), writes(1, write_units));
        let add = customer.post(&list, address());
        budget.check(&format!("POST address {addresses}"), add, 201, reads(1, read_units), write).await;
        count += 1;
        let profile = format!("GET customer with {addresses} addresses");
        budget.check(&profile, customer.get(&path), 200, read, writes(0, 0.0)).await;
        let all = customer.get(&list);
        budget.check(&format!("GET {addresses} addresses"), all, 200, read, writes(0, 0.0)).await;
    }
    budget.finish();
}

/// However many sessions there are, a request reads no more than a page of them.
#[tokio::test]
async fn growing_lists_of_sessions() {
    let shop = Shop::start().await;
    let mut budget = Budget::of(&shop);
    for (sessions, units) in [(1, 3.0), (100, 11.0), (101, 11.0), (600, 11.0)] {
        let customer = shop.register(&format!("john.{sessions}@example.com")).await;
        shop.add_sessions(&customer, sessions - 1).await;
        let list = format!("{}/sessions", customer.path());
        budget
            .check(
                &format!("GET {sessions} sessions"),
                customer.get(&list),
                200,
                reads(2, units),
                writes(0, 0.0),
            )
            .await;
        let path = format!("{}/export", customer.path());
        let export = customer.get(&path);
        let row = format!("GET export with {sessions} sessions");
        budget.check(&row, export, 200, reads(6, units + 4.0), writes(0, 0.0)).await;
    }
    budget.finish();
}

#[tokio::test]
async fn tokens() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut budget = Budget::of(&shop);
    let client = shop.anonymous();
    let password =
        |password: &str| format!("grant_type=password&username=john@example.com&password={password}");
    let (login_read, failed_attempt) = (reads(1, 1.0), writes(2, 2.0));

    let good = shop.try_sign_in("john@example.com", PASSWORD);
    budget.check("POST /access-tokens", good, 201, login_read, writes(3, 3.0)).await;
    let (good, wrong) = (password(PASSWORD), password("x"));
    budget
        .check("POST /token, password", client.form("/token", &good), 200, login_read, writes(3, 3.0))
        .await;
    let bad = shop.try_sign_in("john@example.com", "x");
    budget.check("POST /access-tokens, wrong password", bad, 401, login_read, failed_attempt).await;
    let unknown = shop.try_sign_in("jack@example.com", "x");
    budget.check("POST /access-tokens, unknown e-mail", unknown, 401, login_read, failed_attempt).await;
    budget
        .check("POST /token, wrong password", client.form("/token", &wrong), 400, login_read, failed_attempt)
        .await;
    for _ in 1..10 {
        shop.try_sign_in("jack@example.com", "x").await.expect(401);
    }
    let locked = shop.try_sign_in("jack@example.com", "x");
    budget.check("POST /access-tokens, locked out", locked, 429, login_read, writes(1, 0.0)).await;

    let token = &customer.refresh_token;
    let (one_read, one_write) = (reads(1, 2.0), writes(1, 1.0));
    budget.check("POST /refresh-tokens", shop.try_refresh(token), 201, one_read, one_write).await;
    let twin = shop.try_refresh(token);
    let twin = budget.check("POST /refresh-tokens within 10 s", twin, 201, one_read, writes(0, 0.0)).await;
    let form = format!("grant_type=refresh_token&refresh_token={}", twin.text("refreshToken"));
    budget.check("POST /token, refresh_token", client.form("/token", &form), 200, one_read, one_write).await;

    let other = shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
    shop.try_refresh(&other.refresh_token).await.expect(201);
    shop.advance(11);
    let used = shop.try_refresh(&other.refresh_token);
    budget.check("POST /refresh-tokens, used token", used, 401, one_read, writes(1, 4.0)).await;
    let other = shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
    let path = format!("/refresh-tokens/{}", other.refresh_token);
    budget.check("DELETE /refresh-tokens/{token}", customer.delete(&path), 204, one_read, one_write).await;
    let path = format!("{}/sessions", customer.path());
    budget.check("GET sessions", customer.get(&path), 200, reads(2, 3.0), writes(0, 0.0)).await;
    let session = format!("{path}/x");
    budget.check("DELETE session", customer.delete(&session), 204, one_read, writes(1, 1.0)).await;
    let mine = customer.delete("/refresh-tokens/mine");
    budget.check("DELETE /refresh-tokens/mine", mine, 204, one_read, writes(1, 4.0)).await;
    budget.finish();
}

#[tokio::test]
async fn an_upgraded_hash_costs_one_more_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let shop = Shop::with_data(folder.path(), &[]).await;
    shop.register("john@example.com").await;
    shop.stop().await;
    let shop = Shop::with_data(folder.path(), &[("ARGON2_ITERATIONS", "2")]).await;
    let mut budget = Budget::of(&shop);
    let sign_in = || shop.try_sign_in("john@example.com", PASSWORD);
    let upgraded = budget.check("hash upgraded", sign_in(), 201, reads(1, 1.0), writes(4, 7.0)).await;
    budget.check("hash up to date", sign_in(), 201, reads(1, 1.0), writes(3, 3.0)).await;
    budget.finish();
    shop.bearer(&upgraded.text("accessToken")).get("/customers").await.expect(200);
}

#[tokio::test]
async fn passwords() {
    let shop = Shop::start().await;
    let customer = shop.register_confirmed("john@example.com").await;
    let mut budget = Budget::of(&shop);
    let wrong = customer.change_password("x", NEW_PASSWORD);
    let row = "PATCH /customer-password, wrong password";
    budget.check(row, wrong, 400, reads(1, 2.0), writes(4, 4.0)).await;
    let changed = customer.change_password(PASSWORD, NEW_PASSWORD);
    budget.check("PATCH /customer-password", changed, 204, reads(1, 2.0), writes(3, 12.0)).await;
    let client = shop.anonymous();
    let forgotten = |email| client.post("/customer-forgotten-password", json!({"email": email}));
    budget.check("forgotten", forgotten("john@example.com"), 204, reads(0, 0.0), writes(1, 1.0)).await;
    budget
        .check("forgotten, under the cap", forgotten("john@example.com"), 204, reads(0, 0.0), writes(1, 0.0))
        .await;
    budget
        .check("forgotten, unknown", forgotten("jack@example.com"), 204, reads(0, 0.0), writes(1, 1.0))
        .await;
    let key = shop.mail_to("john@example.com", PASSWORD_RESET).await.token();
    let attributes = json!({"restorePasswordKey": key, "password": PASSWORD, "confirmPassword": PASSWORD});
    let restored = client.patch("/customer-restore-password", attributes);
    budget.check("PATCH /customer-restore-password", restored, 204, reads(1, 1.0), writes(1, 6.0)).await;

    shop.register("jane@example.com").await;
    let key = shop.mail_to("jane@example.com", CONFIRMATION).await.token();
    let confirmed = client.post("/customer-confirmation", json!({"registrationKey": key}));
    budget.check("POST /customer-confirmation", confirmed, 204, reads(1, 1.0), writes(1, 6.0)).await;
    budget.finish();
}

/// What the mailer costs, by its log.
#[tokio::test]
async fn mails() {
    let shop = Shop::start().await;
    let mut table = Table::default();
    let mut check = async |mail: &str, expected: Value| {
        shop.mail_settled().await;
        let newest = newest_line(&shop, "Mail");
        let figures = ["readCalls", "readUnits", "writeCalls", "writeUnits"];
        table.check(mail, Value::from_iter(figures.map(|name| newest[name].clone())), expected);
    };
    let forget = async |email: &str| {
        shop.anonymous().post("/customer-forgotten-password", json!({"email": email})).await.expect(204);
    };
    let john = shop.register("john@example.com").await;
    check("confirmation", json!([1, 2.0, 3, 6.0])).await;
    forget("john@example.com").await;
    check("reset, not confirmed", json!([2, 3.0, 3, 6.0])).await;
    shop.advance(61);
    forget("john@example.com").await;
    check("another within a day", json!([2, 3.0, 4, 6.0])).await;
    shop.confirm("john@example.com").await;
    shop.advance(3_600);
    forget("john@example.com").await;
    check("reset, confirmed", json!([2, 3.0, 2, 5.0])).await;
    shop.ses().fate_for("john@example.com", &[Fate::Bounce("Permanent", "General", None)]);
    john.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    check("notice", json!([2, 3.0, 2, 5.0])).await;
    let john = shop.sign_in(&john.reference, &john.email, NEW_PASSWORD).await;
    john.change_password(NEW_PASSWORD, PASSWORD).await.expect(204);
    check("notice, withheld", json!([2, 3.0, 1, 4.0])).await;
    forget("nobody@example.com").await;
    check("reset, unknown", json!([1, 2.0, null, null])).await;
    table.finish();
}

/// What it costs to note what became of a mail, by the mailer's log.
#[tokio::test]
async fn fates() {
    let shop = Shop::start().await;
    let mut table = Table::default();
    let mut check = async |fate: &str, units: Value| {
        shop.mail_settled().await;
        let newest = newest_line(&shop, "MailFate");
        let figures = ["readCalls", "writeCalls", "writeUnits"];
        let reads = if fate == "hard bounce" { json!(1) } else { json!(null) };
        table.check(
            fate,
            Value::from_iter(figures.map(|name| newest[name].clone())),
            json!([reads, 1, units]),
        );
    };
    let john = shop.register_confirmed("john@example.com").await;
    check("delivery of what was asked for", json!(4.0)).await;
    john.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    check("delivery of a notice", json!(1.0)).await;
    shop.register("bounce@simulator.amazonses.com").await;
    check("hard bounce", json!(6.0)).await;
    table.finish();
}

#[tokio::test]
async fn what_is_refused_at_the_edge_costs_nothing() {
    let shop = Shop::start().await;
    let mut budget = Budget::of(&shop);
    let (client, forger) = (shop.anonymous(), shop.bearer("x"));
    let (no_read, no_write) = (reads(0, 0.0), writes(0, 0.0));
    budget.check("no token", client.get("/customers"), 403, no_read, no_write).await;
    budget.check("bad token", forger.get("/customers"), 401, no_read, no_write).await;
    budget.check("unknown path", client.get("/nowhere"), 404, no_read, no_write).await;
    budget.check("missing id", client.delete("/customers"), 400, no_read, no_write).await;
    budget.check("validation", client.post("/customers", json!({})), 422, no_read, no_write).await;
    budget.check("no credentials", client.post("/access-tokens", json!({})), 422, no_read, no_write).await;
    budget.check("keys", client.get("/.well-known/jwks.json"), 200, no_read, no_write).await;
    budget.finish();
}

/// What the mailer has logged last about one of its operations.
fn newest_line(shop: &Shop, operation: &str) -> Value {
    let operation = format!("\"operation\":\"{operation}\"");
    let newest = shop.log().into_iter().rfind(|line| line.contains(&operation)).expect("a line");
    serde_json::from_str(&newest).expect("JSON")
}

struct Budget<'a> {
    shop: &'a Shop,
    table: Table,
}

impl<'a> Budget<'a> {
    fn of(shop: &'a Shop) -> Budget<'a> {
        Budget { shop, table: Table::default() }
    }

    /// Waits for the mailer first: it writes to the customer's record, too.
    async fn check(
        &mut self,
        operation: &str,
        request: impl Future<Output = Answer>,
        status: u16,
        (reads, read_units): (u32, f64),
        (writes, write_units): (u32, f64),
    ) -> Answer {
        self.shop.mail_settled().await;
        let answer = request.await.expect(status);
        self.table.check(operation, answer.calls(), Calls { reads, read_units, writes, write_units });
        answer
    }

    fn finish(self) {
        self.table.finish();
    }
}

/// Calls and capacity units.
fn reads(calls: u32, units: f64) -> (u32, f64) {
    (calls, units)
}

fn writes(calls: u32, units: f64) -> (u32, f64) {
    (calls, units)
}
