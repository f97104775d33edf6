//! `kill -9` under load: everything acknowledged survives, and nothing is half done.

use std::path::Path;
use std::time::Duration;

use tests::endurance::{self, Plan};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_write_survives() {
    let plan = Plan { kills: 3, life: Duration::from_millis(1_200), clients: 6 };
    let report = endurance::run(Path::new(env!("CARGO_BIN_EXE_local")), plan).await;
    assert!(report.customers >= plan.kills && report.writes > plan.kills * plan.clients, "{report:?}");
}
