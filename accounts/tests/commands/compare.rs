//! Two services with the same data, or not quite the same.

mod failures;
mod https;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{Shop, merged};
use xmlparser::{ElementEnd, Token, Tokenizer};

use crate::{BCRYPT_PASSWORD, Desk, Run, address, row};

/// Two shops that have been given these rows.
pub(crate) async fn shops(desk: &Desk, old: &[Value], new: &[Value]) -> (Shop, Shop) {
    for (name, rows) in [("old", old), ("new", new)] {
        let file = format!("{name}.ndjson");
        desk.write_rows(&file, rows);
        desk.run(&["import", &file, "--data", name]).summary(0);
    }
    (Shop::with_data(&desk.path("old"), &[]).await, Shop::with_data(&desk.path("new"), &[]).await)
}

/// The binary runs while this runtime serves.
pub(crate) fn compare(desk: &Desk, old: &str, new: &str, arguments: &[&str]) -> Run {
    let all = [&["compare", old, new, "--token-for", "customers.ndjson"], arguments].concat();
    tokio::task::block_in_place(|| desk.run(&all))
}

pub(crate) fn summary(customers: u32, same: u32, different: u32, failed: u32) -> String {
    format!(
        "Customers compared: {customers}. Pairs of answers: {same} the same, {different} different, {failed} not comparable."
    )
}

pub(crate) fn credentials(number: u32) -> Value {
    json!({ "email": format!("customer.{number}@example.com"), "password": BCRYPT_PASSWORD })
}

/// A row whose addresses have the numbers `10 * number` and so on.
fn with_addresses(number: u32, positions: &[u32]) -> Value {
    let addresses = positions.iter().map(|position| {
        let is_default = json!({ "isDefaultShipping": *position == 0, "isDefaultBilling": *position == 0 });
        merged(address(10 * number + position), is_default)
    });
    merged(row(number), json!({ "addresses": addresses.collect::<Vec<_>>() }))
}

