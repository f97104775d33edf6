//! Whether response times reveal that an e-mail address has an account.
//!
//! ```sh
//! cargo run --release --package bench --bin enumeration
//! ```
//!
//! E-mails of each kind take turns, and a Mann-Whitney test gives the probability that one takes as long as an unknown one.
//! docs/security.md holds its output.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::Random;
use shared::digest::sha256;
use shared::domain::Password;
use shared::hasher::Hasher;
use tests::{PROXY_SECRET, Shop, registration};

const ROUNDS: usize = 40;
/// A bcrypt hash of PHP's, as an import brings it.
const BCRYPT_10: &str = "$2y$10$.vGA1O9wmRjrwAVXD98HNOgsNpDczlqm3Jq7KnEd1rVAGv3Fykk1a";

/// Whose e-mail it is, by how the stored hash was made.
const KINDS: [&str; 5] =
    ["unknown", "today's Argon2id", "8 MiB, 1 pass", "32 MiB, 3 passes", "bcrypt, cost 10"];

#[tokio::main]
async fn main() {
    // A busy machine needs a higher floor.
    let floor = std::env::args().nth(1).unwrap_or_else(|| "300".to_owned());
    for floor in ["0", &floor] {
        let shop = open(floor).await;
        for (kind, hash) in hashes().await.into_iter().enumerate() {
            register(&shop, &format!("{kind}@example.com"), hash).await;
        }
        println!("refused sign-in, SIGN_IN_FLOOR_MS={floor}");
        compare(&shop, &KINDS, async |kind, number| {
            // From another address each time, so that none is locked out.
            let client = shop.through_proxy(&format!("198.51.{kind}.{number}"));
            let email = format!("{kind}@example.com");
            client.post("/access-tokens", json!({"username": email, "password": "wrong"})).await.expect(401);
        })
        .await;
    }
    let shop = open("0").await;
    for number in 0..ROUNDS {
        let email = format!("1.{number}@example.com");
        shop.anonymous().post("/customers", registration(&email)).await.expect(201);
    }
    println!("forgotten password");
    compare(&shop, &["unknown", "known"], async |kind, number| {
        let email = format!("{kind}.{number}@example.com");
        shop.anonymous().post("/customer-forgotten-password", json!({"email": email})).await.expect(204);
    })
    .await;
}

async fn open(floor: &str) -> Shop {
    let settings = [
        ("ARGON2_MEMORY_KIB", "19456"),
        ("ARGON2_ITERATIONS", "2"),
        ("SIGN_IN_FLOOR_MS", floor),
        ("PROXY_SECRET", PROXY_SECRET),
    ];
    let shop = Shop::with(&settings).await;
    shop.break_on_purpose();
    shop
}

/// What the Logins of each kind hold; `None` for no account.
async fn hashes() -> [Option<String>; KINDS.len()] {
    let password = Password::parse_presented("change123").expect("not blank");
    let argon2 = async |memory_kib, passes| {
        let params = argon2::Params::new(memory_kib, passes, 1, None).expect("valid");
        let hash = Hasher::new(params, Random::system()).hash(&password).await.expect("hashes");
        Some(hash.as_str().to_owned())
    };
    [
        None,
        argon2(19_456, 2).await,
        argon2(8_192, 1).await,
        argon2(32_768, 3).await,
        Some(BCRYPT_10.to_owned()),
    ]
}

/// Makes `send` take turns among `kinds`, the first of which is unknown.
async fn compare(shop: &Shop, kinds: &[&str], send: impl AsyncFn(usize, usize)) {
    let mut took = vec![Vec::new(); kinds.len()];
    for number in 0..ROUNDS {
        for turn in 0..kinds.len() {
            // The order changes, because who comes later may find a warmer machine.
            let kind = (turn + number) % kinds.len();
            let started = Instant::now();
            send(kind, number).await;
            took[kind].push(started.elapsed());
            shop.mail_settled().await;
        }
    }
    println!("  {:<18} {:>10} {:>8} {:>18}", "e-mail", "median", "U", "p (two-sided)");
    let unknown = took[0].clone();
    for (kind, took) in kinds.iter().zip(&mut took) {
        let (u, p) = mann_whitney(took, &unknown);
        println!("  {kind:<18} {:>7.3} ms {u:>8.0} {p:>18.3}", median_millis(took));
    }
}

/// With this hash in the Login, if there is one to be.
async fn register(shop: &Shop, email: &str, hash: Option<String>) {
    let Some(hash) = hash else { return };
    shop.anonymous().post("/customers", registration(email)).await.expect(201);
    shop.mail_settled().await;
    let key = format!("EMAIL#{}", sha256(email.as_bytes()));
    let is_login = |item: &Value| item["pk"]["S"] == key && item["sk"]["S"] == "LOGIN";
    let mut login = shop.items().await.into_iter().find(is_login).expect("it is registered");
    login["password_hash"]["S"] = json!(hash);
    shop.put_item(login).await;
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
