//! Rows that are not imported, and why.

use serde_json::{Value, json};
use tests::{merged, without};

use crate::{Desk, address, items, row};

#[test]
fn every_refused_row_is_reported_with_all_its_reasons_and_the_others_are_imported() {
    let desk = Desk::new();
    let rows = [
        row(1),
        json!({
            "customerReference": "Kunde 5",
            "email": "nobody",
            "salutation": "Mister",
            "lastName": "",
            "gender": "female",
            "dateOfBirth": "31.12.1985",
            "createdAt": "yesterday",
            "passwordHash": "change123",
            "confirmed": "yes",
            "addresses": [
                merged(address(5), json!({ "id": "5", "city": "Ul", "iso2Code": "XX" })),
                merged(address(6), json!({ "zipCode": null })),
            ],
        }),
        row(1),
        merged(row(3), json!({ "email": "CUSTOMER.1@EXAMPLE.COM" })),
        merged(row(4), json!({ "addresses": [address(4), address(4), address(5)] })),
        merged(row(5), json!({ "email": format!("{}@example.com", "x".repeat(90)) })),
        merged(row(6), json!({ "addresses": vec![without(address(6), "id"); 101] })),
        merged(row(8), json!({ "addresses": {} })),
        without(row(9), "customerReference"),
        row(10),
    ];
    desk.write_rows("customers.ndjson", &rows);
    let good = std::fs::read_to_string(desk.path("customers.ndjson")).expect("it was written");
    desk.write("customers.ndjson", &format!("{good}\n{{\"email\": \n"));

    let arguments = ["import", "customers.ndjson", "--data", "data", "--report", "report.ndjson"];
    let run = desk.run(&arguments);
    assert_eq!(run.summary(1), "2 moved in, 0 there already, 9 refused.");

    let expected: Vec<(u64, Value, Vec<&str>)> = vec![
        (
            2,
            Value::Null,
            vec![
                "createdAt => This value is not a valid date.",
                "email => This value is not a valid email address.",
                "salutation => The value you selected is not a valid choice.",
                "firstName => This field is missing.",
                "lastName => This value should not be blank.",
                "gender => The value you selected is not a valid choice.",
                "dateOfBirth => This value is not a valid date.",
                "confirmed => This value should be of type bool.",
                "customerReference => A reference consists of up to 64 letters and digits, hyphens, underscores, dots and \
                 vertical bars, with a letter or a digit.",
                "passwordHash => This is no hash that is known here; a plain-text password is never accepted.",
                "addresses[0]: city => This value is too short. It should have 3 characters or more.",
                "addresses[0]: id => This is not a UUID.",
                "addresses[1]: zipCode => This field is missing.",
            ],
        ),
        (
            3,
            json!("DE--1"),
            vec!["customerReference => Line 1 has it already.", "email => Line 1 has it already."],
        ),
        (4, json!("DE--3"), vec!["email => Line 1 has it already."]),
        (
            5,
            json!("DE--4"),
            vec![
                "addresses[1]: id => Another address of this customer has it.",
                "addresses => isDefaultShipping is true for more than one address.",
                "addresses => isDefaultBilling is true for more than one address.",
            ],
        ),
        (6, json!("DE--5"), vec!["Email is too long. It should have 100 characters or less."]),
        (7, json!("DE--6"), vec!["addresses => A customer can have 100 addresses."]),
        (8, Value::Null, vec!["addresses => This value should be an array."]),
        (9, Value::Null, vec!["customerReference => This field is missing."]),
        (12, Value::Null, vec!["This is not valid JSON in UTF-8 (column 9)."]),
    ];
    let report = desk.rows("report.ndjson");
    let expected: Vec<Value> = expected
        .into_iter()
        .map(|(line, reference, reasons)| {
            json!({
                "file": "customers.ndjson", "line": line, "customerReference": reference, "reasons": reasons
            })
        })
        .collect();
    assert_eq!(report, expected);
    let customers: Vec<_> = items(&desk.path("data")).into_iter().map(|(pk, ..)| pk).take(2).collect();
    assert_eq!(customers, ["CUSTOMER#DE--1", "CUSTOMER#DE--10"]);
    assert_eq!(items(&desk.path("data")).len(), 4);
}

