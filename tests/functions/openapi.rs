//! `openapi.yaml` says what the service does: its routes are the template's, its errors the code's, its schemas fit the
//! answers, and its rules for requests are those of the validation.

mod answers;
mod document;
mod errors;
mod schema;
mod values;

use std::collections::BTreeSet;

use lambda_http::http::Method;
use serde_json::json;
use shared::Route;
use shared::domain::CountryCode;

pub(crate) use self::answers::assert_documented;
use self::document::Document;
use crate::project::{self, Template};

#[test]
fn the_operations_are_the_templates_routes_and_as_public() {
    let document = Document::read();
    let documented: BTreeSet<_> = document
        .operations()
        .map(|operation| {
            // To the gateway, `mine` is a refresh token.
            let path = operation.path.replace("/refresh-tokens/mine", "/refresh-tokens/{refreshToken}");
            (operation.method.clone(), path, operation.is_public())
        })
        .collect();
    let of_customers = |route: &project::Route| route.method != "ANY" && !route.signed;
    let routes = Template::read().routes().into_iter().filter(of_customers);
    let deployed: BTreeSet<_> = routes.map(|route| (route.method, route.path, route.public)).collect();
    let missing: Vec<_> = deployed.difference(&documented).collect();
    let surplus: Vec<_> = documented.difference(&deployed).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing {missing:#?}, too many {surplus:#?}");
}

#[test]
fn operations_have_the_same_names_as_in_the_logs() {
    for operation in Document::read().operations() {
        let method = Method::from_bytes(operation.method.as_bytes()).expect("a method");
        let route = Route::parse(&method, &operation.path).expect("an operation");
        let id = operation.id();
        let name = id.strip_suffix("ById").or_else(|| id.strip_suffix("ByReference")).unwrap_or(id);
        assert!(name.eq_ignore_ascii_case(route.operation()), "{id} is {}", route.operation());
    }
}

#[test]
fn every_operation_has_what_the_gateway_may_answer() {
    for operation in Document::read().operations() {
        let statuses = operation.statuses();
        let always = [true; 3].into_iter().zip([400, 429, 500]);
        let sometimes = [(!operation.is_public(), 401), (!operation.is_public(), 403)];
        for (expected, status) in always.chain(sometimes).chain([(operation.has_body(), 413)]) {
            let is_sign_in = status == 401 && operation.is_public();
            assert!(statuses.contains(&status) == expected || is_sign_in, "{} with {status}", operation.id());
        }
    }
}

#[test]
fn every_example_fits_its_schema() {
    let document = Document::read();
    let contents: Vec<_> = document.operations().flat_map(|operation| operation.contents()).collect();
    assert!(contents.len() > document.operations().count(), "requests and answers");
    for (place, content) in contents {
        let examples = document.examples(&content);
        assert!(!examples.is_empty(), "no example of {place}");
        for example in examples {
            let problems = document.problems(&content, example, None);
            assert!(problems.is_empty(), "{place}: {problems:#?} in {example:#}");
        }
    }
}

#[test]
fn every_country_is_listed() {
    let document = Document::read();
    let countries = document.at("/components/schemas/CountryCode/enum").as_array().expect("a list").clone();
    let letters = || 'A'..='Z';
    let pairs = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
    let known: Vec<_> =
        pairs.filter(|pair| CountryCode::parse(pair).is_some()).map(|pair| json!(pair)).collect();
    assert_eq!(countries, known);
}
