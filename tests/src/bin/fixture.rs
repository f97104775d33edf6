//! Puts the fixture of the events into the empty table that a file of sam's `--env-vars` points to, and prints the
//! values of the placeholders: for `tests/lambda-events` and `tests/sam-local`, which run the functions elsewhere.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use shared::{App, Clock, Config, Random};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let file = std::env::args().nth(1).expect("the file that `cargo run -- services` writes");
    let text = std::fs::read_to_string(file).expect("a file that can be read");
    let mut file: HashMap<String, HashMap<String, String>> = serde_json::from_str(&text).expect("its JSON");
    let settings = file.remove("Parameters").expect("settings");
    let config = Config::from_lookup(|name| settings.get(name).cloned()).expect("the settings are valid");
    let app = App::new(config, Clock::system(), Random::system());
    let placeholders = BTreeMap::from(tests::fixture::put(&app).await);
    println!("{}", json!(placeholders));
}
