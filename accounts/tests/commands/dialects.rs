//! How files can be written, and what is refused so that no customer gets what is another's.

use encoding_rs::WINDOWS_1252;
use serde_json::{Value, json};
use tests::{merged, without};

use crate::{BCRYPT, Desk, Run, items, row};

const HEADER: &str = "customer_reference,email,salutation,first_name,last_name,company,gender,password";
const ADDRESSES: &str =
    "customer_reference,salutation,first_name,last_name,address1,address2,zip_code,city,iso2_code";

fn customer(number: u32, last_name: &str, company: &str) -> String {
    format!("DE--{number},customer.{number}@example.com,Ms,Anna,{last_name},{company},Female,{BCRYPT}\n")
}

fn address(number: u32, city: &str) -> String {
    format!("DE--{number},Ms,Anna,Maier,Street,5,10115,{city},DE\n")
}

/// A file that stops the import before anything of it is moved in.
#[track_caller]
fn stops(desk: &Desk, files: &[&str], why: &str) {
    let arguments = [&["import"], files, &["--data", "data"]].concat();
    let run = desk.run(&arguments);
    assert_eq!(run.status, 2, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(why), "{}", run.stderr);
    assert!(!desk.path("data").exists(), "nothing is moved in");
}

fn imported(desk: &Desk, arguments: &[&str]) -> Run {
    desk.run(&[&["import"], arguments, &["--data", "data"]].concat())
}

fn exported(desk: &Desk) -> Vec<Value> {
    let name = format!("{}.ndjson", std::fs::read_dir(desk.path("")).expect("a folder").count());
    desk.run(&["export", &name, "--data", "data"]).summary(0);
    let mut rows = desk.rows(&name);
    rows.sort_by_key(|row| row["customerReference"].to_string());
    rows
}

#[test]
fn a_quote_that_is_never_closed_gives_no_customer_what_is_anothers() {
    let desk = Desk::new();
    desk.write("customer.csv", include_str!("files/unclosed-quote-swaps.csv"));
    let why = "customer.csv: on line 3, something follows the quote that closes a cell opened on line 2";
    stops(&desk, &["customer.csv"], why);

    let many: String = (3..=101).map(|number| customer(number, "Maier", "")).collect();
    desk.write("customer.csv", &format!("{HEADER}\n{}{many}", customer(1, "Maier", "\"Mueller GmbH")));
    let why = "customer.csv: the quote that opens a cell on line 2 is never closed";
    stops(&desk, &["customer.csv"], why);
}

#[test]
fn a_quote_that_is_never_closed_gives_no_customer_anothers_address() {
    let desk = Desk::new();
    let customers: String = (1..=2).map(|number| customer(number, "Maier", "")).collect();
    desk.write("customer.csv", &format!("{HEADER}\n{customers}"));
    desk.write("addresses.csv", include_str!("files/unclosed-quote-swaps-addresses.csv"));
    let why = "addresses.csv: on line 3, something follows the quote that closes a cell opened on line 2";
    stops(&desk, &["customer.csv", "--addresses", "addresses.csv"], why);
}

#[test]
fn a_backslash_before_a_quote_is_named_as_the_cause() {
    let desk = Desk::new();
    desk.write("customer.csv", include_str!("files/backslash-quotes.csv"));
    let why = "customer.csv: on line 2, something follows the quote that closes a cell opened on line 2. \
               A backslash does not escape a quote: let the export write two quotes, in MySQL by ESCAPED BY '\"'";
    stops(&desk, &["customer.csv"], why);
}

#[test]
fn what_stands_for_null_is_said_and_never_guessed() {
    let desk = Desk::new();
    let rows: String = ["\\N", "NULL", "\"NULL\"", "\"\\N\"", "null"]
        .iter()
        .zip(1..)
        .map(|(name, number)| customer(number, name, ""))
        .collect();
    desk.write("customer.csv", &format!("{HEADER}\n{rows}"));
    let run = imported(&desk, &["customer.csv"]);
    assert_eq!(run.summary(1), "3 moved in, 0 there already, 2 refused.");
    for (line, null) in [(2, "\\N"), (3, "NULL")] {
        let expected = format!(
            "customer.csv, line {line}, DE--{}: last_name => The cell is {null} without quotes. \
             If that stands for no value, say so with --null '{null}'.",
            line - 1
        );
        assert!(run.stderr.contains(&expected), "{}", run.stderr);
    }
    let names: Vec<Value> = exported(&desk).iter().map(|row| row["lastName"].clone()).collect();
    assert_eq!(names, ["NULL", "\\N", "null"]);

    let rows = customer(6, "Maier", "").replace("Female", "\\N");
    desk.write("customer.csv", &format!("{HEADER}\n{rows}"));
    imported(&desk, &["customer.csv", "--null", "\\N"]).summary(0);
    assert_eq!(exported(&desk)[3]["gender"], Value::Null);
}

