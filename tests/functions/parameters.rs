//! What the template's parameters accept, the functions accept: otherwise a stack deploys, and no function starts.

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use regex_lite::Regex;
use shared::Config;

use crate::project::{self, Template};

const SAMPLES: usize = 500;

/// What a function says to a value of this variable.
fn problem(variable: &str, value: &str) -> Option<String> {
    let outcome = Config::from_lookup(|name| (name == variable).then(|| value.to_owned()));
    outcome.err().map(|error| error.to_string())
}

impl Template {
    fn pattern(&self, parameter: &str) -> Option<&str> {
        self.parameter(parameter)["AllowedPattern"].as_str()
    }

    /// The parameters whose value the functions get, by the variable.
    fn parameter_of(&self, variable: &str) -> &str {
        let all = self.variables_with_parameter();
        let found = all.into_iter().find(|(name, _)| *name == variable);
        found.map(|(_, parameter)| parameter).unwrap_or_else(|| panic!("{variable} has no parameter"))
    }

    /// Whether CloudFormation accepts the value: the whole of it must match.
    fn accepts(&self, parameter: &str, value: &str) -> bool {
        let pattern = self.pattern(parameter).unwrap_or_else(|| panic!("{parameter} has no pattern"));
        Regex::new(pattern).expect("a regular expression").is_match(value)
    }
}

#[test]
fn no_value_that_the_template_accepts_keeps_a_function_from_starting() {
    let template = Template::read();
    let mut runner = TestRunner::deterministic();
    let mut patterns = 0;
    for (variable, parameter) in template.variables_with_parameter() {
        let declared = template.parameter(parameter);
        let mut values: Vec<String> = Vec::new();
        let listed = declared["AllowedValues"].as_array().into_iter().flatten();
        values.extend(
            listed
                .chain(declared.get("Default"))
                .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        );
        if let Some(pattern) = template.pattern(parameter) {
            patterns += 1;
            // Anchors are all that the generator does not know.
            let inner = pattern.strip_prefix('^').and_then(|pattern| pattern.strip_suffix('$'));
            let inner = inner.unwrap_or_else(|| panic!("{parameter} matches a part"));
            let strategy = string_regex(inner).expect("a regular expression");
            let sample = |_| strategy.new_tree(&mut runner).expect("a value").current();
            values.extend((0..SAMPLES).map(sample));
        } else {
            // Every number of such a parameter, a decimal one as well, would reach the functions.
            assert_ne!(declared["Type"], "Number", "{parameter}");
        }
        for value in values {
            assert_eq!(problem(variable, &value), None, "{parameter}={value}");
        }
    }
    assert!(patterns > 10, "{patterns} patterns");
}

#[test]
fn the_deployment_document_lists_every_parameter() {
    let document = project::read("docs/deployment.md");
    for parameter in Template::read().parameters() {
        assert!(document.contains(&format!("`{parameter}`")), "{parameter}");
    }
}

/// CloudFormation, cfn-lint and sam read the patterns with different engines.
#[test]
fn patterns_use_what_all_engines_share() {
    let template = Template::read();
    for (_, parameter) in template.variables_with_parameter() {
        let pattern = template.pattern(parameter).unwrap_or_default();
        assert!(
            !["(?", "\\d", "\\w", "\\s", "\\p", "\\b"].iter().any(|part| pattern.contains(part)),
            "{pattern}"
        );
        assert!(pattern.is_ascii(), "{pattern}");
    }
}

#[test]
fn what_the_functions_refuse_does_not_deploy() {
    let template = Template::read();
    let label = "x".repeat(64);
    let origins = [
        "https://shop.example.com:443",
        "http://shop.example.com:80",
        "https://shop.example.com:",
        "https://shop.example.com:65536",
        "https://shop.example.com/",
        "https://Shop.example.com",
        "https://shop_1.example.com",
    ];
    let urls = [
        "https://sh\u{f6}p.example.com",
        "https://shop.example.com/\u{f6}",
        "https://shop_1.example.com",
        "https://shop,example.com",
        "https://shop.example.com/\"",
        "https://shop.example.com/<",
        "https://shop.example.com/\\",
        "https://shop.example.com:99999",
        "https://shop.example.com:",
    ];
    let senders = [
        "\u{fc}@example.com",
        "a(b)@example.com",
        "a[b]@example.com",
        "a\\b@example.com",
        "a@-example.com",
        "a@example-.com",
        &format!("a@{label}.com"),
    ];
    let decimals = ["0.5", "100.0", "1e2"];
    for (variable, values) in [
        ("CORS_ALLOWED_ORIGINS", &origins[..]),
        ("STOREFRONT_URL", &urls),
        ("PUBLIC_BASE_URL", &urls),
        ("TOKEN_ISSUER", &urls),
        ("MAIL_FROM", &senders),
        ("ACCESS_TOKEN_LIFETIME", &decimals),
        ("REAUTHENTICATION_SECONDS", &decimals),
        ("EMAIL_UNDO_HOURS", &decimals),
        ("SIGN_IN_FLOOR_MS", &decimals),
    ] {
        for value in values {
            assert!(problem(variable, value).is_some(), "{variable}={value}");
            assert!(!template.accepts(template.parameter_of(variable), value), "{variable}={value}");
        }
    }
}

