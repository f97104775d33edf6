//! A server process that is killed again and again in the middle of a mixed load, and the question what it still knows.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::TcpStream;

use crate::{Answer, Client, Customer, Dice, PASSWORD, address, registration};

/// How hard and how long.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many times the server is killed.
    pub kills: usize,
    /// How long it lives before that.
    pub life: Duration,
    pub clients: usize,
}

/// What came of it. A write that was acknowledged and is not there is a panic instead.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub customers: usize,
    /// Acknowledged writes of all kinds.
    pub writes: usize,
    pub reads: usize,
    /// Of each life of the server: its resident memory in KiB at the end, and the median of an address's creation.
    pub lives: Vec<(u64, Duration)>,
}

/// What a customer was told.
#[derive(Clone, Debug, Default)]
struct Told {
    is_registered: bool,
    addresses: Vec<String>,
    /// One whose deletion was asked for last, and may or may not have come about.
    in_doubt: Option<String>,
    /// The last name that was acknowledged, and the one that was asked for since.
    last_name: Option<String>,
    asked_name: Option<String>,
}

/// How often somebody comes back who was told so.
const PATIENCE: usize = 20;

#[derive(Default)]
struct Shared {
    told: Mutex<HashMap<String, Told>>,
    figures: Mutex<(Report, Vec<Duration>)>,
}

/// Runs the binary of the dev server over one folder through all of its lives, then looks for everything acknowledged.
pub async fn run(binary: &Path, plan: Plan) -> Report {
    let folder = tempfile::tempdir().expect("a folder for the data");
    let shared = Arc::new(Shared::default());
    for life in 0..plan.kills {
        let (server, client) = start(binary, folder.path());
        let load: Vec<_> = (0..plan.clients)
            .map(|number| tokio::spawn(live(client.clone(), format!("{life}-{number}"), Arc::clone(&shared))))
            .collect();
        tokio::time::sleep(plan.life).await;
        let memory = resident_kib(server.0.id());
        drop(server);
        // They fail for want of a server.
        for client in load {
            let _ = client.await;
        }
        let mut figures = shared.figures.lock().expect("unpoisoned");
        let mut durations = std::mem::take(&mut figures.1);
        durations.sort_unstable();
        let median = durations.get(durations.len() / 2).copied().unwrap_or_default();
        figures.0.lives.push((memory, median));
    }
    let (server, client) = start(binary, folder.path());
    let told = std::mem::take(&mut *shared.told.lock().expect("unpoisoned"));
    for (email, told) in &told {
        assert_is_there(&client, email, told).await;
    }
    drop(server);
    let mut report = std::mem::take(&mut shared.figures.lock().expect("unpoisoned").0);
    report.customers = told.values().filter(|told| told.is_registered).count();
    report
}

/// One customer after the other, until the server is gone.
async fn live(client: Client, name: String, shared: Arc<Shared>) {
    for number in 0.. {
        let email = format!("{name}-{number}@example.com");
        let life = tokio::spawn(live_once(client.clone(), email, Arc::clone(&shared)));
        // One that is told to come back later ends there; what it was told until then still holds.
        let _ = life.await;
        if TcpStream::connect(client.authority()).await.is_err() {
            return;
        }
    }
}

