//! Imports into a table with customers in it: nothing is duplicated or overwritten.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use tests::{Shop, merged};

use crate::{BCRYPT_PASSWORD, Desk, items, row};

#[test]
fn an_import_continues_where_another_one_stopped() {
    let desk = Desk::new();
    let rows: Vec<_> = (1..=30).map(row).collect();
    desk.write_rows("half.ndjson", &rows[..17]);
    desk.write_rows("whole.ndjson", &rows);
    let first = desk.run(&["import", "half.ndjson", "--data", "data"]);
    assert_eq!(first.summary(0), "17 moved in, 0 there already, 0 refused.");
    let before = items(&desk.path("data"));
    let second = desk.run(&["import", "whole.ndjson", "--data", "data"]);
    assert_eq!(second.summary(0), "13 moved in, 17 there already, 0 refused.");
    let after = items(&desk.path("data"));
    assert_eq!(after.len(), 60, "a customer and a login each");
    assert!(before.iter().all(|item| after.contains(item)), "existing items are unchanged");
}

#[test]
fn an_import_that_is_killed_leaves_no_customer_half_written_and_can_be_run_again() {
    const ROWS: usize = 20_000;
    const GOOD: usize = ROWS * 4 / 5;

    let desk = Desk::new();
    // Every fifth row is refused, and some of them for what another one has.
    let spoilt = |number: u32| match number % 10 {
        0 => json!({ "lastName": null }),
        5 => json!({ "email": "customer.1@example.com" }),
        _ => json!({}),
    };
    let rows: Vec<_> = (1..).take(ROWS).map(|number| merged(row(number), spoilt(number))).collect();
    desk.write_rows("customers.ndjson", &rows);
    let arguments = ["import", "customers.ndjson", "--data", "data", "--report", "report.ndjson"];
    kill(&desk, &arguments, GOOD);

    let left = items(&desk.path("data")).len();
    assert!(left < 2 * GOOD, "it was killed before the end");
    assert_eq!(left % 2, 0, "a customer and a login each");
    desk.run(&["check", "--data", "data"]).summary(0);
    let run = desk.run(&arguments);
    let (moved_in, there, refused) = (GOOD - left / 2, left / 2, ROWS - GOOD);
    let expected = format!("{moved_in} moved in, {there} there already, {refused} refused.");
    assert_eq!(run.summary(1), expected);
    assert_eq!(items(&desk.path("data")).len(), 2 * GOOD);

    let undisturbed =
        desk.run(&["import", "customers.ndjson", "--data", "other", "--report", "undisturbed.ndjson"]);
    assert_eq!(undisturbed.summary(1), format!("{GOOD} moved in, 0 there already, {refused} refused."));
    assert_eq!(desk.rows("report.ndjson"), desk.rows("undisturbed.ndjson"));
}

#[test]
fn an_import_that_is_killed_gives_nobody_a_second_reference() {
    const ROWS: usize = 300;

    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &(1..).take(ROWS).map(row).collect::<Vec<_>>());
    let arguments = ["import", "customers.ndjson", "--data", "data", "--make-references", "references.csv"];
    kill(&desk, &arguments, ROWS);
    let there = items(&desk.path("data")).len() / 2;
    let expected = format!("{} moved in, {there} there already, 0 refused.", ROWS - there);
    assert_eq!(desk.run(&arguments).summary(0), expected);
    assert_eq!(items(&desk.path("data")).len(), 2 * ROWS);
}

#[tokio::test]
async fn existing_customers_are_left_alone() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[row(1), row(2), row(3)]);
    desk.run(&["import", "customers.ndjson", "--data", "data"]).summary(0);

    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    let moved = shop.sign_in("DE--1", "customer.1@example.com", BCRYPT_PASSWORD).await;
    moved.patch(&moved.path(), json!({ "lastName": "Married" })).await.expect(200);
    let gone = shop.sign_in("DE--2", "customer.2@example.com", BCRYPT_PASSWORD).await;
    gone.delete(&gone.path()).await.expect(204);
    let native = shop.register("customer.4@example.com").await;
    shop.mail_settled().await;
    shop.stop().await;
    let before = items(&desk.path("data"));

    desk.write_rows(
        "customers.ndjson",
        &[row(1), row(2), row(3), row(4), merged(row(5), json!({ "lastName": "Doe" }))],
    );
    let expected = |done: &str| format!("1 {done}, 1 there already, 3 refused.");
    let report = [
        (1, "DE--1", "customerReference => The customer already exists, with different content.".to_owned()),
        (2, "DE--2", "customerReference => The customer was anonymised here and is not restored.".to_owned()),
        (4, "DE--4", format!("email => The customer {} has it already.", native.reference)),
    ]
    .map(|(line, reference, reason)| {
        json!({
            "file": "customers.ndjson", "line": line, "customerReference": reference, "reasons": [reason]
        })
    });
    let by_line = || {
        let mut rows = desk.rows("report.ndjson");
        rows.sort_by_key(|row| row["line"].as_u64());
        rows
    };
    let arguments = ["import", "customers.ndjson", "--data", "data", "--report", "report.ndjson"];

    let dry = desk.run(&[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(dry.summary(1), expected("would be moved in"));
    assert_eq!(by_line(), report);
    assert_eq!(items(&desk.path("data")), before, "a dry run writes nothing");

    let run = desk.run(&arguments);
    assert_eq!(run.summary(1), expected("moved in"));
    assert_eq!(by_line(), report);
    let after = items(&desk.path("data"));
    assert_eq!(after.len(), before.len() + 2);
    assert!(before.iter().all(|item| after.contains(item)), "existing items are unchanged");
}

#[test]
fn a_dry_run_creates_no_table() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[row(1)]);
    let run = desk.run(&["import", "customers.ndjson", "--data", "data", "--dry-run"]);
    assert_eq!(run.summary(0), "1 would be moved in, 0 there already, 0 refused.");
    assert!(!desk.path("data").exists());
    let names = |folder: &Path| std::fs::read_dir(folder).expect("a folder").count();
    let before = names(&desk.path("."));
    let run = desk.run(&["import", "customers.ndjson", "--data", ".", "--dry-run"]);
    assert_eq!(run.summary(0), "1 would be moved in, 0 there already, 0 refused.");
    assert_eq!(names(&desk.path(".")), before);
}

#[test]
fn a_folder_with_other_files_is_left_as_it_is() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[row(1)]);
    let run = desk.run(&["import", "customers.ndjson", "--data", "."]);
    assert_eq!(run.status, 2);
    assert!(
        run.stderr.contains("cannot use the folder .: it has other files and no database"),
        "{}",
        run.stderr
    );
    assert!(!desk.path("lock").exists());
}

/// Kills an import into the folder `data` when it has written so many items.
fn kill(desk: &Desk, arguments: &[&str], items: usize) {
    let mut import = desk.command(arguments).spawn().expect("the binary runs");
    let start = Instant::now();
    let written = || {
        // Opened read-only, so that the import is the one to create the file.
        let file = desk.path("data").join("dynamodb.sqlite3");
        let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        database
            .query_row(r#"SELECT COUNT(*) FROM "customer-accounts""#, [], |row| row.get::<_, usize>(0))
            .ok()
    };
    while written().unwrap_or_default() < items {
        assert!(start.elapsed() < Duration::from_mins(5), "too little is written");
        std::thread::sleep(Duration::from_millis(2));
    }
    import.kill().expect("it can be killed");
    import.wait().expect("it ends");
}
