//! What must not occur in the sources: the architecture, as a list of absences.

mod sources;

use std::collections::BTreeSet;

use regex_lite::Regex;

use self::sources::{Needed, Source, production};
use crate::project;

const SHARED: &[&str] = &["shared/src"];
const FUNCTIONS: &[&str] = &["functions"];
const DEPLOYED: &[&str] = &["shared/src", "functions"];
const ALL: &[&str] = &["shared/src", "functions", "embedded/src", "desk/src", "local/src", "accounts/src"];

#[test]
fn the_domain_knows_no_transport_no_store_and_no_clock() {
    let foreign = [
        "http",
        "json",
        "dynamo",
        "aws",
        "lambda",
        "tokio",
        "systemtime",
        "instant",
        "now_utc",
        "random::",
        "crate::app",
        "crate::call",
        "crate::clock",
        "crate::config",
        "crate::error",
        "crate::store",
    ];
    let domain = production(SHARED).filter(|source| source.path.starts_with("shared/src/domain"));
    let domain: Vec<_> = domain.collect();
    assert!(domain.len() > 10, "the domain is still there");
    let found: Vec<String> = domain.iter().flat_map(|source| source.mentions_in_any_case(&foreign)).collect();
    assert_eq!(found, [""; 0]);
}

#[test]
fn certain_names_occur_only_in_certain_files() {
    for Rule { folders, names, only } in RULES {
        let naming = production(folders).filter(|source| source.mentions(names)).map(|source| source.path);
        let naming: Vec<String> = naming.collect();
        let strays: Vec<&String> = naming.iter().filter(|path| !is_one_of(path, only)).collect();
        assert!(strays.is_empty(), "{names:?} in {strays:?}");
        let unused = only.iter().filter(|only| !naming.iter().any(|path| is_one_of(path, &[only])));
        assert_eq!(unused.count(), 0, "{names:?}: {only:?} are all needed, or the rule could be stricter");
    }
}

/// Names that may occur only in some files, or in some folders, which end in a slash.
struct Rule {
    folders: &'static [&'static str],
    names: &'static [&'static str],
    only: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        folders: ALL,
        names: &["aws_sdk_dynamodb", "serde_dynamo"],
        only: &["shared/src/store.rs", "shared/src/store/"],
    },
    Rule { folders: ALL, names: &["aws_sdk_kms"], only: &["shared/src/tokens/keys.rs"] },
    Rule { folders: ALL, names: &["aws_sdk_ses"], only: &["functions/mailer/src/ses.rs"] },
    Rule {
        folders: ALL,
        names: &[
            "CUSTOMER#",
            "EMAIL#",
            "SESSION#",
            "MAIL#",
            "ATTEMPTS#",
            "\"customers/\"",
            "\"RESET_REQUEST\"",
            "\"LOGIN\"",
        ],
        only: &["shared/src/store/keys.rs"],
    },
    // The names of the members, as strings. `error.rs` and `resources.rs` hold what goes into them.
    Rule {
        folders: DEPLOYED,
        names: &[
            "\"data\"",
            "\"attributes\"",
            "\"errors\"",
            "\\\"data\\\"",
            "\\\"attributes\\\"",
            "\\\"errors\\\"",
        ],
        only: &["shared/src/http/jsonapi.rs"],
    },
    Rule { folders: DEPLOYED, names: &["application/vnd.api+json"], only: &["shared/src/http/jsonapi.rs"] },
    // Without AWS, the process's own environment is passed on to the configuration. Cargo's, a build script's, is another.
    Rule {
        folders: ALL,
        names: &["env::var"],
        only: &["shared/src/runtime/config.rs", "embedded/src/settings.rs", "functions/mailer/build.rs"],
    },
    Rule { folders: ALL, names: &["dynoxide"], only: &["embedded/src/"] },
    // The help desk's client and page get everything from the API.
    Rule {
        folders: &["desk/src"],
        names: &["shared::store", "shared::App", "embedded::", "local::"],
        only: &[],
    },
    Rule {
        folders: ALL,
        names: &["SystemTime::", "UNIX_EPOCH.elapsed", "OffsetDateTime::now"],
        only: &["shared/src/runtime/clock.rs"],
    },
    Rule {
        folders: DEPLOYED,
        names: &["SystemRandom", "thread_rng", "getrandom", "new_v4"],
        only: &["shared/src/runtime/random.rs", "shared/src/tokens/keys.rs"],
    },
    Rule {
        folders: ALL,
        names: &["argon2::"],
        only: &["shared/src/hasher.rs", "shared/src/hasher/stored.rs", "shared/src/runtime/config.rs"],
    },
    Rule {
        folders: DEPLOYED,
        names: &["print!", "println!", "io::stdout", "io::stderr"],
        only: &["shared/src/runtime/log.rs", "functions/mailer/build.rs"],
    },
];

