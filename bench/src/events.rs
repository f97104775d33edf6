//! What an event takes in each function: start-up, processor time and memory, next to an empty function and to
//! the floor of a sign-in.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper::body::Bytes;
use tests::fixture;
use tests::jwt::SIGNING_KEY;
use tests::kms::{ARNS, Kms};

use crate::builds::{EMPTY, FLOOR};
use crate::runtime_api::{self, Run};

/// A binary and the events it gets, in turn.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) binary: PathBuf,
    pub(crate) events: Vec<Bytes>,
    pub(crate) is_refused: bool,
}

const SIGN_IN: &str = "tokens";
const UNKNOWN_PATH: &str = "fallback.unknown-path";
const FORGOTTEN: &str = "passwords.forgotten";
/// Each function with an event that makes it do its usual work.
const EVENTS: [(&str, &str); 10] = [
    (EMPTY, UNKNOWN_PATH),
    ("fallback", UNKNOWN_PATH),
    ("authorizer", "authorizer.valid"),
    ("customers", "customers.get"),
    ("addresses", "addresses.list"),
    ("passwords", FORGOTTEN),
    ("admin", "admin.show"),
    ("mailer", "mailer.already-sent"),
    (SIGN_IN, "tokens.sign-in"),
    (FLOOR, "tokens.sign-in"),
];

/// Prints a table of them. `binaries` has the functions and the empty one, `floor` the floor; each is started `rounds`
/// times, in turn, and gets `1 + warm` events.
pub(crate) async fn print(binaries: &Path, floor: &Path, rounds: usize, warm: usize) -> Result<(), String> {
    let settings = [("SIGNING_KEY_PKCS8".to_owned(), SIGNING_KEY.to_owned())];
    let options = local::Options { settings: settings.into(), ..local::Options::default() };
    let server = local::Server::start(options).await.map_err(|error| error.to_string())?;
    let kms = Kms::start().await;
    let placeholders = fixture::put(&server.app()).await;
    let mut cases = EVENTS.map(|(name, event)| {
        let folder = if name == FLOOR { floor } else { binaries };
        let settings = match name {
            SIGN_IN => kms.settings(ARNS[0]).map(owned).into(),
            _ => vec![owned(("SIGNING_KEY_PKCS8", SIGNING_KEY))],
        };
        (
            Case::load(folder, name, event, &placeholders, rounds * (1 + warm)),
            [environment(&server), settings].concat(),
        )
    });
    let mut runs: HashMap<&str, Vec<Run>> = HashMap::new();
    for _ in 0..rounds {
        for ((case, settings), (name, _)) in cases.iter_mut().zip(EVENTS) {
            let run = runtime_api::run(case, settings, warm).await?;
            let used = (1 + warm) % case.events.len();
            case.events.rotate_left(used);
            runs.entry(name).or_default().push(run);
        }
    }
    server.stop().await;
    let of = |name: &str, percent, figure: fn(&Run) -> Duration| percentile(runs.get(name), percent, figure);
    let init_of_empty = of(EMPTY, 10, |run| run.init).as_secs_f64();
    println!("\nfunction     event                   init p10   ratio        cpu  peak KiB");
    for (name, event) in EVENTS {
        let init = of(name, 10, |run| run.init);
        let memory = runs.get(name).into_iter().flatten().map(|run| run.memory_kib).max().unwrap_or_default();
        println!(
            "{name:<12} {event:<22} {:>6.2} ms {:>7.2} {:>7.0} µs {memory:>9}",
            millis(init),
            init.as_secs_f64() / init_of_empty,
            millis(of(name, 50, |run| run.cpu)) * 1e3,
        );
    }
    let cpu = |name| of(name, 50, |run| run.cpu).as_secs_f64();
    println!("A sign-in takes {:.2} times the processor time of its floor.", cpu(SIGN_IN) / cpu(FLOOR));
    Ok(())
}

impl Case {
    fn load(
        binaries: &Path,
        name: &str,
        event: &str,
        placeholders: &fixture::Placeholders,
        count: usize,
    ) -> Case {
        let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
        let text = std::fs::read_to_string(events.join(format!("{event}.json"))).expect("a test event");
        let text = placeholders.iter().fold(text, |event, (name, value)| event.replace(name, value));
        // A second request for one e-mail within a minute writes nothing.
        let events = match event {
            FORGOTTEN => (0..count).map(|number| text.replace("john.doe@", &format!("{number}@"))).collect(),
            _ => vec![text],
        };
        let events = events.into_iter().map(Bytes::from).collect();
        Case { name: name.to_owned(), binary: binaries.join(name), events, is_refused: event == UNKNOWN_PATH }
    }
}

/// What Lambda and the template would put into a function's environment, with the store of this dev server.
pub(crate) fn environment(server: &local::Server) -> Vec<(String, String)> {
    server.settings().iter().map(|(name, value)| owned((name, value))).collect()
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn percentile(runs: Option<&Vec<Run>>, percent: usize, figure: impl Fn(&Run) -> Duration) -> Duration {
    let mut figures: Vec<Duration> = runs.into_iter().flatten().map(figure).collect();
    figures.sort_unstable();
    figures.get(figures.len() * percent / 100).copied().unwrap_or_default()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
