//! What the service costs per month, from AWS's list prices and the calls, units and durations measured here.
//!
//! ```sh
//! cargo run --release -p bench --bin cost
//! ```
//!
//! docs/cost.md holds its output and the assumptions.

use std::collections::HashMap;

use serde_json::{Value, json};
use tests::mail::PASSWORD_RESET;
use tests::{Answer, Customer, NEW_PASSWORD, PASSWORD, Shop, address};

/// List prices in US dollars, us-east-1, without free tiers (as AWS published them in 2025; look them up before you rely on the sums).
mod prices {
    /// REST API, per request, first 333 million a month.
    pub(crate) const API_REQUEST: f64 = 3.50 / 1e6;
    pub(crate) const LAMBDA_REQUEST: f64 = 0.20 / 1e6;
    /// arm64.
    pub(crate) const LAMBDA_GB_SECOND: f64 = 0.000_013_333_4;
    /// On demand.
    pub(crate) const READ_UNIT: f64 = 0.125 / 1e6;
    pub(crate) const WRITE_UNIT: f64 = 0.625 / 1e6;
    pub(crate) const STORED_GB_MONTH: f64 = 0.25 + 0.20;
    pub(crate) const KMS_RSA_2048_SIGN: f64 = 0.03 / 1e4;
    pub(crate) const KMS_KEY_MONTH: f64 = 1.0;
    pub(crate) const MAIL: f64 = 0.10 / 1e3;
    /// One pipe request, and three of the queue: send, receive, delete.
    pub(crate) const MAIL_QUEUE: f64 = (0.40 + 3.0 * 0.40) / 1e6;
    pub(crate) const LOG_GB: f64 = 0.50;
    /// Twelve alarms and one dashboard.
    pub(crate) const MONITORING_MONTH: f64 = 12.0 * 0.10 + 3.0;
    /// Amazon Cognito, per monthly active user beyond the first 10 000: Lite and Essentials.
    pub(crate) const COGNITO_LITE: f64 = 0.005_5;
    pub(crate) const COGNITO_ESSENTIALS: f64 = 0.015;
    pub(crate) const COGNITO_FREE_USERS: f64 = 10_000.0;
}

/// How often an active customer does something in a month.
const SIGN_INS: f64 = 4.0;
const PROFILE_READS: f64 = 10.0;
const ADDRESS_READS: f64 = 2.0;
const ADDRESS_WRITES: f64 = 0.3;
const RESETS: f64 = 0.05;

/// The gateway caches an authorizer's answer for five minutes: each visit after a sign-in costs one, and a quarter of
/// the visits last longer.
const AUTHORIZER_CALLS_PER_SIGN_IN: f64 = 1.25;
/// Registered customers for each active one: their items are stored, and cost nothing else.
const REGISTERED_PER_ACTIVE: f64 = 4.0;
/// Customer, Login and a session or two, in bytes.
const STORED_PER_CUSTOMER: f64 = 3_000.0;
/// Function's and gateway's log line of one request, in bytes.
const LOGGED_PER_REQUEST: f64 = 1_800.0;
/// How much longer a call to DynamoDB takes in AWS than here, in milliseconds.
const NETWORK_MS: f64 = 4.0;
/// The same for a call to SES.
const SES_MS: f64 = 200.0;

const SMALL_MB: f64 = 256.0;
const HASHING_MB: f64 = 1_769.0;

/// One operation as measured: DynamoDB calls and units, and the function's time.
#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    calls: f64,
    read_units: f64,
    write_units: f64,
    millis: f64,
}

#[tokio::main]
async fn main() {
    let measured = measure().await;

    println!("operation            calls   RRU   WRU     MB   ms here   $ per million");
    let mut per_customer = 0.0;
    for Usage { name, times, memory_mb, beside } in usages() {
        let operation = measured.get(name).copied().unwrap_or_default();
        let cost = work(operation, memory_mb) + beside;
        per_customer += times * cost;
        let Measured { calls, read_units, write_units, millis } = operation;
        println!(
            "{name:<20} {calls:>5} {read_units:>5} {write_units:>5} {memory_mb:>6} {millis:>9.1} {:>15.2}",
            cost * 1e6
        );
    }
    let authorizer = Measured { millis: 1.0, ..Measured::default() };
    per_customer += SIGN_INS * AUTHORIZER_CALLS_PER_SIGN_IN * work(authorizer, SMALL_MB);
    per_customer += REGISTERED_PER_ACTIVE * STORED_PER_CUSTOMER / 1e9 * prices::STORED_GB_MONTH;

    println!();
    println!("active customers   this service   Cognito Lite   Cognito Essentials   ($ a month)");
    for customers in [10_000.0, 200_000.0, 1_000_000.0] {
        let ours = customers * per_customer + prices::KMS_KEY_MONTH + prices::MONITORING_MONTH;
        let billed = customers - prices::COGNITO_FREE_USERS;
        let (lite, essentials) = (billed * prices::COGNITO_LITE, billed * prices::COGNITO_ESSENTIALS);
        println!("{customers:>16} {ours:>14.2} {lite:>14.0} {essentials:>20.0}");
    }
}

