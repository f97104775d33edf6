//! Spryker's CSV files.

use serde_json::{Value, json};

use crate::{BCRYPT, Desk};

const CUSTOMERS: &str = "customer_reference,locale_name,phone,email,salutation,first_name,last_name,company,gender,\
                         date_of_birth,password,registered\n";
const ADDRESSES: &str = "customer_reference,uuid,salutation,first_name,last_name,address1,address2,address3,zip_code,\
                         city,iso2_code,company,phone,is_default_shipping,is_default_billing\n";

#[test]
fn customers_and_their_addresses_are_imported_from_two_files() {
    let desk = Desk::new();
    let customers = format!(
        "{CUSTOMERS}\
         DE--1,de_DE,030-1,Anna@example.com,Ms,Anna,\"Maier, geb. Müller\",ACME,Female,1990-01-02,{BCRYPT},2020-06-24\n\
         DE--2,en_US,,bob@example.com,Mr,Bob,Lee,,,,{BCRYPT},\n\
         DE--3,hr_HR,,carl@example.com,Mr,Carl,Lee,,Male,,secret123,2020-06-24\n\
         DE--4,en_US,,dora@example.com\n"
    );
    desk.write("customer.csv", &customers);
    let addresses = format!(
        "{ADDRESSES}\
         DE--1,3a6e9a1c-9d67-5ff2-8e3c-5f2a4c7c3b10,Ms,Anna,Maier,Hauptstraße,5,,10115,Berlin,de,,,1,0\n\
         DE--9,,Ms,Eve,Nobody,Hauptstraße,5,,10115,Berlin,DE,,,1,1\n\
         DE--1,,Ms,Anna,Maier,\"Second\nStreet\",7,Hof,1010,Wien,AT,ACME,030-2,,1\n\
         DE--3,,Mr,Carl,Lee,Street,,,1,Rome,IT,,,2,\n"
    );
    desk.write("addresses.csv", &addresses);
    let arguments =
        ["import", "customer.csv", "--addresses", "addresses.csv", "--data", "data", "--report", "report"];
    let run = desk.run(&arguments);
    assert_eq!(run.summary(1), "2 moved in, 0 there already, 2 refused.");

    let expected = "Rows read: 4.\nAddresses without a customer, refused as well: 1. They cannot be added to customers who are in the table.\n\
                    Columns of customer.csv that are not used: phone, company.\n\
                    The reasons are in the report. Fix the rows and import the file again.\n";
    assert_eq!(run.stdout.split_once('\n').map(|(_, rest)| rest), Some(expected));

    let refused = |file: &str, line: u64, reference: Option<&str>, reasons: &[&str]| json!({ "file": file, "line": line, "customerReference": reference, "reasons": reasons });
    let expected = [
        refused(
            "customer.csv",
            4,
            Some("DE--3"),
            &[
                "password => This is no hash that is known here; a plain-text password is never accepted.",
                "addresses.csv, line 6: address2 => This field is missing.",
                "addresses.csv, line 6: is_default_shipping => This value should be of type bool.",
            ],
        ),
        refused("customer.csv", 5, None, &["The row does not have as many cells as the header."]),
        refused(
            "addresses.csv",
            3,
            Some("DE--9"),
            &["The customers' file has no customer with this reference."],
        ),
    ];
    assert_eq!(desk.rows("report"), expected);

    desk.run(&["export", "out.ndjson", "--data", "data"]).summary(0);
    let mut rows = desk.rows("out.ndjson");
    rows.sort_by_key(|row| row["customerReference"].to_string());
    assert_eq!(rows.len(), 2);
    let anna = &rows[0];
    for (name, value) in [
        ("customerReference", json!("DE--1")),
        ("email", json!("Anna@example.com")),
        ("lastName", json!("Maier, geb. Müller")),
        ("gender", json!("Female")),
        ("dateOfBirth", json!("1990-01-02")),
        ("language", json!("de")),
        ("createdAt", json!("2020-06-24 00:00:00.000000")),
        ("passwordHash", json!(BCRYPT)),
        ("confirmed", json!(true)),
    ] {
        assert_eq!(anna[name], value, "{name}");
    }
    let address = |index: usize, name: &str| anna["addresses"][index][name].clone();
    assert_eq!(address(0, "id"), "3a6e9a1c-9d67-5ff2-8e3c-5f2a4c7c3b10");
    assert_eq!((address(0, "iso2Code"), address(0, "address3")), (json!("DE"), Value::Null));
    assert_eq!(
        (address(0, "isDefaultShipping"), address(0, "isDefaultBilling")),
        (json!(true), json!(false))
    );
    assert_eq!(
        (address(1, "isDefaultShipping"), address(1, "isDefaultBilling")),
        (json!(false), json!(true))
    );
    assert_eq!((address(1, "address1"), address(1, "city")), (json!("Second\nStreet"), json!("Wien")));
    let bob = &rows[1];
    assert_eq!(
        (&bob["confirmed"], &bob["language"], &bob["gender"]),
        (&json!(false), &json!("en"), &Value::Null)
    );

    // A row is recognised again even if its creation date or an address id was generated here.
    assert_eq!(desk.run(&arguments).summary(1), "0 moved in, 2 there already, 2 refused.");
}

#[test]
fn addresses_that_cannot_be_read_to_the_end_stop_the_import() {
    let desk = Desk::new();
    desk.write(
        "customer.csv",
        &format!("{CUSTOMERS}DE--1,,,anna@example.com,Ms,Anna,Lee,,,,{BCRYPT},2020-06-24\n"),
    );
    desk.write("addresses.csv", &format!("{ADDRESSES}DE--1,Ms,Anna\n"));
    let run = desk.run(&["import", "customer.csv", "--addresses", "addresses.csv", "--dry-run"]);
    assert_eq!(run.status, 2);
    let why =
        "addresses.csv: the row on line 2 does not have as many cells as the header, so it is unclear whose";
    assert!(run.stderr.contains(why), "{}", run.stderr);
}
