//! What the dev server and its commands write can be read by nobody else, whatever the umask.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tests::{Client, registration};

/// Ends the process with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the dev server with a umask that hides nothing, and returns the first line it prints.
fn start(arguments: &[&str]) -> (Running, String) {
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_local")]).args(arguments);
    let mut server = command.stdout(Stdio::piped()).spawn().expect("a shell");
    let mut line = String::new();
    let output = server.stdout.take().expect("it is piped");
    BufReader::new(output).read_line(&mut line).expect("a line");
    (Running(server), line)
}

/// The names of what others could read in a folder, and of the folder.
fn open_to_others(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let all: Vec<_> = entries.chain([folder.to_owned()]).collect();
    assert!(all.len() > 3, "the data is there: {all:?}");
    let mode = |path: &Path| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    let open = all.iter().filter(|path| mode(path) & 0o077 != 0);
    open.map(|path| format!("{} {:o}", path.display(), mode(path))).collect()
}

async fn register(greeting: &str, email: &str) {
    let base_url = greeting.trim().rsplit(' ').next().expect("an address");
    Client::new(base_url).post("/customers", registration(email)).await.expect(201);
}

#[tokio::test]
async fn the_data_is_its_owners_alone() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let data = parent.path().join("data");
    let arguments = ["--port", "0", "--data", data.to_str().expect("text")];
    let (server, greeting) = start(&arguments);
    register(&greeting, "john@example.com").await;
    assert_eq!(open_to_others(&data), [""; 0]);
    drop(server);

    // As an older version left it, killed, so that SQLite's other files are there.
    let open =
        |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("its own");
    for entry in fs::read_dir(&data).expect("a folder") {
        open(&entry.expect("an entry").path(), 0o666);
    }
    open(&data, 0o777);
    let (_server, greeting) = start(&arguments);
    register(&greeting, "jane@example.com").await;
    assert_eq!(open_to_others(&data), [""; 0]);
}

#[tokio::test]
async fn the_settings_with_the_key_are_their_owners_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("env.json");
    fs::write(&file, "").expect("a file");
    fs::set_permissions(&file, PermissionsExt::from_mode(0o666)).expect("its own");
    let name = file.to_str().expect("text");
    let (_services, _) = start(&["services", "--dynamodb-port", "0", "--ses-port", "0", "--env-vars", name]);
    assert_eq!(fs::metadata(&file).expect("the settings").permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&file).expect("text").contains("SIGNING_KEY_PKCS8"));
}

#[test]
fn services_write_the_key_they_are_given_and_no_setting_that_cannot_work() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("env.json");
    let services = |name: &str, value: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
        command.args(["services", "--dynamodb-port", "0", "--ses-port", "0", "--env-vars"]).arg(&file);
        command.env(name, value).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
    };
    for (name, value) in [
        ("STOREFRONT_URL", "javascript:alert(1)"),
        ("MAIL_FROM", "Shop <no-reply@example.com>"),
        ("SIGNING_KEY_PKCS8", "bm8ga2V5"),
    ] {
        let run = services(name, value).wait_with_output().expect("it ends");
        let problem = String::from_utf8_lossy(&run.stderr);
        assert!(problem.contains(&format!("the setting {name} ")) && !problem.contains(value), "{problem}");
        assert!(!file.exists());
    }
    let mut running = Running(services("SIGNING_KEY_PKCS8", tests::jwt::SIGNING_KEY));
    let output = running.0.stdout.take().expect("it is piped");
    BufReader::new(output).read_line(&mut String::new()).expect("a line");
    assert!(fs::read_to_string(&file).expect("text").contains(tests::jwt::SIGNING_KEY));
}

#[test]
fn a_planted_link_is_not_followed() {
    for name in ["lock", "signing-key.pkcs8"] {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let [data, target] = ["data", "target"].map(|name| parent.path().join(name));
        fs::create_dir(&data).expect("a folder");
        fs::write(data.join("dynamodb.sqlite3"), "").expect("a file");
        fs::write(&target, "").expect("a file");
        fs::set_permissions(&target, PermissionsExt::from_mode(0o644)).expect("its own");
        std::os::unix::fs::symlink(&target, data.join(name)).expect("a link");
        let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
        let run = command.args(["--port", "0", "--data"]).arg(&data).output().expect("it ends");
        let problem = String::from_utf8_lossy(&run.stderr);
        assert!(problem.contains("it is a symbolic link"), "{name}: {problem}");
        assert_eq!(fs::metadata(&target).expect("the target").permissions().mode() & 0o777, 0o644);
    }
}
