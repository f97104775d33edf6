//! Requests that are sent again with the same key.

use serde_json::{Value, json};
use tests::errors::{BAD_IDEMPOTENCY_KEY, EMAIL_TAKEN, IDEMPOTENCY_KEY_REUSED};
use tests::mail::CONFIRMATION;
use tests::{
    Answer, Client, Customer, NEW_PASSWORD, PASSWORD, Request, Shop, Table, address, merged, registration,
};

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";
const DAY: u64 = 86_400;

#[tokio::test]
async fn a_repeated_registration_gets_the_same_answer_and_creates_one_customer() {
    let shop = Shop::start().await;
    let first = register(&shop, KEY, registration("john@example.com")).await.expect(201);
    shop.advance(DAY - 60);
    same(&register(&shop, KEY, registration("john@example.com")).await, &first);
    assert_eq!(shop.count_mails("john@example.com", CONFIRMATION).await, 1);
    let john = shop.sign_in(&first.id(), "john@example.com", PASSWORD).await;
    john.get(&john.path()).await.expect(200);
    register(&shop, "another", registration("john@example.com")).await.assert_error(EMAIL_TAKEN);
    shop.advance(60);
    register(&shop, KEY, registration("john@example.com")).await.assert_error(EMAIL_TAKEN);
    let jane = register(&shop, KEY, registration("jane@example.com")).await.expect(201);
    assert_ne!(jane.id(), first.id(), "an expired key has no effect");
}

