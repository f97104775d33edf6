//! Ten failed attempts for one e-mail from one address lock that pair, and no other.

use serde_json::json;
use tests::errors::{AUTHENTICATION_FAILED, WRONG_PASSWORD, locked_for, validation};
use tests::{Answer, Client, NEW_PASSWORD, PASSWORD, PROXY_SECRET, Request, Shop, registration};

#[tokio::test]
async fn the_eleventh_attempt_is_refused_whatever_its_password() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    fail(&shop.anonymous(), "john@example.com", 10).await;
    for (email, password) in [("john@example.com", PASSWORD), ("John@Example.com", "wrong")] {
        let answer = shop.try_sign_in(email, password).await;
        assert_locked(&answer, 5);
        assert!((290..=300).contains(&answer.retry_after()), "{}", answer.retry_after());
    }
    let form = format!("grant_type=password&username=john@example.com&password={PASSWORD}");
    let answer = shop.anonymous().form("/token", &form).await.expect(429);
    let expected = json!({ "error": "invalid_grant", "error_description": locked_for(5) });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert!((290..=300).contains(&answer.retry_after()), "{}", answer.retry_after());
    assert_locked(&customer.change_password(PASSWORD, NEW_PASSWORD).await, 5);
    // What needs no password still works.
    assert!(customer.is_signed_in().await);
    shop.try_refresh(&customer.refresh_token).await.expect(201);
    shop.register("jane@example.com").await;
    // Validation comes first.
    let answer = shop.anonymous().post("/access-tokens", json!({"username": "john@example.com"})).await;
    answer.assert_error(validation("password => This field is missing."));
}

#[tokio::test]
async fn lasts_three_hundred_seconds_and_minutes_are_rounded_up() {
    let shop = Shop::start().await;
    shop.register("john@example.com").await;
    fail(&shop.anonymous(), "john@example.com", 10).await;
    for (wait, minutes) in [(50, 5), (20, 4), (60, 3), (60, 2), (60, 1), (40, 1)] {
        shop.advance(wait);
        assert_locked(&shop.try_sign_in("john@example.com", "wrong").await, minutes);
    }
    shop.advance(11);
    // Attempts while locked were not counted, so there is no new lock.
    shop.try_sign_in("john@example.com", "wrong").await.assert_error(AUTHENTICATION_FAILED);
    shop.try_sign_in("john@example.com", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn only_failures_within_six_hundred_seconds_count() {
    let shop = Shop::start().await;
    shop.register("john@example.com").await;
    fail(&shop.anonymous(), "john@example.com", 9).await;
    shop.advance(601);
    fail(&shop.anonymous(), "john@example.com", 9).await;
    shop.advance(300);
    fail(&shop.anonymous(), "john@example.com", 1).await;
    assert_locked(&shop.try_sign_in("john@example.com", PASSWORD).await, 5);
}

#[tokio::test]
async fn success_resets_the_counter() {
    let shop = Shop::start().await;
    shop.register("john@example.com").await;
    for _ in 0..3 {
        fail(&shop.anonymous(), "john@example.com", 9).await;
        shop.try_sign_in("john@example.com", PASSWORD).await.expect(201);
    }
}

#[tokio::test]
async fn unknown_emails_count_too() {
    let shop = Shop::start().await;
    fail(&shop.anonymous(), "nobody@example.com", 10).await;
    assert_locked(&shop.try_sign_in("nobody@example.com", "wrong").await, 5);
}

#[tokio::test]
async fn all_ways_to_try_a_password_share_one_counter() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    for _ in 0..3 {
        fail(&shop.anonymous(), "John@example.com", 1).await;
        let answer =
            shop.anonymous().form("/token", "grant_type=password&username=john@EXAMPLE.com&password=x").await;
        assert_eq!(answer.expect(400).json()["error"], "invalid_grant");
        customer.change_password("wrong", NEW_PASSWORD).await.assert_error(WRONG_PASSWORD);
    }
    customer.change_password("wrong", NEW_PASSWORD).await.assert_error(WRONG_PASSWORD);
    assert_locked(&shop.try_sign_in("john@example.com", PASSWORD).await, 5);
}

#[tokio::test]
async fn a_request_refused_before_its_password_is_checked_is_not_an_attempt() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    for _ in 0..12 {
        shop.anonymous().post("/access-tokens", json!({"username": "john@example.com"})).await.expect(422);
        let mismatch = json!({"password": "wrong", "newPassword": NEW_PASSWORD, "confirmPassword": PASSWORD});
        customer.patch("/customer-password", mismatch).await.expect(422);
    }
    shop.try_sign_in("john@example.com", PASSWORD).await.expect(201);
}

