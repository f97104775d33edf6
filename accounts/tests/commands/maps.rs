//! Files of other systems, whose columns a map names. The files are made up.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tests::{Shop, merged};

use crate::{BCRYPT, BCRYPT_PASSWORD, Desk};

/// Imports a file of `files/` with a map, and returns what is exported afterwards.
fn imported(desk: &Desk, file: &str, text: &str, arguments: &[&str]) -> Vec<Value> {
    desk.write(file, text);
    let run = desk.run(&[&["import", file, "--data", "data"], arguments].concat());
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    desk.run(&["export", "out.ndjson", "--data", "data"]).summary(0);
    let mut rows = desk.rows("out.ndjson");
    rows.sort_by_key(|row| row["customerReference"].to_string());
    rows
}

#[track_caller]
fn assert_has(row: &Value, expected: &Value) {
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&row[name], value, "{name}");
    }
}

/// An object per line, as jq makes it of these files by the commands in docs/import.md.
fn ndjson(objects: impl IntoIterator<Item = Value>) -> String {
    objects.into_iter().map(|object| format!("{object}\n")).collect()
}

/// The array under `name` of a file that is one JSON document.
fn array(document: &str, name: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(document).expect("JSON");
    document[name].as_array().expect("an array").clone()
}

#[test]
fn shopify_brings_the_default_address_in_the_customers_row() {
    let desk = Desk::new();
    let options = ["--map", "shopify", "--without-password", "--fill", "Default Address Address2=-"];
    let rows = imported(&desk, "customers.csv", include_str!("files/shopify.csv"), &options);
    assert_eq!(rows.len(), 2);
    let expected = json!({
        "customerReference": "6940095564001", "email": "anna@example.com", "salutation": "n/a",
        "firstName": "Anna", "lastName": "Maier", "confirmed": false,
    });
    assert_has(&rows[0], &expected);
    let expected = json!({
        "salutation": "n/a", "firstName": "Anna", "lastName": "Maier", "address1": "Hauptstraße 5", "address2": "-",
        "zipCode": "01067", "city": "Dresden", "iso2Code": "DE", "company": "Maier, Söhne \"& Co\"",
        "phone": "+49 351 1", "isDefaultShipping": true, "isDefaultBilling": true,
    });
    assert_has(&rows[0]["addresses"][0], &expected);
    assert_eq!(rows[1]["addresses"], json!([]));
}

#[test]
fn medusa_brings_all_addresses_and_the_hash() {
    let desk = Desk::new();
    let text = include_str!("files/medusa.ndjson");
    let rows = imported(&desk, "customers.ndjson", text, &["--map", "medusa", "--fill", "address_2=-"]);
    let expected = json!({
        "customerReference": "cus_01JABCDEF", "email": "anna@example.com", "firstName": "Anna", "lastName": "Maier",
        "createdAt": "2024-12-04 10:11:12.345000", "updatedAt": "2025-01-05 06:07:08.000000",
        "passwordHash": "c2NyeXB0AAQAAAAIAAAAAQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4faeEnw9AEcwpAVV7UH4iV1foPHSbhqbpT91NlfqerPqt3krrmzKuVR5aEs2ezmJDR",
    });
    assert_has(&rows[0], &expected);
    let address = |index: usize| &rows[0]["addresses"][index];
    assert_has(
        address(0),
        &json!({ "address2": "-", "iso2Code": "DE", "isDefaultShipping": true, "isDefaultBilling": false }),
    );
    assert_has(
        address(1),
        &json!({ "address2": "2", "zipCode": "1010", "isDefaultShipping": false, "isDefaultBilling": true }),
    );
}

#[test]
fn cognito_brings_the_attributes_of_openid_connect() {
    let users = array(include_str!("files/cognito.json"), "Users").into_iter().map(|mut user| {
        let attributes = user["Attributes"].as_array().expect("attributes");
        let named = |attribute: &Value| {
            (String::from(attribute["Name"].as_str().expect("a name")), attribute["Value"].clone())
        };
        user["Attributes"] = Value::Object(attributes.iter().map(named).collect());
        user
    });
    let text = ndjson(users);
    let desk = Desk::new();
    let rows = imported(&desk, "users.ndjson", &text, &["--map", "cognito", "--without-password"]);
    let expected = json!({
        "customerReference": "55ddc31e-b818-4136-8fb8-84cfb31af537", "email": "anna@example.com", "firstName": "Anna",
        "lastName": "Maier", "gender": "Female", "dateOfBirth": "1990-01-02", "language": "de", "confirmed": true,
        "createdAt": "2022-04-23 08:12:05.282000", "updatedAt": "2022-04-23 17:30:43.896000",
    });
    assert_has(&rows[0], &expected);
}

