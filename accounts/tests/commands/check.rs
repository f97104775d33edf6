//! Tables that break each rule, what a check says of them, and what a repair makes of them.

use serde_json::{Value, json};
use tests::mail::CONFIRMATION;
use tests::{NEW_PASSWORD, PASSWORD, Shop};

use crate::{Desk, items};

const CHECK: &[&str] = &["check", "--data", "data"];
const REPAIR: &[&str] = &["check", "--data", "data", "--repair"];

#[tokio::test]
async fn a_table_that_is_whole_breaks_no_rule() {
    let (desk, shop) = open().await;
    let customer = shop.register("jane@example.com").await;
    customer.add_address(json!({})).await;
    customer.delete(&customer.path()).await.expect(204);
    shop.mail_settled().await;
    shop.stop().await;
    assert_eq!(desk.run(CHECK).summary(0), "Customers checked: 2. Broken rules: 0.");
    assert_eq!(desk.run(REPAIR).summary(0), "Customers checked: 2. Broken rules: 0, 0 left.");
}

#[tokio::test]
async fn a_folder_or_table_that_does_not_exist_is_an_error_and_is_not_created() {
    let desk = Desk::new();
    assert_eq!(desk.run(CHECK).status, 2);
    assert_eq!(desk.run(&["check"]).status, 2);
    assert!(!desk.path("data").exists());
    std::fs::create_dir(desk.path("data")).expect("a folder");
    assert_eq!(desk.run(CHECK).status, 2);
    assert_eq!(desk.run(&["export", "out.ndjson", "--data", "data"]).status, 2);
    assert_eq!(std::fs::read_dir(desk.path("data")).expect("a folder").count(), 0);
}

/// The account that two racing requests tore in versions that kept the hash in the Login alone.
#[tokio::test]
async fn a_torn_account_gets_its_login_back_with_its_password() {
    let (desk, shop) = open().await;
    let mut customer = shop.item("CUSTOMER").await;
    customer["email"]["S"] = json!("old@example.com");
    remove(&mut customer, &["password_hash", "confirmed"]);
    let reference = customer["reference"]["S"].as_str().expect("a reference").to_owned();
    put(shop, vec![customer]).await;

    let run = desk.run(CHECK);
    assert_eq!(run.status, 1);
    assert_eq!(
        problems(&run.stdout, &reference),
        [
            "Login # is not under the customer's e-mail",
            "the customer's e-mail does not sign in (no Login #)",
            "the item is of an older layout, without the password hash",
        ]
    );
    let repaired = desk.run(REPAIR);
    assert_eq!(repaired.status, 0, "{}", repaired.stdout);
    assert!(
        repaired.stdout.ends_with("Customers checked: 1. Broken rules: 3, 0 left.\n"),
        "{}",
        repaired.stdout
    );
    assert_eq!(desk.run(CHECK).status, 0);

    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    let customer = shop.sign_in(&reference, "old@example.com", PASSWORD).await;
    assert_eq!(shop.try_sign_in("john@example.com", PASSWORD).await.status, 401);
    customer.delete(&customer.path()).await.expect(204);
}

