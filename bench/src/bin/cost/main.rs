//! What the service costs per month, from AWS's list prices, the calls, units, log lines and durations measured here,
//! and what `template.yaml` deploys.
//!
//! ```sh
//! cargo run --release -p bench --bin cost
//! ```
//!
//! docs/cost.md holds its output and the assumptions.

mod prices;
mod template;

use std::collections::HashMap;

use bench::processor_time;
use serde_json::{Value, json};
use tests::mail::PASSWORD_RESET;
use tests::{Answer, Customer, NEW_PASSWORD, PASSWORD, Shop, address};

use self::template::Template;

/// How often an active customer does something in a month.
const SIGN_INS: f64 = 4.0;
const PROFILE_READS: f64 = 10.0;
const ADDRESS_READS: f64 = 2.0;
const ADDRESS_WRITES: f64 = 0.3;
const RESETS: f64 = 0.05;
/// The help desk gets 2 000 tickets about 200 000 customers: for each, it finds the customer, looks, and has a reset
/// mailed.
const TICKETS: f64 = 0.01;

/// The gateway caches an authorizer's answer for five minutes: each visit after a sign-in costs one, and a quarter of
/// the visits last longer.
const AUTHORIZER_CALLS_PER_SIGN_IN: f64 = 1.25;
/// What the authorizer takes, in milliseconds.
const AUTHORIZER_MS: f64 = 1.0;
/// Registered customers for each active one: their items are stored, and cost nothing else.
const REGISTERED_PER_ACTIVE: f64 = 4.0;
/// Customer with its entry in the index, Login and a session or two, in bytes, and each address beyond the first few.
const STORED_PER_CUSTOMER: f64 = 3_200.0;
const STORED_PER_ADDRESS: f64 = 300.0;
/// How much longer a call to DynamoDB takes in AWS than here, in milliseconds.
const NETWORK_MS: f64 = 4.0;
/// What a call to SES takes, in milliseconds.
const SES_MS: f64 = 200.0;
/// The memory that gives a function a whole processor, in megabytes. With less it gets a share.
const PROCESSOR_MB: f64 = 1_769.0;
/// An on-demand table starts with room for 4 000 write units a second, and a partition takes 1 000; each has a shard.
const SHARDS: usize = 4;
/// Customers who do the same; the median of an operation's times counts.
const ROUNDS: usize = 5;
/// Addresses of a customer who has as many as possible.
const FULL_ADDRESS_BOOK: usize = 100;

/// One operation as measured.
#[derive(Clone, Copy, Debug)]
struct Measured {
    calls: f64,
    read_units: f64,
    write_units: f64,
    millis: f64,
    logged: usize,
    events: usize,
}

/// Dollars, by where they go.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cost {
    /// With its web ACL.
    gateway: f64,
    functions: f64,
    table: f64,
    /// Signatures, mails and events.
    rest: f64,
    logs: f64,
}

/// Something that an active customer does in a month.
struct Usage {
    name: &'static str,
    times: f64,
    function: &'static str,
    kind: Kind,
}

enum Kind {
    /// A request of this method and route.
    Request(&'static str, &'static str),
    Mail,
    /// What SES says became of a mail; the queue's requests for it are in the price of the mail.
    Fate,
}

const USAGES: [Usage; 12] = [
    request("sign in", SIGN_INS, "TokensFunction", "POST", "/access-tokens"),
    request("read profile", PROFILE_READS, "CustomersFunction", "GET", "/customers/{customerReference}"),
    request("read addresses", ADDRESS_READS, "AddressesFunction", "GET", ADDRESSES),
    request("add address", ADDRESS_WRITES, "AddressesFunction", "POST", ADDRESSES),
    request("forgot password", RESETS, "PasswordsFunction", "POST", "/customer-forgotten-password"),
    Usage { name: "mail a key", times: RESETS + TICKETS, function: "MailerFunction", kind: Kind::Mail },
    request("restore password", RESETS, "PasswordsFunction", "PATCH", "/customer-restore-password"),
    Usage { name: "mail a notice", times: RESETS, function: "MailerFunction", kind: Kind::Mail },
    Usage {
        name: "hear of a mail",
        times: 2.0 * RESETS + TICKETS,
        function: "MailerFunction",
        kind: Kind::Fate,
    },
    request("desk: find", TICKETS, "AdminFunction", "GET", "/admin/customers"),
    request("desk: show", TICKETS, "AdminFunction", "GET", "/admin/customers/{customerReference}"),
    request(
        "desk: send reset",
        TICKETS,
        "AdminFunction",
        "POST",
        "/admin/customers/{customerReference}/{action}",
    ),
];