#[test]
fn auth0_brings_its_users_and_in_another_file_their_hashes() {
    let lines =
        include_str!("files/auth0-hashes.ndjson").lines().chain(include_str!("files/auth0.ndjson").lines());
    let mut users: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for user in lines.map(|line| serde_json::from_str::<Map<String, Value>>(line).expect("JSON")) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let own = text(user.get("alt_id")).or_else(|| text(user.get("_id").map(|id| &id["$oid"])));
        let id = text(user.get("user_id")).or_else(|| Some(format!("auth0|{}", own?))).expect("an id");
        users.entry(id).or_default().extend(user);
    }
    let users = users.into_values().map(Value::Object);
    let text = ndjson(users.filter(|user| user["user_id"].is_string() && user["blocked"] != true));
    let desk = Desk::new();
    let rows = imported(&desk, "users.ndjson", &text, &["--map", "auth0", "--without-password"]);
    assert_eq!(rows.len(), 3);
    let expected = json!({
        "customerReference": "auth0|5dea9f9c82dd7c0e76e4ec93", "email": "anna@example.com", "firstName": "Anna",
        "lastName": "Maier", "salutation": "n/a", "confirmed": true, "passwordHash": BCRYPT,
        "createdAt": "2019-12-06 18:37:48.345000",
    });
    assert_has(&rows[0], &expected);
    let expected = json!({
        "customerReference": "auth0|euclid", "email": "bob@example.com", "confirmed": false, "passwordHash": BCRYPT,
    });
    assert_has(&rows[1], &expected);
    assert_has(&rows[2], &json!({ "customerReference": "google-oauth2|103547991597142817347" }));
}

#[tokio::test]
async fn keycloaks_hashes_are_verified() {
    let text = ndjson(array(include_str!("files/keycloak.json"), "users"));
    let desk = Desk::new();
    let rows = imported(&desk, "users.ndjson", &text, &["--map", "keycloak"]);
    assert_eq!(rows.len(), 3);
    let expected = json!({
        "email": "anna@example.com", "firstName": "Anna", "lastName": "Maier", "language": "de", "confirmed": true,
        "createdAt": "2018-11-06 08:15:02.694000",
    });
    assert_has(&rows[0], &expected);
    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    // Carla's is from the tests of https://github.com/P-H-C/phc-winner-argon2.
    for (name, password) in [("anna", BCRYPT_PASSWORD), ("bob", BCRYPT_PASSWORD), ("carla", "password")] {
        shop.try_sign_in(&format!("{name}@example.com"), password).await.expect(201);
    }
}

/// A user with the hash and the names that jq makes of it.
fn with_parameters(mut user: Value) -> Value {
    if let (Some(hash), Some(salt)) = (user["passwordHash"].as_str(), user["salt"].as_str()) {
        // https://github.com/firebase/scrypt#password-hashing
        let key = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
        user["passwordHash"] = json!(format!("$firebase-scrypt$ln=14,r=8,ss=Bw==,sk={key}${salt}${hash}"));
    }
    let name = user["displayName"].as_str().unwrap_or_default().to_owned();
    let mut words: Vec<&str> = name.split_whitespace().collect();
    user["lastName"] = json!(words.pop());
    user["firstName"] = json!(words.join(" "));
    user
}

