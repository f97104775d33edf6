//! What `template.yaml` deploys: the routes of the contract and no others, each public or protected as it should be.

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;
use serde_json::{Value, json};

use crate::project::{self, Template};

/// Section 1 of the contract; `*` marks the rows that need a token. To the gateway, `mine` in `/refresh-tokens/mine` is
/// an id like any other.
const CONTRACT: [&str; 23] = [
    "POST /customers",
    "GET /customers *",
    "GET /customers/{customerReference} *",
    "PATCH /customers/{customerReference} *",
    "DELETE /customers/{customerReference} *",
    "POST /customers/{customerReference}/addresses *",
    "GET /customers/{customerReference}/addresses *",
    "GET /customers/{customerReference}/addresses/{addressId} *",
    "PATCH /customers/{customerReference}/addresses/{addressId} *",
    "DELETE /customers/{customerReference}/addresses/{addressId} *",
    "PATCH /customer-password *",
    "PATCH /customer-password/{customerReference} *",
    "POST /customer-forgotten-password",
    "PATCH /customer-restore-password",
    "PATCH /customer-restore-password/{anything}",
    "POST /customer-confirmation",
    "POST /access-tokens",
    "POST /refresh-tokens",
    "DELETE /refresh-tokens/{refreshToken} *",
    "POST /token",
    "GET /.well-known/jwks.json",
    "GET /.well-known/openid-configuration",
    "GET /.well-known/oauth-authorization-server",
];

/// Section 8 of the contract.
const ADDITIONS: [&str; 5] = [
    "POST /customer-confirmation-requests",
    "POST /customer-email-restoration",
    "GET /customers/{customerReference}/export *",
    "GET /customers/{customerReference}/sessions *",
    "DELETE /customers/{customerReference}/sessions/{sessionId} *",
];

/// Where `fallback` picks up everything else. `{proxy+}` does not match `/`.
const FALLBACK: [&str; 2] = ["ANY /", "ANY /{proxy+}"];