async fn live_once(client: Client, email: String, shared: Arc<Shared>) {
    let mut dice = Dice::new(email.len() as u64);
    let note = |change: &dyn Fn(&mut Told)| {
        change(shared.told.lock().expect("unpoisoned").entry(email.clone()).or_default());
    };
    let count = |answer: &Answer, is_write: bool| {
        let mut figures = shared.figures.lock().expect("unpoisoned");
        if answer.status < 300 && is_write {
            figures.0.writes += 1;
        } else {
            figures.0.reads += 1;
        }
    };
    note(&|_| ());
    let answer = client.post("/customers", registration(&email)).await.expect(201);
    count(&answer, true);
    note(&|told| told.is_registered = true);
    let customer = sign_in(&client, &email).await;
    let mut addresses: Vec<String> = Vec::new();
    for step in 0..12 {
        match dice.roll(6) {
            0 if !addresses.is_empty() => {
                let id = addresses.swap_remove(dice.roll(addresses.len()));
                note(&|told| {
                    told.addresses.retain(|kept| *kept != id);
                    told.in_doubt = Some(id.clone());
                });
                count(&customer.delete(&customer.address_path(&id)).await.expect(204), true);
                note(&|told| told.in_doubt = None);
            }
            1 | 2 => {
                let started = Instant::now();
                let answer = customer.post(&customer.addresses_path(), address()).await.expect(201);
                shared.figures.lock().expect("unpoisoned").1.push(started.elapsed());
                count(&answer, true);
                addresses.push(answer.id());
                note(&|told| told.addresses.push(answer.id()));
            }
            3 => {
                let last_name = format!("Doe {step}");
                note(&|told| told.asked_name = Some(last_name.clone()));
                let answer = customer.patch(&customer.path(), json!({ "lastName": last_name })).await;
                count(&answer.expect(200), true);
                note(&|told| told.last_name = told.asked_name.take());
            }
            _ => count(&customer.get(&customer.addresses_path()).await.expect(200), false),
        }
    }
}

async fn assert_is_there(client: &Client, email: &str, told: &Told) {
    if !told.is_registered {
        // Whole or not there at all: who is not there can register.
        let status = client.post("/customers", registration(email)).await.status;
        assert!([201, 422].contains(&status), "{email}: {status}");
    }
    let customer = sign_in(client, email).await;
    let stored = customer.addresses().await;
    for id in &told.addresses {
        assert!(stored.iter().any(|(stored, _)| stored == id), "{email} has lost an address");
    }
    // Whatever else is there was asked for when the server died.
    assert!(stored.len() <= told.addresses.len() + 1, "{email}: {told:?}");
    for kind in ["isDefaultShipping", "isDefaultBilling"] {
        let defaults = stored.iter().filter(|(_, attributes)| attributes[kind] == true).count();
        assert!(defaults <= 1, "{email}: {defaults} {kind}");
    }
    let last_name = customer.get(&customer.path()).await.expect(200).text("lastName");
    let acknowledged = told.last_name.as_deref().unwrap_or("Doe");
    assert!(
        last_name == acknowledged || told.asked_name.as_ref() == Some(&last_name),
        "{email}: {last_name}, not {acknowledged}"
    );
}

async fn sign_in(client: &Client, email: &str) -> Customer {
    let credentials = json!({ "username": email, "password": PASSWORD });
    let mut tokens = client.post("/access-tokens", credentials.clone()).await;
    // A server that has just come up over much data may be busy, and says so.
    for _ in 0..PATIENCE {
        if tokens.status != 503 {
            break;
        }
        tokio::time::sleep(Duration::from_secs(tokens.retry_after())).await;
        tokens = client.post("/access-tokens", credentials.clone()).await;
    }
    let tokens = tokens.expect(201);
    // `<customer reference>.<session secret>.<rotating secret>`
    let reference = tokens.text("refreshToken").split('.').next().map(str::to_owned).expect("a reference");
    Customer::new(client.clone(), &reference, email, PASSWORD, &tokens)
}

/// The binary with a folder for its data, once it says where it listens.
fn start(binary: &Path, data: &Path) -> (Server, Client) {
    let mut process = Command::new(binary)
        .args(["--port", "0", "--data"])
        .arg(data)
        .envs([("ARGON2_MEMORY_KIB", "8"), ("ARGON2_ITERATIONS", "1")])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
    let first = lines.next().expect("it says something").expect("in UTF-8");
    let base_url = first.rsplit(' ').next().expect("the address comes last").to_owned();
    // Nobody reads the rest, but the server must not find its output closed.
    std::thread::spawn(move || lines.for_each(drop));
    (Server(process), Client::new(&base_url))
}

/// A process that is killed as `kill -9` does it, when it is dropped: no failed assertion leaves one behind.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// 0 where there is no `/proc`.
fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap_or_default()
}
