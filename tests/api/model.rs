//! Random requests, many at once, against a model of the whole contract.

use std::time::Duration;

use tests::model::{attacks, run, sequence, shrink};

const SEED: u64 = 1;
const SEQUENCES: u64 = 4;
const BURSTS: usize = 12;
/// The time for shortening a failing sequence.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_burst_of_requests_has_an_explanation() {
    let (mut bursts, mut steps, mut locked_out) = (0, 0, false);
    for seed in SEED..SEED + SEQUENCES {
        let sequence = sequence(seed, BURSTS);
        let (tally, result) = run(&sequence).await;
        if let Err(find) = result {
            let shrunk = shrink(&sequence, find, PATIENCE).await;
            panic!("seed {seed}:\n{shrunk}");
        }
        locked_out |= tally.answers.contains_key(&("change the password", 429));
        bursts += tally.bursts;
        steps += tally.steps;
    }
    println!("{bursts} bursts, {steps} steps");
    assert!(steps > bursts, "most bursts are of several steps");
    assert!(locked_out, "one of the sequences makes more than ten guesses in ten minutes");
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
