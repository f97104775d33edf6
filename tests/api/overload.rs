//! More passwords than the machine can hash: the excess sign-ins are asked to retry, and all other requests are served.

use std::sync::Arc;

use serde_json::json;
use tests::Shop;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_beyond_the_hashing_capacity_get_a_503_and_reads_are_answered() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // As many hash at once as there are cores, each for a good part of a second, and 24 wait for each core.
    let settings = [("ARGON2_MEMORY_KIB", "19456"), ("ARGON2_ITERATIONS", "16")];
    let shop = Arc::new(Shop::with(&settings).await);
    let customer = shop.register("john@example.com").await;
    let sign_ins: Vec<_> = (0..32 * cores)
        .map(|number| {
            let shop = Arc::clone(&shop);
            let email = format!("somebody{number}@example.com");
            tokio::spawn(async move { shop.try_sign_in(&email, "wrong").await })
        })
        .collect();
    let mut reads = 0;
    while sign_ins.iter().any(|sign_in| !sign_in.is_finished()) {
        customer.get(&customer.path()).await.expect(200);
        customer.patch(&customer.path(), json!({"lastName": format!("Doe {reads}")})).await.expect(200);
        reads += 1;
    }
    let (mut hashed, mut refused) = (0, 0);
    for sign_in in sign_ins {
        let answer = sign_in.await.expect("it is answered");
        match answer.status {
            401 => hashed += 1,
            503 => {
                assert!(answer.retry_after() > 0);
                answer.assert_plain(503);
                refused += 1;
            }
            _ => panic!("{}", answer.summary()),
        }
    }
    // On a slow machine, some of those that wait take too long.
    assert!(hashed >= cores && refused > 0 && reads > 3, "{hashed} hashed, {refused} refused, {reads} read");
}
