//! What the web ACL counts: guesses, whatever path they take, by an address that nobody can forge or spell in two ways.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use lambda_http::http::Method;
use percent_encoding::percent_decode_str;
use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use regex_lite::Regex;
use serde_json::{Value, json};
use shared::http::answer::answer;
use shared::{App, Clock, Config, Error, Log, Random, Route};

use crate::project::{self, Template};
use crate::template::{ADDITIONS, CONTRACT, GUESSING};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

struct WebAcl(Template);

/// A statement that matches a method or a path with a pattern.
struct Match {
    pattern: Regex,
    transformations: Vec<String>,
}

impl WebAcl {
    fn read() -> WebAcl {
        WebAcl(Template::read())
    }

    fn rules(&self) -> BTreeMap<&str, &Value> {
        let rules = self.0.resource("WebAcl")["Properties"]["Rules"].as_array().expect("rules");
        // `!If` reads as a list: a condition, and what applies if it is met.
        let rules = rules.iter().map(|rule| rule.get(1).unwrap_or(rule));
        rules.map(|rule| (rule["Name"].as_str().expect("a name"), &rule["Statement"])).collect()
    }

    /// What makes a request count as a guess: its method and one of several views of its path.
    fn guessing(&self) -> (Match, Vec<Match>) {
        let rules = self.rules();
        let [method, paths] = &rules["Guessing"]["AndStatement"]["Statements"].as_array().expect("two")[..]
        else {
            panic!("method and path")
        };
        let paths = paths["OrStatement"]["Statements"].as_array().expect("patterns");
        (Match::read(method), paths.iter().map(Match::read).collect())
    }

    fn client_address(&self) -> Match {
        Match::read(&self.rules()["ProxyMark"]["AndStatement"]["Statements"][1])
    }
}

impl Match {
    fn read(statement: &Value) -> Match {
        let statement = &statement["RegexMatchStatement"];
        let pattern = statement["RegexString"].as_str().expect("a pattern");
        let transformations = statement["TextTransformations"].as_array().expect("transformations");
        let mut transformations: Vec<_> = transformations.iter().collect();
        transformations.sort_by_key(|transformation| transformation["Priority"].as_u64());
        Match {
            pattern: Regex::new(pattern).expect("a regular expression"),
            transformations: transformations
                .into_iter()
                .map(|transformation| transformation["Type"].as_str().expect("a type").to_owned())
                .collect(),
        }
    }

    fn matches(&self, text: &str) -> bool {
        let transformed =
            self.transformations.iter().fold(text.to_owned(), |text, kind| match kind.as_str() {
                "NONE" => text,
                "URL_DECODE" => percent_decode_str(&text).decode_utf8_lossy().into_owned(),
                "NORMALIZE_PATH" => normalized(&text),
                kind => panic!("{kind} is not simulated"),
            });
        self.pattern.is_match(&transformed)
    }
}