#[test]
fn functions_are_the_same_everywhere() {
    for source in sources::all(FUNCTIONS) {
        for line in source.code.lines().filter(|line| line.contains("cfg(") || line.contains("cfg!(")) {
            assert_eq!(line.trim(), "#[cfg(test)]", "{}", source.path);
        }
        assert!(
            !source.mentions(&["local::", "embedded::"]),
            "{} depends on the local stand-ins",
            source.path
        );
    }
    for path in project::entries("functions") {
        let main = project::read(path.join("src/main.rs"));
        let serve = main.lines().filter(|line| line.contains("shared::lambda::serve"));
        assert_eq!(serve.count(), 1, "{} only serves", path.display());
        assert!(main.lines().count() <= 10, "{} does more than serve", path.display());
    }
}

#[test]
fn nothing_is_unsafe_and_nothing_is_left_to_do() {
    let folders =
        ["shared", "functions", "embedded", "desk", "local", "accounts", "tests/src", "tests/api", "bench"];
    // In two parts, so that this file does not mention them itself.
    let names =
        [["uns", "afe "], ["to", "do!"], ["unimple", "mented!"], ["db", "g!"]].map(|parts| parts.concat());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = sources::all(&folders).flat_map(|source| source.mentions_in_any_case(&names));
    assert_eq!(found.collect::<Vec<_>>(), [""; 0]);
    let manifest = project::read("Cargo.toml");
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    for member in members() {
        let manifest = project::read(format!("{member}/Cargo.toml"));
        assert!(manifest.contains("[lints]\nworkspace = true"), "{member} keeps the workspace's lints");
    }
}

/// `Debug` ends up in panics, in the failures of tests and, by one slip, in a log line. So a type derives it only if
/// none of its fields can be a secret or say something about a person: text of any kind, and choices of a person.
#[test]
fn no_derived_debug_shows_a_secret_or_a_person() {
    const REVEALING: &str = r"\b(String|str|Value|Item|AttributeValue|Bytes|HeaderMap|HeaderValue|Zeroizing|Body|u8|Gender|Salutation|CountryCode)\b";
    // Text that is neither: names of things, ids, hashes that open nothing, and what is public anyway.
    const HARMLESS: [&str; 23] = [
        "AccountsError",
        "AllowedOrigins",
        "Attempts",
        "Broken",
        "Claims",
        "CompareError",
        "CountedMails",
        "CustomerReference",
        "DeskError",
        "ErrorObject",
        "Expected",
        "Failure",
        "Gateway",
        "IfMatch",
        "Jwk",
        "MailId",
        "MailRequest",
        "SendError",
        "SessionId",
        "Stored",
        "Target",
        "Unreadable",
        "Unverifiable",
    ];
    let revealing = Regex::new(REVEALING).expect("a regular expression");
    let derived = Regex::new(r"#\[derive\([^)]*\bDebug\b[^)]*\)\]\s*(?:#\[[^\n]*\]\s*)*(?:pub(?:\([a-z]+\))?\s+)?(?:struct|enum)\s+(\w+)").expect("one, too");
    let mut found = BTreeSet::new();
    let mut types = 0;
    for source in production(&["shared/src", "functions", "desk/src", "accounts/src"]) {
        for capture in derived.captures_iter(&source.code) {
            types += 1;
            let (all, name) = (capture.get(0).expect("a match"), &capture[1]);
            let rest = &source.code[all.end()..];
            let fields = match rest.find(['{', ';', '(']).map(|at| &rest[at..at + 1]) {
                Some("{") => rest.split("\n}").next(),
                _ => rest.split(';').next(),
            };
            let fields = fields.unwrap_or_default().replace("&'static str", "");
            if revealing.is_match(&fields) {
                found.insert(name.to_owned());
            }
        }
    }
    assert!(types > 40, "the types are still there");
    assert_eq!(found, HARMLESS.map(String::from).into(), "others implement Debug by `hidden!`");
}

