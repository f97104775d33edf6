//! New references for customers whose old ones are not kept.

use serde_json::{Value, json};
use tests::{merged, without};

use crate::{BCRYPT, Desk, items, row};

const IMPORT: &[&str] = &["import", "customers.ndjson", "--data", "data", "--make-references", "pairs.csv"];

fn pairs(desk: &Desk) -> Vec<(String, String)> {
    let text = std::fs::read(desk.path("pairs.csv")).expect("the pairs");
    let pairs = csv::Reader::from_reader(&text[..]).into_deserialize();
    pairs.map(|pair| pair.expect("a pair")).collect()
}

#[test]
fn each_customer_gets_a_new_reference_once() {
    let desk = Desk::new();
    let rows = [
        row(1),
        merged(row(2), json!({ "customerReference": "Kunde \"5\", alt" })),
        without(row(3), "customerReference"),
        merged(row(4), json!({ "lastName": null })),
        merged(row(5), json!({ "customerReference": "DE--1" })),
        merged(row(6), json!({ "customerReference": 6 })),
    ];
    desk.write_rows("customers.ndjson", &rows);
    let dry = ["import", "customers.ndjson", "--dry-run", "--make-references", "pairs.csv"];
    assert_eq!(desk.run(&dry).summary(1), "3 would be moved in, 0 there already, 3 refused.");
    assert!(!desk.path("pairs.csv").exists());

    let run = desk.run(IMPORT);
    assert_eq!(run.summary(1), "3 moved in, 0 there already, 3 refused.");
    assert!(
        run.stderr.contains("line 5, DE--1: customerReference => Line 1 has it already."),
        "{}",
        run.stderr
    );
    let first = pairs(&desk);
    let old: Vec<&str> = first.iter().map(|(old, _)| old.as_str()).collect();
    assert_eq!(old, ["DE--1", "Kunde \"5\", alt", "Customer.3@example.com"]);
    assert!(first.iter().all(|(_, new)| new.starts_with("DE--") && new.len() == 14), "{first:?}");
    let there = items(&desk.path("data"));
    assert!(first.iter().all(|(_, new)| there.iter().any(|(pk, ..)| *pk == format!("CUSTOMER#{new}"))));

    assert_eq!(desk.run(IMPORT).summary(1), "0 moved in, 3 there already, 3 refused.");
    desk.write_rows("customers.ndjson", &[rows[2].clone(), merged(row(4), json!({ "lastName": "Lee" }))]);
    assert_eq!(desk.run(IMPORT).summary(0), "1 moved in, 1 there already, 0 refused.");
    assert_eq!((&pairs(&desk)[..3], pairs(&desk).len()), (&first[..], 4));
}

#[test]
fn a_reference_with_a_line_feed_does_not_break_a_pair() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[row(1), merged(row(2), json!({ "customerReference": "a\nb" }))]);
    let run = desk.run(IMPORT);
    assert_eq!(run.summary(1), "1 moved in, 0 there already, 1 refused.");
    let expected = "customerReference => This value should have no control characters.";
    assert!(run.stderr.contains(expected), "{}", run.stderr);
    assert_eq!(pairs(&desk).len(), 1);
}

#[test]
fn a_pair_that_was_cut_off_is_made_again_and_other_files_are_left_alone() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[row(1), row(2)]);
    desk.write("pairs.csv", "old,new\n\"DE--1\",DE--OLDONE\n\"DE--2\",\"DE--");
    assert_eq!(desk.run(IMPORT).summary(0), "2 moved in, 0 there already, 0 refused.");
    let pairs = pairs(&desk);
    assert_eq!((pairs[0].1.as_str(), pairs.len(), pairs[1].1.len()), ("DE--OLDONE", 2, 14));
    desk.write("pairs.csv", "old,new\n\"DE--1\",\"DE--OLDONE\"");
    assert_eq!(desk.run(IMPORT).summary(1), "0 moved in, 1 there already, 1 refused.");
    assert_eq!(self::pairs(&desk)[0].1, "DE--OLDONE", "a whole pair is kept");
    for text in [
        "old,new\nDE--1,DE--OLD",
        "a,b\n",
        "{\"a\":1}",
        "line 1\nline 2",
        "old,new\n\"DE--1\",no reference\n",
        "old,new\nx,DE--1\nx,DE--2\n",
        "old,new\nx,DE--1\ny,DE--1\n",
        "old,new\n\"x,DE--1\n",
    ] {
        desk.write("pairs.csv", text);
        assert_eq!(desk.run(IMPORT).status, 2, "{text}");
        assert_eq!(std::fs::read_to_string(desk.path("pairs.csv")).expect("the file"), text);
    }
    let other = std::fs::File::open(desk.path("pairs.csv")).expect("the file");
    desk.write("pairs.csv", "old,new\n");
    other.lock().expect("a lock");
    let run = desk.run(IMPORT);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("another import is writing to pairs.csv"), "{}", run.stderr);
    drop(other);
    let dry = ["import", "customers.ndjson", "--dry-run", "--make-references"];
    let run = desk.run(&[&dry[..], &["customers.ndjson"]].concat());
    assert!(run.stderr.contains("the references would overwrite customers.ndjson"), "{}", run.stderr);
    let run = desk.run(&[&dry[..], &["pairs.csv", "--report", "./pairs.csv"]].concat());
    assert!(run.stderr.contains("the report would overwrite pairs.csv"), "{}", run.stderr);
    let run = desk.run(&[IMPORT, &["--make-references", "new.csv", "--report", "./new.csv"]].concat());
    assert!(run.stderr.contains("cannot be used multiple times"), "{}", run.stderr);
    let run = desk.run(&[&IMPORT[..5], &["new.csv", "--report", "./new.csv"]].concat());
    assert!(run.stderr.contains("the report would overwrite new.csv"), "{}", run.stderr);
    assert_eq!(std::fs::read_to_string(desk.path("new.csv")).expect("the pairs"), "old,new\n");
}

#[test]
fn addresses_of_another_file_follow_the_old_reference() {
    let desk = Desk::new();
    let header = "customer_reference,email,salutation,first_name,last_name,password\n";
    desk.write(
        "customer.csv",
        &format!("{header}7/5,a@example.com,Ms,Anna,Lee,{BCRYPT}\n,b@example.com,Mr,Bob,Lee,{BCRYPT}\n"),
    );
    desk.write(
        "addresses.csv",
        "customer_reference,salutation,first_name,last_name,address1,address2,zip_code,city,iso2_code\n\
         7/5,Ms,Anna,Lee,Street,5,10115,Berlin,DE\n",
    );
    let files = ["import", "customer.csv", "--addresses", "addresses.csv", "--data", "data"];
    let made = ["--make-references", "pairs.csv"];
    for expected in ["2 moved in, 0 there already, 0 refused.", "0 moved in, 2 there already, 0 refused."] {
        assert_eq!(desk.run(&[&files[..], &made].concat()).summary(0), expected);
    }
    desk.run(&["export", "out.ndjson", "--data", "data"]).summary(0);
    let cities = |row: &Value| row["addresses"][0]["city"].as_str().map(str::to_owned);
    let mut cities: Vec<_> = desk.rows("out.ndjson").iter().map(cities).collect();
    cities.sort();
    assert_eq!(cities, [None, Some("Berlin".to_owned())]);
}