#[tokio::test]
async fn another_address_can_still_sign_in() {
    let shop = Shop::with(&[("PROXY_SECRET", PROXY_SECRET)]).await;
    shop.register("john@example.com").await;
    let from = |address: &str| shop.through_proxy(address);
    fail(&from("198.51.100.7"), "john@example.com", 10).await;
    assert_locked(&sign_in(&from("198.51.100.7")).await, 5);
    sign_in(&from("198.51.100.8")).await.expect(201);
    // What the caller itself claims in front of the proxy does not get around the lock.
    assert_locked(&sign_in(&from("198.51.100.7").header("X-Forwarded-For", "203.0.113.9")).await, 5);
    // Their success does not unlock the attacker.
    assert_locked(&sign_in(&from("198.51.100.7")).await, 5);
    // Past the proxy, the address is the gateway's own view of the caller.
    sign_in(&shop.anonymous()).await.expect(201);
}

#[tokio::test]
async fn no_header_gets_around_the_lock_without_the_proxys_secret() {
    for settings in [&[][..], &[("PROXY_SECRET", PROXY_SECRET)]] {
        let shop = Shop::with(settings).await;
        shop.register("john@example.com").await;
        let forged = |number: usize| {
            let address = format!("198.51.100.{number}");
            let client = shop.anonymous().header("X-Client-Address", &address);
            let client =
                client.header("X-Forwarded-For", &address).header("Forwarded", &format!("for={address}"));
            match number % 4 {
                0 => client,
                1 => client.header("X-Proxy-Secret", ""),
                2 => client.header("X-Proxy-Secret", &PROXY_SECRET.to_uppercase()),
                _ => client.header("X-Proxy-Secret", &PROXY_SECRET[1..]),
            }
        };
        for number in 0..10 {
            fail(&forged(number), "john@example.com", 1).await;
        }
        assert_locked(&sign_in(&forged(10)).await, 5);
        assert_locked(&sign_in(&shop.anonymous()).await, 5);
    }
}

#[tokio::test]
async fn nobody_but_the_proxy_can_lock_another_address_out() {
    let shop = Shop::with(&[("PROXY_SECRET", PROXY_SECRET)]).await;
    shop.register("john@example.com").await;
    let victim = "198.51.100.7";
    for header in ["X-Client-Address", "X-Forwarded-For"] {
        let attacker = shop.anonymous().header(header, victim).header("X-Proxy-Secret", "a-guess");
        fail(&attacker, "john@example.com", 5).await;
    }
    assert_locked(&sign_in(&shop.anonymous()).await, 5);
    sign_in(&shop.through_proxy(victim)).await.expect(201);
}

