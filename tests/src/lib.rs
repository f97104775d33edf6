//! The client side of the black-box suite in `api/`: a shop with its own fresh server, and the clients that use it.
//!
//! What the suite expects comes from the HTTP contract alone.

mod answer;
mod checked;
mod client;
mod customer;
mod desk;
mod dice;
pub mod endurance;
pub mod errors;
mod events;
pub mod faults;
pub mod fixture;
pub mod fuzz;
pub mod handlers;
pub mod http;
mod items;
pub mod jwt;
pub mod kms;
pub mod mail;
pub mod model;
mod ordered;
pub mod rsa_keys;
mod table;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

pub use crate::answer::{Answer, Calls};
pub use crate::client::{Client, Request};
pub use crate::customer::Customer;
pub use crate::desk::Desk;
pub use crate::dice::Dice;
use crate::faults::Faults;
pub use crate::mail::{Mail, SentMail};
pub use crate::ordered::Ordered;
pub use crate::table::Table;

/// Satisfies the password rules of both profiles.
pub const PASSWORD: &str = "Change.123-Now";
/// Another such password.
pub const NEW_PASSWORD: &str = "Now!123-Changed";
/// Of the shop's own proxy, in a shop that is given it.
pub const PROXY_SECRET: &str = "the-shops-own-proxy-knows-this-secret";
pub const STOREFRONT: &str = "https://storefront.example";

/// A dev server of its own, with password hashes that cost next to nothing.
pub struct Shop {
    /// `None` once it has been stopped.
    server: Option<local::Server>,
    mails_read: Mutex<Vec<usize>>,
    log: Arc<Mutex<Vec<String>>>,
    is_broken_on_purpose: AtomicBool,
}

impl Shop {
    pub async fn start() -> Shop {
        Shop::with(&[]).await
    }

    /// With these additional environment variables for the functions.
    pub async fn with(settings: &[(&str, &str)]) -> Shop {
        Shop::open(None, settings).await
    }

    /// Keeps its data in a folder, so that a second shop can continue where the first one stopped.
    pub async fn with_data(folder: &Path, settings: &[(&str, &str)]) -> Shop {
        Shop::open(Some(folder), settings).await
    }

    /// With a proxy between the functions and DynamoDB that can make calls go wrong.
    pub async fn with_faults() -> (Shop, Faults) {
        let faults = Faults::start().await;
        let settings = [
            ("AWS_ENDPOINT_URL_DYNAMODB", &*faults.endpoint()),
            ("EMAIL_UNDO_HOURS", "1"),
            // What SES tells of a mail would be one more call, at any time.
            ("MAIL_CONFIGURATION_SET", ""),
        ];
        let shop = Shop::with(&settings).await;
        faults.lead_to(shop.server().dynamodb());
        (shop, faults)
    }

