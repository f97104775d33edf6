//! An exported table is the same after it is imported elsewhere.

use serde_json::{Value, json};
use tests::mail::{CONFIRMATION, PASSWORD_RESET};
use tests::{NEW_PASSWORD, PASSWORD, Shop, merged, registration};

use crate::{Desk, items, row};

#[tokio::test]
async fn an_exported_table_is_the_same_after_an_import() {
    let desk = Desk::new();
    let references = populate(&desk).await;

    let run = desk.run(&["export", "first.ndjson", "--data", "one"]);
    assert_eq!(run.summary(0), "6 customers, 1 of them anonymised, are in first.ndjson.");
    let run = desk.run(&["import", "first.ndjson", "--data", "two"]);
    assert_eq!(run.summary(0), "6 moved in, 0 there already, 0 refused.");
    desk.run(&["export", "second.ndjson", "--data", "two"]).summary(0);

    let exported = |name| std::fs::read_to_string(desk.path(name)).expect("the file is there");
    assert_eq!(exported("first.ndjson"), exported("second.ndjson"), "byte for byte");
    assert_eq!(accounts(&desk, "one"), accounts(&desk, "two"));
    assert_eq!(accounts(&desk, "two").len(), 6 + 5, "six customers, five logins");

    let shop = Shop::with_data(&desk.path("two"), &[]).await;
    let john = shop.sign_in(&references[0], "john@example.com", PASSWORD).await;
    assert_eq!(john.addresses().await.len(), 3);
    shop.sign_in(&references[1], "erika@example.com", NEW_PASSWORD).await;
    shop.register("gone@example.com").await;
}

#[cfg(unix)]
#[test]
fn an_export_is_readable_only_by_its_owner_and_replaces_nothing() {
    use std::os::unix::fs::PermissionsExt;

    let desk = Desk::new();
    desk.write("empty.ndjson", "");
    desk.run(&["import", "empty.ndjson", "--data", "data"]).summary(0);
    desk.run(&["export", "out.ndjson", "--data", "data"]).summary(0);
    let mode = desk.path("out.ndjson").metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = desk.run(&["export", "out.ndjson", "--data", "data"]);
    assert_eq!(again.status, 2);
    let nowhere = desk.run(&["export", "other.ndjson", "--data", "misspelt"]);
    assert_eq!(nowhere.status, 2);
    assert!(!desk.path("misspelt").exists() && !desk.path("other.ndjson").exists());
}

/// Creates customers in every state through the API, and returns two of their references.
async fn populate(desk: &Desk) -> Vec<String> {
    let shop = Shop::with_data(&desk.path("one"), &[]).await;
    let john = shop.register("John@example.com").await;
    for city in ["Hamburg", "Köln", "Wien"] {
        john.add_address(json!({ "city": city, "isDefaultBilling": city == "Köln" })).await;
    }

    let polish = shop.anonymous().header("Accept-Language", "pl");
    let new = merged(registration("erika@example.com"), json!({ "dateOfBirth": "2000-02-29" }));
    let reference = polish.post("/customers", new).await.expect(201).id();
    let key = shop.mail_to("erika@example.com", CONFIRMATION).await.token();
    shop.anonymous().post("/customer-confirmation", json!({ "registrationKey": key })).await.expect(204);
    let erika = shop.sign_in(&reference, "erika@example.com", PASSWORD).await;
    erika.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);

    // An address book without a default.
    let max = shop.register("max@example.com").await;
    let first = max.add_address(json!({ "company": null })).await;
    max.add_address(json!({ "phone": null, "address3": null })).await;
    max.delete(&max.address_path(&first)).await.expect(204);

    // A customer with failed sign-in attempts and a pending reset key.
    let kim = shop.register("kim@example.com").await;
    kim.patch(&kim.path(), json!({ "gender": "Female", "lastName": "Ωmega" })).await.expect(200);
    shop.try_sign_in("kim@example.com", "wrong").await.expect(401);
    shop.anonymous()
        .post("/customer-forgotten-password", json!({ "email": "kim@example.com" }))
        .await
        .expect(204);

    // A customer without names: a restore of an account that nobody had confirmed.
    shop.register("over@example.com").await;
    let forgotten = json!({ "email": "over@example.com" });
    shop.anonymous().post("/customer-forgotten-password", forgotten).await.expect(204);
    let key = shop.mail_to("over@example.com", PASSWORD_RESET).await.token();
    let restored =
        json!({ "restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD });
    shop.anonymous().patch("/customer-restore-password", restored).await.expect(204);

    let gone = shop.register("gone@example.com").await;
    gone.delete(&gone.path()).await.expect(204);
    shop.mail_settled().await;
    shop.stop().await;
    vec![john.reference.clone(), reference]
}

/// Hashes, addresses and references are nobody else's business, whatever the umask.
#[cfg(unix)]
#[test]
fn what_the_commands_write_can_be_read_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[row(1), json!({})]);
    for (status, arguments) in [
        (1, &["import", "customers.ndjson", "--data", "data", "--report", "report.ndjson"][..]),
        (0, &["export", "out.ndjson", "--data", "data"]),
    ] {
        let program = desk.command(arguments).get_program().to_owned();
        let mut command = std::process::Command::new("sh");
        command.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(program).args(arguments);
        let done = command.current_dir(desk.path("")).output().expect("a shell");
        assert_eq!(done.status.code(), Some(status), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let data = std::fs::read_dir(desk.path("data")).expect("a folder");
    let data: Vec<_> = data.map(|entry| entry.expect("an entry").path()).collect();
    assert!(data.len() > 1, "{data:?}");
    for path in data.into_iter().chain(["data", "out.ndjson", "report.ndjson"].map(|name| desk.path(name))) {
        let mode = std::fs::metadata(&path).expect("it exists").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
    }
}

/// Customers and logins as stored, without what belongs to sessions, to pending mails, and to the writes that created
/// them.
fn accounts(desk: &Desk, data: &str) -> Vec<(String, String, Value)> {
    const LEFT_BEHIND: [&str; 9] = [
        "mail_quota",
        "pending_notices",
        "registration_key",
        "reset_key",
        "served_reset_request",
        "session_epoch",
        "confirmed_at",
        "version",
        "writes",
    ];
    let accounts = items(&desk.path(data)).into_iter().filter(|(_, sk, _)| sk == "CUSTOMER" || sk == "LOGIN");
    let left = |(pk, sk, mut item): (String, String, Value)| {
        item.as_object_mut().expect("an item").retain(|name, _| !LEFT_BEHIND.contains(&name.as_str()));
        (pk, sk, item)
    };
    accounts.map(left).collect()
}

#[test]
fn an_export_writes_over_nobodys_file_and_leaves_none_that_looks_complete() {
    let desk = Desk::new();
    desk.write_rows("customers.ndjson", &[row(1)]);
    desk.run(&["import", "customers.ndjson", "--data", "data"]).summary(0);
    desk.write("out.ndjson.incomplete", "mine");
    let run = desk.run(&["export", "out.ndjson", "--data", "data"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("cannot write out.ndjson.incomplete: File exists"), "{}", run.stderr);
    assert_eq!(std::fs::read_to_string(desk.path("out.ndjson.incomplete")).expect("the file"), "mine");
    assert!(!desk.path("out.ndjson").exists());
}
