//! How long a sign-in takes, compared with one Argon2id hash with the same parameters.
//!
//! ```sh
//! cargo run --release -p bench --bin sign_in
//! ```
//!
//! The two alternate, so that a noisy machine disturbs both alike.

use std::time::{Duration, Instant};

use argon2::Params;
use shared::Random;
use shared::domain::Password;
use shared::hasher::Hasher;
use tests::{PASSWORD, Shop};

const ROUNDS: usize = 60;

#[tokio::main]
async fn main() {
    let shop = Shop::with(&[("ARGON2_MEMORY_KIB", "19456"), ("ARGON2_ITERATIONS", "2")]).await;
    let email = "load@example.com";
    shop.register(email).await;
    let params = Params::new(19_456, 2, 1, None).expect("OWASP's parameters");
    let hasher = Hasher::new(params, Random::system());
    let password = Password::parse_presented(PASSWORD).expect("not blank");
    let (mut hashes, mut sign_ins) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let started = Instant::now();
        hasher.hash(&password).await.expect("it hashes");
        hashes.push(started.elapsed());
        let started = Instant::now();
        shop.try_sign_in(email, PASSWORD).await.expect(201);
        sign_ins.push(started.elapsed());
    }
    let (hash, sign_in) = (median(hashes), median(sign_ins));
    let ratio = sign_in.as_secs_f64() / hash.as_secs_f64();
    println!("one hash {hash:.1?}, one sign-in {sign_in:.1?} (medians of {ROUNDS}): {ratio:.2} times");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
