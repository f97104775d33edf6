//! Sends every file in `events/` to its function, over a fresh fixture, and compares what comes back with a snapshot
//! and with `openapi.yaml`.
//!
//! After an intended change of an answer: `INSTA_UPDATE=always cargo test --package tests --test functions`.

mod render;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::openapi;
use crate::project::{self, Route, Template};
use tests::handlers::{self, ANSWERING};

#[tokio::test]
async fn addresses() {
    check_all("addresses").await;
}

#[tokio::test]
async fn admin() {
    check_all("admin").await;
}

#[tokio::test]
async fn authorizer() {
    check_all("authorizer").await;
}

#[tokio::test]
async fn customers() {
    check_all("customers").await;
}

#[tokio::test]
async fn fallback() {
    check_all("fallback").await;
}

#[tokio::test]
async fn mailer() {
    check_all("mailer").await;
}

#[tokio::test]
async fn passwords() {
    check_all("passwords").await;
}

#[tokio::test]
async fn tokens() {
    check_all("tokens").await;
}

#[test]
fn every_event_belongs_to_a_function_and_every_function_has_events() {
    let functions: BTreeSet<String> = events().map(|event| event.function).collect();
    assert_eq!(functions, project::functions());
    let tested: BTreeSet<String> = ANSWERING.into_iter().chain(["authorizer", "mailer"]).map(from).collect();
    assert_eq!(tested, functions, "the tests above send the events of all functions");
    let names = |folder: &str, extension: &str| -> BTreeSet<String> {
        let names = project::entries(folder).into_iter().map(|path| from(project::name(&path)));
        names.filter_map(|name| name.strip_suffix(extension).map(from)).collect()
    };
    assert_eq!(names("events", ".json"), names("tests/functions/events/snapshots", ".snap"));
}

#[test]
fn every_route_has_an_event_and_every_event_has_a_route_to_its_function() {
    let template = Template::read();
    let mut unused: BTreeSet<Route> = template.routes().into_iter().collect();
    for event in events().filter(|event| ANSWERING.contains(&&*event.function)) {
        let name = event.name();
        let event_json: Value = serde_json::from_str(&event.text()).expect("JSON");
        let (method, resource) = (&event_json["httpMethod"], &event_json["resource"]);
        let mut routes = template.routes().into_iter();
        let is_its =
            |route: &Route| *resource == route.path && (*method == route.method || route.method == "ANY");
        let route = routes.find(is_its).unwrap_or_else(|| panic!("{name}: no route {method} {resource}"));
        assert_eq!(template.binary(&route.function), event.function, "{name}");
        let authorizer = &event_json["requestContext"]["authorizer"];
        let has_token = !route.public && !route.signed;
        assert_eq!(!authorizer.is_null(), has_token, "{name} has a caller if its route requires a token");
        let signer = &event_json["requestContext"]["identity"]["userArn"];
        assert_eq!(
            signer.is_string(),
            route.signed,
            "{name} has an operator if its route requires a signature"
        );
        unused.remove(&route);
    }
    assert!(unused.is_empty(), "no events for {unused:#?}");
}

/// A file in `events/`.
struct Event {
    path: PathBuf,
    function: String,
}

impl Event {
    /// The file's name without its extension.
    fn name(&self) -> &str {
        project::name(&self.path).trim_end_matches(".json")
    }

    fn text(&self) -> String {
        project::read(&self.path)
    }
}

fn events() -> impl Iterator<Item = Event> {
    let files = project::entries("events").into_iter();
    let events = files.filter(|path| project::name(path) != "README.md");
    events.map(|path| {
        let name = project::name(&path);
        assert!(name.ends_with(".json"), "{name} is not an event");
        let function = from(name.split('.').next().expect("a first part"));
        Event { path, function }
    })
}

async fn check_all(function: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("events/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for event in events().filter(|event| event.function == function) {
        let outcome = outcome(&event).await;
        settings.bind(|| insta::assert_snapshot!(event.name(), outcome));
    }
}

/// What comes back, in readable form.
async fn outcome(event: &Event) -> String {
    let fixture = Fixture::make().await;
    let input = fixture.fill(&event.text());
    match &*event.function {
        "authorizer" => {
            let response = handlers::authorize(&fixture.app, &input).await.expect("the keys are there");
            render::json(&json!(response).to_string())
        }
        "mailer" => {
            let response = handlers::mail(&fixture.app, &input).await;
            let mails = fixture.world.inbox().all();
            format!("{}\n{}", render::json(&json!(response).to_string()), render::mails(&mails))
        }
        function => {
            let reply = handlers::answer(function, &fixture.app, &input).await;
            // The help desk's answers are docs/desk.md's.
            if function != "admin" {
                openapi::assert_documented(&input, &reply);
            }
            render::reply(&reply)
        }
    }
}

fn from(text: &str) -> String {
    text.to_owned()
}