#[tokio::test]
async fn firebase_brings_users_with_an_e_mail_and_hashes_that_are_verified() {
    let users = array(include_str!("files/firebase.json"), "users");
    let is_enabled = |user: &Value| user["email"].is_string() && user["disabled"] != true;
    let text = ndjson(users.into_iter().filter(is_enabled).map(with_parameters));
    let desk = Desk::new();
    let rows = imported(&desk, "users.ndjson", &text, &["--map", "firebase", "--without-password"]);
    assert_eq!(rows.len(), 2);
    let expected = json!({
        "customerReference": "kYi4EvWQlQTKSfnJ3dRSP6IH3ed2", "email": "anna@example.com", "salutation": "n/a",
        "firstName": "Anna Katharina", "lastName": "Maier", "confirmed": true, "acceptedTermsAt": null,
        "createdAt": "2017-10-25 01:12:05.000000",
    });
    assert_has(&rows[0], &expected);
    assert_has(&rows[1], &json!({ "email": "bob@example.com", "firstName": "Bob", "confirmed": false }));
    let shop = Shop::with_data(&desk.path("data"), &[]).await;
    shop.try_sign_in("anna@example.com", "user1password").await.expect(201);
}

#[test]
fn users_of_firebase_without_a_hash_or_an_e_mail_are_refused() {
    let desk = Desk::new();
    let users = array(include_str!("files/firebase.json"), "users").into_iter().map(with_parameters);
    desk.write("users.ndjson", &ndjson(users));
    let run = desk.run(&["import", "users.ndjson", "--dry-run", "--map", "firebase"]);
    // A user who is disabled there looks like any other: leaving those out is up to jq.
    assert_eq!(run.summary(1), "2 would be moved in, 0 there already, 3 refused.");
    assert!(run.stderr.contains("line 2, pZ3RkB7mTnXv0cQaWsEdLyUg1hF2: passwordHash => "), "{}", run.stderr);
    for line in [4, 5] {
        let reason = run.stderr.lines().find(|reason| reason.contains(&format!("line {line},")));
        assert!(
            reason.is_some_and(|reason| reason.contains("email => This field is missing.")),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn the_problems_of_a_mapped_file_name_its_columns() {
    let desk = Desk::new();
    let text = include_str!("files/shopify.csv").replace("Dresden", "D").replace("Anna,", ",");
    desk.write("customers.csv", &text);
    let run = desk.run(&["import", "customers.csv", "--dry-run", "--map", "shopify", "--without-password"]);
    assert_eq!(run.summary(1), "1 would be moved in, 0 there already, 1 refused.");
    let expected = "customers.csv, line 2, 6940095564001: First Name => This field is missing. \
                    Default Address Address2 => This field is missing. \
                    Default Address City => This value is too short. It should have 3 characters or more.\n";
    assert_eq!(run.stderr, expected);
}

#[test]
fn a_map_of_ones_own_names_columns_and_fixed_values() {
    let desk = Desk::new();
    let map = r##"
        [customer]
        customerReference = { column = "id", prefix = "K-", strip = "#" }
        email = { column = ["login", "mail"] }
        salutation = { value = "n/a" }
        firstName = "name.first"
        lastName = "name.last"
        language = { column = "locale", default = "de" }
        gender = { column = "g", values = { "0" = "Male", "1" = "Female" } }
        confirmed = { column = "optIn", format = "boolean" }
        createdAt = { column = "since", format = "seconds" }
        passwordHash = { column = "hash" }

        [address]
        each = "places"
        salutation = { value = "n/a" }
        firstName = "n.0"
        lastName = "n.1"
        address1 = "s"
        address2 = { column = "no", default = "-" }
        zipCode = "zip"
        city = "c"
        iso2Code = "cc"
    "##;
    desk.write("own.toml", map);
    let row = json!({
        "id": "#17", "login": "", "mail": "anna@example.com", "name": { "first": "Anna", "last": "Maier" }, "g": 1,
        "optIn": "t", "since": 1_541_492_102, "hash": BCRYPT,
        "places": [{ "n": ["Anna", "Maier"], "s": "Street", "zip": 10115, "c": "Berlin", "cc": "de" }],
    });
    let rows = imported(&desk, "own.ndjson", &format!("{row}\n"), &["--map", "own.toml"]);
    let expected = json!({
        "customerReference": "K-17", "email": "anna@example.com", "language": "de", "gender": "Female",
        "confirmed": true, "createdAt": "2018-11-06 08:15:02.000000",
    });
    assert_has(&rows[0], &expected);
    assert_has(&rows[0]["addresses"][0], &json!({ "address2": "-", "zipCode": "10115", "iso2Code": "DE" }));
}

#[test]
fn what_a_map_cannot_mean_is_refused_by_name() {
    let desk = Desk::new();
    desk.write("customers.csv", "id,mail\n");
    for (map, why) in [
        ("[customer]\nemial = \"mail\"", "the map own.toml: [customer] emial is no attribute"),
        ("[customer]\nemail = { colum = \"mail\" }", "[customer] email: unknown field `colum`"),
        (
            "[customer]\nemail = { column = \"mail\", format = \"roman\" }",
            "[customer] email: unknown variant `roman`",
        ),
        ("[customer]\nemail = { default = \"x\" }", "[customer] email needs either a column or a value."),
        ("[customer]\n[adress]\n", "[adress] is no part of a map"),
        ("[adress]\n", "[customer] is missing."),
        ("[customer", "the map own.toml: line 1 is not valid TOML"),
        ("[customer]\nemail = \"mail\"", "the map has no column for customerReference"),
        (
            "[customer]\nemail = \"mail\"\ncustomerReference = \"number\"",
            "customers.csv has no column number",
        ),
    ] {
        desk.write("own.toml", map);
        let run = desk.run(&["import", "customers.csv", "--dry-run", "--map", "own.toml"]);
        assert_eq!(run.status, 2, "{map}");
        assert!(run.stderr.contains(why), "{map}: {}", run.stderr);
    }
    let run = desk.run(&["import", "customers.csv", "--dry-run", "--map", "magento"]);
    assert!(run.stderr.contains("cannot read the map magento"), "{}", run.stderr);
    assert!(run.stderr.contains("The ready ones are auth0, cognito, firebase, keycloak"), "{}", run.stderr);
}

#[test]
fn what_a_map_or_a_file_misspells_is_told() {
    let desk = Desk::new();
    let map = "[customer]\nemail = \"mail\"\ncustomerReference = \"id\"\nfirstName = { column = [\"frist\", \"given\"] }\n\
               lastName = \"family.name\"\nsalutation = { value = \"n/a\" }\n[address]\neach = \"places\"\ncity = \"town\"";
    desk.write("map.toml", map);
    let row = json!({ "id": 1, "mail": "a@example.com", "first": "A", "family": { "name": "B" }, "birth\u{1b}": 1 });
    desk.write_rows("customers.ndjson", &[row]);
    let import = |arguments: &[&str]| {
        desk.run(&[&["import", "customers.ndjson", "--dry-run", "--without-password"], arguments].concat())
            .stdout
    };
    let mapped = import(&["--map", "map.toml"]);
    assert!(
        mapped.contains("Members in customers.ndjson that are not used: birth\\u{1b}, first.\n"),
        "{mapped}"
    );
    assert!(
        mapped.contains("Columns of the map in which no row has a value: frist or given, town.\n"),
        "{mapped}"
    );

    desk.write_rows(
        "customers.ndjson",
        &[merged(
            crate::row(1),
            json!({ "adresses": [], "addresses": [{ "adress1": 1 }, { "adress1": 2 }] }),
        )],
    );
    let unmapped = import(&[]);
    assert!(unmapped.contains("that are not used: addresses.adress1, adresses.\n"), "{unmapped}");

    let many = (10..40).map(|number| (format!("member{number}"), json!(1)));
    desk.write_rows("customers.ndjson", &[merged(crate::row(1), many.collect())]);
    let unmapped = import(&[]);
    assert!(
        unmapped.contains("that are not used: member10, ") && unmapped.contains("member29, and others.\n")
    );
}

#[test]
fn a_number_that_json_rounds_is_no_reference() {
    let desk = Desk::new();
    desk.write(
        "map.toml",
        "[customer]\nemail = \"email\"\ncustomerReference = \"id\"\npasswordHash = \"hash\"\n",
    );
    for id in ["1.50", "123456789012345678901234567890", "1e3"] {
        desk.write(
            "customers.ndjson",
            &format!(r#"{{"id":{id},"email":"a@example.com","hash":"{BCRYPT}"}}"#),
        );
        let run = desk.run(&["import", "customers.ndjson", "--dry-run", "--map", "map.toml"]);
        assert!(run.stderr.contains("id => This value should be of type string."), "{id}: {}", run.stderr);
    }
}