/// A path without empty segments, references to itself and references back.
fn normalized(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

fn is_guess((method, paths): &(Match, Vec<Match>), verb: &str, path: &str) -> bool {
    ["", "/prod"]
        .iter()
        .all(|stage| method.matches(verb) && paths.iter().any(|view| view.matches(&format!("{stage}{path}"))))
}

#[test]
fn guesses_are_counted_and_nothing_else() {
    let acl = WebAcl::read();
    let guessing = acl.guessing();
    let rows = CONTRACT.iter().chain(&ADDITIONS).map(|row| row.trim_end_matches(" *"));
    let counted: BTreeSet<String> = rows
        .filter(|row| {
            let (verb, path) = row.split_once(' ').expect("a method and a path");
            is_guess(&guessing, verb, path)
        })
        .map(String::from)
        .collect();
    let mailing = ["POST /customer-forgotten-password", "POST /customer-confirmation-requests"];
    assert_eq!(counted, GUESSING.into_iter().chain(mailing).map(String::from).collect());
}

/// The gateway and the functions take the path apart before they decode it.
#[test]
fn no_id_keeps_a_guess_from_being_counted() {
    let acl = WebAcl::read();
    let guessing = acl.guessing();
    let ids = ["a%2Fb", "..%2f..%2fx", "%2E%2E%2F", "a%0Ab", "a%0A", "a%3Fb", "%2F", "%2e", "a%23", "%ff"];
    let mut runner = TestRunner::deterministic();
    let any = string_regex("([A-Za-z0-9.~_-]|%(2[0-9EFef]|0[AaDd]|3[Ff]|[89A-F][0-9a-f])){1,12}")
        .expect("a pattern");
    let generated = std::iter::repeat_with(|| any.new_tree(&mut runner).expect("an id").current());
    let ids: Vec<String> = ids.into_iter().map(String::from).chain(generated.take(500)).collect();
    let mut reached = 0;
    for row in GUESSING {
        let (verb, route) = row.split_once(' ').expect("a method and a path");
        let Some((prefix, _)) = route.split_once('{') else { continue };
        let method: Method = verb.parse().expect("a method");
        for id in &ids {
            for end in ["", "/"] {
                let path = format!("{prefix}{id}{end}");
                if Route::parse(&method, &path).is_ok() {
                    reached += 1;
                    assert!(is_guess(&guessing, verb, &path), "{verb} {path}");
                }
            }
        }
    }
    assert!(reached > 3 * ids.len(), "{reached}");
}

#[test]
fn two_limits_count_by_the_address_that_the_proxy_names_or_else_by_the_one_that_connects() {
    let acl = WebAcl::read();
    let rules = acl.rules();
    let proxy = rules["ProxyMark"]["AndStatement"]["Statements"][0]["ByteMatchStatement"].clone();
    assert_eq!(proxy["FieldToMatch"]["SingleHeader"]["Name"], "x-proxy-secret");
    assert_eq!(
        (&proxy["PositionalConstraint"], &proxy["SearchString"]),
        (&json!("EXACTLY"), &json!("ProxySecret"))
    );
    let label = |key: &str| json!({ "LabelMatchStatement": { "Scope": "LABEL", "Key": key } });
    let from_proxy = label("from-proxy");
    let direct = json!({ "NotStatement": { "Statement": from_proxy } });
    let both = |one: &Value, other: &Value| json!({ "AndStatement": { "Statements": [one, other] } });
    for (rule, limit, scope) in [
        ("GuessingRateBehindProxy", "WebAclRateLimit", both(&label("guessing"), &from_proxy)),
        ("GuessingRate", "WebAclRateLimit", both(&label("guessing"), &direct)),
        ("RateBehindProxy", "WebAclTotalRateLimit", from_proxy.clone()),
        ("Rate", "WebAclTotalRateLimit", direct.clone()),
    ] {
        let rate = &rules[rule]["RateBasedStatement"];
        assert_eq!((&rate["Limit"], &rate["ScopeDownStatement"]), (&json!(limit), &scope), "{rule}");
        if rule.ends_with("BehindProxy") {
            assert_eq!(rate["CustomKeys"][0]["Header"]["Name"], "x-client-address", "{rule}");
        } else {
            assert_eq!(rate["AggregateKeyType"], "IP", "{rule}");
        }
    }
    assert_eq!(rules.len(), 6);
}

/// The address by which a function counts a request that the proxy sends from 203.0.113.9 with this header.
async fn counted_by_a_function(named: &str) -> String {
    let mut event: Value =
        serde_json::from_str(&project::read("events/customers.get.json")).expect("an event");
    let headers = json!({ "X-Proxy-Secret": [SECRET], "X-Client-Address": [named] });
    event["multiValueHeaders"] = headers;
    event["headers"] = Value::Null;
    event["requestContext"]["identity"]["sourceIp"] = json!("203.0.113.9");
    let request = lambda_http::request::from_str(&event.to_string()).expect("an event");
    let config = Config::from_lookup(|name| (name == "PROXY_SECRET").then(|| SECRET.to_owned()));
    let mut app = App::new(config.expect("a secret"), Clock::system(), Random::system());
    app.log = Log::from_fn(|_| ());
    let seen = Arc::new(Mutex::new(String::new()));
    let sees = Arc::clone(&seen);
    answer(Arc::new(app), request, |_, _, call| async move {
        *sees.lock().expect("unpoisoned") = call.source_address().to_owned();
        Err(Error::NotFound)
    })
    .await;
    seen.lock().expect("unpoisoned").clone()
}

/// Otherwise one of the two would count a client by an address of its own choice, or by the proxy's.
#[tokio::test]
async fn the_web_acl_and_the_functions_read_the_same_addresses_and_each_in_one_spelling() {
    let address = WebAcl::read().client_address();
    for (named, counted) in [
        ("198.51.100.7", Some("198.51.100.7")),
        ("0.0.0.0", Some("0.0.0.0")),
        ("255.255.255.255", Some("255.255.255.255")),
        ("2001:db8:1:2::", Some("2001:db8:1:2::/64")),
        ("2001:db8::", Some("2001:db8::/64")),
        ("2001:0:0:1::", Some("2001:0:0:1::/64")),
        ("2001:db8::1", None),
        ("2001:db8:1:2::1", None),
        ("2001:db8::1:443", None),
        ("2001:db8:1:2:3:4:5:6", None),
        ("2001:db8:0:0::", None),
        ("2001:db8:01::", None),
        ("2001:DB8::", None),
        ("2001:db8::/64", None),
        ("::ffff:198.51.100.7", None),
        ("[2001:db8::]", None),
        ("9.9.9.9:51234", None),
        ("09.9.9.9", None),
        ("9.9.9.256", None),
        ("9.9.9.9.", None),
        ("9.9.9", None),
        ("9.9.9.9, 9.9.9.8", None),
        ("unknown", None),
        ("", None),
    ] {
        assert_eq!(address.matches(named), counted.is_some(), "{named}");
        assert_eq!(counted_by_a_function(named).await, counted.unwrap_or("203.0.113.9"), "{named}");
    }
    let mut runner = TestRunner::deterministic();
    let pattern = address.pattern.as_str().trim_start_matches('^').trim_end_matches('$');
    let any = string_regex(pattern).expect("a pattern");
    for _ in 0..200 {
        let named = any.new_tree(&mut runner).expect("an address").current();
        let counted = counted_by_a_function(&named).await;
        assert_eq!(counted.trim_end_matches("/64"), named);
    }
}