#[tokio::test]
async fn a_key_cannot_be_reused_for_another_registration() {
    let shop = Shop::start().await;
    register(&shop, KEY, registration("john@example.com")).await.expect(201);
    for change in [
        json!({"email": "jane@example.com"}),
        json!({"email": "John@example.com"}),
        json!({"firstName": "Jack"}),
        json!({"password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD}),
    ] {
        let other = merged(registration("john@example.com"), change);
        register(&shop, KEY, other).await.assert_error(IDEMPOTENCY_KEY_REUSED);
    }
    assert_eq!(shop.try_sign_in("jane@example.com", PASSWORD).await.status, 401);
}

/// The fingerprint is that of the first request, so later changes to Login and profile do not matter.
#[tokio::test]
async fn later_changes_of_the_customer_do_not_matter() {
    let shop = Shop::start().await;
    let first = register(&shop, KEY, registration("john@example.com")).await.expect(201);
    let john = shop.sign_in(&first.id(), "john@example.com", PASSWORD).await;
    john.add_address(json!({})).await;
    john.patch(&john.path(), json!({"lastName": "Johnson", "email": "jack@example.com"})).await.expect(200);
    john.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    same(&register(&shop, KEY, registration("john@example.com")).await, &first);
    let john = shop.sign_in(&john.reference, "jack@example.com", NEW_PASSWORD).await;
    let other = merged(registration("john@example.com"), json!({"firstName": "Jack"}));
    register(&shop, KEY, other).await.assert_error(IDEMPOTENCY_KEY_REUSED);
    john.delete(&john.path()).await.expect(204);
}

/// As when a queue still holds the registration that the customer has had erased since.
#[tokio::test]
async fn a_repetition_does_not_undo_an_erasure() {
    let shop = Shop::start().await;
    let first = register(&shop, KEY, registration("john@example.com")).await.expect(201);
    shop.mail_settled().await;
    let john = shop.sign_in(&first.id(), "john@example.com", PASSWORD).await;
    john.delete(&john.path()).await.expect(204);
    same(&register(&shop, KEY, registration("john@example.com")).await, &first);
    let other = merged(registration("john@example.com"), json!({"firstName": "Jack"}));
    register(&shop, KEY, other).await.assert_error(IDEMPOTENCY_KEY_REUSED);
    assert_eq!(shop.try_sign_in("john@example.com", PASSWORD).await.status, 401);
    assert_eq!(shop.count_mails("john@example.com", CONFIRMATION).await, 1);
    assert!(!shop.items().await.iter().any(|item| item.to_string().contains("john@")));
    // Who comes back sends another key, or waits for a day.
    let second = register(&shop, "another", registration("john@example.com")).await.expect(201);
    assert_ne!(second.id(), first.id());
    shop.advance(DAY);
    let third = register(&shop, KEY, registration("jane@example.com")).await.expect(201);
    assert_ne!(third.id(), first.id(), "an expired key has no effect");
}

#[tokio::test]
async fn a_refused_registration_is_not_remembered() {
    let shop = Shop::start().await;
    shop.register("john@example.com").await;
    register(&shop, KEY, registration("john@example.com")).await.assert_error(EMAIL_TAKEN);
    register(&shop, KEY, registration("jane@example.com")).await.expect(201);
}

#[tokio::test]
async fn a_repeated_address_gets_the_same_answer_and_is_added_once() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let first = add(&john, KEY, address()).await.expect(201);
    assert_eq!(first.attribute("isDefaultShipping"), true);
    let second = john.add_address(json!({"isDefaultShipping": true})).await;
    john.patch(&john.address_path(&first.id()), json!({"city": "Bonn"})).await.expect(200);
    same(&add(&john, KEY, address()).await, &first);
    add(&john, KEY, merged(address(), json!({"city": "Bonn"}))).await.assert_error(IDEMPOTENCY_KEY_REUSED);
    assert_eq!(john.addresses().await.len(), 2);
    john.delete(&john.address_path(&first.id())).await.expect(204);
    john.delete(&john.address_path(&second)).await.expect(204);
    same(&add(&john, KEY, address()).await, &first);
    let jane = shop.register("jane@example.com").await;
    assert_ne!(
        add(&jane, KEY, address()).await.expect(201).id(),
        first.id(),
        "each customer has keys of their own"
    );

    shop.advance(DAY);
    let john = shop.sign_in(&john.reference, &john.email, PASSWORD).await;
    assert_ne!(add(&john, KEY, address()).await.expect(201).id(), first.id());
}

#[tokio::test]
async fn keys_are_visible_ascii_of_limited_length() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let mut table = Table::default();
    let long = "x".repeat(256);
    for (path, body) in
        [("/customers".into(), registration("jane@example.com")), (john.addresses_path(), address())]
    {
        let request = || Request::new("POST", &path).attributes(body.clone());
        let keyed = |key: &[u8]| request().header("idempotency-KEY", key);
        for request in [keyed(b""), keyed(b"a b"), keyed(long.as_bytes())] {
            let (status, code, detail) = BAD_IDEMPOTENCY_KEY;
            let answer = john.send(request).await;
            table.check(&path, answer.errors(), vec![(status, code.into(), detail.into())]);
        }
        let answer = john.send(keyed(&long.as_bytes()[1..])).await;
        table.check(&path, answer.status, 201);
    }
    table.finish();
    assert!(shop.log().iter().all(|line| !line.contains(&long[1..])), "keys are not logged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_repetitions_all_get_the_same_answer() {
    let shop = Shop::start().await;
    let registered = at_once(&shop.anonymous(), "/customers", registration("john@example.com")).await;
    let john = shop.sign_in(&registered[0].id(), "john@example.com", PASSWORD).await;
    assert_eq!(shop.count_mails("john@example.com", CONFIRMATION).await, 1);
    at_once(&john, &john.addresses_path(), address()).await;
    assert_eq!(john.addresses().await.len(), 1);
}

async fn at_once(client: &Client, path: &str, attributes: Value) -> Vec<Answer> {
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let (client, path) = (client.clone().header("Idempotency-Key", KEY), path.to_owned());
            let attributes = attributes.clone();
            tokio::spawn(async move { client.post(&path, attributes).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("the request is answered").expect(201));
    }
    answers.iter().for_each(|answer| same(answer, &answers[0]));
    answers
}

async fn register(shop: &Shop, key: &str, attributes: Value) -> Answer {
    shop.anonymous().header("Idempotency-Key", key).post("/customers", attributes).await
}

async fn add(customer: &Customer, key: &str, attributes: Value) -> Answer {
    let client = (**customer).clone().header("Idempotency-Key", key);
    client.post(&customer.addresses_path(), attributes).await
}

#[track_caller]
fn same(again: &Answer, first: &Answer) {
    assert_eq!((again.status, &again.body), (201, &first.body), "{}", again.summary());
    for name in ["Location", "ETag"] {
        assert_eq!(again.header(name), first.header(name));
    }
}
