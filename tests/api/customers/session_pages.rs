//! `GET /customers/{customerReference}/sessions` and the export of customers who have more sessions than fit on a page.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::errors::{INVALID_PAGE, INVALID_TOKEN, UNAUTHORIZED};
use tests::{Answer, Calls, Customer, NEW_PASSWORD, PASSWORD, Shop};

#[tokio::test]
async fn every_session_is_on_one_page_and_the_current_one_on_the_first() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let mut ids = BTreeSet::from_iter(shop.add_sessions(&john, 249).await);
    let path = format!("{}/sessions?fields[sessions]=startedAt,isCurrent", john.path());
    let pages = pages(&john, &path).await;
    assert_eq!(pages.iter().map(|page| data(page).len()).collect::<Vec<_>>(), [100, 100, 50]);
    let self_link = format!("{}{}/sessions", john.base_url(), john.path());
    for (number, page) in pages.iter().enumerate() {
        assert_eq!(page.members(""), ["data", "links"]);
        let links: &[&str] = if number < 2 { &["self", "next"] } else { &["self"] };
        assert_eq!(page.members("/links"), links);
        assert_eq!(page.json()["links"]["self"], self_link);
        let data = data(page);
        assert!(
            data.is_sorted_by_key(|session| session["attributes"]["startedAt"].as_str().map(str::to_owned))
        );
        for (index, session) in data.iter().enumerate() {
            assert_eq!(page.members(&format!("/data/{index}/attributes")), ["startedAt", "isCurrent"]);
            let is_current = session["attributes"]["isCurrent"] == true;
            assert_eq!(is_current, number == 0 && index == 0, "it is the oldest");
            assert!(ids.remove(&id(session)) || is_current, "{session} is listed twice");
        }
        let cost = Calls { reads: 2, read_units: page.calls().read_units, ..Calls::default() };
        assert_eq!(page.calls(), cost);
        assert!(page.calls().read_units <= 12.0, "{:?}", page.calls());
    }
    assert_eq!(ids, BTreeSet::new(), "all are listed");
}

#[tokio::test]
async fn a_hundred_sessions_fit_on_a_page() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let path = format!("{}/sessions", john.path());
    shop.add_sessions(&john, 99).await;
    let pages_of_100 = pages(&john, &path).await;
    assert_eq!(pages_of_100.iter().map(|page| data(page).len()).collect::<Vec<_>>(), [100]);
    shop.add_sessions(&john, 100).await;
    let pages_of_101 = pages(&john, &path).await;
    assert_eq!(pages_of_101.iter().map(|page| data(page).len()).collect::<Vec<_>>(), [100, 1]);
}

#[tokio::test]
async fn ended_sessions_shorten_pages_but_hide_nothing() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    shop.add_sessions(&john, 349).await;
    john.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    let path = format!("{}/sessions", john.path());
    john.get(&path).await.assert_error(INVALID_TOKEN);
    let john = shop.sign_in(&john.reference, &john.email, NEW_PASSWORD).await;
    let other = shop.sign_in(&john.reference, &john.email, NEW_PASSWORD).await;
    let pages = pages(&john, &path).await;
    assert_eq!(pages.len(), 4, "352 sessions, 350 of them ended");
    let listed: Vec<Value> = pages.iter().flat_map(data).collect();
    assert_eq!(listed.len(), 2);
    assert_eq!(data(&pages[0])[0]["attributes"]["isCurrent"], true);
    let others = listed.iter().filter(|session| session["attributes"]["isCurrent"] == false).map(id);
    let of_other = data(&other.get(&path).await.expect(200));
    let of_other = of_other.iter().filter(|session| session["attributes"]["isCurrent"] == true).map(id);
    assert_eq!(others.collect::<Vec<_>>(), of_other.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_begins_after_any_id_and_shows_only_the_callers_sessions() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    let ids = BTreeSet::from_iter(shop.add_sessions(&john, 120).await);
    let foreign = shop.add_sessions(&jane, 10).await;
    let path = format!("{}/sessions", john.path());
    let after = |id: &str| format!("{path}?page[after]={id}");
    for cursor in foreign.iter().map(String::as_str).chain(["-", "0", "x", &"z".repeat(64)]) {
        let listed: Vec<String> = data(&john.get(&after(cursor)).await.expect(200)).iter().map(id).collect();
        let current = listed.iter().filter(|id| !ids.contains(*id)).count();
        assert_eq!(current, 0, "the current session is on the first page");
        let expected = ids.iter().filter(|id| id.as_str() > cursor).take(100);
        assert_eq!(BTreeSet::from_iter(&listed), expected.collect(), "after {cursor}");
    }
    for malformed in
        ["", "a.b", "%00", "%C3%A4", "a%20b", "SESSION%23x", "%22", &"x".repeat(65), &"x".repeat(8_000)]
    {
        john.get(&after(malformed)).await.assert_error(INVALID_PAGE);
    }
    let last_counts = format!("{}&page[after]={}", after("a.b"), "z".repeat(64));
    assert_eq!(data(&john.get(&last_counts).await.expect(200)), Vec::<Value>::new());
    john.get(&format!("{}&page[after]=", after("x"))).await.assert_error(INVALID_PAGE);
    let encoded = format!("{path}?page%5Bafter%5D={}", "z".repeat(64));
    assert_eq!(data(&john.get(&encoded).await.expect(200)), Vec::<Value>::new());

    let first = john.get(&path).await.expect(200).body;
    for unknown in ["page=x", "page[]=x", "page[size]=1", "page[number]=2", "page[before]=x", "PAGE[AFTER]=x"]
    {
        assert_eq!(john.get(&format!("{path}?{unknown}")).await.expect(200).body, first, "{unknown}");
    }
    jane.get(&after("x")).await.assert_error(UNAUTHORIZED);
    jane.get(&after("a.b")).await.assert_error(UNAUTHORIZED);
}

