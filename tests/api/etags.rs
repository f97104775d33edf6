//! ETags of customers and addresses, and changes on the condition that a tag still matches.

use serde_json::json;
use tests::errors::{
    ADDRESS_NOT_FOUND, ADDRESS_NOT_SAVED, EMAIL_TAKEN, PASSWORDS_DIFFER, PRECONDITION_FAILED, UNAUTHORIZED,
};
use tests::{Answer, Calls, Client, Request, Shop, Table, address, merged, registration};

#[tokio::test]
async fn every_answer_of_one_resource_has_the_same_tag_until_it_changes() {
    let shop = Shop::start().await;
    let created = shop.anonymous().post("/customers", registration("john@example.com")).await.expect(201);
    let john = shop.sign_in(&created.id(), "john@example.com", tests::PASSWORD).await;
    let path = john.path();
    let first = tag(&created);
    assert!(first.starts_with('"') && first.ends_with('"') && first.len() <= 45, "{first}");
    assert_eq!(tag(&john.get(&path).await), first);
    assert_eq!(tag(&john.get(&format!("{path}?fields[customers]=email")).await), first);
    let changed = john.patch(&path, json!({"lastName": "Johnson"})).await.expect(200);
    assert_ne!(tag(&changed), first);
    assert_eq!(tag(&john.get(&path).await), tag(&changed));

    let created = john.post(&john.addresses_path(), address()).await.expect(201);
    let path = john.address_path(&created.id());
    assert_eq!(tag(&john.get(&path).await), tag(&created));
    let changed = john.patch(&path, json!({"city": "Bonn"})).await.expect(200);
    assert_ne!(tag(&changed), tag(&created));
    assert_eq!(tag(&john.patch(&path, json!({"city": "Berlin"})).await), tag(&created));
}

#[tokio::test]
async fn answers_that_no_tag_covers_have_none() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let including = format!("{}?include=addresses", john.path());
    assert!(john.get(&including).await.expect(200).header("ETag").is_some(), "there is nothing to include");
    let id = john.add_address(json!({})).await;
    let answers = [
        john.get(&including).await.expect(200),
        john.get("/customers").await.expect(200),
        john.get(&john.addresses_path()).await.expect(200),
        john.delete(&john.address_path(&id)).await.expect(204),
        shop.try_sign_in("john@example.com", tests::PASSWORD).await.expect(201),
        john.get("/customers/DE--1").await.expect(404),
    ];
    for answer in answers {
        assert_eq!(answer.header("ETag"), None, "{}", answer.summary());
    }
}

#[tokio::test]
async fn an_address_has_a_tag_of_its_own_that_covers_its_flags() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let mut paths = Vec::new();
    for _ in 0..3 {
        paths.push(john.address_path(&john.add_address(json!({})).await));
    }
    let before = tags(&john, &paths).await;
    let customer = tag(&john.get(&john.path()).await);
    john.patch(&paths[1], json!({"city": "Bonn"})).await.expect(200);
    let moved = tags(&john, &paths).await;
    assert_eq!([moved[0] == before[0], moved[1] == before[1], moved[2] == before[2]], [true, false, true]);
    // The first one loses the default that the third one takes.
    john.patch(&paths[2], json!({"isDefaultBilling": true})).await.expect(200);
    let after = tags(&john, &paths).await;
    assert_eq!([after[0] == moved[0], after[1] == moved[1], after[2] == moved[2]], [false, true, false]);
    assert_eq!(tag(&john.get(&john.path()).await), customer, "addresses are not part of it");
}

#[tokio::test]
async fn a_condition_is_a_list_of_tags_or_anything() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let path = john.address_path(&john.add_address(json!({})).await);
    let good = tag(&john.get(&path).await);
    let mut table = Table::default();
    let rows = [
        (vec![good.clone()], 200),
        (vec!["*".into()], 200),
        (vec![format!("\"x\", {good}")], 200),
        (vec![format!("W/\"x\",{good} ,")], 200),
        (vec!["\"x\"".into(), good.clone()], 200),
        // Functions receive the last of several headers with the same name.
        (vec![good.clone(), "\"x\"".into()], 412),
        (vec![format!("W/{good}")], 412),
        (vec!["\"x\"".into()], 412),
        (vec![good.trim_matches('"').into()], 412),
        (vec![format!("{good} x")], 412),
        (vec![format!("{good}, *")], 412),
        (vec![format!("{good}{good}")], 412),
        (vec![String::new()], 412),
        (vec!["\"".into()], 412),
    ];
    for (values, status) in rows {
        for name in ["If-Match", "if-match", "IF-MATCH"] {
            let request = Request::new("PATCH", &path).attributes(json!({"city": "Berlin"}));
            let request = values.iter().fold(request, |request, value| request.header(name, value));
            table.check(format!("{name}: {values:?}"), john.send(request).await.status, status);
        }
    }
    table.finish();
}

