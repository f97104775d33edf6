//! Import, export and check with the binary, seen on the command line, through the API and in the table's file.

// The futures of a whole server, its functions and the AWS SDK nest deeply.
#![recursion_limit = "256"]

mod check;
mod compare;
mod desk;
mod dialects;
mod existing;
mod made_references;
mod maps;
mod references;
mod refused;
mod round_trip;
mod signing_in;
mod spryker;
mod tables;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

/// crypt("rasmuslerdorf", …) by libxcrypt.
const BCRYPT: &str = "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq";
const BCRYPT_PASSWORD: &str = "rasmuslerdorf";

/// The binary's exit status and output.
struct Run {
    status: i32,
    stdout: String,
    stderr: String,
}

/// A temporary folder with files to import, and room for a data folder.
struct Desk(TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file can be written");
    }

    fn write_rows(&self, name: &str, rows: &[Value]) {
        self.write(name, &rows.iter().map(|row| format!("{row}\n")).collect::<String>());
    }

    fn rows(&self, name: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path(name)).expect("the file is there");
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// Runs the binary in this folder.
    fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(&[], arguments)
    }

    fn run_with(&self, settings: &[(&str, &str)], arguments: &[&str]) -> Run {
        let output =
            self.command(arguments).envs(settings.iter().copied()).output().expect("the binary runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Run {
            status: output.status.code().expect("it ends by itself"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_accounts"));
        command.args(arguments).current_dir(self.0.path());
        command.envs([("ARGON2_MEMORY_KIB", "8"), ("ARGON2_ITERATIONS", "1")]);
        command
    }
}

impl Run {
    /// The first line of the output. Fails unless the run ended with `status`.
    #[track_caller]
    fn summary(&self, status: i32) -> &str {
        assert_eq!(self.status, status, "{}{}", self.stdout, self.stderr);
        self.stdout.lines().next().unwrap_or_default()
    }
}

#[test]
fn it_tells_its_version() {
    let run = Desk::new().run(&["--version"]);
    assert_eq!(run.summary(0), concat!("accounts ", env!("CARGO_PKG_VERSION")));
}

/// A complete row, with one address that is the default for shipping and for billing.
fn row(number: u32) -> Value {
    json!({
        "customerReference": format!("DE--{number}"),
        "email": format!("Customer.{number}@example.com"),
        "salutation": "Ms",
        "firstName": "Jürgen-Zoë",
        "lastName": "O’Neil",
        "gender": "Female",
        "dateOfBirth": "1985-12-31",
        "createdAt": "2018-11-06 08:15:02.694668",
        "updatedAt": "2019-01-02 03:04:05.000000",
        "acceptedTermsAt": "2018-11-06 08:15:02.694668",
        "language": "de",
        "passwordHash": BCRYPT,
        "confirmed": true,
        "addresses": [address(number)],
    })
}

fn address(number: u32) -> Value {
    json!({
        "id": format!("{number:08x}-9d67-5ff2-8e3c-5f2a4c7c3b10"),
        "salutation": "Dr",
        "firstName": "Jürgen-Zoë",
        "lastName": "O’Neil",
        "address1": "11 Second Street",
        "address2": "4th Floor",
        "address3": null,
        "zipCode": "12312",
        "city": "Berlin",
        "iso2Code": "DE",
        "company": "Doe & Sons",
        "phone": null,
        "isDefaultShipping": true,
        "isDefaultBilling": true,
    })
}

/// The items of the dev server's table by their keys, read from the file without the engine.
fn items(data: &Path) -> Vec<(String, String, Value)> {
    let database = rusqlite::Connection::open(data.join("dynamodb.sqlite3")).expect("the table's file");
    let mut query = database
        .prepare(r#"SELECT pk, sk, item_json FROM "customer-accounts" ORDER BY pk, sk"#)
        .expect("a query");
    let items = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("rows");
    let items = items.map(|item| item.expect("a row")).map(|(pk, sk, item): (String, String, String)| {
        // The engine writes a key's type before it.
        let key = |key: &str| key.strip_prefix("S:").expect("a string").to_owned();
        (key(&pk), key(&sk), serde_json::from_str(&item).expect("JSON"))
    });
    items.collect()
}

/// The keys of every stream record that is kept.
fn stream_records(data: &Path) -> Vec<String> {
    let database = rusqlite::Connection::open(data.join("dynamodb.sqlite3")).expect("the table's file");
    let mut query = database.prepare("SELECT keys_json FROM _stream_records").expect("a query");
    query.query_map([], |row| row.get(0)).expect("rows").map(|keys| keys.expect("a row")).collect()
}