#[test]
fn without_a_report_the_reasons_go_to_standard_error() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[merged(row(1), json!({ "lastName": "x".repeat(101) }))]);
    let run = desk.run(&["import", "customers.ndjson", "--dry-run"]);
    assert_eq!(run.summary(1), "0 would be moved in, 0 there already, 1 refused.");
    let expected = "customers.ndjson, line 1, DE--1: \
                    lastName => This value is too long. It should have 100 characters or less.\n";
    assert_eq!(run.stderr, expected);
}

#[test]
fn a_value_in_place_of_the_reference_is_not_shown() {
    let desk = Desk::new();
    let values = ["sonia@example.com", "\u{1b}]0;title\u{7}", "$2y$10$abcdefghijklmnopqrstuv"];
    desk.write_rows(
        "customers.ndjson",
        &values.map(|value| merged(row(1), json!({ "customerReference": value }))),
    );
    let run = desk.run(&["import", "customers.ndjson", "--dry-run"]);
    assert_eq!(run.summary(1), "0 would be moved in, 0 there already, 3 refused.");
    assert!(run.stderr.starts_with("customers.ndjson, line 1, no reference: "), "{}", run.stderr);
    assert!(values.iter().all(|value| !run.stderr.contains(value)), "{}", run.stderr);
    desk.write("customer.csv", &format!("customer_reference,email\n{}\n", "DE--1,a@example.com,x".repeat(2)));
    desk.write("addresses.csv", &format!("customer_reference\n{}\n", values.join("\n")));
    let run = desk.run(&["import", "customer.csv", "--addresses", "addresses.csv", "--dry-run"]);
    assert_eq!(run.summary(1), "0 would be moved in, 0 there already, 1 refused.");
    assert!(run.stdout.contains("Addresses without a customer, refused as well: 3. "), "{}", run.stdout);
    assert!(values.iter().all(|value| !run.stderr.contains(value)), "{}", run.stderr);
}

#[test]
fn a_line_that_never_ends_is_refused_without_reading_it_into_memory() {
    let desk = Desk::new();
    let long = "x".repeat(1024 * 1024 + 1);
    desk.write("customers.ndjson", &format!("{}\n{long}\n{}\n{long}", row(1), row(2)));
    let run = desk.run(&["import", "customers.ndjson", "--dry-run"]);
    assert_eq!(run.summary(1), "2 would be moved in, 0 there already, 2 refused.");
    let refused =
        |line| format!("customers.ndjson, line {line}, no reference: The line is longer than 1 MiB.\n");
    assert_eq!(run.stderr, refused(2) + &refused(4));

    let header = "customer_reference,email\n";
    let many = "DE--1,a@example.com\n".repeat(100_000);
    desk.write("many.csv", &format!("{header}{many}"));
    desk.write("customer.csv", &format!("{header}DE--1,a@example.com\nDE--2,\"{many}"));
    for (arguments, ended) in [
        (&["many.csv"][..], "100000 refused"),
        (&["customer.csv"], "customer.csv: the row on line 3 is longer than 1 MiB"),
        (
            &["many.csv", "--addresses", "customer.csv"],
            "customer.csv: the row on line 3 is longer than 1 MiB",
        ),
    ] {
        let run = desk.run(&[&["import"], arguments, &["--dry-run"]].concat());
        let output = run.stdout + &run.stderr;
        assert!(output.contains(ended), "{arguments:?}: {}", output.lines().last().unwrap_or_default());
    }
}

#[test]
fn a_record_that_is_too_large_is_refused_before_it_is_written() {
    let desk = Desk::new();
    let long = |number| {
        let line = "x".repeat(255);
        let changes = json!({
            "address1": line, "address2": line, "address3": line,
            "isDefaultShipping": false, "isDefaultBilling": false,
        });
        merged(address(number), changes)
    };
    let addresses: Vec<Value> = (0..80).map(long).collect();
    desk.write_rows("customers.ndjson", &[merged(row(1), json!({ "addresses": addresses }))]);
    let run = desk.run(&["import", "customers.ndjson", "--dry-run"]);
    assert_eq!(run.summary(1), "0 would be moved in, 0 there already, 1 refused.");
    assert!(run.stderr.ends_with("The customer's record is larger than 64 KB.\n"), "{}", run.stderr);
}