#[test]
fn what_a_shop_needs_deploys() {
    let template = Template::read();
    for (parameter, value) in [
        ("AllowedOrigins", "*"),
        ("AllowedOrigins", "https://shop.example.com"),
        ("AllowedOrigins", "https://shop.example.com,http://localhost:5173"),
        ("AllowedOrigins", "https://shop.example.com:8443"),
        ("AllowedOrigins", "http://localhost:5173"),
        ("AllowedOrigins", "http://[::1]:65535"),
        ("StorefrontUrl", "https://Shop.example.com:443/de/account-1/"),
        ("StorefrontUrl", "http://localhost:3000/_local/shop"),
        ("PublicBaseUrl", ""),
        ("PublicBaseUrl", "https://accounts.example.com"),
        ("TokenIssuer", "https://accounts.example.com/prod"),
        ("MailFrom", "No-Reply+shop@mail.example.co.uk"),
        ("BrandName", "M\u{fc}ller & S\u{f6}hne"),
    ] {
        assert!(template.accepts(parameter, value), "{parameter}={value}");
    }
    for (parameter, least, most) in [
        ("AccessTokenLifetime", 60, 29_999),
        ("PasswordMinLength", 1, 128),
        ("ReauthenticationSeconds", 1, 86_400),
        ("EmailUndoHours", 0, 720),
        ("SignInFloorMs", 0, 10_000),
    ] {
        let pattern =
            Regex::new(template.pattern(parameter).expect("a pattern")).expect("a regular expression");
        for number in 0..=most + 1 {
            let is_allowed = (least..=most).contains(&number);
            assert_eq!(pattern.is_match(&number.to_string()), is_allowed, "{parameter}={number}");
        }
    }
    for port in [1, 79, 81, 442, 444, 8_080, 9_999, 10_000, 59_999, 60_000, 65_535] {
        assert!(template.accepts("AllowedOrigins", &format!("https://shop.example.com:{port}")), "{port}");
    }
}

/// Their values stand in a list of texts, where a list would be refused (`Tracing`).
#[test]
fn what_the_functions_get_is_a_text_or_a_number() {
    let template = Template::read();
    for (_, parameter) in template.variables_with_parameter() {
        let declared = &template.parameter(parameter)["Type"];
        assert!(declared == "String", "{parameter}: {declared}");
    }
}

/// `sam deploy --guided` would add a second list, which takes precedence over the one that somebody edits.
#[test]
fn the_settings_of_sam_have_one_list_of_parameters_for_all_its_commands() {
    let settings = project::read("samconfig.toml");
    let template = Template::read();
    let mut section = "";
    let mut lists: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in settings.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        } else if line.starts_with("parameter_overrides") {
            let environment = section.strip_suffix(".global.parameters]").unwrap_or_else(|| {
                panic!("{section} has parameters, which take precedence over those of [default.global.parameters]")
            });
            assert!(lists.insert(environment, Vec::new()).is_none(), "{section} has two lists");
        } else if let Some((name, _)) = line.strip_prefix('"').and_then(|line| line.split_once('=')) {
            let environment = section.trim_end_matches(".global.parameters]");
            lists.get_mut(environment).expect("a list").push(name);
        }
    }
    assert!(lists.contains_key("[default"), "nothing is set for the deployment without --config-env");
    for (environment, names) in lists {
        for name in &names {
            assert!(template.parameter(name).is_object(), "{environment}: {name} is no parameter");
        }
        for required in [&["StorefrontUrl"][..], &["MailFrom"], &["AlarmEmail", "AlarmTopicArn"]] {
            assert!(required.iter().any(|name| names.contains(name)), "{environment}: no {required:?}");
        }
    }
}