    async fn open(data: Option<&Path>, settings: &[(&str, &str)]) -> Shop {
        let base = [
            ("ARGON2_MEMORY_KIB", "8"),
            ("ARGON2_ITERATIONS", "1"),
            ("ARGON2_PARALLELISM", "1"),
            ("SIGNING_KEY_PKCS8", jwt::SIGNING_KEY),
            ("SIGN_IN_FLOOR_MS", "0"),
            ("STOREFRONT_URL", STOREFRONT),
        ];
        let settings =
            base.iter().chain(settings).map(|(name, value)| (String::from(*name), String::from(*value)));
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&log);
        let options = local::Options {
            data: data.map(Path::to_path_buf),
            settings: settings.collect::<HashMap<_, _>>(),
            log: shared::Log::from_fn(move |line| lines.lock().expect("unpoisoned").push(line.into())),
            ..local::Options::default()
        };
        let server = local::Server::start(options).await.expect("the dev server starts");
        Shop {
            server: Some(server),
            mails_read: Mutex::default(),
            log,
            is_broken_on_purpose: AtomicBool::new(false),
        }
    }

    pub async fn stop(mut self) {
        self.check_unless_broken_on_purpose().await;
        self.server.take().expect("it is running").stop().await;
    }

    pub fn server(&self) -> &local::Server {
        self.server.as_ref().expect("it is running")
    }

    pub fn base_url(&self) -> &str {
        self.server().base_url()
    }

    /// Advances the server's clock.
    pub fn advance(&self, seconds: u64) {
        self.server().clock().advance(Duration::from_secs(seconds));
    }

    /// Every line that the functions have logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().expect("unpoisoned").clone()
    }

    pub fn anonymous(&self) -> Client {
        Client::new(self.base_url())
    }

    /// A client with this address, behind the shop's own proxy.
    pub fn through_proxy(&self, address: &str) -> Client {
        self.anonymous().header("X-Proxy-Secret", PROXY_SECRET).header("X-Client-Address", address)
    }

    /// A client that presents this bearer token, valid or not.
    pub fn bearer(&self, token: &str) -> Client {
        self.anonymous().header("Authorization", &format!("Bearer {token}"))
    }

    /// An operator at the help desk, by the name under which IAM knows them.
    pub fn desk(&self, operator: &str) -> Desk {
        Desk::new(self.anonymous(), self.server().clock().clone(), operator)
    }

    /// A registered customer who has signed in.
    pub async fn register(&self, email: &str) -> Customer {
        let answer = self.anonymous().post("/customers", registration(email)).await.expect(201);
        let reference = answer.id();
        self.sign_in(&reference, email, PASSWORD).await
    }

    /// A registered customer who has signed in and confirmed the e-mail.
    pub async fn register_confirmed(&self, email: &str) -> Customer {
        let customer = self.register(email).await;
        self.confirm(email).await;
        customer
    }

    /// A new session of an existing account.
    pub async fn sign_in(&self, reference: &str, email: &str, password: &str) -> Customer {
        let answer = self.try_sign_in(email, password).await.expect(201);
        Customer::new(self.anonymous(), reference, email, password, &answer)
    }

    pub async fn try_sign_in(&self, email: &str, password: &str) -> Answer {
        self.anonymous().post("/access-tokens", json!({"username": email, "password": password})).await
    }

    pub async fn try_refresh(&self, refresh_token: &str) -> Answer {
        self.anonymous().post("/refresh-tokens", json!({"refreshToken": refresh_token})).await
    }
}

/// What a new customer sends, complete and correct in both profiles.
pub fn registration(email: &str) -> Value {
    json!({
        "salutation": "Mr",
        "firstName": "John",
        "lastName": "Doe",
        "email": email,
        "gender": "Male",
        "password": PASSWORD,
        "confirmPassword": PASSWORD,
        "acceptedTerms": true,
    })
}

/// An address, complete and correct in both profiles, that does not ask to be a default.
pub fn address() -> Value {
    json!({
        "salutation": "Mr",
        "firstName": "John",
        "lastName": "Doe",
        "address1": "11 Second Street",
        "address2": "4th Floor",
        "address3": "Suite 555",
        "zipCode": "12312",
        "city": "Berlin",
        "iso2Code": "DE",
        "company": "Doe & Sons",
        "phone": "22111-3-4-5",
        "isDefaultShipping": false,
        "isDefaultBilling": false,
    })
}

/// `base` with the members of `changes` set.
pub fn merged(mut base: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("{changes} is not an object") };
    base.as_object_mut().expect("attributes are an object").extend(changes);
    base
}

/// `base` without one of its members.
pub fn without(mut base: Value, member: &str) -> Value {
    base.as_object_mut().expect("attributes are an object").remove(member);
    base
}

/// `{"data":{"type":…,"attributes":…}}`
pub fn document(kind: &str, attributes: Value) -> Value {
    json!({"data": {"type": kind, "attributes": attributes}})
}
