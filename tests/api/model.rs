//! Random requests, many at once, against a model of the whole contract.

use std::time::Duration;

use tests::model::{attacks, confirmed_sequence, exchange, run, run_confirmed, sequence, shrink};

const SEED: u64 = 1;
const SEQUENCES: u64 = 3;
const BURSTS: usize = 12;
/// The time for shortening a failing sequence.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_burst_of_requests_has_an_explanation() {
    let (mut bursts, mut steps) = (0, 0);
    for seed in SEED..SEED + SEQUENCES {
        let sequence = sequence(seed, BURSTS);
        let (tally, result) = run(&sequence).await;
        if let Err(find) = result {
            let shrunk = shrink(&sequence, find, PATIENCE).await;
            panic!("seed {seed}:\n{shrunk}");
        }
        bursts += tally.bursts;
        steps += tally.steps;
    }
    println!("{bursts} bursts, {steps} steps");
    assert!(steps > bursts, "most bursts are of several steps");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_has_every_attack() {
    for (name, attack) in attacks() {
        let (tally, result) = run(&attack).await;
        if let Err(find) = result {
            panic!("{name}: {find:#?}");
        }
        println!("{name}: {:?}", tally.answers);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_has_an_exchange_of_a_confirmed_email_where_confirmation_is_required() {
    let (tally, result) = run_confirmed(&exchange()).await;
    if let Err(find) = result {
        panic!("{find:#?}");
    }
    println!("{:?}", tally.answers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_have_random_bursts_where_confirmation_is_required() {
    for seed in SEED..SEED + SEQUENCES {
        let (tally, result) = run_confirmed(&confirmed_sequence(seed, BURSTS)).await;
        if let Err(find) = result {
            panic!("seed {seed}: {find:#?}");
        }
        println!("{:?}", tally.answers);
    }
}