#[tokio::test]
async fn a_resource_that_has_changed_meanwhile_is_neither_changed_nor_deleted() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let id = john.add_address(json!({})).await;
    for (path, change) in
        [(john.address_path(&id), json!({"city": "Bonn"})), (john.path(), json!({"firstName": "Jack"}))]
    {
        let stale = tag(&john.get(&path).await);
        let fresh = tag(&john.patch(&path, change.clone()).await);
        john.get(&path).await.expect(200);
        let holding = |tag: &str| (*john).clone().header("If-Match", tag);
        let refused = [
            holding(&stale).patch(&path, json!({"lastName": "Doe"})).await,
            holding(&stale).delete(&path).await,
        ];
        for answer in refused {
            answer.assert_error(PRECONDITION_FAILED);
            assert_eq!((answer.calls().reads, answer.calls().writes), (1, 0));
        }
        assert_eq!(tag(&holding(&stale).get(&path).await.expect(200)), fresh, "a GET has no condition");
        holding(&fresh).delete(&path).await.expect(204);
    }
}

#[tokio::test]
async fn the_condition_comes_after_ownership_and_before_the_operations_own_rules() {
    let shop = Shop::start().await;
    shop.register("jane@example.com").await;
    let john = shop.register("john@example.com").await;
    let path = john.address_path(&john.add_address(json!({})).await);
    let holder = (*john).clone().header("If-Match", "\"stale\"");
    holder.patch("/customers/DE--1", json!({})).await.assert_error(UNAUTHORIZED);
    holder.delete("/customers/DE--1/addresses/1").await.assert_error(UNAUTHORIZED);
    holder.patch(&john.address_path("1"), json!({})).await.assert_error(ADDRESS_NOT_FOUND);
    holder.delete(&john.address_path("1")).await.assert_error(ADDRESS_NOT_FOUND);
    holder.patch(&path, json!({"city": ""})).await.expect(422);

    let rows = [
        (path.clone(), json!({"iso2Code": "XX"}), ADDRESS_NOT_SAVED),
        (john.path(), json!({"password": "change123", "confirmPassword": "change124"}), PASSWORDS_DIFFER),
        (john.path(), json!({"email": "jane@example.com"}), EMAIL_TAKEN),
    ];
    for (path, change, own) in rows {
        let answer = holder.patch(&path, change.clone()).await;
        answer.assert_error(PRECONDITION_FAILED);
        assert_eq!(answer.calls(), Calls { reads: 1, read_units: 2.0, ..Calls::default() });
        john.patch(&path, change).await.assert_error(own);
    }
}

#[tokio::test]
async fn a_new_email_is_subject_to_the_same_condition() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let tag = tag(&john.get(&john.path()).await);
    let holder = (*john).clone().header("If-Match", &tag);
    holder.patch(&john.path(), json!({"email": "jack@example.com"})).await.expect(200);
    holder.patch(&john.path(), json!({"email": "john@example.com"})).await.assert_error(PRECONDITION_FAILED);
}

/// A change that loses the race was made for another state, so it is not retried on the client's behalf.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_changes_with_one_tag_one_succeeds() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let path = john.address_path(&john.add_address(json!({})).await);
    for path in [path, john.path()] {
        let holder = (*john).clone().header("If-Match", &tag(&john.get(&path).await));
        let tasks: Vec<_> = (0..8)
            .map(|index| {
                let (holder, path) = (holder.clone(), path.clone());
                tokio::spawn(
                    async move { holder.patch(&path, json!({"lastName": format!("Doe {index}")})).await },
                )
            })
            .collect();
        let mut statuses = Vec::new();
        for task in tasks {
            statuses.push(task.await.expect("the request is answered").status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [&[200][..], &[412; 7]].concat(), "{path}");
    }
}

/// A concurrent change of another address loses the race for the record, but its condition still holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_of_another_address_is_not_a_mismatch() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let mut tasks = Vec::new();
    for index in 0..6 {
        let path = john.address_path(&john.add_address(merged(address(), json!({}))).await);
        let change = json!({"lastName": format!("Doe {index}")});
        tasks.push((path, change));
    }
    let mut running = Vec::new();
    for (path, change) in tasks {
        let holder = (*john).clone().header("If-Match", &tag(&john.get(&path).await));
        running.push(tokio::spawn(async move { holder.patch(&path, change).await }));
    }
    for task in running {
        task.await.expect("the request is answered").expect(200);
    }
}

#[track_caller]
fn tag(answer: &Answer) -> String {
    answer.header("ETag").unwrap_or_else(|| panic!("no ETag: {}", answer.summary())).into()
}

async fn tags(client: &Client, paths: &[String]) -> Vec<String> {
    let mut tags = Vec::new();
    for path in paths {
        tags.push(tag(&client.get(path).await));
    }
    tags
}