const ADDRESSES: &str = "/customers/{customerReference}/addresses";

const fn request(
    name: &'static str,
    times: f64,
    function: &'static str,
    method: &'static str,
    route: &'static str,
) -> Usage {
    Usage { name, times, function, kind: Kind::Request(method, route) }
}

#[tokio::main]
async fn main() {
    let template = Template::read();
    let shop = Shop::with(&[("ARGON2_MEMORY_KIB", "19456"), ("ARGON2_ITERATIONS", "2")]).await;
    let usual = measure(&shop, "usual", 2).await;
    let full = measure(&shop, "full", FULL_ADDRESS_BOOK).await;

    println!("operation            calls   RRU   WRU     MB   ms here   bytes logged   $ per million");
    for usage in &USAGES {
        let Measured { calls, read_units, write_units, millis, .. } = usual[usage.name];
        let memory = template.memory(usage.function);
        let logged: usize = usage.logged(&template, usual[usage.name]).iter().sum();
        let cost = usage.cost(&template, usual[usage.name]).total() * 1e6;
        println!(
            "{:<20} {calls:>5} {read_units:>5} {write_units:>5} {memory:>6} {millis:>9.1} {logged:>14} {cost:>15.2}",
            usage.name
        );
    }

    println!();
    println!("whatever the usage   count   $ each   $ a month");
    let mut fixed = 0.0;
    for (name, count, price) in [
        ("alarmed metrics", template.alarmed_metrics(), prices::ALARM_METRIC_MONTH),
        ("custom metrics", template.custom_metrics(), prices::CUSTOM_METRIC_MONTH),
        ("dashboards", template.count("AWS::CloudWatch::Dashboard"), prices::DASHBOARD_MONTH),
        ("saved queries", template.count("AWS::Logs::QueryDefinition"), 0.0),
        ("keys", template.count("AWS::KMS::Key"), prices::KEY_MONTH),
        ("shards read by pipes", SHARDS * template.count("AWS::Pipes::Pipe"), prices::SHARD_MONTH),
        ("polled queues", template.polled_queues(), prices::POLLED_QUEUE_MONTH),
        ("web ACLs", template.count("AWS::WAFv2::WebACL"), prices::WEB_ACL_MONTH),
        ("rules of web ACLs", template.web_acl_rules(), prices::WEB_ACL_RULE_MONTH),
    ] {
        let cost = price * count as f64;
        fixed += cost;
        println!("{name:<20} {count:>5} {price:>8.2} {cost:>11.2}");
    }

    println!();
    println!(
        "customers   gateway  functions    table  the rest     logs   fixed     total   Lite  Essentials"
    );
    for (label, customers, measured, addresses) in [
        ("10000", 1e4, &usual, 0),
        ("200000", 2e5, &usual, 0),
        ("1000000", 1e6, &usual, 0),
        ("200000*", 2e5, &full, FULL_ADDRESS_BOOK),
    ] {
        let mut cost = Cost::default();
        cost.add(customers, month(&template, measured, addresses as f64));
        let total = cost.total() + fixed;
        let Cost { gateway, functions, table, rest, logs } = cost;
        let lite = prices::tiered(customers, &prices::COGNITO_LITE);
        let essentials = prices::tiered(customers, &prices::COGNITO_ESSENTIALS);
        println!(
            "{label:<9} {gateway:>9.2} {functions:>10.2} {table:>8.2} {rest:>11.2} {logs:>8.2} {fixed:>7.2} \
             {total:>9.2} {lite:>6.0} {essentials:>11.0}"
        );
    }
}

