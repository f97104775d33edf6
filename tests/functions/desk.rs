//! Who reaches the help desk's function, and what must never leave it.

use serde_json::Value;
use tests::handlers::{self, ANSWERING};

use crate::fixture::Fixture;
use crate::project;
use crate::world;

/// Events of the help desk, as the gateway sends them.
fn events() -> Vec<(String, String)> {
    let files = project::entries("events").into_iter();
    let of_desk = files.filter(|path| project::name(path).starts_with("admin."));
    let events: Vec<_> =
        of_desk.map(|path| (project::name(&path).to_owned(), project::read(&path))).collect();
    assert!(events.len() > 9, "{events:?}");
    events
}

/// An app without a table: whatever asks for one is answered 503.
fn no_table() -> std::sync::Arc<shared::App> {
    world::app(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")])
}

#[tokio::test]
async fn no_other_function_serves_its_paths() {
    let app = no_table();
    for (name, event) in events() {
        for function in ANSWERING.into_iter().filter(|function| *function != "admin") {
            let reply = handlers::answer(function, &app, &event).await;
            assert_eq!(reply.status(), 404, "{function}, {name}");
            assert!(handlers::text(&reply).contains(r#""detail":"Not Found""#), "{function}, {name}");
        }
    }
}

/// As if a route had lost its authorizer, or had that of customers.
#[tokio::test]
async fn without_whom_iam_has_let_in_it_serves_nobody() {
    let app = no_table();
    for (name, event) in events() {
        let event: Value = serde_json::from_str(&event).expect("JSON");
        for arn in [Value::Null, Value::from("")] {
            let mut event = event.clone();
            event["requestContext"]["identity"]["userArn"] = arn;
            event["requestContext"]["authorizer"] = serde_json::json!({
                "principalId": "arn:aws:iam::1:user/anna", "reference": "DE--FIXTURE01",
                "session": "fixture-session", "expires": "4102444800", "userArn": "arn:aws:iam::1:user/anna",
            });
            event["headers"]["userArn"] = Value::from("arn:aws:iam::1:user/anna");
            let reply = handlers::answer("admin", &app, &event.to_string()).await;
            assert_eq!(reply.status(), 404, "{name}");
            assert!(handlers::text(&reply).contains(r#""detail":"Not Found""#), "{name}");
        }
    }
}

#[tokio::test]
async fn no_answer_holds_what_leads_into_an_account() {
    for (name, event) in events() {
        let fixture = Fixture::make().await;
        let reply = handlers::answer("admin", &fixture.app, &fixture.fill(&event)).await;
        let text = handlers::text(&reply);
        let mut secrets: Vec<String> =
            ["$argon2", "$2y$", "fixture-session", "change123", "_hash"].map(String::from).into();
        let placeholders =
            ["{{accessToken}}", "{{refreshToken}}", "{{restorePasswordKey}}", "{{registrationKey}}"];
        secrets.extend(placeholders.map(|placeholder| fixture.fill(placeholder)));
        for secret in secrets {
            assert!(!text.contains(&secret), "{secret} in {name}: {text}");
        }
    }
}