#[test]
fn an_address_with_an_unclear_cell_refuses_its_customer() {
    let desk = Desk::new();
    desk.write("customer.csv", &format!("{HEADER}\n{}{}", customer(1, "Maier", ""), customer(2, "Lee", "")));
    desk.write("addresses.csv", &format!("{ADDRESSES}\n{}{}", address(1, "\\N"), address(2, "Bonn")));
    let run = imported(&desk, &["customer.csv", "--addresses", "addresses.csv"]);
    assert_eq!(run.summary(1), "1 moved in, 0 there already, 1 refused.");
    assert!(run.stderr.contains("DE--1: addresses.csv, line 2: city => The cell is \\N"), "{}", run.stderr);
}

#[test]
fn each_separator_is_found_and_said_and_so_is_what_is_not_used() {
    let desk = Desk::new();
    for (number, separator, name) in [(1, ";", "semicolon"), (2, "\t", "tab"), (3, "|", "")] {
        let text = format!("{HEADER}\n{}", customer(number, "\"Maier, geb. Lee; 'x'\"", "ACME"));
        let (before, name_and_after) = text.split_once("\"Maier").expect("a name");
        let (last_name, after) = name_and_after.split_at(name_and_after.find("\",").expect("its end"));
        let swapped = |text: &str| text.replace(',', separator);
        desk.write("customer.csv", &format!("{}\"Maier{last_name}{}", swapped(before), swapped(after)));
        let run = match name {
            "" => imported(&desk, &["customer.csv", "--delimiter", separator]),
            _ => imported(&desk, &["customer.csv"]),
        };
        assert_eq!(run.summary(0), "1 moved in, 0 there already, 0 refused.");
        let said = format!("customer.csv is separated by {name}s.\n");
        assert_eq!(run.stdout.contains(&said), !name.is_empty(), "{}", run.stdout);
        assert!(
            run.stdout.contains("Columns of customer.csv that are not used: company.\n"),
            "{}",
            run.stdout
        );
    }
    assert!(exported(&desk).iter().all(|row| row["lastName"] == "Maier, geb. Lee; 'x'"));
    let other = desk.run(&["import", "customer.csv", "--dry-run", "--delimiter", "\""]);
    assert_eq!(other.status, 2);
}

#[test]
fn a_byte_order_mark_costs_no_customer_and_other_encodings_are_named() {
    let desk = Desk::new();
    let text = format!("{HEADER}\r\n{}", customer(1, "Müller", "").replace('\n', "\r\n"));
    desk.write("marked.csv", &format!("\u{feff}{text}"));
    let write = |name: &str, bytes: &[u8]| std::fs::write(desk.path(name), bytes).expect("a file");
    write("latin.csv", &WINDOWS_1252.encode(&text).0);
    let units = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    write("wide.csv", &units(&format!("\u{feff}{text}")));
    write("cut.csv", &units(&text)[1..]);
    write("undefined.csv", &[text.as_bytes(), b"\x81"].concat());
    for (arguments, why) in [
        (&["latin.csv"][..], "latin.csv: line 2 is not UTF-8; name the file's encoding, such as --encoding"),
        (
            &["wide.csv"],
            "wide.csv begins with the byte order mark of utf-16le: name its encoding, --encoding utf-16le",
        ),
        (
            &["marked.csv", "--encoding", "windows-1252"],
            "marked.csv begins with the byte order mark of utf-8",
        ),
        (&["cut.csv", "--encoding", "utf-16le"], "cut.csv"),
        (&["undefined.csv", "--encoding", "windows-1252"], "it is not in the encoding windows-1252"),
        (&["latin.csv", "--encoding", "klingon"], "there is no encoding klingon"),
    ] {
        stops(&desk, arguments, why);
    }
    for arguments in [
        &["marked.csv"][..],
        &["latin.csv", "--encoding", "windows-1252"],
        &["wide.csv", "--encoding", "utf-16le"],
    ] {
        imported(&desk, arguments).summary(0);
        assert_eq!(exported(&desk)[0]["lastName"], "Müller");
    }
    desk.write("customers.ndjson", &format!("\u{feff}{}\n{}\n", row(1), row(2)));
    let run = desk.run(&["import", "customers.ndjson", "--data", "other"]);
    assert_eq!(run.summary(0), "2 moved in, 0 there already, 0 refused.");
}

