//! Guessing a password with a stolen access token, and sign-ins that must not be taken for guesses.

use std::sync::Arc;

use serde_json::json;
use tests::errors::WRONG_PASSWORD;
use tests::faults::Fault;
use tests::{Answer, Customer, NEW_PASSWORD, PASSWORD, PROXY_SECRET, Shop};

use crate::races::{at_once, statuses};

#[tokio::test]
async fn changing_the_email_gives_a_stolen_token_no_more_guesses() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut answers = Vec::new();
    for number in 0..4 {
        for _ in 0..10 {
            answers.push(customer.change_password("wrong", NEW_PASSWORD).await);
        }
        let email = format!("john{number}@example.com");
        customer.patch(&customer.path(), json!({"email": email})).await.expect(200);
    }
    assert_eq!(statuses(&answers), [&[400; 10][..], &[429; 30]].concat());
    customer.change_password(PASSWORD, NEW_PASSWORD).await.expect(429);
    // The customer can still sign in, once the address is no longer locked out.
    shop.advance(301);
    shop.sign_in(&customer.reference, "john3@example.com", PASSWORD).await;
}

#[tokio::test]
async fn nor_does_signing_in_with_every_new_email() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let mut statuses = Vec::new();
    for number in 0..4 {
        let email = format!("john{number}@example.com");
        customer.patch(&customer.path(), json!({"email": email})).await.expect(200);
        for _ in 0..5 {
            statuses.push(shop.try_sign_in(&email, "wrong").await.status);
        }
    }
    assert_eq!(statuses, [&[401; 10][..], &[429; 10]].concat());
}

/// Whoever knows the new e-mail, or moves it with a stolen token, keeps nobody out; nor does that show who has an account.
#[tokio::test]
async fn a_new_email_locks_out_no_other_address() {
    let shop = Shop::with(&[("PROXY_SECRET", PROXY_SECRET)]).await;
    let customer = shop.register("john@example.com").await;
    for email in ["jack@example.com", "john@example.com"] {
        customer.patch(&customer.path(), json!({"email": email})).await.expect(200);
    }
    let sign_in = async |number: usize, email: &str, password: &str| {
        let client = shop.through_proxy(&format!("198.51.100.{number}"));
        client.post("/access-tokens", json!({"username": email, "password": password})).await.status
    };
    for number in 0..12 {
        for email in ["john@example.com", "nobody@example.com"] {
            assert_eq!(sign_in(number, email, "wrong").await, 401, "{email}");
        }
    }
    assert_eq!(sign_in(99, "john@example.com", PASSWORD).await, 201);
}

#[tokio::test]
async fn a_customer_with_a_new_email_may_sign_in_as_often_as_ever() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    customer.patch(&customer.path(), json!({"email": "jack@example.com"})).await.expect(200);
    for _ in 0..12 {
        shop.sign_in(&customer.reference, "jack@example.com", PASSWORD).await;
    }
}

#[tokio::test]
async fn nor_does_guessing_from_many_addresses_at_once() {
    let shop = Shop::with(&[("PROXY_SECRET", PROXY_SECRET)]).await;
    let customer = Arc::new(shop.register("john@example.com").await);
    let answers = at_once(40, |number| {
        let customer = Arc::clone(&customer);
        async move { guess_from(&customer, number).await }
    });
    assert_eq!(statuses(&answers.await), [&[400; 10][..], &[429; 30]].concat());
}

#[tokio::test]
async fn there_are_ten_guesses_in_any_ten_minutes() {
    let shop = Shop::with(&[("PROXY_SECRET", PROXY_SECRET)]).await;
    let customer = shop.register("john@example.com").await;
    for number in 0..10 {
        guess_from(&customer, number).await.assert_error(WRONG_PASSWORD);
        shop.advance(30);
    }
    for number in 10..19 {
        let refused = guess_from(&customer, number).await.expect(429);
        assert!(refused.retry_after() <= 300, "{}", refused.summary());
        shop.advance(30);
    }
    // The first is more than ten minutes ago, the second is not.
    shop.advance(31);
    guess_from(&customer, 20).await.assert_error(WRONG_PASSWORD);
    guess_from(&customer, 21).await.expect(429);
}

#[tokio::test]
async fn the_right_password_makes_room_for_new_attempts() {
    let shop = Shop::start().await;
    let mut customer = shop.register("john@example.com").await;
    for (current, new) in [(PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, PASSWORD)] {
        for _ in 0..9 {
            customer.change_password("wrong", new).await.assert_error(WRONG_PASSWORD);
        }
        customer.change_password(current, new).await.expect(204);
        customer = shop.sign_in(&customer.reference, "john@example.com", new).await;
    }
}

/// An answer that got lost makes the SDK repeat the call, seconds later.
#[tokio::test]
async fn a_success_forgets_only_the_attempts_before_it_even_if_its_answer_is_lost() {
    let (shop, faults) = Shop::with_faults().await;
    let customer = shop.register("john@example.com").await;
    shop.mail_settled().await;
    let sessions = format!("SESSION#{}", customer.reference);
    // The calls after Login and attempt: they take effect and are answered too late.
    faults.plan(Fault::Late, 3, 4);
    let signing_in = async { shop.try_sign_in("john@example.com", PASSWORD).await };
    let guessing = async {
        while shop.items().await.iter().filter(|item| item["pk"]["S"] == sessions).count() < 2 {
            tokio::task::yield_now().await;
        }
        for _ in 0..10 {
            shop.try_sign_in("john@example.com", "wrong").await.expect(401);
        }
    };
    let (signed_in, ()) = tokio::join!(signing_in, guessing);
    signed_in.expect(201);
    shop.try_sign_in("john@example.com", "wrong").await.expect(429);
}

/// As on a slow machine, or with all of its processors busy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_correct_sign_ins_at_once_lock_nobody_out() {
    let shop = Shop::with(&[("ARGON2_MEMORY_KIB", "19456"), ("ARGON2_ITERATIONS", "24")]).await;
    shop.register("john@example.com").await;
    let client = shop.anonymous();
    for _ in 0..5 {
        shop.try_sign_in("john@example.com", "wrong").await.expect(401);
    }
    let answers = at_once(20, |_| {
        let client = client.clone();
        async move {
            client.post("/access-tokens", json!({"username": "john@example.com", "password": PASSWORD})).await
        }
    });
    assert_eq!(statuses(&answers.await), [201; 20]);
}

async fn guess_from(customer: &Customer, number: usize) -> Answer {
    let client = (**customer).clone().header("X-Proxy-Secret", PROXY_SECRET);
    let client = client.header("X-Client-Address", &format!("198.51.100.{number}"));
    let guess = json!({"password": "wrong", "newPassword": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    client.patch("/customer-password", guess).await
}
