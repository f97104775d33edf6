//! `GET /customers/{customerReference}/sessions` and `DELETE …/sessions/{sessionId}`.

use serde_json::{Value, json};
use tests::errors::{REFERENCE_MISSING, REFERENCE_NOT_SPECIFIED, UNAUTHORIZED};
use tests::{Answer, Customer, NEW_PASSWORD, PASSWORD, Request, Shop};

const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

#[tokio::test]
async fn every_sign_in_is_listed_in_order() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    shop.advance(60);
    let credentials = json!({"username": "john@example.com", "password": PASSWORD});
    let firefox = shop.anonymous().header("User-Agent", FIREFOX);
    let tokens = firefox.post("/access-tokens", credentials).await.expect(201);
    shop.advance(60);
    let renewed = shop.try_refresh(&tokens.text("refreshToken")).await.expect(201);

    let list = sessions(&john).await;
    let path = format!("{}/sessions", john.path());
    assert_eq!(list.json()["links"]["self"], format!("{}{path}", shop.base_url()));
    assert_eq!(list.members("/data/0"), ["type", "id", "attributes", "links"]);
    assert_eq!(
        list.members("/data/0/attributes"),
        ["device", "startedAt", "lastSeenAt", "expiresAt", "isCurrent"]
    );
    let data = data(&list);
    assert_eq!(data.len(), 2);
    let (first, second) = (&data[0], &data[1]);
    assert_eq!(first["type"], "sessions");
    let id = first["id"].as_str().expect("an id");
    assert_eq!(first["links"]["self"], format!("{}{path}/{id}", shop.base_url()));
    assert_eq!(
        (&first["attributes"]["device"], &first["attributes"]["isCurrent"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(first["attributes"]["startedAt"], first["attributes"]["lastSeenAt"]);
    assert_eq!(second["attributes"]["device"], "Firefox on Windows");
    assert_eq!(second["attributes"]["isCurrent"], false);
    let time = |name: &str| second["attributes"][name].as_str().expect("a time").to_owned();
    assert!(time("startedAt") < time("lastSeenAt") && time("lastSeenAt") < time("expiresAt"));
    let text = String::from_utf8_lossy(&list.body).into_owned();
    for secret in [&john.refresh_token, &john.access_token, &renewed.text("refreshToken")] {
        assert!(secret.split('.').skip(1).all(|part| !text.contains(part)), "{text}");
    }
    let sparse = john.get(&format!("{path}?fields[sessions]=isCurrent")).await.expect(200);
    assert_eq!(sparse.members("/data/0/attributes"), ["isCurrent"]);
}

#[tokio::test]
async fn ended_and_expired_sessions_are_not_listed() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    john.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    let john = shop.sign_in(&john.reference, &john.email, NEW_PASSWORD).await;
    assert_eq!(data(&sessions(&john).await).len(), 1, "the previous one belongs to an older epoch");
    shop.advance(30 * 86_400);
    let john = shop.sign_in(&john.reference, &john.email, NEW_PASSWORD).await;
    assert_eq!(data(&sessions(&john).await).len(), 1, "the previous one has expired");
}

#[tokio::test]
async fn a_session_ends_at_once_and_no_other_does() {
    let shop = Shop::start().await;
    let phone = shop.register("john@example.com").await;
    let laptop = shop.sign_in(&phone.reference, &phone.email, PASSWORD).await;
    let list = data(&sessions(&laptop).await);
    let path =
        |index: usize| format!("{}/sessions/{}", phone.path(), list[index]["id"].as_str().expect("an id"));
    laptop.delete(&path(0)).await.expect(204);
    assert!(!phone.is_signed_in().await && laptop.is_signed_in().await);
    shop.try_refresh(&phone.refresh_token).await.expect(401);
    laptop.delete(&path(0)).await.expect(204);
    for unknown in ["x", "mine", &"x".repeat(2_000), "%00", "a.b"] {
        laptop.delete(&format!("{}/sessions/{unknown}", laptop.path())).await.expect(204);
    }
    assert_eq!(data(&sessions(&laptop).await).len(), 1);
    laptop.delete(&path(1)).await.expect(204);
    assert!(!laptop.is_signed_in().await, "the current session can be ended too");
}

#[tokio::test]
async fn customers_see_and_end_only_their_own_sessions() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    let path = format!("{}/sessions", john.path());
    let id = data(&sessions(&john).await)[0]["id"].as_str().expect("an id").to_owned();
    jane.get(&path).await.assert_error(UNAUTHORIZED);
    jane.delete(&format!("{path}/{id}")).await.assert_error(UNAUTHORIZED);
    jane.delete(&format!("{}/sessions/{id}", jane.path())).await.expect(204);
    assert!(john.is_signed_in().await);
    jane.get("/customers//sessions").await.assert_error(REFERENCE_MISSING);
    jane.delete("/customers//sessions/x").await.assert_error(REFERENCE_NOT_SPECIFIED);
    for method in ["POST", "PATCH", "PUT"] {
        john.send(Request::new(method, &path)).await.expect(404);
        john.send(Request::new(method, &format!("{path}/{id}"))).await.expect(404);
    }
    john.get(&format!("{path}/{id}")).await.expect(404);
}

async fn sessions(customer: &Customer) -> Answer {
    customer.get(&format!("{}/sessions", customer.path())).await.expect(200)
}

fn data(list: &Answer) -> Vec<Value> {
    list.json()["data"].as_array().expect("a list").clone()
}
