//! Whether response times reveal that an e-mail address has an account.
//!
//! ```sh
//! cargo run --release --package bench --bin enumeration
//! ```
//!
//! Known and unknown addresses alternate, and a Mann-Whitney test gives the probability of a difference this large if
//! both kinds take equally long. docs/security.md holds its output.

use std::time::{Duration, Instant};

use serde_json::json;
use tests::{PASSWORD, Shop, registration};

const PAIRS: usize = 300;

#[tokio::main]
async fn main() {
    let shop = Shop::with(&[("ARGON2_MEMORY_KIB", "19456"), ("ARGON2_ITERATIONS", "2")]).await;
    let known = |number: usize| format!("known{number}@example.com");
    let unknown = |number: usize| format!("other{number}@example.com");
    for number in 0..PAIRS {
        shop.anonymous().post("/customers", registration(&known(number))).await.expect(201);
    }
    shop.mail_settled().await;
    println!("                   known, median   unknown, median        U      p (two-sided)");
    for (what, is_sign_in) in [("sign-in", true), ("forgotten password", false)] {
        let (mut of_known, mut of_unknown) = (Vec::new(), Vec::new());
        for number in 0..PAIRS {
            // The order alternates, because one of the two may find a warmer machine.
            let order = if number % 2 == 0 { [true, false] } else { [false, true] };
            for is_known in order {
                let email = if is_known { known(number) } else { unknown(number) };
                let took = ask(&shop, &email, is_sign_in).await;
                if is_known {
                    of_known.push(took);
                } else {
                    of_unknown.push(took);
                }
                shop.mail_settled().await;
            }
        }
        let (u, p) = mann_whitney(&of_known, &of_unknown);
        println!(
            "{what:<18} {:>10.3} ms {:>14.3} ms {u:>10.0} {p:>16.3}",
            median_millis(&mut of_known),
            median_millis(&mut of_unknown)
        );
    }
}

async fn ask(shop: &Shop, email: &str, is_sign_in: bool) -> Duration {
    let anonymous = shop.anonymous();
    let started = Instant::now();
    if is_sign_in {
        let wrong = format!("not-{PASSWORD}");
        shop.try_sign_in(email, &wrong).await.expect(401);
    } else {
        anonymous.post("/customer-forgotten-password", json!({ "email": email })).await.expect(204);
    }
    started.elapsed()
}

/// U of the first sample, and the two-sided probability by the normal approximation, which suits samples of this size.
fn mann_whitney(one: &[Duration], other: &[Duration]) -> (f64, f64) {
    let wins = |a: &Duration| -> f64 {
        other
            .iter()
            .map(|b| {
                if a > b {
                    1.0
                } else if a == b {
                    0.5
                } else {
                    0.0
                }
            })
            .sum()
    };
    let u: f64 = one.iter().map(wins).sum();
    let (n, m) = (one.len() as f64, other.len() as f64);
    let z = (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt();
    (u, 2.0 * upper_tail(z.abs()))
}

/// P(Z > z) of the standard normal distribution (Abramowitz and Stegun, 26.2.17; accurate to 7.5e-8).
fn upper_tail(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let series = t
        * (0.319_381_530
            + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * series
}

fn median_millis(durations: &mut [Duration]) -> f64 {
    durations.sort_unstable();
    durations[durations.len() / 2].as_secs_f64() * 1_000.0
}
