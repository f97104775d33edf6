//! `kill -9` in the middle of a load: what was acknowledged is there afterwards, and nothing is half done.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tests::{Client, Customer, PASSWORD, address, registration};

const ROUNDS: usize = 3;
const CLIENTS: usize = 6;

/// E-mails with the addresses that were acknowledged; `None` for a registration that was not.
type Record = Arc<Mutex<HashMap<String, Option<Vec<String>>>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_write_survives() {
    let folder = tempfile::tempdir().expect("a folder for the data");
    let record = Record::default();
    for round in 0..ROUNDS {
        let (mut server, client) = start(folder.path());
        let load: Vec<_> = (0..CLIENTS)
            .map(|number| {
                tokio::spawn(live(client.clone(), format!("{round}-{number}"), Arc::clone(&record)))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        server.kill().expect("the server can be killed");
        server.wait().expect("the server ends");
        // They fail for want of a server.
        for client in load {
            let _ = client.await;
        }
    }

    let (mut server, client) = start(folder.path());
    let record = record.lock().expect("unpoisoned").clone();
    let acknowledged = record.values().flatten().map(Vec::len).sum::<usize>();
    assert!(acknowledged > ROUNDS * CLIENTS, "only {acknowledged} addresses were acknowledged");
    for (email, addresses) in record {
        match addresses {
            Some(addresses) => assert_is_all_there(&client, &email, &addresses).await,
            None => assert_is_whole_or_absent(&client, &email).await,
        }
    }
    server.kill().expect("the server can be killed");
    server.wait().expect("the server ends");
}

/// Registers customers and adds addresses until the server is gone.
async fn live(client: Client, name: String, record: Record) {
    for number in 0.. {
        let email = format!("{name}-{number}@example.com");
        record.lock().expect("unpoisoned").insert(email.clone(), None);
        client.post("/customers", registration(&email)).await.expect(201);
        record.lock().expect("unpoisoned").insert(email.clone(), Some(Vec::new()));
        let customer = sign_in(&client, &email).await;
        for _ in 0..3 {
            let id = customer.post(&customer.addresses_path(), address()).await.expect(201).id();
            if let Some(Some(addresses)) = record.lock().expect("unpoisoned").get_mut(&email) {
                addresses.push(id);
            }
        }
    }
}

async fn assert_is_all_there(client: &Client, email: &str, acknowledged: &[String]) {
    let customer = sign_in(client, email).await;
    let stored = customer.addresses().await;
    for id in acknowledged {
        assert!(stored.iter().any(|(stored, _)| stored == id), "{email} has lost an address");
    }
    let defaults =
        stored.iter().filter(|(_, attributes)| attributes["isDefaultShipping"] == json!(true)).count();
    assert_eq!(defaults, usize::from(!stored.is_empty()), "{email}");
}

async fn assert_is_whole_or_absent(client: &Client, email: &str) {
    let credentials = json!({ "username": email, "password": PASSWORD });
    let answer = client.post("/access-tokens", credentials).await;
    if answer.status == 201 {
        assert_is_all_there(client, email, &[]).await;
    } else {
        answer.expect(401);
        client.post("/customers", registration(email)).await.expect(201);
    }
}

async fn sign_in(client: &Client, email: &str) -> Customer {
    let tokens =
        client.post("/access-tokens", json!({ "username": email, "password": PASSWORD })).await.expect(201);
    // `<customer reference>.<session secret>.<rotating secret>`
    let reference = tokens.text("refreshToken").split('.').next().map(str::to_owned).expect("a reference");
    Customer::new(client.clone(), &reference, email, PASSWORD, &tokens)
}

/// The real binary with a folder for its data, once it says where it listens.
fn start(data: &Path) -> (Child, Client) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_local"))
        .args(["--port", "0", "--data"])
        .arg(data)
        .envs([("ARGON2_MEMORY_KIB", "8"), ("ARGON2_ITERATIONS", "1")])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut lines = BufReader::new(server.stdout.take().expect("its output is piped")).lines();
    let first = lines.next().expect("it says something").expect("in UTF-8");
    let base_url = first.rsplit(' ').next().expect("the address comes last").to_owned();
    // Nobody reads the rest, but the server must not find its output closed.
    std::thread::spawn(move || lines.for_each(drop));
    (server, Client::new(&base_url))
}