#[test]
fn crates_depend_on_each_other_in_one_direction() {
    let functions = project::functions();
    let all = members();
    let ours: BTreeSet<&str> = all.iter().map(|member| project::name(member.as_ref())).collect();
    for member in &all {
        let manifest = project::read(format!("{member}/Cargo.toml"));
        let ours_of = |needed| -> BTreeSet<String> {
            let found = sources::dependencies(&manifest, needed).into_iter();
            found.filter(|name| ours.contains(name.as_str())).collect()
        };
        let name = project::name(member.as_ref());
        let (allowed, for_tests): (Vec<&str>, &[&str]) = match name {
            "shared" => (vec![], &[]),
            _ if functions.contains(name) => (vec!["shared"], &[]),
            "desk" | "embedded" => (vec!["shared"], &[]),
            // Tests call a server with the suite's client.
            "local" => (
                functions.iter().map(String::as_str).chain(["desk", "embedded", "shared"]).collect(),
                &["tests"],
            ),
            "accounts" => (vec!["addresses", "desk", "embedded", "shared"], &["local", "tests"]),
            _ => continue,
        };
        let set = |names: &[&str]| names.iter().map(|name| String::from(*name)).collect::<BTreeSet<_>>();
        assert_eq!(ours_of(Needed::ByItself), set(&allowed), "{name}");
        assert_eq!(
            ours_of(Needed::ByItselfAndItsTests),
            set(&[&allowed, for_tests].concat()),
            "{name} with its tests"
        );
    }
}

#[test]
fn no_crate_links_what_only_others_need() {
    // For the service and its operators' commands; tests and benchmarks may link anything.
    const HEAVY: [(&str, &[&str]); 11] = [
        ("axum", &["embedded"]),
        ("dynoxide-rs", &["embedded"]),
        ("rusqlite", &[]),
        ("serde-saphyr", &["embedded", "local"]),
        ("hyper", &["accounts", "desk", "local", "shared"]),
        ("mail-parser", &["local"]),
        ("rsa", &["local"]),
        ("utoipa-swagger-ui", &["local"]),
        ("csv", &[]),
        ("toml", &["accounts"]),
        ("indicatif", &["accounts"]),
    ];
    for member in members() {
        let manifest = project::read(format!("{member}/Cargo.toml"));
        let name = project::name(member.as_ref());
        let all = sources::dependencies(&manifest, Needed::ByItselfAndItsTests);
        let has = |dependency: &str| all.iter().any(|name| name == dependency);
        let linked = sources::dependencies(&manifest, Needed::ByItself);
        for (heavy, by) in HEAVY {
            let is_linked = linked.iter().any(|name| name == heavy);
            let may = by.contains(&name) || ["tests", "bench"].contains(&name);
            assert!(may || !is_linked, "{name} links {heavy}");
            assert!(
                is_linked || !by.contains(&name),
                "{name} does not need {heavy}, so the rule could be stricter"
            );
        }
        assert_eq!(has("aws-sdk-dynamodb") || has("aws-sdk-kms"), name == "shared", "{name}");
        assert_eq!(has("aws-sdk-ses"), name == "mailer", "{name}");
    }
}

/// The folders of the workspace's crates.
fn members() -> Vec<String> {
    let functions = project::functions();
    let functions = functions.iter().map(|name| format!("functions/{name}"));
    functions
        .chain(["shared", "embedded", "desk", "local", "accounts", "tests", "bench"].map(String::from))
        .collect()
}

fn is_one_of(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| path == *place || (place.ends_with('/') && path.starts_with(place)))
}

impl Source {
    fn mentions(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.code.contains(name))
    }

    /// Each mention with its file.
    fn mentions_in_any_case(&self, names: &[&str]) -> Vec<String> {
        let code = self.code.to_lowercase();
        let found = names.iter().filter(|name| code.contains(&name.to_lowercase()));
        found.map(|name| format!("{}: {name}", self.path)).collect()
    }
}
