//! Tables that are found through the environment, as the functions find theirs.

use std::sync::Arc;

use local::{Services, ServicesOptions};
use serde_json::Value;

use crate::{Desk, row};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_concurrent_imports_of_one_file_import_each_customer_once() {
    let desk = Arc::new(Desk::new());
    let options = ServicesOptions {
        dynamodb_port: 0,
        ses_port: 0,
        env_file: desk.path("env.json"),
        ..ServicesOptions::default()
    };
    let services = Services::start(options).await.expect("the services start");
    let settings = std::fs::read(desk.path("env.json")).expect("the services' settings");
    let settings: Arc<Value> = Arc::new(serde_json::from_slice(&settings).expect("JSON"));
    let rows: Vec<_> = (1..=150).map(row).collect();
    desk.write_rows("customers.ndjson", &rows);

    let run = |arguments: &'static [&str]| {
        let (desk, settings) = (Arc::clone(&desk), Arc::clone(&settings));
        tokio::task::spawn_blocking(move || {
            let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_DYNAMODB"];
            let settings =
                names.map(|name| (name, settings["Parameters"][name].as_str().expect("a setting")));
            desk.run_with(&settings, arguments)
        })
    };
    let import: &[&str] = &["import", "customers.ndjson", "--table", "customer-accounts"];
    let (one, other) = tokio::join!(run(import), run(import));
    let counts = [one, other].map(|run| counts(run.expect("it ran").summary(0)));
    let sum = |index: usize| counts.iter().map(|counts| counts[index]).sum::<u32>();
    assert_eq!((sum(0), sum(1), sum(2)), (150, 150, 0), "{counts:?}");

    let export = run(&["export", "out.ndjson", "--table", "customer-accounts"]).await.expect("it ran");
    assert_eq!(export.summary(0), "150 customers, 0 of them anonymised, are in out.ndjson.");
    let missing = run(&["import", "customers.ndjson", "--table", "misspelt"]).await.expect("it ran");
    assert_eq!(missing.status, 2);
    assert!(missing.stderr.contains("ResourceNotFoundException"), "{}", missing.stderr);
    services.stop().await;
}

/// The numbers of a summary.
fn counts(summary: &str) -> [u32; 3] {
    let numbers =
        summary.split(|character: char| !character.is_ascii_digit()).filter_map(|word| word.parse().ok());
    numbers.collect::<Vec<_>>().try_into().expect("three numbers")
}