#[test]
fn an_import_that_cannot_begin_says_why() {
    let desk = Desk::new();
    desk.write("customers.csv", "reference,email\n");
    desk.write("customers.ndjson", "");
    for (arguments, why) in [
        (vec!["import", "customers.ndjson"], "say which table"),
        (vec!["import", "missing.ndjson", "--dry-run"], "cannot read missing.ndjson"),
        (vec!["import", "customers.csv", "--dry-run"], "customers.csv has no column customer_reference"),
        (
            vec!["import", "customers.ndjson", "--addresses", "customers.csv", "--dry-run"],
            "--addresses requires a CSV file of customers",
        ),
        (
            vec!["import", "customers.ndjson", "--dry-run", "--report", "missing/report.ndjson"],
            "cannot write missing/report.ndjson",
        ),
    ] {
        let run = desk.run(&arguments);
        assert_eq!(run.status, 2, "{arguments:?}");
        assert!(run.stderr.contains(why), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn a_report_never_replaces_the_file_to_be_imported() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[row(1)]);
    let before = desk.rows("customers.ndjson");
    std::fs::hard_link(desk.path("customers.ndjson"), desk.path("hard")).expect("a link");
    let mut names = vec!["./customers.ndjson", "hard"];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("customers.ndjson", desk.path("soft")).expect("a link");
        names.push("soft");
    }
    for name in names {
        let run = desk.run(&["import", "customers.ndjson", "--dry-run", "--report", name]);
        assert_eq!(run.status, 2, "{name}");
        assert!(run.stderr.contains("the report would overwrite customers.ndjson"), "{name}: {}", run.stderr);
        assert_eq!(desk.rows("customers.ndjson"), before, "{name}");
    }
}

#[test]
fn a_report_replaces_only_a_report_that_nobody_else_writes() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[without(row(1), "email")]);
    desk.write("notes.txt", "old,new\n");
    let run = |report| desk.run(&["import", "customers.ndjson", "--dry-run", "--report", report]);
    let refused = run("notes.txt");
    assert!(refused.stderr.contains("notes.txt has other content than a report"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(desk.path("notes.txt")).expect("the notes"), "old,new\n");
    for _ in 0..2 {
        run("report.ndjson").summary(1);
        assert_eq!(desk.rows("report.ndjson").len(), 1);
    }
    let other = std::fs::File::open(desk.path("report.ndjson")).expect("the report");
    other.lock().expect("a lock");
    assert!(run("report.ndjson").stderr.contains("another import is writing to report.ndjson"));
}

#[test]
fn a_customer_with_too_many_addresses_is_refused_at_once() {
    let desk = Desk::new();
    let addresses = vec![json!({}); 50_000];
    desk.write_rows("customers.ndjson", &[merged(row(1), json!({ "addresses": addresses }))]);
    let run = desk.run(&["import", "customers.ndjson", "--dry-run"]);
    assert!(
        run.stderr.ends_with("DE--1: addresses => A customer can have 100 addresses.\n"),
        "{}",
        run.stderr.len()
    );
}

#[test]
fn a_map_that_is_another_file_is_not_shown() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[row(1)]);
    let run = desk.run(&["import", "customers.ndjson", "--dry-run", "--map", "customers.ndjson"]);
    assert!(run.stderr.contains("the map customers.ndjson: line 1 is not valid TOML."), "{}", run.stderr);
    let run = desk.run(&["import", "customers.ndjson", "--dry-run", "--map", "a\u{1b}[31m"]);
    assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
}

#[test]
fn reasons_that_nobody_can_read_stop_the_import() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[without(row(1), "email"), row(2)]);
    let full = std::fs::File::options().write(true).open("/dev/full");
    let Ok(full) = full else { return };
    let status = desk.command(&["import", "customers.ndjson", "--data", "data"]).stderr(full).status();
    assert_eq!(status.expect("it runs").code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_report_to_a_pipe_is_written_and_the_pipe_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[without(row(1), "email")]);
    let pipe = desk.path("pipe");
    assert!(Command::new("mkfifo").args(["-m", "644"]).arg(&pipe).status().expect("it runs").success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).expect("text")
    });
    let run = desk.run(&["import", "customers.ndjson", "--dry-run", "--report", "pipe"]);
    assert_eq!(run.summary(1), "0 would be moved in, 0 there already, 1 refused.");
    assert!(reader.join().expect("it ends").contains("email => This field is missing."));
    assert_eq!(std::fs::metadata(&pipe).expect("the pipe").permissions().mode() & 0o777, 0o644);
}
