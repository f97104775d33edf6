//! The errors of the document are those of `shared::Error` and of the gateway, word for word.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use serde_json::{Value, json};
use shared::Error;
use shared::domain::{Lockout, Violation};
use shared::error::{Cause, Problem, Problems, Saving};

use super::document::Document;
use crate::project::{self, Template};

/// Status, code (empty if there is none) and detail.
type Detailed = (u64, String, String);

#[test]
fn every_error_is_documented_and_no_other() {
    let (validation, documented): (BTreeSet<Detailed>, BTreeSet<Detailed>) =
        documented().into_iter().partition(|(_, code, _)| code == "901");
    let own = errors().into_iter().flat_map(|error| detailed(&error)).filter(|(_, code, _)| code != "901");
    let possible: BTreeSet<Detailed> = own.chain(gateway()).collect();
    let missing: Vec<_> = possible.difference(&documented).collect();
    let surplus: Vec<_> = documented.difference(&possible).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing {missing:#?}, too many {surplus:#?}");

    let documented: BTreeSet<String> =
        validation.into_iter().map(|(_, _, detail)| message(&detail)).collect();
    let possible: BTreeSet<String> =
        violations().iter().map(|violation| without_digits(&violation.to_string())).collect();
    assert_eq!(documented, possible);
}

#[test]
fn every_code_is_listed_and_no_other() {
    let document = Document::read();
    let listed = document.at("/components/schemas/Error/properties/code/enum").as_array().expect("a list");
    let listed: BTreeSet<&str> = listed.iter().map(|code| code.as_str().expect("a text")).collect();
    let errors = errors().into_iter().flat_map(|error| detailed(&error)).map(|(_, code, _)| code);
    let codes: BTreeSet<String> = errors.filter(|code| !code.is_empty()).collect();
    assert_eq!(listed, codes.iter().map(String::as_str).collect());
}

#[test]
fn every_rule_is_listed_and_no_other() {
    let document = Document::read();
    let rule = document.at("/components/schemas/Error/properties/meta/properties/rule/enum");
    let listed: BTreeSet<&str> =
        rule.as_array().expect("a list").iter().map(|rule| rule.as_str().expect("a text")).collect();
    let of_fields = violations().into_iter().map(|violation| json!(violation));
    let of_others =
        errors().into_iter().flat_map(|error| error.objects()).map(|object| json!(object)["meta"].take());
    let rules: BTreeSet<String> =
        of_fields.chain(of_others).filter_map(|meta| meta["rule"].as_str().map(str::to_owned)).collect();
    assert_eq!(listed, rules.iter().map(String::as_str).collect());
    let contract = project::read("docs/contract.md");
    for rule in rules {
        assert!(contract.contains(&format!("`{rule}`")), "{rule} in the contract");
    }
}

/// The tests over HTTP hold every answer to the same table.
#[test]
fn examples_say_for_programs_what_answers_do() {
    for example in bodies_of_examples() {
        for error in example["errors"].as_array().into_iter().flatten() {
            let text = |name: &str| error[name].as_str().unwrap_or_default();
            let for_programs = (error["source"].clone(), error["meta"].clone());
            assert!(
                tests::errors::for_programs(text("code"), text("detail")).contains(&for_programs),
                "{error}"
            );
        }
    }
}

#[test]
fn the_lists_below_are_complete() {
    let parameter = Problem::Parameter("filter", Violation::Missing);
    let problems =
        [problem(Violation::Missing), parameter, Problem::TermsNotAccepted, Problem::InvalidGender];
    let all: Vec<Error> = errors().into_iter().chain(desk()).collect();
    assert_eq!(names(&all), variants("shared/src/error.rs", "Error"));
    assert_eq!(names(&problems), variants("shared/src/error.rs", "Problem"));
    assert_eq!(names(&violations()), variants("shared/src/domain/violation.rs", "Violation"));
}

/// Those of the help desk alone, which no customer gets (docs/desk.md).
fn desk() -> [Error; 3] {
    [Error::InvalidReason, Error::CustomerAnonymised, Error::AlreadyConfirmed]
}

fn errors() -> Vec<Error> {
    let mut problems = Problems::default();
    problems.add_owners(problem(Violation::Missing));
    problems.add_owners(Problem::TermsNotAccepted);
    problems.add_owners(Problem::InvalidGender);
    vec![
        Error::NotFound,
        Error::ReferenceMissing,
        Error::ResourceIdMissing(None),
        Error::ResourceIdMissing(Some("405")),
        Error::ResourceIdMissing(Some("412")),
        Error::MissingAccessToken,
        Error::InvalidAccessToken,
        Error::SignInTooOld,
        Error::BodyTooLarge,
        Error::UnsupportedMediaType,
        Error::InvalidType,
        Error::InvalidPostData,
        Error::InvalidIdempotencyKey,
        Error::InvalidPage,
        Error::IdempotencyKeyReused,
        Error::Invalid(problems),
        Error::LockedOut(Lockout { remaining: Duration::from_secs(300) }),
        Error::Unauthorized,
        Error::CustomerNotFound,
        Error::AddressNotFound,
        Error::PreconditionFailed,
        Error::PasswordsDiffer("password"),
        Error::PasswordsDiffer("newPassword"),
        Error::EmailTooLong,
        Error::EmailTaken,
        Error::AuthenticationFailed,
        Error::NotConfirmed,
        Error::RefreshFailed,
        Error::WrongPassword,
        Error::InvalidRestoreKey,
        Error::InvalidRegistrationKey,
        Error::InvalidRestoreEmailKey,
        Error::UnknownCountry,
        Error::TooManyAddresses,
        Error::RecordFull(Saving::Customer),
        Error::NotSaved(Saving::Registration, cause()),
        Error::NotSaved(Saving::Password, cause()),
        Error::NotSaved(Saving::Address, cause()),
        Error::NotSaved(Saving::Customer, cause()),
        Error::Unavailable(cause()),
        Error::Unexpected(cause()),
    ]
}

fn violations() -> [Violation; 12] {
    [
        Violation::Missing,
        Violation::NotAString,
        Violation::Blank,
        Violation::NotAnEmail,
        Violation::TooShort(7),
        Violation::TooLong(128),
        Violation::NotAChoice,
        Violation::NotTrue,
        Violation::NotABoolean,
        Violation::NotADate,
        Violation::WeakPassword,
        Violation::CommonPassword,
    ]
}

fn problem(violation: Violation) -> Problem {
    Problem::Field("email", violation)
}

fn cause() -> Cause {
    "provoked by the test".into()
}

fn detailed(error: &Error) -> Vec<Detailed> {
    let objects = error.objects().into_iter();
    objects
        .map(|object| {
            (object.status.into(), object.code.unwrap_or_default().into(), object.detail.into_owned())
        })
        .collect()
}

/// The errors that the gateway itself answers.
fn gateway() -> Vec<Detailed> {
    let template = Template::read();
    let responses =
        template.resource("Api")["Properties"]["GatewayResponses"].as_object().expect("responses");
    let body = |response: &Value| {
        let template =
            response["ResponseTemplates"]["application/vnd.api+json"].as_str().expect("a template");
        serde_json::from_str::<Value>(template).expect("JSON")
    };
    responses.values().flat_map(|response| in_body(&body(response))).collect()
}

/// The errors of all examples.
fn documented() -> BTreeSet<Detailed> {
    bodies_of_examples().iter().flat_map(in_body).collect()
}

fn bodies_of_examples() -> Vec<Value> {
    let document = Document::read();
    let contents: Vec<_> = document.operations().flat_map(|operation| operation.contents()).collect();
    contents.iter().flat_map(|(_, content)| document.examples(content)).cloned().collect()
}

/// The errors in a body, if it has any.
pub(super) fn in_body(body: &Value) -> Vec<Detailed> {
    let text = |error: &Value, name: &str| String::from(error[name].as_str().unwrap_or_default());
    let errors = body["errors"].as_array().into_iter().flatten();
    errors
        .map(|error| {
            (error["status"].as_u64().expect("a status"), text(error, "code"), text(error, "detail"))
        })
        .collect()
}

/// The message of a 901, with any limit.
fn message(detail: &str) -> String {
    let (_, message) = detail.split_once(" => ").unwrap_or_else(|| panic!("{detail} names no field"));
    without_digits(message)
}

fn without_digits(text: &str) -> String {
    text.replace(|character: char| character.is_ascii_digit(), "")
}

/// The names of the variants of these values.
fn names(values: &[impl Debug]) -> BTreeSet<String> {
    values.iter().map(|value| name(&format!("{value:?}"))).collect()
}

/// The names of all variants of an enum, from its source.
fn variants(path: &str, name_of_enum: &str) -> BTreeSet<String> {
    let source = project::read(path);
    let (_, rest) = source.split_once(&format!("pub enum {name_of_enum} {{\n")).expect("the enum");
    let (variants, _) = rest.split_once("\n}").expect("its end");
    let lines =
        variants.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.starts_with("#["));
    lines.map(name).collect()
}

fn name(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric()).collect()
}