#[test]
fn the_routes_are_the_contracts_and_only_its_public_rows_need_no_token() {
    let template = Template::read();
    let route =
        |public: bool, method: &str, path: &str| format!("{method} {path}{}", if public { "" } else { " *" });
    let routes = template.routes();
    let found: BTreeSet<String> =
        routes.iter().map(|found| route(found.public, &found.method, &found.path)).collect();
    assert_eq!(found.len(), routes.len(), "no route occurs twice");
    let expected: BTreeSet<String> =
        CONTRACT.iter().chain(&ADDITIONS).chain(&FALLBACK).map(|row| String::from(*row)).collect();
    let missing: Vec<&String> = expected.difference(&found).collect();
    let surplus: Vec<&String> = found.difference(&expected).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing {missing:#?}, too many {surplus:#?}");
    let fallback = routes.iter().filter(|route| route.method == "ANY");
    assert!(fallback.clone().all(|route| template.binary(&route.function) == "fallback"));
    assert_eq!(fallback.count(), FALLBACK.len());
}

#[test]
fn a_route_needs_a_token_unless_it_says_otherwise() {
    let template = Template::read();
    let auth = &template.resource("Api")["Properties"]["Auth"];
    assert_eq!(auth["DefaultAuthorizer"], "AccessToken");
    let authorizer = &auth["Authorizers"]["AccessToken"];
    assert_eq!(authorizer["FunctionArn"], "AuthorizerFunction.Arn");
    assert_eq!(authorizer["Identity"]["Header"], "Authorization");
    assert!(
        authorizer["Identity"].get("ValidationExpression").is_none(),
        "a mismatch reads as a missing token"
    );
    assert_eq!(template.binary("AuthorizerFunction"), "authorizer");
}

#[test]
fn every_function_is_built_from_a_crate_and_every_crate_is_deployed() {
    let template = Template::read();
    let functions = template.functions();
    let binaries: BTreeSet<String> =
        functions.iter().map(|function| String::from(template.binary(function))).collect();
    assert_eq!(binaries, project::functions());
    for function in functions {
        let binary = template.binary(function);
        let folder = format!("functions/{binary}");
        assert_eq!(template.resource(function)["Properties"]["CodeUri"], folder, "{function}");
        assert!(project::root().join(&folder).join("src/main.rs").is_file(), "{folder} has a binary");
        let manifest = project::read(format!("{folder}/Cargo.toml"));
        assert!(manifest.contains(&format!("name = \"{binary}\"")), "{folder}'s binary is called {binary}");
    }
}

/// A client that must slow down learns for how long, and can name its request to support.
#[test]
fn every_error_of_the_gateways_own_has_its_headers() {
    let template = Template::read();
    let responses =
        template.resource("Api")["Properties"]["GatewayResponses"].as_object().expect("responses");
    let mut waits = 0;
    for (kind, response) in responses {
        let headers = &response["ResponseParameters"]["Headers"];
        assert_eq!(headers["X-Request-Id"], "context.requestId", "{kind}");
        let exposed = "'Location, Retry-After, ETag, X-Request-Id'";
        assert_eq!(headers["Access-Control-Expose-Headers"], exposed, "{kind}");
        let says_when = headers["Retry-After"].as_str().is_some_and(|value| value.starts_with('\''));
        let asks_to_wait = [429, 503].map(|status| response["StatusCode"] == status).contains(&true);
        assert_eq!(says_when, asks_to_wait, "{kind}");
        waits += usize::from(asks_to_wait);
    }
    assert!(waits > 0, "some ask to wait");
}

/// The routes by which passwords and e-mail addresses can be guessed: those that hash a password, and the change of a
/// profile, whose answer tells whether an e-mail is taken.
const GUESSING: [&str; 8] = [
    "PATCH /customer-password",
    "PATCH /customer-password/{customerReference}",
    "PATCH /customer-restore-password",
    "PATCH /customer-restore-password/{anything}",
    "PATCH /customers/{customerReference}",
    "POST /access-tokens",
    "POST /customers",
    "POST /token",
];

#[test]
fn guessing_is_throttled() {
    let template = Template::read();
    let settings = template.resource("Api")["Properties"]["MethodSettings"].as_array().expect("settings");
    let throttled = settings.iter().filter(|setting| setting["ThrottlingRateLimit"] == "HashingRateLimit");
    let route = |setting: &Value| {
        let path =
            setting["ResourcePath"].as_str().expect("a path").trim_start_matches('/').replace("~1", "/");
        format!("{} {path}", setting["HttpMethod"].as_str().expect("a method"))
    };
    let found: BTreeSet<String> = throttled.map(route).collect();
    assert_eq!(found, BTreeSet::from(GUESSING.map(String::from)));
}

#[test]
fn the_web_acl_counts_guesses_by_an_address_that_nobody_can_forge() {
    let template = Template::read();
    let rules = template.resource("WebAcl")["Properties"]["Rules"].as_array().expect("rules");
    // `!If` reads as a list: a condition, and what applies if it is met.
    let rules = rules.iter().map(|rule| rule.get(1).unwrap_or(rule));
    let rules: BTreeMap<&str, &Value> =
        rules.map(|rule| (rule["Name"].as_str().expect("a name"), &rule["Statement"])).collect();

    let [method, paths] = &rules["Guessing"]["AndStatement"]["Statements"].as_array().expect("two")[..]
    else {
        panic!("method and path")
    };
    let matches = |statement: &Value, text: &str| {
        let pattern = statement["RegexMatchStatement"]["RegexString"].as_str().expect("a pattern");
        Regex::new(pattern).expect("a regular expression").is_match(text)
    };
    let paths = paths["OrStatement"]["Statements"].as_array().expect("patterns");
    let counted: BTreeSet<String> = CONTRACT
        .iter()
        .chain(&ADDITIONS)
        .map(|row| row.trim_end_matches(" *"))
        .filter(|row| {
            let (verb, path) = row.split_once(' ').expect("a method and a path");
            let path = format!("/prod{path}");
            matches(method, verb) && paths.iter().any(|statement| matches(statement, &path))
        })
        .map(String::from)
        .collect();
    let mailing = ["POST /customer-forgotten-password", "POST /customer-confirmation-requests"];
    assert_eq!(counted, GUESSING.into_iter().chain(mailing).map(String::from).collect());

    let proxy = rules["ProxyMark"]["AndStatement"]["Statements"][0]["ByteMatchStatement"].clone();
    assert_eq!(proxy["FieldToMatch"]["SingleHeader"]["Name"], "x-proxy-secret");
    assert_eq!(
        (&proxy["PositionalConstraint"], &proxy["SearchString"]),
        (&json!("EXACTLY"), &json!("ProxySecret"))
    );
    let label = |key: &str| json!({ "LabelMatchStatement": { "Scope": "LABEL", "Key": key } });
    let scope = |rate: &Value| rate["ScopeDownStatement"]["AndStatement"]["Statements"].clone();
    let named = &rules["GuessingRateBehindProxy"]["RateBasedStatement"];
    assert_eq!(named["CustomKeys"][0]["Header"]["Name"], "x-client-address");
    assert_eq!(scope(named), json!([label("guessing"), label("from-proxy")]));
    let seen = &rules["GuessingRate"]["RateBasedStatement"];
    assert_eq!(seen["AggregateKeyType"], "IP");
    assert_eq!(
        scope(seen),
        json!([label("guessing"), { "NotStatement": { "Statement": label("from-proxy") } }])
    );
    assert_eq!(rules.len(), 4);
}

/// A change of `DisableDefaultEndpoint` changes nothing by which SAM tells that the stage needs a new deployment.
#[test]
fn every_update_deploys_the_stage_anew() {
    assert_eq!(Template::read().resource("Api")["Properties"]["AlwaysDeploy"], true);
}

#[test]
fn a_function_does_not_start_without_what_its_role_is_for() {
    let template = Template::read();
    for function in template.functions() {
        let role = template.resource(&format!("{function}Role")).to_string();
        let main = project::read(format!("functions/{}/src/main.rs", template.binary(function)));
        for (need, action) in [("Need::Table", "dynamodb:"), ("Need::SigningKeys", "kms:GetPublicKey")] {
            assert_eq!(main.contains(need), role.contains(action), "{function}: {need}");
        }
    }
}