/// Something that an active customer does in a month.
struct Usage {
    name: &'static str,
    times: f64,
    memory_mb: f64,
    /// Dollars for everything except the function and the table.
    beside: f64,
}

fn usages() -> [Usage; 8] {
    let log = LOGGED_PER_REQUEST / 1e9 * prices::LOG_GB;
    let request =
        |name, times, memory_mb| Usage { name, times, memory_mb, beside: prices::API_REQUEST + log };
    let mail = |name| Usage {
        name,
        times: RESETS,
        memory_mb: SMALL_MB,
        beside: prices::MAIL + prices::MAIL_QUEUE + log,
    };
    let sign_in = request("sign in", SIGN_INS, HASHING_MB);
    [
        Usage { beside: sign_in.beside + prices::KMS_RSA_2048_SIGN, ..sign_in },
        request("read profile", PROFILE_READS, SMALL_MB),
        request("read addresses", ADDRESS_READS, SMALL_MB),
        request("add address", ADDRESS_WRITES, SMALL_MB),
        request("forgot password", RESETS, HASHING_MB),
        mail("mail a key"),
        request("restore password", RESETS, HASHING_MB),
        mail("mail a notice"),
    ]
}

/// What the function and the table cost for one operation, in dollars.
fn work(operation: Measured, memory_mb: f64) -> f64 {
    let millis = (operation.millis + operation.calls * NETWORK_MS).ceil();
    prices::LAMBDA_REQUEST
        + millis / 1e3 * memory_mb / 1_024.0 * prices::LAMBDA_GB_SECOND
        + operation.read_units * prices::READ_UNIT
        + operation.write_units * prices::WRITE_UNIT
}

/// Runs one customer's operations against the dev server, with the hash parameters of production.
async fn measure() -> HashMap<&'static str, Measured> {
    let shop = Shop::with(&[("ARGON2_MEMORY_KIB", "19456"), ("ARGON2_ITERATIONS", "2")]).await;
    let email = "cost@example.com";
    let mut customer = shop.register(email).await;
    // The first call of each kind warms up; the second is measured.
    customer.add_address(json!({})).await;
    let signed_in = shop.try_sign_in(email, PASSWORD).await.expect(201);
    customer = Customer::new(shop.anonymous(), &customer.reference, email, PASSWORD, &signed_in);
    let forgotten =
        shop.anonymous().post("/customer-forgotten-password", json!({ "email": email })).await.expect(204);
    let key = shop.mail_to(email, PASSWORD_RESET).await.token();
    let mailed_key = Measured::last_mail(&shop).await;
    let restore =
        json!({ "restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD });
    let added = customer.post(&customer.addresses_path(), address()).await.expect(201);
    let profile = customer.get(&customer.path()).await.expect(200);
    let addresses = customer.get(&customer.addresses_path()).await.expect(200);
    let restored = shop.anonymous().patch("/customer-restore-password", restore).await.expect(204);
    HashMap::from([
        ("sign in", Measured::of(&signed_in)),
        ("read profile", Measured::of(&profile)),
        ("read addresses", Measured::of(&addresses)),
        ("add address", Measured::of(&added)),
        ("forgot password", Measured::of(&forgotten)),
        ("mail a key", mailed_key),
        ("restore password", Measured::of(&restored)),
        ("mail a notice", Measured::last_mail(&shop).await),
    ])
}

impl Measured {
    /// From `Server-Timing`.
    fn of(answer: &Answer) -> Measured {
        let calls = answer.calls();
        let header = answer.header("server-timing").unwrap_or_default();
        let millis = header.strip_prefix("fn;dur=").and_then(|rest| rest.split(',').next()?.parse().ok());
        Measured {
            calls: f64::from(calls.reads + calls.writes),
            read_units: calls.read_units,
            write_units: calls.write_units,
            millis: millis.unwrap_or_default(),
        }
    }

    /// From the mailer's log line for the last mail it sent.
    async fn last_mail(shop: &Shop) -> Measured {
        shop.mail_settled().await;
        let lines = shop.log();
        let mut entries = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mail = entries.rfind(|entry| entry["operation"] == "Mail").unwrap_or_default();
        let figure = |name: &str| mail[name].as_f64().unwrap_or_default();
        Measured {
            calls: figure("readCalls") + figure("writeCalls"),
            read_units: figure("readUnits"),
            write_units: figure("writeUnits"),
            millis: figure("duration") + SES_MS,
        }
    }
}