/// What one active customer with so many addresses costs in a month.
fn month(template: &Template, measured: &HashMap<&str, Measured>, addresses: f64) -> Cost {
    let mut sum = Cost::default();
    for usage in &USAGES {
        sum.add(usage.times, usage.cost(template, measured[usage.name]));
    }
    let authorizer = Cost {
        functions: invocation(template, "AuthorizerFunction", AUTHORIZER_MS, 0.0),
        logs: logged(template, template.system_log_bytes(), template.function_log_days("AuthorizerFunction")),
        ..Cost::default()
    };
    sum.add(SIGN_INS * AUTHORIZER_CALLS_PER_SIGN_IN, authorizer);
    let stored = STORED_PER_CUSTOMER + STORED_PER_ADDRESS * addresses;
    sum.table += REGISTERED_PER_ACTIVE * stored / 1e9 * prices::STORED_GB_MONTH;
    sum
}

impl Usage {
    /// Bytes in the function's log and in the gateway's.
    fn logged(&self, template: &Template, measured: Measured) -> [usize; 2] {
        let gateway = match self.kind {
            Kind::Request(method, route) => template.access_log_line(method, route).len(),
            Kind::Mail | Kind::Fate => 0,
        };
        [measured.logged + template.system_log_bytes(), gateway]
    }

    fn cost(&self, template: &Template, measured: Measured) -> Cost {
        let table = measured.read_units * template.price("DynamoDb", "MillionReadUnits")
            + measured.write_units * template.price("DynamoDb", "MillionWriteUnits");
        let network = measured.calls * NETWORK_MS;
        let (gateway, rest, waiting) = match self.kind {
            Kind::Request(..) if self.function == "TokensFunction" => {
                (1.0, template.price("Kms", "MillionSignatures"), network)
            }
            Kind::Request(..) => (1.0, 0.0, network),
            Kind::Mail => (0.0, template.price("Mail", "Million"), network + SES_MS),
            Kind::Fate => (0.0, 0.0, network),
        };
        let [own, of_gateway] = self.logged(template, measured);
        let million_requests =
            template.price("ApiGateway", "MillionRequests") + prices::WEB_ACL_MILLION_REQUESTS;
        Cost {
            gateway: gateway * million_requests / 1e6,
            functions: invocation(template, self.function, measured.millis, waiting),
            table: table / 1e6,
            rest: (rest + measured.events as f64 * prices::EVENT_MILLION) / 1e6,
            logs: logged(template, own, template.function_log_days(self.function))
                + logged(template, of_gateway, template.access_log_days()),
        }
    }
}

/// What one call of a function costs that computes and waits so many milliseconds.
fn invocation(template: &Template, function: &str, computing: f64, waiting: f64) -> f64 {
    let memory = template.memory(function);
    let millis = (computing * (PROCESSOR_MB / memory).max(1.0) + waiting).ceil();
    template.price("Lambda", "MillionCalls") / 1e6
        + millis / 1e3 * memory / 1_024.0 * template.price("Lambda", "GigabyteSecond")
}

/// What it costs to log so many bytes and keep them so many days.
fn logged(template: &Template, bytes: usize, days: f64) -> f64 {
    let kept = days / 30.0 * prices::LOG_STORED_GB_MONTH;
    bytes as f64 * (template.price("Logs", "Gigabyte") + kept) / 1e9
}

impl Cost {
    fn add(&mut self, times: f64, other: Cost) {
        self.gateway += times * other.gateway;
        self.functions += times * other.functions;
        self.table += times * other.table;
        self.rest += times * other.rest;
        self.logs += times * other.logs;
    }

    fn total(self) -> f64 {
        self.gateway + self.functions + self.table + self.rest + self.logs
    }
}

/// Several runs of each operation.
type Runs = HashMap<&'static str, Vec<Measured>>;

