//! The help desk (docs/desk.md): what support finds, sees and does, and what is on record of it.

use serde_json::{Value, json};
use tests::mail::{ACCOUNT_ERASED, CONFIRMATION, EMAIL_CHANGED, PASSWORD_RESET};
use tests::{Customer, Desk, NEW_PASSWORD, PASSWORD, PROXY_SECRET, Shop, Table, merged, registration};

const EMAIL: &str = "sonia@example.com";
const NEW_EMAIL: &str = "sonia@example.org";
const ANNA: &str = "arn:aws:iam::000000000000:user/anna";

async fn register(shop: &Shop, email: &str, first_name: &str, last_name: &str) -> String {
    let names = json!({"firstName": first_name, "lastName": last_name});
    shop.anonymous().post("/customers", merged(registration(email), names)).await.expect(201).id()
}

/// The references of the customers that a search has found.
async fn found(desk: &Desk, by: &str, text: &str) -> Vec<String> {
    let document = desk.find(by, text).await.expect(200).json();
    let data = document["data"].as_array().expect("a list");
    data.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

/// What is on record about a customer, oldest first: who, what and why.
async fn record(shop: &Shop, reference: &str) -> Vec<(String, String, String)> {
    let pk = format!("AUDIT#{reference}");
    let mut items = shop.items().await;
    items.retain(|item| item["pk"]["S"] == pk && item["action"]["S"] != "found");
    items.sort_by_key(|item| item["sk"]["S"].to_string());
    let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    items.iter().map(|item| (text(item, "who"), text(item, "action"), text(item, "reason"))).collect()
}

async fn events(shop: &Shop) -> Vec<String> {
    let kinds = shop.events().await;
    kinds.iter().map(|event| event["detail-type"].as_str().expect("a text").to_owned()).collect()
}

async fn restore(shop: &Shop, key: &str) {
    let attributes =
        json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    shop.anonymous().patch("/customer-restore-password", attributes).await.expect(204);
}

#[tokio::test]
async fn a_customer_is_found_by_e_mail_by_its_beginning_and_by_part_of_the_name() {
    let shop = Shop::start().await;
    let anna = shop.desk("anna");
    let sonia = register(&shop, "Sonia@example.com", "Sónia", "Wagner").await;
    let jan = register(&shop, "jan@example.com", "Jan", "van Wagenen").await;
    let odd = register(&shop, "_x@example.com", "佐藤", "さくら子").await;
    for (by, text, expected) in [
        ("email", "sonia@EXAMPLE.com", vec![&sonia]),
        ("email", "sonia@example.co", vec![]),
        ("prefix", "SON", vec![&sonia]),
        ("prefix", "sonia@example.com", vec![&sonia]),
        ("prefix", "_x@", vec![&odd]),
        ("prefix", "onia", vec![]),
        ("name", "wag", vec![&jan, &sonia]),
        ("name", "sonia%20w", vec![&sonia]),
        ("name", "S%C3%93N", vec![&sonia]),
        ("name", "%20van%20", vec![&jan]),
        ("name", "%E3%81%95%E3%81%8F%E3%82%89", vec![&odd]),
        ("name", "agn", vec![&sonia]),
        ("name", "wagn%20son", vec![&sonia]),
        ("name", "%E4%BD%90", vec![&odd]),
        ("name", "wag%20jan%20sonia", vec![]),
        ("name", "schmidt", vec![]),
    ] {
        assert_eq!(
            found(&anna, by, text).await,
            expected.into_iter().cloned().collect::<Vec<_>>(),
            "{by} {text}"
        );
    }
    let shown = anna.find("prefix", "son").await.expect(200).json();
    let attributes = &shown["data"][0]["attributes"];
    assert_eq!(attributes["email"], "Sonia@example.com");
    assert_eq!((&attributes["firstName"], &attributes["lastName"]), (&json!("Sónia"), &json!("Wagner")));
    assert_eq!(shown["meta"], json!({"more": false, "incomplete": false}));
}

#[tokio::test]
async fn a_search_that_could_be_for_anybody_finds_nobody() {
    let shop = Shop::start().await;
    let anna = shop.desk("anna");
    register(&shop, EMAIL, "Sonia", "Wagner").await;
    let mut table = Table::default();
    let long = "s".repeat(300);
    for query in [
        "",
        "filter[prefix]=",
        "filter[prefix]=so",
        "filter[name]=w",
        "filter[name]=%20%20w%20",
        "filter[name]=e%20r",
        "filter[name]=%CC%81%CC%81%CC%81",
        &format!("filter[prefix]={long}"),
        &format!("filter[name]={long}"),
        "filter[email]=sonia",
        "filter[email]=",
        "filter[reference]=DE--1",
        "filter=sonia",
        "prefix=sonia",
        "filter[prefix]=son&filter[name]=wagner",
        "filter[prefix]=son&filter[prefix]=son",
    ] {
        let answer = anna.get(&format!("/admin/customers?{query}")).await;
        let calls = answer.calls();
        table.check(query, (answer.status, calls.reads, calls.writes), (422, 0, 0));
        answer.errors();
    }
    table.finish();
    for text in
        ["%25%25%25", "FIND%23s", "CUSTOMER%23", "%00%00%00", "son%", "%F0%9F%92%A5%F0%9F%92%A5%F0%9F%92%A5"]
    {
        for by in ["prefix", "name"] {
            assert_eq!(found(&anna, by, text).await, [""; 0], "{by} {text}");
        }
    }
    assert_eq!(shop.items().await.iter().filter(|item| item["who"].is_object()).count(), 0);
}

#[tokio::test]
async fn of_many_the_first_twenty_are_shown() {
    let shop = Shop::start().await;
    let anna = shop.desk("anna");
    for number in 0..22 {
        register(&shop, &format!("many{number:02}@example.com"), "Manfred", "Meier").await;
    }
    for (by, text) in [("prefix", "many"), ("name", "meier")] {
        let answer = anna.find(by, text).await.expect(200);
        let document = answer.json();
        assert_eq!(document["data"].as_array().map(Vec::len), Some(20), "{by}");
        assert_eq!(document["meta"]["more"], true, "{by}");
        assert_eq!(document["data"][0]["attributes"]["email"], "many00@example.com");
        assert_eq!(answer.calls().writes, 1, "{by}: all are on record at once");
    }
    let last = anna.find("prefix", "many2").await.expect(200).json();
    assert_eq!((last["data"].as_array().map(Vec::len), &last["meta"]["more"]), (Some(2), &json!(false)));
}

#[tokio::test]
async fn without_a_reason_that_can_be_kept_nothing_is_read() {
    let shop = Shop::start().await;
    let sonia = shop.register(EMAIL).await;
    let mut table = Table::default();
    let long = "T".repeat(201);
    for reason in
        [None, Some(""), Some("   "), Some("T1"), Some(&*long), Some("anna@example.com"), Some("a\tb")]
    {
        let desk = shop.desk("anna").reason(reason);
        for answer in [
            desk.find("email", EMAIL).await,
            desk.show(&sonia.reference).await,
            desk.act(&sonia.reference, "secure").await,
            desk.act(&sonia.reference, "anonymise").await,
        ] {
            let calls = answer.calls();
            table.check(format!("{reason:?}"), (answer.status, calls.reads, calls.writes), (422, 0, 0));
            assert!(answer.errors()[0].2.starts_with("reason => "), "{}", answer.summary());
        }
    }
    table.finish();
    assert!(sonia.is_signed_in().await);
    shop.desk("anna").reason(Some(&long[1..])).show(&sonia.reference).await.expect(200);
    shop.desk("anna").reason(Some("T 1")).show(&sonia.reference).await.expect(200);
}

/// Everything that helps, and nothing that opens the account or says where its owner is.
#[tokio::test]
async fn support_sees_the_customer_and_no_secret() {
    let shop = Shop::with(&[("PROXY_SECRET", PROXY_SECRET)]).await;
    let anna = shop.desk("anna");
    let sonia = shop.register(EMAIL).await;
    sonia.add_address(json!({"city": "Hamburg"})).await;
    let key = shop.mail_to(EMAIL, CONFIRMATION).await.token();
    for _ in 0..3 {
        shop.try_sign_in(EMAIL, "wrong").await.expect(401);
    }
    for _ in 0..10 {
        let wrong = json!({"username": EMAIL, "password": "wrong"});
        shop.through_proxy("203.0.113.9").post("/access-tokens", wrong).await.expect(401);
    }
    let answer = anna.show(&sonia.reference).await.expect(200);
    let document = answer.json();
    assert_eq!(document["data"]["id"], sonia.reference);
    assert_eq!(document["data"]["attributes"]["email"], EMAIL);
    assert_eq!(document["included"][0]["attributes"]["city"], "Hamburg");
    let meta = &document["meta"];
    for (name, expected) in [
        ("isConfirmed", json!(false)),
        ("isAnonymised", json!(false)),
        ("hasPassword", json!(true)),
        ("language", json!("en")),
        ("pendingEmail", json!(null)),
        ("signIn", json!({"failedAttempts": 13, "places": 2, "lockedPlaces": 1})),
        ("trail", json!([])),
    ] {
        assert_eq!(meta[name], expected, "{name}");
    }
    assert_eq!(meta["sessions"].as_array().map(Vec::len), Some(1));
    let session = sonia.get(&format!("{}/sessions", sonia.path())).await.expect(200).json();
    let session = session["data"][0]["id"].as_str().expect("an id").to_owned();
    let text = answer.summary();
    for secret in
        [&sonia.access_token, &sonia.refresh_token, &key, &session, "$argon2", "203.0.113.9", "hash"]
    {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    // Both looked, and each sees the others' looks.
    let trail = shop.desk("ben").show(&sonia.reference).await.expect(200).json()["meta"]["trail"].clone();
    assert_eq!(trail.as_array().map(Vec::len), Some(1));
    let entry = &trail[0];
    assert_eq!((&entry["who"], &entry["action"]), (&json!(ANNA), &json!("show")));
    assert_eq!((&entry["reason"], &entry["sourceAddress"]), (&json!("T-4711"), &json!("127.0.0.1")));
    anna.show("DE--NOBODY").await.assert_errors(&[tests::errors::CUSTOMER_NOT_FOUND]);
}

#[tokio::test]
async fn other_systems_read_the_record_by_its_version() {
    let shop = Shop::start().await;
    let sonia = shop.register_confirmed(EMAIL).await;
    let sync = shop.desk("sync").reason(None);
    let path = format!("/admin/customers/{}/record", sonia.reference);
    let before = sync.get(&path).await.expect(200).json();
    sonia.add_address(json!({})).await;
    let answer = sync.get(&path).await.expect(200);
    let after = answer.json();
    assert!(after["meta"]["version"].as_u64() > before["meta"]["version"].as_u64());
    assert_eq!(answer.members("/meta"), ["version", "isConfirmed", "isAnonymised", "language"]);
    assert_eq!(after["included"].as_array().map(Vec::len), Some(1));
    assert_eq!((answer.calls().reads, answer.calls().writes), (1, 0));
    sync.get("/admin/customers/DE--NOBODY/record").await.assert_errors(&[tests::errors::CUSTOMER_NOT_FOUND]);
    assert_eq!(record(&shop, &sonia.reference).await, []);
    sonia.delete(&sonia.path()).await.expect(204);
    let erased = sync.get(&path).await.expect(200).json();
    assert_eq!(
        (&erased["meta"]["isAnonymised"], &erased["data"]["attributes"]["email"]),
        (&json!(true), &json!(null))
    );
}

/// The password is void at once, and the mailed key leads back in, whatever the thief had used up.
#[tokio::test]
async fn a_stolen_account_is_secured() {
    let shop = Shop::start().await;
    let anna = shop.desk("anna");
    let sonia = shop.register_confirmed(EMAIL).await;
    let before = events(&shop).await.len();
    shop.anonymous().post("/customer-forgotten-password", json!({"email": EMAIL})).await.expect(204);
    let stolen_key = shop.mail_to(EMAIL, PASSWORD_RESET).await.token();
    anna.act(&sonia.reference, "secure").await.expect(204);
    assert!(!sonia.is_signed_in().await);
    shop.try_sign_in(EMAIL, PASSWORD).await.expect(401);
    shop.try_refresh(&sonia.refresh_token).await.expect(401);
    let attributes =
        json!({"restorePasswordKey": stolen_key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    shop.anonymous().patch("/customer-restore-password", attributes).await.expect(422);
    let meta = anna.show(&sonia.reference).await.expect(200).json()["meta"].clone();
    assert_eq!((&meta["hasPassword"], &meta["sessions"]), (&json!(false), &json!([])));
    restore(&shop, &shop.mail_to(EMAIL, PASSWORD_RESET).await.token()).await;
    shop.try_sign_in(EMAIL, NEW_PASSWORD).await.expect(201);
    assert_eq!(events(&shop).await.len(), before, "no other system is concerned");
    let actions: Vec<String> =
        record(&shop, &sonia.reference).await.into_iter().map(|(_, action, _)| action).collect();
    assert_eq!(actions, ["secure", "show"]);
}

#[tokio::test]
async fn each_action_does_what_it_says_and_is_on_record() {
    let shop = Shop::start().await;
    let anna = shop.desk("anna");
    let sonia = shop.register(EMAIL).await;
    let reference = &sonia.reference;
    shop.mail_settled().await;
    let mut heard = events(&shop).await.len();

    assert_eq!(
        anna.act(reference, "send-confirmation").await.expect(202).json(),
        json!({"meta": {"ordered": true}})
    );
    shop.mail_settled().await;
    assert_eq!(shop.count_mails(EMAIL, CONFIRMATION).await, 2);
    anna.act(reference, "send-confirmation").await.expect(202);
    anna.act(reference, "confirm").await.expect(204);
    anna.act(reference, "confirm").await.expect(204);
    anna.act(reference, "send-confirmation").await.expect(422);
    assert_eq!(events(&shop).await[heard..], ["CustomerConfirmed"]);
    heard += 1;

    assert!(sonia.is_signed_in().await);
    anna.act(reference, "sign-out").await.expect(204);
    assert!(!sonia.is_signed_in().await);
    shop.try_sign_in(EMAIL, PASSWORD).await.expect(201);

    assert_eq!(
        anna.act(reference, "send-reset").await.expect(202).json(),
        json!({"meta": {"ordered": true}})
    );
    shop.mail_to(EMAIL, PASSWORD_RESET).await;
    assert_eq!(
        anna.act(reference, "send-reset").await.expect(202).json(),
        json!({"meta": {"ordered": false}})
    );
    shop.mail_settled().await;
    assert_eq!(shop.count_mails(EMAIL, PASSWORD_RESET).await, 1);
    assert_eq!(events(&shop).await[heard..], [""; 0]);

    let taken = shop.register("taken@example.com").await;
    heard += 1;
    anna.change_email(reference, "taken@example.com").await.expect(422);
    anna.change_email(reference, "no e-mail").await.expect(422);
    anna.act(reference, "change-email").await.expect(400);
    for _ in 0..2 {
        anna.change_email(reference, NEW_EMAIL).await.expect(204);
    }
    shop.mail_settled().await;
    assert_eq!(shop.count_mails(EMAIL, EMAIL_CHANGED).await, 1);
    assert_eq!(events(&shop).await[heard..], ["CustomerEmailChanged"]);
    heard += 1;
    for email in [EMAIL, NEW_EMAIL] {
        shop.try_sign_in(email, PASSWORD).await.expect(401);
    }
    let key = shop.mail_to(NEW_EMAIL, CONFIRMATION).await.token();
    shop.anonymous().post("/customer-confirmation", json!({"registrationKey": key})).await.expect(204);
    shop.advance(60);
    shop.anonymous().post("/customer-forgotten-password", json!({"email": NEW_EMAIL})).await.expect(204);
    restore(&shop, &shop.mail_to(NEW_EMAIL, PASSWORD_RESET).await.token()).await;
    let back = shop.sign_in(reference, NEW_EMAIL, NEW_PASSWORD).await;
    let name = back.get(&back.path()).await.expect(200).attribute("lastName");
    assert!(name.is_string(), "who confirms first keeps the profile");
    assert_eq!(events(&shop).await[heard..], ["CustomerConfirmed"]);
    heard += 1;

    assert_eq!(found(&anna, "prefix", "son").await, std::slice::from_ref(reference));
    for _ in 0..2 {
        anna.act(reference, "anonymise").await.expect(204);
    }
    shop.mail_to(NEW_EMAIL, ACCOUNT_ERASED).await;
    assert_eq!(events(&shop).await[heard..], ["CustomerAnonymised"]);
    assert!(!back.is_signed_in().await);
    assert_eq!(found(&anna, "prefix", "son").await, [""; 0]);
    assert!(!found(&anna, "name", "doe").await.contains(reference));
    for action in ["send-reset", "send-confirmation", "sign-out", "secure", "confirm"] {
        anna.act(reference, action).await.expect(422);
    }
    anna.change_email(reference, EMAIL).await.expect(422);
    let shown = anna.show(reference).await.expect(200).json();
    assert_eq!(shown["meta"]["isAnonymised"], true);

    let on_record = record(&shop, reference).await;
    assert!(on_record.iter().all(|(who, _, reason)| who == ANNA && reason == "T-4711"), "{on_record:?}");
    let actions: Vec<&str> = on_record.iter().map(|(_, action, _)| action.as_str()).collect();
    let expected = [
        "send-confirmation",
        "send-confirmation",
        "confirm",
        "confirm",
        "sign-out",
        "send-reset",
        "send-reset",
        "change-email",
        "change-email",
        "anonymise",
        "anonymise",
        "show",
    ];
    assert_eq!(actions, expected, "what was refused changed nothing and is in the log alone");
    let trail: Vec<Value> = shown["meta"]["trail"].as_array().expect("a list").clone();
    let trail: Vec<&str> = trail.iter().rev().filter_map(|entry| entry["action"].as_str()).collect();
    assert_eq!(trail, expected[..11]);
    assert!(taken.is_signed_in().await);
}

/// A record of the desk outlives the customer's data, and says when it ends.
#[tokio::test]
async fn a_record_is_kept_for_as_long_as_the_setting_says() {
    let shop = Shop::with(&[("AUDIT_DAYS", "400")]).await;
    let sonia: Customer = shop.register(EMAIL).await;
    shop.desk("anna").show(&sonia.reference).await.expect(200);
    let items = shop.items().await;
    let entry = items.iter().find(|item| item["who"].is_object()).expect("an entry");
    let micros: u64 =
        entry["sk"]["S"].as_str().and_then(|sk| sk.split('#').next()?.parse().ok()).expect("a time");
    let expires: u64 = entry["expires_at"]["N"].as_str().and_then(|at| at.parse().ok()).expect("a time");
    assert_eq!(expires, micros / 1_000_000 + 400 * 86_400);
}

/// Whoever gets the desk to move an account has proved to be its owner, and keeps what is in it, in whatever order mails
/// are followed. Whoever had it before has no way back.
#[tokio::test]
async fn an_account_that_the_desk_moves_is_its_owners_with_all_that_is_in_it() {
    let shop = Shop::with(&[("EMAIL_UNDO_HOURS", "72")]).await;
    let anna = shop.desk("anna");
    let sonia = shop.register_confirmed(EMAIL).await;
    let address = sonia.add_address(json!({})).await;
    shop.advance(73 * 3_600);
    let thief = shop.sign_in(&sonia.reference, EMAIL, PASSWORD).await;
    thief.patch(&thief.path(), json!({"email": "thief@example.com"})).await.expect(200);
    let shown = anna.show(&sonia.reference).await.expect(200).json();
    assert!(shown["meta"]["takeBackUntil"].is_string(), "support sees that it was moved");
    shop.confirm("thief@example.com").await;
    let undo = shop.mail_to(EMAIL, EMAIL_CHANGED).await.token();
    shop.advance(73 * 3_600);

    anna.change_email(&sonia.reference, NEW_EMAIL).await.expect(204);
    let notice = shop.mail_to("thief@example.com", EMAIL_CHANGED).await;
    assert!(!notice.text.contains("token="), "no key for the thief: {}", notice.text);
    for key in [undo] {
        let taken =
            shop.anonymous().post("/customer-email-restoration", json!({"restoreEmailKey": key})).await;
        taken.expect(422);
    }
    assert_eq!(
        anna.act(&sonia.reference, "send-reset").await.expect(202).json(),
        json!({"meta": {"ordered": true}})
    );
    restore(&shop, &shop.mail_to(NEW_EMAIL, PASSWORD_RESET).await.token()).await;
    let back = shop.sign_in(&sonia.reference, NEW_EMAIL, NEW_PASSWORD).await;
    let profile = back.get(&format!("{}?include=addresses", back.path())).await.expect(200).json();
    assert_eq!(profile["included"][0]["id"], address);
    assert!(profile["data"]["attributes"]["lastName"].is_string());
    // Nobody vouches for what the customer does next.
    back.patch(&back.path(), json!({"email": "stranger@example.com"})).await.expect(200);
    shop.advance(61);
    shop.anonymous()
        .post("/customer-forgotten-password", json!({"email": "stranger@example.com"}))
        .await
        .expect(204);
    restore(&shop, &shop.mail_to("stranger@example.com", PASSWORD_RESET).await.token()).await;
    let stranger = shop.sign_in(&sonia.reference, "stranger@example.com", NEW_PASSWORD).await;
    let profile = stranger.get(&stranger.path()).await.expect(200);
    assert_eq!(profile.attribute("lastName"), json!(null));
}

#[tokio::test]
async fn the_desk_floods_no_mailbox_and_voids_no_link_without_another() {
    let shop = Shop::start().await;
    let anna = shop.desk("anna");
    let sonia = shop.register_confirmed(EMAIL).await;
    for _ in 0..8 {
        anna.act(&sonia.reference, "secure").await.expect(204);
    }
    shop.mail_settled().await;
    assert_eq!(shop.count_mails(EMAIL, PASSWORD_RESET).await, 5);
    let mails = anna.show(&sonia.reference).await.expect(200).json()["meta"]["mails"].clone();
    let rejected = mails.as_array().expect("a list").iter().filter(|mail| mail["state"] == "rejected");
    assert_eq!(rejected.count(), 3, "support sees what was not sent");

    let jane = shop.register("jane@example.com").await;
    let mut ordered = 0;
    for _ in 0..8 {
        let answer = anna.act(&jane.reference, "send-confirmation").await.expect(202).json();
        ordered += usize::from(answer["meta"]["ordered"] == true);
        shop.mail_settled().await;
        shop.advance(61);
    }
    assert!(ordered >= 3, "{ordered}");
    let newest = shop.mails().await.into_iter().rfind(|mail| mail.to == "jane@example.com").expect("a mail");
    let newest = json!({"registrationKey": newest.token()});
    shop.anonymous().post("/customer-confirmation", newest).await.expect(204);
}

/// Searches as one types leave many entries, and none of them hides what was done.
#[tokio::test]
async fn searches_bury_nothing() {
    let shop = Shop::start().await;
    let anna = shop.desk("anna");
    let sonia = shop.register(EMAIL).await;
    anna.act(&sonia.reference, "sign-out").await.expect(204);
    for _ in 0..60 {
        anna.find("prefix", "son").await.expect(200);
    }
    let trail = anna.show(&sonia.reference).await.expect(200).json()["meta"]["trail"].clone();
    assert_eq!(trail.as_array().map(Vec::len), Some(1));
    assert_eq!(trail[0]["action"], "sign-out");
    let sonia = shop.sign_in(&sonia.reference, EMAIL, PASSWORD).await;
    let export = sonia.get(&format!("{}/export", sonia.path())).await.expect(200).json();
    let access = export["meta"]["supportAccess"].as_array().expect("a list").clone();
    assert_eq!(access.len(), 62, "{access:?}");
    assert_eq!((&access[0]["action"], &access[61]["action"]), (&json!("show"), &json!("sign-out")));
}

/// Whatever it falls between: a session that opens meanwhile is over, and the old password has lost.
#[tokio::test]
async fn a_sign_in_under_way_does_not_outlast_securing() {
    for call in 1..=4 {
        let (shop, faults) = Shop::with_faults().await;
        let sonia = shop.register_confirmed(EMAIL).await;
        let anna = shop.desk("anna");
        let (signed_in, secured) = faults
            .interrupt(call, shop.try_sign_in(EMAIL, PASSWORD), anna.act(&sonia.reference, "secure"))
            .await;
        secured.expect(204);
        if signed_in.status == 201 {
            let token = signed_in.attribute("accessToken");
            shop.bearer(token.as_str().expect("a text")).get("/customers").await.expect(401);
            shop.try_refresh(&signed_in.text("refreshToken")).await.expect(401);
        } else {
            signed_in.expect(401);
        }
        assert!(!sonia.is_signed_in().await, "at call {call}");
        shop.try_sign_in(EMAIL, PASSWORD).await.expect(401);
    }
}