fn with_phone(number: u32, phone: Value) -> Value {
    let address = merged(address(number), json!({ "phone": phone }));
    merged(row(number), json!({ "addresses": [address] }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_services_with_the_same_customers_do_not_differ() {
    let desk = Desk::new();
    let rows = [row(1), with_addresses(2, &[0, 1, 2]), with_addresses(3, &[])];
    let (old, new) = shops(&desk, &rows, &rows).await;
    let [one, other] =
        [&old, &new].map(|shop| shop.sign_in("DE--3", "customer.3@example.com", BCRYPT_PASSWORD));
    let (one, other) = tokio::join!(one, other);
    let tokens = json!({
        "customerReference": "DE--3",
        "oldToken": one.access_token,
        "newToken": other.access_token,
    });
    desk.write_rows("customers.ndjson", &[credentials(1), credentials(2), tokens]);

    let outputs = ["--junit", "junit.xml", "--report", "report.md"];
    let run = compare(&desk, old.base_url(), new.base_url(), &outputs);
    // Without a token, two sign-ins, six requests for each customer, and one for each of four addresses.
    assert_eq!(run.summary(0), summary(3, 25, 0, 0));
    let report = std::fs::read_to_string(desk.path("report.md")).expect("a report");
    assert!(report.contains("| the same | 25 |") && !report.contains("## Differences"), "{report}");
    assert_eq!(counts(&desk, "junit.xml"), (25, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn differences_are_counted_by_shape_and_no_value_is_shown() {
    let desk = Desk::new();
    let old_rows = [
        row(1),
        with_addresses(2, &[0, 1]),
        with_addresses(3, &[0, 1]),
        with_phone(4, Value::Null),
        row(5),
        row(6),
    ];
    let new_rows = [
        merged(row(1), json!({ "firstName": "jürgen-zoë", "dateOfBirth": "1985-12-30" })),
        with_addresses(2, &[0]),
        with_addresses(3, &[1, 0]),
        with_phone(4, json!("")),
        row(5),
    ];
    let (old, new) = shops(&desk, &old_rows, &new_rows).await;
    desk.write_rows("customers.ndjson", &(1..=6).map(credentials).collect::<Vec<_>>());
    let outputs = ["--junit", "junit.xml", "--report", "report.md"];
    let run = compare(&desk, old.base_url(), new.base_url(), &outputs);

    assert_eq!(run.summary(1), &summary(6, 31, 12, 0));
    assert_eq!(counts(&desk, "junit.xml"), (43, 12, 0));
    let report = std::fs::read_to_string(desk.path("report.md")).expect("a report");
    let shapes: Vec<&str> = report.lines().filter(|line| line.starts_with("| `")).collect();
    let customer = "GET /customers/{customerReference}";
    let expected = [
        format!(
            "| `{customer}` | `/data/attributes/firstName` | value differs: only in case | 1 | `DE--1` |"
        ),
        format!(
            "| `{customer}` | `/data/attributes/dateOfBirth` | value differs: text of the same length | 1 | `DE--1` |"
        ),
        "| `GET /customers` | `/data/*/attributes/firstName` | value differs: only in case | 1 | `DE--1` |"
            .to_owned(),
        format!("| `{customer}?include=addresses` | `/included/*` | missing in NEW | 1 | `DE--2` |"),
        format!("| `{customer}/addresses` | `/data/*` | missing in NEW | 1 | `DE--2` |"),
        format!("| `{customer}/addresses` | `/data` | order differs | 1 | `DE--3` |"),
        format!(
            "| `{customer}/addresses/{{addressId}}` | `/data/attributes/phone` | value differs: null in OLD, empty in NEW | 1 | `DE--4` |"
        ),
        "| `POST /access-tokens` | `status` | status differs: 201 in OLD, 401 in NEW | 1 | `line 6` |"
            .to_owned(),
    ];
    for expected in &expected {
        assert!(shapes.contains(&expected.as_str()), "{expected}\n{report}");
    }

    let junit = std::fs::read_to_string(desk.path("junit.xml")).expect("a file");
    let on_the_console = compare(&desk, old.base_url(), new.base_url(), &[]);
    let rows = old_rows.iter().chain(&new_rows);
    let mut values: BTreeSet<String> = rows.flat_map(texts).collect();
    values.insert(BCRYPT_PASSWORD.to_owned());
    assert!(values.contains("Berlin") && values.contains("Customer.6@example.com"), "{values:?}");
    for output in [&report, &junit, &run.stdout, &run.stderr, &on_the_console.stdout, &on_the_console.stderr]
    {
        for value in &values {
            assert!(!output.to_lowercase().contains(&value.to_lowercase()), "{value} in {output}");
        }
    }
    assert!(on_the_console.stdout.contains("## Differences"), "{}", on_the_console.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_ignored_does_not_count() {
    let desk = Desk::new();
    let changed = merged(row(1), json!({ "createdAt": "2018-11-06", "updatedAt": "2019-01-02" }));
    let (old, new) = shops(&desk, &[row(1)], &[changed]).await;
    desk.write_rows("customers.ndjson", &[credentials(1)]);
    let run = compare(&desk, old.base_url(), new.base_url(), &["--report", "report.md"]);
    assert_eq!(run.summary(1), &summary(1, 6, 3, 0));

    let ignored = ["/data/attributes/createdAt", "/data/attributes/updatedAt", "/data/*/attributes"];
    let ignored = ignored.map(|pointer| ["--ignore", pointer]).concat();
    let run = compare(&desk, old.base_url(), new.base_url(), &ignored);
    assert_eq!(run.status, 0, "{}", run.stdout);
    let row = "| `/data/attributes/createdAt` | value differs: text of the same length | `--ignore` | 2 |";
    assert!(run.stdout.contains(row), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_whose_ids_the_import_has_made_up_are_compared_by_their_position() {
    let desk = Desk::new();
    let mut without_ids = with_addresses(1, &[0, 1]);
    for address in without_ids["addresses"].as_array_mut().expect("addresses") {
        address.as_object_mut().expect("an address").remove("id");
    }
    let (old, new) = shops(&desk, &[with_addresses(1, &[0, 1])], &[without_ids]).await;
    desk.write_rows("customers.ndjson", &[credentials(1)]);
    let ids_and_links = [
        "/data/id",
        "/data/links",
        "/data/*/id",
        "/data/*/links",
        "/data/relationships",
        "/included/*/id",
        "/included/*/links",
    ];
    let ignored = ids_and_links.map(|pointer| ["--ignore", pointer]).concat();
    let arguments = [&ignored[..], &["--report", "report.md"]].concat();
    let run = compare(&desk, old.base_url(), new.base_url(), &arguments);
    assert_eq!(run.summary(0), summary(1, 10, 0, 0));
    let run = compare(&desk, old.base_url(), new.base_url(), &["--report", "report.md"]);
    assert_eq!(run.summary(1), summary(1, 6, 4, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_has_the_same_customers_in_every_run() {
    let desk = Desk::new();
    let rows: Vec<Value> = (1..=9).map(row).collect();
    let (old, new) = shops(&desk, &rows, &rows).await;
    let mut customers: Vec<Value> = (1..=9).map(credentials).collect();
    let mut sampled = |size: &str| {
        customers.rotate_left(4);
        desk.write_rows("customers.ndjson", &customers);
        compare(&desk, old.base_url(), new.base_url(), &["--sample", size, "--junit", "junit.xml"])
            .summary(0);
        let junit = std::fs::read_to_string(desk.path("junit.xml")).expect("a file");
        let references = junit.split("name=\"DE--").skip(1).map(|rest| rest[..1].to_owned());
        references.collect::<BTreeSet<_>>()
    };
    let three = sampled("3");
    assert_eq!(three.len(), 3);
    assert_eq!(sampled("3"), three);
    assert!(sampled("5").is_superset(&three));
}

/// Every text of at least three characters but references, which are no personal data.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.chars().count() > 2 && !text.starts_with("DE--") => vec![text.clone()],
        Value::Array(elements) => elements.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Tests, failures and errors that a file of JUnit's XML has, which must be what it says it has. Fails unless the file is
/// well-formed.
pub(crate) fn counts(desk: &Desk, file: &str) -> (usize, usize, usize) {
    let xml = std::fs::read_to_string(desk.path(file)).expect("a file");
    let (mut open, mut seen, mut said) = (Vec::new(), Vec::new(), Vec::new());
    for token in Tokenizer::from(xml.as_str()) {
        match token.expect("well-formed XML") {
            Token::ElementStart { local, .. } => {
                open.push(local.as_str());
                seen.push(local.as_str());
            }
            Token::Attribute { local, value, .. } if ["tests", "failures", "errors"].contains(&&*local) => {
                said.push(value.parse::<usize>().expect("a number"));
            }
            Token::ElementEnd { end: ElementEnd::Close(_, name), .. } => {
                assert_eq!(open.pop(), Some(name.as_str()));
            }
            Token::ElementEnd { end: ElementEnd::Empty, .. } => assert!(open.pop().is_some()),
            _ => {}
        }
    }
    assert_eq!(open, [""; 0]);
    let number = |name: &str| seen.iter().filter(|element| **element == name).count();
    let counted = [number("testcase"), number("failure"), number("error")];
    let (total, suites) = said.split_at(3);
    assert_eq!(total, counted);
    let sum = |index: usize| suites.iter().skip(index).step_by(3).sum::<usize>();
    assert_eq!([sum(0), sum(1), sum(2)], counted);
    counted.into()
}