/// Runs the operations of customers with so many addresses against the dev server.
async fn measure(shop: &Shop, kind: &str, addresses: usize) -> HashMap<&'static str, Measured> {
    let mut measured = Runs::new();
    for round in 0..ROUNDS {
        let email = format!("{kind}{round}@example.com");
        let registered = shop.register_confirmed(&email).await;
        shop.mail_settled().await;
        let signed_in = record(&mut measured, shop, "sign in", shop.try_sign_in(&email, PASSWORD)).await;
        let customer = Customer::new(shop.anonymous(), &registered.reference, &email, PASSWORD, &signed_in);
        for _ in 1..addresses {
            customer.add_address(json!({})).await;
        }
        record(&mut measured, shop, "add address", customer.post(&customer.addresses_path(), address()))
            .await;
        record(&mut measured, shop, "read profile", customer.get(&customer.path())).await;
        record(&mut measured, shop, "read addresses", customer.get(&customer.addresses_path())).await;
        let anonymous = shop.anonymous();
        let forgotten = anonymous.post("/customer-forgotten-password", json!({ "email": email }));
        record(&mut measured, shop, "forgot password", forgotten).await;
        record_mail(&mut measured, shop, "mail a key", "Mail");
        // Of the dearer kind: it ends an address's time without notices.
        record_mail(&mut measured, shop, "hear of a mail", "MailFate");
        let restore = json!({
            "restorePasswordKey": shop.mail_to(&email, PASSWORD_RESET).await.token(),
            "password": NEW_PASSWORD,
            "confirmPassword": NEW_PASSWORD,
        });
        let restored = anonymous.patch("/customer-restore-password", restore);
        record(&mut measured, shop, "restore password", restored).await;
        record_mail(&mut measured, shop, "mail a notice", "Mail");
        let (desk, reference) = (shop.desk("anna@example.com"), &registered.reference);
        record(&mut measured, shop, "desk: find", desk.find("email", &email)).await;
        record(&mut measured, shop, "desk: show", desk.show(reference)).await;
        record(&mut measured, shop, "desk: send reset", desk.act(reference, "send-reset")).await;
        shop.mail_settled().await;
    }
    measured.into_iter().map(|(name, runs)| (name, median(runs))).collect()
}

/// Sends a request and notes its line in the log, with the processor time that the dev server took for it.
async fn record(
    measured: &mut Runs,
    shop: &Shop,
    name: &'static str,
    request: impl Future<Output = Answer>,
) -> Answer {
    let told = shop.events().await.len();
    let (before, started) = (shop.log().len(), processor_millis());
    let answer = request.await;
    let millis = processor_millis() - started;
    assert!(answer.status < 300, "{}", answer.summary());
    let run = Measured::of(&shop.log()[before]);
    let events = shop.events().await.len() - told;
    measured.entry(name).or_default().push(Measured { millis, events, ..run });
    answer
}

/// Notes the mailer's last line about one of its operations.
fn record_mail(measured: &mut Runs, shop: &Shop, name: &'static str, operation: &str) {
    let (log, operation) = (shop.log(), format!(r#""operation":"{operation}""#));
    let line = log.iter().rfind(|line| line.contains(&operation)).expect("a mail was sent");
    measured.entry(name).or_default().push(Measured::of(line));
}

impl Measured {
    /// From a line in the log.
    fn of(line: &str) -> Measured {
        let entry: Value = serde_json::from_str(line).expect("a line is JSON");
        let figure = |name: &str| entry[name].as_f64().unwrap_or_default();
        Measured {
            calls: figure("readCalls") + figure("writeCalls"),
            read_units: figure("readUnits"),
            write_units: figure("writeUnits"),
            millis: figure("duration"),
            logged: line.len(),
            events: 0,
        }
    }
}

fn median(mut runs: Vec<Measured>) -> Measured {
    runs.sort_unstable_by(|one, other| one.millis.total_cmp(&other.millis));
    runs[runs.len() / 2]
}

fn processor_millis() -> f64 {
    processor_time("self").expect("Linux").as_secs_f64() * 1e3
}