#[test]
fn a_column_or_a_member_that_is_there_twice_is_refused_by_name() {
    let desk = Desk::new();
    desk.write("customer.csv", &format!("{HEADER},email\n"));
    stops(&desk, &["customer.csv"], "customer.csv has the column \"email\" twice");
    let twice = row(1).to_string().replacen('{', r#"{"email":"other@example.com","#, 1);
    let inner = row(2).to_string().replace(r#""city":"#, r#""city":"Bonn","city":"#);
    desk.write("customers.ndjson", &format!("{twice}\n{inner}\n{}\n", row(3)));
    let run = imported(&desk, &["customers.ndjson"]);
    assert_eq!(run.summary(1), "1 moved in, 0 there already, 2 refused.");
    for (line, name) in [(1, "email"), (2, "city")] {
        let expected = format!("line {line}, no reference: The member \"{name}\" is there twice.");
        assert!(run.stderr.contains(&expected), "{}", run.stderr);
    }
}

#[test]
fn one_json_document_is_told_what_to_become() {
    let desk = Desk::new();
    let array = json!([row(1), row(2)]);
    let why = "customers.json is one JSON document: write an object per line, for example with jq -c '.[]' customers.json";
    for text in [array.to_string(), format!("\u{feff} \n{array:#}"), format!("{:#}", row(1))] {
        desk.write("customers.json", &text);
        stops(&desk, &["customers.json"], why);
    }
    desk.write("customers.json", &format!("{{ \"users\": [\n{}\n]}}\n", row(1)));
    stops(&desk, &["customers.json"], why);
    desk.write("customers.txt", &format!("{HEADER}\n{}", customer(1, "Maier", "")));
    stops(
        &desk,
        &["customers.txt"],
        "customers.txt is no NDJSON, which has a JSON object on each line; the name of a CSV file",
    );
}

#[test]
fn a_second_row_of_a_reference_is_not_moved_in_without_the_addresses() {
    let desk = Desk::new();
    let rows = customer(1, "", "") + &customer(1, "Maier", "").replace("customer.1", "other");
    desk.write("customer.csv", &format!("{HEADER}\n{rows}"));
    desk.write("addresses.csv", &format!("{ADDRESSES}\n{}", address(1, "Berlin")));
    let run = imported(&desk, &["customer.csv", "--addresses", "addresses.csv"]);
    assert_eq!(run.summary(1), "0 moved in, 0 there already, 2 refused.");
    let expected = "customer.csv, line 2, DE--1: last_name => This field is missing.\n\
                    customer.csv, line 3, DE--1: customer_reference => Line 2 has it already.\n";
    assert_eq!(run.stderr, expected);
}

#[test]
fn a_row_of_another_width_is_refused_alone_and_every_row_is_accounted_for() {
    let desk = Desk::new();
    let rows = format!("{}\r\n{}DE--2,x,y\n{}", customer(1, "Maier", ""), "", customer(3, "Lee", "\"a\nb\""));
    desk.write("customer.csv", &format!("{HEADER}\n{rows}"));
    let run = imported(&desk, &["customer.csv"]);
    assert_eq!(run.summary(1), "2 moved in, 0 there already, 1 refused.");
    assert!(run.stdout.contains("Rows read: 3.\n"), "{}", run.stdout);
    let expected = "customer.csv, line 4, no reference: The row does not have as many cells as the header.\n";
    assert_eq!(run.stderr, expected);
    assert_eq!(items(&desk.path("data")).len(), 4);
}

#[test]
fn options_of_csv_are_refused_for_ndjson() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[row(1)]);
    stops(&desk, &["customers.ndjson", "--null", "x"], "--null requires a CSV file of customers");
    stops(&desk, &["customers.ndjson", "--delimiter", ";"], "--delimiter requires a CSV file");
}