#[tokio::test]
async fn an_older_layout_is_completed_with_its_confirmation() {
    let (desk, shop) = open().await;
    let key = shop.mail_to("john@example.com", CONFIRMATION).await.token();
    shop.anonymous().post("/customer-confirmation", json!({"registrationKey": key})).await.expect(204);
    let mut customer = shop.item("CUSTOMER").await;
    remove(&mut customer, &["password_hash", "confirmed"]);
    put(shop, vec![customer]).await;
    assert_eq!(desk.run(CHECK).status, 1);
    assert_eq!(desk.run(REPAIR).status, 0);

    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    let item = shop.item("CUSTOMER").await;
    assert_eq!(item["confirmed"]["BOOL"], true);
    assert_eq!(item["password_hash"], shop.item("LOGIN").await["password_hash"]);
    shop.try_sign_in("john@example.com", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn what_belongs_to_nobody_goes() {
    let (desk, shop) = open().await;
    let reference = shop.item("CUSTOMER").await["reference"]["S"].as_str().expect("a reference").to_owned();
    let mut mail =
        json!({"pk": {"S": "MAIL#DE--NOBODY"}, "sk": {"S": "confirmation#1"}, "state": {"S": "ordered"}});
    let mut of_nobody = session(&shop).await;
    of_nobody["pk"]["S"] = json!("SESSION#DE--NOBODY");
    of_nobody["reference"]["S"] = json!("DE--NOBODY");
    let mut ahead = session(&shop).await;
    ahead["sk"]["S"] = json!("ahead");
    ahead["id"]["S"] = json!("ahead");
    ahead["epoch"]["N"] = json!("1");
    let mut login = shop.item("LOGIN").await;
    login["pk"]["S"] = json!("EMAIL#nobodys");
    login["reference"]["S"] = json!("DE--NOBODY");
    mail["expires_at"] = json!({"N": "4102444800"});
    put(shop, vec![mail, of_nobody, ahead, login]).await;

    let run = desk.run(CHECK);
    assert_eq!(run.status, 1);
    assert_eq!(
        problems(&run.stdout, "DE--NOBODY"),
        ["Login # has no customer", "queued mail # has no customer", "session # has no customer"]
    );
    assert_eq!(problems(&run.stdout, &reference), ["session # belongs to a future epoch"]);
    assert_eq!(desk.run(REPAIR).status, 0);
    assert_eq!(desk.run(CHECK).summary(0), "Customers checked: 1. Broken rules: 0.");
}

#[tokio::test]
async fn login_and_defaults_follow_the_customer() {
    let (desk, shop) = open().await;
    let mut login = shop.item("LOGIN").await;
    login["confirmed"]["BOOL"] = json!(true);
    let mut customer = shop.item("CUSTOMER").await;
    customer["default_billing"] = json!({"S": "3a6ee102-007f-5245-aaec-af5b6e05685b"});
    let reference = customer["reference"]["S"].as_str().expect("a reference").to_owned();
    put(shop, vec![login, customer]).await;
    let run = desk.run(CHECK);
    assert_eq!(
        problems(&run.stdout, &reference),
        ["Login # disagrees with the customer", "a default address does not exist"]
    );
    assert_eq!(desk.run(REPAIR).status, 0);
    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    shop.sign_in(&reference, "john@example.com", PASSWORD).await;
}

/// As after a restore of the customer's item alone.
#[tokio::test]
async fn a_login_that_is_newer_than_its_customer_keeps_its_password() {
    let (desk, shop) = open().await;
    let old = shop.item("CUSTOMER").await;
    let reference = old["reference"]["S"].as_str().expect("a reference").to_owned();
    let customer = shop.sign_in(&reference, "john@example.com", PASSWORD).await;
    customer.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    put(shop, vec![old]).await;
    assert_eq!(desk.run(REPAIR).status, 0);
    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    assert_eq!(shop.try_sign_in("john@example.com", PASSWORD).await.status, 401);
    shop.sign_in(&reference, "john@example.com", NEW_PASSWORD).await;
    assert!(
        !shop.bearer(&customer.access_token).get("/customers").await.status.eq(&200),
        "its session has ended"
    );
}

#[tokio::test]
async fn passwords_that_only_stray_logins_hold_are_not_deleted() {
    let (desk, shop) = open().await;
    let mut customer = shop.item("CUSTOMER").await;
    customer["email"]["S"] = json!("old@example.com");
    remove(&mut customer, &["password_hash", "confirmed"]);
    let mut other = shop.item("LOGIN").await;
    other["pk"]["S"] = json!("EMAIL#other");
    other["password_hash"]["S"] = json!("$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq");
    put(shop, vec![customer, other]).await;
    assert_eq!(desk.run(REPAIR).status, 1);
    let logins = items(&desk.path("data")).into_iter().filter(|(_, sk, _)| sk == "LOGIN");
    assert!(logins.count() >= 2);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_stops_no_other_repair() {
    let (desk, shop) = open().await;
    let mut login = shop.item("LOGIN").await;
    login["password_hash"] = json!({"N": "1"});
    let mut john = shop.item("CUSTOMER").await;
    remove(&mut john, &["password_hash", "confirmed"]);
    shop.register("jane@example.com").await;
    shop.mail_settled().await;
    let items = shop.items().await;
    let is_jane = |item: &&Value| item["email"]["S"] == "jane@example.com";
    let mut jane = items.iter().find(is_jane).expect("a customer").clone();
    jane["default_billing"] = json!({"S": "3a6ee102-007f-5245-aaec-af5b6e05685b"});
    put(shop, vec![login, john, jane]).await;
    let run = desk.run(REPAIR);
    assert_eq!(run.status, 1);
    assert!(run.stdout.contains("a default address does not exist (repaired)"), "{}", run.stdout);
    assert!(run.stdout.contains("the item of Login "), "{}", run.stdout);
    assert!(run.stdout.contains("without the password hash\n"), "{}", run.stdout);
}

#[tokio::test]
async fn what_belongs_to_a_customer_who_cannot_be_read_stays() {
    let (desk, shop) = open().await;
    let mut customer = shop.item("CUSTOMER").await;
    let reference = customer["reference"]["S"].as_str().expect("a reference").to_owned();
    // As a newer version might write it; only the Login holds the hash.
    customer["language"]["S"] = json!("xx");
    remove(&mut customer, &["password_hash", "confirmed"]);
    let mail = json!({"pk": {"S": format!("MAIL#{reference}")}, "sk": {"S": "confirmation#1"}});
    put(shop, vec![customer, mail]).await;
    let before = items(&desk.path("data"));
    let run = desk.run(REPAIR);
    assert_eq!(run.status, 1);
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
    assert!(
        run.stdout.contains(&format!("the item of customer {reference} cannot be read")),
        "{}",
        run.stdout
    );
    assert_eq!(items(&desk.path("data")), before);
}

/// As a version without the help desk left it.
#[tokio::test]
async fn a_customer_whom_the_help_desk_cannot_find_is_listed() {
    let (desk, shop) = open().await;
    let mut customer = shop.item("CUSTOMER").await;
    remove(&mut customer, &["find", "find_shard", "find_name"]);
    let reference = customer["reference"]["S"].as_str().expect("a reference").to_owned();
    assert_eq!(shop.desk("anna").find("prefix", "joh").await.expect(200).json()["data"][0]["id"], reference);
    put(shop, vec![customer]).await;

    let run = desk.run(CHECK);
    assert_eq!(run.status, 1);
    assert_eq!(problems(&run.stdout, &reference), ["the help desk cannot find the customer"]);
    assert_eq!(desk.run(REPAIR).status, 0);
    assert_eq!(desk.run(CHECK).status, 0);
    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    assert_eq!(shop.desk("anna").find("name", "doe").await.expect(200).json()["data"][0]["id"], reference);
}

#[tokio::test]
async fn what_has_no_one_right_answer_is_left_and_said() {
    let (desk, shop) = open().await;
    let mut twins = [shop.item("CUSTOMER").await, shop.item("CUSTOMER").await];
    for (number, twin) in twins.iter_mut().enumerate() {
        twin["email"]["S"] = json!("twins@example.com");
        twin["find"]["S"] = json!("twins@example.com");
        twin["find_shard"]["S"] = json!("FIND#t");
        twin["pk"]["S"] = json!(format!("CUSTOMER#DE--TWIN{number}"));
        twin["reference"]["S"] = json!(format!("DE--TWIN{number}"));
    }
    let mut twin = shop.item("CUSTOMER").await;
    twin["pk"]["S"] = json!("CUSTOMER#DE--TWIN");
    twin["reference"]["S"] = json!("DE--TWIN");
    let stranger = json!({"pk": {"S": "CUSTOMER#DE--STRANGE"}, "sk": {"S": "CUSTOMER"}, "reference": {"S": "DE--STRANGE"}});
    put(shop, [vec![twin, stranger], twins.into()].concat()).await;
    for arguments in [CHECK, REPAIR] {
        let run = desk.run(arguments);
        assert_eq!(run.status, 1);
        for twin in ["DE--TWIN", "DE--TWIN0", "DE--TWIN1"] {
            assert_eq!(problems(&run.stdout, twin), ["the customer's e-mail signs in to #"]);
        }
        assert!(run.stdout.contains("the item of customer DE--STRANGE cannot be read\n"), "{}", run.stdout);
        assert!(!run.stdout.contains("john"), "{}", run.stdout);
    }
}

/// A shop with data in a folder, and one customer who has signed in.
async fn open() -> (Desk, Shop) {
    let desk = Desk::new();
    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    shop.register("john@example.com").await;
    shop.mail_settled().await;
    (desk, shop)
}

async fn session(shop: &Shop) -> Value {
    let items = shop.items().await;
    let is_session = |item: &&Value| item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("SESSION#"));
    items.iter().find(is_session).expect("a session").clone()
}

/// Puts what no request can into the table, and stops the shop.
async fn put(shop: Shop, items: Vec<Value>) {
    shop.mail_settled().await;
    shop.break_on_purpose();
    for item in items {
        shop.put_item(item).await;
    }
    shop.stop().await;
}

fn remove(item: &mut Value, attributes: &[&str]) {
    for attribute in attributes {
        item.as_object_mut().expect("an item").remove(*attribute);
    }
}

/// What a check says of one customer, sorted, with `#` for ids and hashes.
fn problems(stdout: &str, reference: &str) -> Vec<String> {
    let own = stdout.lines().filter_map(|line| line.strip_prefix(reference)?.strip_prefix(": "));
    let mut problems: Vec<String> = own
        .map(|problem| {
            let words = problem.split(' ').map(|word| {
                let plain = word.trim_end_matches(')');
                let is_id = plain.len() >= 40
                    || plain.contains("--")
                    || plain.contains('#')
                    || ["ahead", "nobodys"].contains(&plain);
                if is_id { word.replace(plain, "#") } else { word.to_owned() }
            });
            let problem = words.collect::<Vec<_>>().join(" ");
            problem.split(" (Login").next().unwrap_or_default().to_owned()
        })
        .collect();
    problems.sort();
    problems
}
