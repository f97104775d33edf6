//! What a request costs as a customer's addresses and sessions grow in number.

use std::path::Path;

use hyper::body::Bytes;
use serde_json::{Value, json};
use shared::domain::{Customer, CustomerReference, Email, Session};
use shared::store::{EmailHash, PasswordOf};
use tests::jwt::SIGNING_KEY;
use tests::{Answer, Calls, Shop, address, document, handlers};

use crate::events::{Case, environment};
use crate::runtime_api;

const ADDRESSES: [usize; 5] = [1, 5, 10, 50, 100];
const SESSIONS: [usize; 3] = [1, 100, 600];
/// Each is measured so many times, in turn with all others.
const ROUNDS: usize = 5;
/// Events after the first, whose processor time is averaged.
const WARM: usize = 40;

/// An operation on something of this size.
struct Row {
    function: &'static str,
    operation: String,
    calls: Calls,
    /// The events of each round.
    events: Vec<Vec<Bytes>>,
}

/// Prints DynamoDB calls, units and processor time of the release-built functions in `binaries`.
pub(crate) async fn print(binaries: &Path) -> Result<(), String> {
    let shop = Shop::start().await;
    let app = shop.server().app();
    let mut rows = sessions(&shop).await;
    for count in ADDRESSES {
        rows.extend(addresses(&shop, count).await);
    }
    for Row { function, operation, events, .. } in &rows {
        // One more event than a round needs, if it can be answered only once.
        let event = events[0].last().map(|event| String::from_utf8_lossy(event)).unwrap_or_default();
        let status = handlers::answer(function, &app, &event).await.status();
        if !status.is_success() {
            return Err(format!("{operation}: {status}"));
        }
    }
    let mut settings = environment(shop.server());
    settings.push(("SIGNING_KEY_PKCS8".to_owned(), SIGNING_KEY.to_owned()));
    let mut times = vec![Vec::new(); rows.len()];
    for round in 0..ROUNDS {
        for (Row { function, events, .. }, times) in rows.iter().zip(&mut times) {
            let events = events[round % events.len()].clone();
            let (name, binary) = ((*function).to_owned(), binaries.join(function));
            let case = Case { name, binary, events, is_refused: false };
            times.push(runtime_api::run(&case, &settings, WARM).await?.cpu);
        }
    }
    println!("\noperation                       calls   RRU   WRU        cpu");
    for (Row { operation, calls, .. }, mut times) in rows.iter().zip(times) {
        times.sort_unstable();
        let Calls { reads, read_units, writes, write_units } = calls;
        let (calls, cpu) = (reads + writes, times[ROUNDS / 2].as_secs_f64() * 1e6);
        println!("{operation:<30} {calls:>6} {read_units:>5} {write_units:>5} {cpu:>7.0} µs");
    }
    shop.stop().await;
    Ok(())
}

async fn sessions(shop: &Shop) -> Vec<Row> {
    let mut rows = Vec::new();
    for count in SESSIONS {
        let customer = shop.register(&format!("sessions.{count}@example.com")).await;
        shop.add_sessions(&customer, count - 1).await;
        let path = format!("{}/sessions", customer.path());
        let calls = customer.get(&path).await.expect(200).calls();
        let session = session(shop, &customer.reference).await;
        let events = vec![vec![event("GET", &path, &session, None)]];
        rows.push(Row { function: "customers", operation: format!("list {count} sessions"), calls, events });
    }
    rows
}

/// Reads of a customer with `count` addresses, and the addition of the last of them, which each customer can do once.
async fn addresses(shop: &Shop, count: usize) -> Vec<Row> {
    let app = shop.server().app();
    let customer = shop.register(&format!("addresses.{count}@example.com")).await;
    for _ in 1..count {
        customer.add_address(json!({})).await;
    }
    shop.mail_settled().await;
    let session = session(shop, &customer.reference).await;
    let stored = app.store.customer(&session.reference).await.expect("a read").expect("it is registered");
    let email = EmailHash::of(&Email::parse(&customer.email).expect("an e-mail"));
    let attempt =
        app.store.reserve_attempt(PasswordOf::Nobody(&email), "203.0.113.7").await.expect("a write");
    let body = document("addresses", address()).to_string();
    let mut additions = vec![Vec::new(); ROUNDS];
    for number in 0..=ROUNDS * (1 + WARM) {
        let reference = CustomerReference::parse(&format!("DE--{count}X{number}")).expect("a reference");
        let twin = Customer { reference: reference.clone(), email: None, ..stored.customer.clone() };
        let session = Session { reference, ..session.clone() };
        app.store.create(&twin).await.expect("a write");
        app.store.open_session(&session, &attempt).await.expect("a write");
        let path = format!("/customers/{}/addresses", session.reference);
        additions[number % ROUNDS].push(event("POST", &path, &session, Some(&body)));
    }
    let add = customer.post(&customer.addresses_path(), address()).await.expect(201);
    let row = |function, operation: &str, answer: &Answer, events| Row {
        function,
        operation: format!("{operation}, {count} addresses"),
        calls: answer.calls(),
        events,
    };
    let read = |path: &str| vec![vec![event("GET", path, &session, None)]];
    let (path, list) = (customer.path(), customer.addresses_path());
    vec![
        row("customers", "read profile", &customer.get(&path).await.expect(200), read(&path)),
        row("addresses", "list addresses", &customer.get(&list).await.expect(200), read(&list)),
        row("addresses", "add address", &add, additions),
    ]
}

/// A customer's first session.
async fn session(shop: &Shop, reference: &str) -> Session {
    let reference = CustomerReference::parse(reference).expect("a reference");
    let sessions = shop.server().app().store.sessions(&reference, None, 1).await.expect("a read");
    sessions.into_iter().next().expect("the customer has signed in")
}

/// What the gateway makes of a request with a token of this session.
fn event(method: &str, path: &str, session: &Session, body: Option<&str>) -> Bytes {
    let mut event: Value =
        serde_json::from_str(include_str!("../../events/customers.get.json")).expect("an event is JSON");
    event["path"] = json!(path);
    event["httpMethod"] = json!(method);
    event["body"] = json!(body);
    let context = &mut event["requestContext"];
    context["path"] = json!(format!("/prod{path}"));
    context["httpMethod"] = json!(method);
    context["authorizer"]["reference"] = json!(session.reference.as_str());
    context["authorizer"]["session"] = json!(session.id.as_str());
    Bytes::from(event.to_string())
}