#[test]
fn what_is_left_out_is_filled_and_what_is_too_short_is_completed() {
    let desk = Desk::new();
    let left_out = merged(crate::address(1), json!({ "address2": null, "city": "Au" }));
    let empty = merged(crate::address(2), json!({ "address2": "", "city": "Bonn" }));
    let rows = [
        merged(row(1), json!({ "addresses": [left_out] })),
        merged(row(2), json!({ "addresses": [empty] })),
        without(row(3), "salutation"),
    ];
    desk.write_rows("customers.ndjson", &rows);
    let fill = ["--fill", "address2=-", "--fill", "city=.", "--fill", "salutation=n/a"];
    let arguments = [&["customers.ndjson"][..], &fill].concat();
    assert_eq!(imported(&desk, &arguments).summary(0), "3 moved in, 0 there already, 0 refused.");
    let rows = exported(&desk);
    let of = |index: usize, name: &str| rows[index]["addresses"][0][name].clone();
    assert_eq!([of(0, "address2"), of(0, "city"), of(0, "salutation")], ["-", "Au.", "Dr"]);
    assert_eq!([of(1, "address2"), of(1, "city"), of(2, "address2")], ["-", "Bonn", "4th Floor"]);
    assert_eq!([&rows[0]["salutation"], &rows[2]["salutation"]], ["Ms", "n/a"]);
    for column in ["email=x@example.com", "adress2=-", "city="] {
        let run = desk.run(&["import", "customers.ndjson", "--dry-run", "--fill", column]);
        assert_eq!(run.status, 2, "{column}");
    }
}

#[test]
fn hashes_that_tell_by_their_time_are_counted_once() {
    let desk = Desk::new();
    let slow = |number| merged(row(number), json!({ "passwordHash": BCRYPT.replace("$07$", "$13$") }));
    desk.write_rows("customers.ndjson", &[row(1), slow(2), slow(3)]);
    let run = imported(&desk, &["customers.ndjson"]);
    run.summary(0);
    let expected = "Hashes that take longer to verify than the sign-in floor of 300 ms, and so tell that there is an \
                    account: 2. SIGN_IN_FLOOR_MS=1300 would hide them.\n";
    assert!(run.stdout.ends_with(expected), "{}", run.stdout);
}

#[test]
fn a_backslash_that_may_be_an_escape_is_refused_in_a_file_with_tabs() {
    let desk = Desk::new();
    let rows = [r"A\nB", r"C\\D", "\"E\\\\F\"", r"G\H"].into_iter().zip(1..);
    let rows: String = rows.map(|(company, number)| customer(number, company, "")).collect();
    desk.write("customer.tsv", &format!("{HEADER}\n{rows}").replace(',', "\t"));
    let run = imported(&desk, &["customer.tsv"]);
    assert_eq!(run.summary(1), "2 moved in, 0 there already, 2 refused.");
    let reason = "last_name => The cell has a backslash that may stand for another character.";
    assert_eq!(run.stderr.matches(reason).count(), 2, "{}", run.stderr);
    let names: Vec<Value> = exported(&desk).iter().map(|row| row["lastName"].clone()).collect();
    assert_eq!(names, [r"E\\F", r"G\H"]);
}

#[test]
fn only_a_date_of_confirmation_confirms() {
    let desk = Desk::new();
    let header = format!("{HEADER},created_at,registered");
    let values = ["2018-11-06", "", "0000-00-00", "0", "no", "\"NULL\""].into_iter().zip(1..);
    let row = |(value, number)| format!("{},2018-11-06,{value}\n", customer(number, "Maier", "").trim_end());
    desk.write("customer.csv", &format!("{header}\n{}", values.map(row).collect::<String>()));
    let run = imported(&desk, &["customer.csv"]);
    assert_eq!(run.summary(1), "3 moved in, 0 there already, 3 refused.");
    let confirmed: Vec<Value> = exported(&desk).iter().map(|row| row["confirmed"].clone()).collect();
    assert_eq!(confirmed, [true, false, false]);
}

#[test]
fn a_line_of_blanks_that_is_too_long_hides_no_customer() {
    let desk = Desk::new();
    let blanks = " ".repeat(1024 * 1024 + 1);
    desk.write("customers.ndjson", &format!("{}\n{blanks}{}\n", row(1), row(2)));
    let run = imported(&desk, &["customers.ndjson"]);
    assert_eq!(run.summary(1), "1 moved in, 0 there already, 1 refused.");
    assert!(run.stdout.contains("Rows read: 2.\n"), "{}", run.stdout);
}