#[tokio::test]
async fn a_proxys_header_that_is_not_one_address_counts_for_nothing() {
    let shop = Shop::with(&[("PROXY_SECRET", PROXY_SECRET)]).await;
    shop.register("john@example.com").await;
    let malformed = ["", "unknown", "198.51.100.7, 203.0.113.9", "198.51.100.7:443", "[2001:db8::1]"];
    for address in malformed {
        fail(&shop.through_proxy(address), "john@example.com", 1).await;
    }
    // Of several, a function sees the last.
    let login = json!({"username": "john@example.com", "password": "wrong"});
    let doubled = Request::new("POST", "/access-tokens").attributes(login);
    let doubled = doubled.header("X-Proxy-Secret", PROXY_SECRET).header("X-Proxy-Secret", "x");
    let answer = shop.anonymous().send(doubled.header("X-Client-Address", "198.51.100.7")).await;
    answer.assert_error(AUTHENTICATION_FAILED);
    let without_address = shop.anonymous().header("X-Proxy-Secret", PROXY_SECRET);
    fail(&without_address, "john@example.com", 4).await;
    assert_locked(&sign_in(&shop.anonymous()).await, 5);
    sign_in(&shop.through_proxy("198.51.100.7")).await.expect(201);
}

#[tokio::test]
async fn an_ipv6_network_is_one_address() {
    let shop = Shop::with(&[("PROXY_SECRET", PROXY_SECRET)]).await;
    shop.register("john@example.com").await;
    let from = |address: &str| shop.through_proxy(address);
    fail(&from("2001:db8:1:2::"), "john@example.com", 10).await;
    assert_locked(&sign_in(&from("2001:db8:1:2::")).await, 5);
    sign_in(&from("2001:db8:1:3::")).await.expect(201);
    // Anything else is the proxy's own address, because the web ACL would count each spelling by itself.
    for host in 1..=10 {
        fail(&from(&format!("2001:db8:1:3::{host:x}")), "john@example.com", 1).await;
    }
    assert_locked(&sign_in(&from("2001:0DB8:0001:0003:0:0:0:0")).await, 5);
    assert_locked(&sign_in(&shop.anonymous()).await, 5);
}

/// The secret is for the functions alone.
#[tokio::test]
async fn the_proxys_headers_are_neither_logged_nor_answered() {
    let shop = Shop::with(&[("PROXY_SECRET", PROXY_SECRET)]).await;
    let john = shop.register("john@example.com").await;
    let behind = |client: Client| {
        client.header("X-Proxy-Secret", PROXY_SECRET).header("X-Client-Address", "198.51.100.77")
    };
    let mut answers = vec![
        behind(shop.anonymous()).get("/nowhere").await,
        behind(shop.anonymous()).get("/customers").await,
        behind(shop.anonymous()).post("/customers", registration("jane@example.com")).await,
        behind(shop.anonymous()).send(Request::new("OPTIONS", "/customers")).await,
        sign_in(&behind(shop.anonymous())).await,
        behind(shop.bearer(&john.access_token)).get(&format!("{}/export", john.path())).await,
        behind(shop.bearer(&john.access_token)).get(&format!("{}/sessions", john.path())).await,
    ];
    fail(&behind(shop.anonymous()), "john@example.com", 10).await;
    answers.push(sign_in(&behind(shop.anonymous())).await);
    // The page that shows the settings.
    let page = Client::service(shop.base_url()).header("Accept", "text/html").get("/").await.expect(200);
    assert!(String::from_utf8_lossy(&page.body).contains("Shortest password"));
    answers.push(page);
    let log = shop.log().concat();
    for secret in [PROXY_SECRET, "198.51.100.77"] {
        assert!(!log.contains(secret), "{log}");
        for answer in &answers {
            let body = String::from_utf8_lossy(&answer.body);
            assert!(!answer.summary().contains(secret) && !body.contains(secret), "{}", answer.summary());
        }
    }
}

async fn fail(client: &Client, email: &str, times: usize) {
    for _ in 0..times {
        let attributes = json!({"username": email, "password": "wrong"});
        client.post("/access-tokens", attributes).await.assert_error(AUTHENTICATION_FAILED);
    }
}

async fn sign_in(client: &Client) -> Answer {
    client.post("/access-tokens", json!({"username": "john@example.com", "password": PASSWORD})).await
}

#[track_caller]
fn assert_locked(answer: &Answer, minutes: u64) {
    assert_eq!(answer.errors(), [(429, "4401".into(), locked_for(minutes))]);
    assert_eq!(answer.retry_after().div_ceil(60), minutes);
}
