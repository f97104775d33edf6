//! Kills a server process repeatedly under a mixed load, and checks that it still knows what it acknowledged.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::TcpStream;

use crate::{Answer, Client, Customer, Dice, PASSWORD, address, registration};

/// How much load, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many times the server is killed.
    pub kills: usize,
    /// How long it runs before each kill.
    pub life: Duration,
    pub clients: usize,
}

/// The result of a run. If an acknowledged write is missing, the run panics instead.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub customers: usize,
    /// Acknowledged writes of all kinds.
    pub writes: usize,
    pub reads: usize,
    /// For each life of the server: its resident memory in KiB at the end, and the median time to add an address.
    pub lives: Vec<(u64, Duration)>,
}

/// What the server has acknowledged to a customer.
#[derive(Clone, Debug, Default)]
struct Known {
    is_registered: bool,
    addresses: Vec<String>,
    /// The address whose deletion was requested last, and may or may not have happened.
    in_doubt: Option<String>,
    /// The last name that was acknowledged, and the one that was requested since.
    last_name: Option<String>,
    asked_name: Option<String>,
}

/// How often a client retries after a 503.
const PATIENCE: usize = 20;

#[derive(Default)]
struct Shared {
    known: Mutex<HashMap<String, Known>>,
    figures: Mutex<(Report, Vec<Duration>)>,
}

/// Runs the dev server's binary on one folder through all of its lives, then checks that everything acknowledged is
/// there, and that the table breaks no rule.
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
        // They fail for lack of a server.
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
    let known = std::mem::take(&mut *shared.known.lock().expect("unpoisoned"));
    for (email, known) in &known {
        assert_is_there(&client, email, known).await;
    }
    drop(server);
    let target = accounts::Target::Data(folder.path().to_owned());
    let broken = accounts::check(target, false).await.expect("the table can be read").broken;
    assert!(broken.is_empty(), "the table breaks rules: {broken:#?}");
    let mut report = std::mem::take(&mut shared.figures.lock().expect("unpoisoned").0);
    report.customers = known.values().filter(|known| known.is_registered).count();
    report
}

/// One customer after another, until the server is killed.
async fn live(client: Client, name: String, shared: Arc<Shared>) {
    for number in 0.. {
        let email = format!("{name}-{number}@example.com");
        let life = tokio::spawn(live_once(client.clone(), email, Arc::clone(&shared)));
        // A customer who gets a 503 stops there; what was acknowledged until then still counts.
        let _ = life.await;
        if TcpStream::connect(client.authority()).await.is_err() {
            return;
        }
    }
}

async fn live_once(client: Client, email: String, shared: Arc<Shared>) {
    let mut dice = Dice::new(email.len() as u64);
    let note = |change: &dyn Fn(&mut Known)| {
        change(shared.known.lock().expect("unpoisoned").entry(email.clone()).or_default());
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
    note(&|known| known.is_registered = true);
    let customer = sign_in(&client, &email).await;
    let mut addresses: Vec<String> = Vec::new();
    for step in 0..12 {
        match dice.roll(6) {
            0 if !addresses.is_empty() => {
                let id = addresses.swap_remove(dice.roll(addresses.len()));
                note(&|known| {
                    known.addresses.retain(|kept| *kept != id);
                    known.in_doubt = Some(id.clone());
                });
                count(&customer.delete(&customer.address_path(&id)).await.expect(204), true);
                note(&|known| known.in_doubt = None);
            }
            1 | 2 => {
                let started = Instant::now();
                let answer = customer.post(&customer.addresses_path(), address()).await.expect(201);
                shared.figures.lock().expect("unpoisoned").1.push(started.elapsed());
                count(&answer, true);
                addresses.push(answer.id());
                note(&|known| known.addresses.push(answer.id()));
            }
            3 => {
                let last_name = format!("Doe {step}");
                note(&|known| known.asked_name = Some(last_name.clone()));
                let answer = customer.patch(&customer.path(), json!({ "lastName": last_name })).await;
                count(&answer.expect(200), true);
                note(&|known| known.last_name = known.asked_name.take());
            }
            _ => count(&customer.get(&customer.addresses_path()).await.expect(200), false),
        }
    }
}

async fn assert_is_there(client: &Client, email: &str, known: &Known) {
    if !known.is_registered {
        // The customer is registered completely or not at all; in that case, registering works now.
        let status = client.post("/customers", registration(email)).await.status;
        assert!([201, 422].contains(&status), "{email}: {status}");
    }
    let customer = sign_in(client, email).await;
    let stored = customer.addresses().await;
    for id in &known.addresses {
        assert!(stored.iter().any(|(stored, _)| stored == id), "{email} has lost an address");
    }
    // Anything else was being requested when the server was killed.
    assert!(stored.len() <= known.addresses.len() + 1, "{email}: {known:?}");
    for kind in ["isDefaultShipping", "isDefaultBilling"] {
        let defaults = stored.iter().filter(|(_, attributes)| attributes[kind] == true).count();
        assert!(defaults <= 1, "{email}: {defaults} {kind}");
    }
    let last_name = customer.get(&customer.path()).await.expect(200).text("lastName");
    let acknowledged = known.last_name.as_deref().unwrap_or("Doe");
    assert!(
        last_name == acknowledged || known.asked_name.as_ref() == Some(&last_name),
        "{email}: {last_name}, not {acknowledged}"
    );
}

async fn sign_in(client: &Client, email: &str) -> Customer {
    let credentials = json!({ "username": email, "password": PASSWORD });
    let mut tokens = client.post("/access-tokens", credentials.clone()).await;
    // A server that has just started on a lot of data may be busy and answer 503.
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

/// Starts the binary with a data folder, and waits until it prints its address.
fn start(binary: &Path, data: &Path) -> (Server, Client) {
    let mut process = Command::new(binary)
        .args(["--port", "0", "--data"])
        .arg(data)
        .envs([("ARGON2_MEMORY_KIB", "8"), ("ARGON2_ITERATIONS", "1")])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
    let first = lines.next().expect("it prints a line").expect("in UTF-8");
    let base_url = first.rsplit(' ').next().expect("the address comes last").to_owned();
    // The rest of its output is not needed, but the server must not find it closed.
    std::thread::spawn(move || lines.for_each(drop));
    (Server(process), Client::new(&base_url))
}

/// A process that is killed as by `kill -9` when it is dropped, so that a failed assertion leaves none behind.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// 0 if there is no `/proc`.
fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap_or_default()
}