#[tokio::test]
async fn an_export_leads_to_the_sessions_that_it_does_not_include() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let export = async || john.get(&format!("{}/export?page[after]=x", john.path())).await.expect(200);
    shop.add_sessions(&john, 99).await;
    assert_eq!(export().await.members("/data/relationships/sessions"), ["data"]);
    shop.add_sessions(&john, 249).await;

    let export = export().await;
    assert_eq!(export.calls(), Calls { reads: 6, read_units: 15.0, ..Calls::default() });
    assert_eq!(export.members("/data/relationships/sessions"), ["data", "links"]);
    assert_eq!(export.members("/data/relationships/sessions/links"), ["related"]);
    let document = export.json();
    let related = document["data"]["relationships"]["sessions"]["links"]["related"].clone();
    let related = related.as_str().and_then(|link| link.strip_prefix(john.base_url())).expect("a link");
    let pages = pages(&john, related).await;
    assert_eq!(document["included"], json!(data(&pages[0])));
    assert_eq!(pages.iter().flat_map(data).count(), 250);
}

/// The token still works for some hours when the session can no longer be refreshed.
#[tokio::test]
async fn an_export_without_a_session_on_the_first_page_leads_to_the_others() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    shop.add_sessions(&john, 150).await;
    for mut session in shop.items().await {
        if session["pk"]["S"] == format!("SESSION#{}", john.reference) {
            session["refresh_expires_at"] = json!({"N": "1"});
            shop.put_item(session).await;
        }
    }
    let path = format!("{}/sessions", john.path());
    assert_eq!(pages(&john, &path).await.iter().map(|page| data(page).len()).collect::<Vec<_>>(), [0, 0]);
    let export = john.get(&format!("{}/export", john.path())).await.expect(200).json();
    let related = format!("{}{path}", john.base_url());
    let sessions = json!({"data": [], "links": {"related": related}});
    assert_eq!(export["data"]["relationships"]["sessions"], sessions);
}

#[tokio::test]
async fn an_export_shows_a_hundred_pending_mails() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    shop.mail_settled().await;
    for number in 0..150 {
        shop.put_item(json!({
            "pk": {"S": format!("MAIL#{}", john.reference)},
            "sk": {"S": format!("password-changed#{number}")},
            "state": {"S": "rejected"},
        }))
        .await;
    }
    let export = john.get(&format!("{}/export", john.path())).await.expect(200).json();
    assert_eq!(export["meta"]["pendingMails"], json!(vec!["password-changed"; 100]));
}

/// The page at `path` and those after it.
async fn pages(customer: &Customer, path: &str) -> Vec<Answer> {
    let mut pages = vec![customer.get(path).await.expect(200)];
    while let Some(next) = pages[pages.len() - 1].json()["links"]["next"].as_str() {
        let next = next.strip_prefix(customer.base_url()).expect("a link of this API");
        pages.push(customer.get(next).await.expect(200));
    }
    pages
}

fn data(page: &Answer) -> Vec<Value> {
    page.json()["data"].as_array().expect("a list").clone()
}

fn id(session: &Value) -> String {
    session["id"].as_str().expect("an id").to_owned()
}
