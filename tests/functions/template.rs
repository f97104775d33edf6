//! What `template.yaml` deploys: the routes of the contract and no others, each public or protected as it should be.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::project::{self, Route, Template};

/// Section 1 of the contract; `*` marks the rows that need a token. To the gateway, `mine` in `/refresh-tokens/mine` is
/// an id like any other.
pub(crate) const CONTRACT: [&str; 23] = [
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
pub(crate) const ADDITIONS: [&str; 5] = [
    "POST /customer-confirmation-requests",
    "POST /customer-email-restoration",
    "GET /customers/{customerReference}/export *",
    "GET /customers/{customerReference}/sessions *",
    "DELETE /customers/{customerReference}/sessions/{sessionId} *",
];

/// The help desk (docs/desk.md).
const DESK: [&str; 4] = [
    "GET /admin/customers **",
    "GET /admin/customers/{customerReference} **",
    "GET /admin/customers/{customerReference}/record **",
    "POST /admin/customers/{customerReference}/{action} **",
];

/// Where `fallback` picks up everything else. `{proxy+}` does not match `/`.
const FALLBACK: [&str; 2] = ["ANY /", "ANY /{proxy+}"];

#[test]
fn the_routes_are_the_contracts_and_only_its_public_rows_need_no_token() {
    let template = Template::read();
    let routes = template.routes();
    let found = routes.iter().map(|Route { method, path, public, signed, .. }| {
        let caller = if *signed { " **" } else { [" *", ""][usize::from(*public)] };
        format!("{method} {path}{caller}")
    });
    let found: BTreeSet<String> = found.collect();
    assert_eq!(found.len(), routes.len(), "no route occurs twice");
    let expected: BTreeSet<String> = CONTRACT
        .iter()
        .chain(&ADDITIONS)
        .chain(&DESK)
        .chain(&FALLBACK)
        .map(|row| String::from(*row))
        .collect();
    let missing: Vec<&String> = expected.difference(&found).collect();
    let surplus: Vec<&String> = found.difference(&expected).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing {missing:#?}, too many {surplus:#?}");
    let fallback = routes.iter().filter(|route| route.method == "ANY");
    assert!(fallback.clone().all(|route| template.binary(&route.function) == "fallback"));
    assert_eq!(fallback.count(), FALLBACK.len());
}

/// SAM would have the gateway invoke the function as the caller, with any other `InvokeRole`.
#[test]
fn all_of_the_help_desks_routes_and_no_others_want_a_signature() {
    let template = Template::read();
    for route in template.routes() {
        assert_eq!(route.signed, template.binary(&route.function) == "admin", "{route:?}");
        assert_eq!(route.signed, route.path.starts_with("/admin"), "{route:?}");
    }
    let events = template.resource("AdminFunction")["Properties"]["Events"].as_object().expect("events");
    for (name, event) in events {
        let expected = serde_json::json!({ "Authorizer": "AWS_IAM", "InvokeRole": "NONE" });
        assert_eq!(event["Properties"]["Auth"], expected, "{name}");
    }
}

#[test]
fn a_route_needs_a_token_unless_it_says_otherwise() {
    let template = Template::read();
    let auth = &template.resource("Api")["Properties"]["Auth"];
    assert_eq!(auth["DefaultAuthorizer"], "AccessToken");
    let authorizer = &auth["Authorizers"]["AccessToken"];
    assert_eq!(authorizer["FunctionArn"], "${AuthorizerFunction.Arn}:live");
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
        assert_eq!(headers["Content-Type"], "'application/vnd.api+json'", "{kind}");
        let says_when = headers["Retry-After"].as_str().is_some_and(|value| value.starts_with('\''));
        let asks_to_wait = [429, 503].map(|status| response["StatusCode"] == status).contains(&true);
        assert_eq!(says_when, asks_to_wait, "{kind}");
        waits += usize::from(asks_to_wait);
    }
    assert!(waits > 0, "some ask to wait");
}

/// Which of a response's templates the gateway takes depends on the request, and the contract knows one body.
#[test]
fn every_error_of_the_gateways_own_has_the_same_body_for_every_accepted_type() {
    let template = Template::read();
    let responses =
        template.resource("Api")["Properties"]["GatewayResponses"].as_object().expect("responses");
    for (kind, response) in responses {
        let templates = response["ResponseTemplates"].as_object().expect("templates");
        let types: Vec<&str> = templates.keys().map(String::as_str).collect();
        assert_eq!(types, ["application/json", "application/vnd.api+json"], "{kind}");
        assert_eq!(templates["application/json"], templates["application/vnd.api+json"], "{kind}");
        let body = templates["application/json"].as_str().expect("a text");
        let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(body["errors"][0]["status"], response["StatusCode"], "{kind}");
    }
    assert_eq!(responses.len(), 16);
}

/// The routes by which passwords and e-mail addresses can be guessed: those that hash a password, and the change of a
/// profile, whose answer tells whether an e-mail is taken.
pub(crate) const GUESSING: [&str; 8] = [
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

/// A change of `DisableDefaultEndpoint` changes nothing by which SAM tells that the stage needs a new deployment.
#[test]
fn every_update_deploys_the_stage_anew() {
    assert_eq!(Template::read().resource("Api")["Properties"]["AlwaysDeploy"], true);
}

/// What holds data outlives the stack. Of what a failed creation leaves behind, only that stays which cannot go: the
/// protected table, and what the account's other APIs log with.
#[test]
fn data_and_logs_outlive_the_stack() {
    let template = Template::read();
    let except_on_create = [template.resources("AWS::Logs::LogGroup"), vec!["SigningKey"]].concat();
    let always = ["Table", "ApiGatewayAccount", "ApiGatewayLoggingRole"];
    for (names, policy) in [(&except_on_create[..], "RetainExceptOnCreate"), (&always, "Retain")] {
        for name in names {
            let resource = template.resource(name);
            assert_eq!(resource["DeletionPolicy"], policy, "{name}");
            assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{name}");
            // With a fixed name, what is kept would keep the next stack from being made.
            let named = ["LogGroupName", "TableName", "RoleName"];
            assert!(named.iter().all(|property| resource["Properties"].get(property).is_none()), "{name}");
        }
    }
    assert!(except_on_create.len() > template.functions().len());
}

/// What a new version may be taken back for, and by whom.
#[test]
fn a_release_is_gradual_and_its_role_moves_the_own_aliases_only() {
    let template = Template::read();
    assert_eq!(template.parameter("GradualReleases")["Default"], "true");
    let role = &template.resource("ReleaseRole")["Properties"];
    let statement = &role["Policies"][0]["PolicyDocument"]["Statement"][0];
    let targets: BTreeSet<&str> =
        statement["Resource"].as_array().expect("functions").iter().filter_map(Value::as_str).collect();
    let functions = template.functions();
    let own: BTreeSet<String> =
        functions.iter().flat_map(|one| [format!("{one}.Arn"), format!("${{{one}.Arn}}:live")]).collect();
    assert_eq!(targets, own.iter().map(String::as_str).collect());
    for function in functions {
        // Otherwise a changed setting would reach no version.
        let properties = &template.resource(function)["Properties"];
        assert_eq!(properties["AutoPublishAliasAllProperties"], true, "{function}");
    }
}

#[test]
fn a_custom_domain_has_no_base_path() {
    let template = Template::read();
    let mapping = &template.resource("DomainMapping")["Properties"];
    assert_eq!(mapping["Stage"], "Api.Stage");
    assert!(mapping.get("BasePath").is_none());
    assert_eq!(template.parameter("DomainName")["Default"], "");
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
