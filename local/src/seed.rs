//! Customers to try things on, made as clients make them: through the gateway.

mod addresses;
mod table;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use serde_json::{Value, json};
use shared::App;
use shared::domain::Email;
use shared::store::{EmailHash, Record};
use tokio::task::JoinSet;

use crate::server::Server;

/// From where requests come: this computer.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Satisfies the rules of both profiles, unless a longer one is asked for.
const PASSWORD: &str = "Change-me-1!";

/// As many failed attempts lock further ones out.
const ATTEMPTS: usize = 10;

/// What a seeded customer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fresh,
    Unconfirmed,
    LockedOut,
    TenAddresses,
    Anonymised,
}

const CUSTOMERS: [(State, &str, &str); 5] = [
    (State::Fresh, "fresh@example.com", "Frieda"),
    (State::Unconfirmed, "unconfirmed@example.com", "Ulla"),
    (State::LockedOut, "locked@example.com", "Lena"),
    (State::TenAddresses, "addresses@example.com", "Adele"),
    (State::Anonymised, "erased@example.com", "Erika"),
];

/// What has become of the wish for customers. Its text is a table of them.
#[derive(Debug, PartialEq, Eq)]
pub enum Seeded {
    /// They are there now, all with this password.
    Now { password: String },
    /// They were there already, and nothing was changed.
    Before { password: String },
    /// Other customers were there already, and nothing was changed.
    Never,
}

/// Why there are not all of the customers.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error("the table cannot be read: {0:?}")]
    Table(shared::Error),
    #[error("{call} was answered with {status}: {answer}")]
    Refused { call: String, status: StatusCode, answer: String },
    #[error("no mail to confirm {0} arrived")]
    NoMail(&'static str),
}

impl Server {
    /// Fills a table without customers with five, and leaves any other as it is.
    ///
    /// # Errors
    ///
    /// A table that cannot be read, or settings with which the customers cannot be made.
    pub async fn seed(&self) -> Result<Seeded, SeedError> {
        let app = self.app();
        let password = password(app.config.password_min_length);
        if has_customers(&app).await.map_err(SeedError::Table)? {
            return match has_seeded(&app).await.map_err(SeedError::Table)? {
                true => Ok(Seeded::Before { password }),
                false => Ok(Seeded::Never),
            };
        }
        let seed = Seed { server: self, password };
        // The first to be registered is the last to be anonymised, which tells a whole seed from one that was interrupted.
        for (_, email, first_name) in CUSTOMERS.into_iter().rev() {
            seed.register(email, first_name).await?;
        }
        self.mail_settled().await;
        for (state, email, first_name) in CUSTOMERS {
            if state != State::Unconfirmed {
                seed.confirm(email).await?;
            }
            match state {
                State::Fresh | State::Unconfirmed => {}
                State::LockedOut => seed.lock_out(email).await?,
                State::TenAddresses => seed.add_addresses(email, first_name).await?,
                State::Anonymised => seed.anonymise(email).await?,
            }
        }
        self.mail_settled().await;
        Ok(Seeded::Now { password: seed.password })
    }
}

/// The password of all customers, as long as the settings ask for.
fn password(min_length: usize) -> String {
    PASSWORD.chars().cycle().take(min_length.max(PASSWORD.len())).collect()
}

/// Whether the table has an account, even one that cannot be read.
async fn has_customers(app: &App) -> Result<bool, shared::Error> {
    let mut after = None;
    loop {
        let (records, next) = app.store.records(after).await?;
        let is_account = |record: &Record| {
            matches!(record, Record::Customer { .. } | Record::Login(..) | Record::Unreadable(_))
        };
        if records.iter().any(is_account) {
            return Ok(true);
        }
        if next.is_none() {
            return Ok(false);
        }
        after = next;
    }
}

/// Whether all customers of the seed were made: each e-mail has its Login, but for that of the anonymised one.
async fn has_seeded(app: &App) -> Result<bool, shared::Error> {
    for (state, email, _) in CUSTOMERS {
        let email = Email::parse(email).expect("an e-mail address");
        let login = app.store.login_record(&EmailHash::of(&email)).await?;
        if login.is_some() != (state != State::Anonymised) {
            return Ok(false);
        }
    }
    Ok(true)
}

struct Seed<'a> {
    server: &'a Server,
    password: String,
}

/// Who has signed in.
struct Caller {
    token: String,
    /// `/customers/<reference>`
    path: String,
}

impl Seed<'_> {
    async fn register(&self, email: &str, first_name: &str) -> Result<(), SeedError> {
        let attributes = json!({
            "email": email,
            "salutation": "Ms",
            "firstName": first_name,
            "lastName": "Berg",
            "gender": "Female",
            "password": self.password,
            "confirmPassword": self.password,
            "acceptedTerms": true,
        });
        self.call(Method::POST, "/customers", None, attributes).await.map(drop)
    }

    /// Follows the link in the mail.
    async fn confirm(&self, email: &'static str) -> Result<(), SeedError> {
        let mails = self.server.mail().to(email);
        let key = mails.iter().rev().find_map(|mail| {
            let (_, rest) = mail.text.split_once("?token=")?;
            rest.split_whitespace().next()
        });
        let attributes = json!({ "registrationKey": key.ok_or(SeedError::NoMail(email))? });
        self.call(Method::POST, "/customer-confirmation", None, attributes).await.map(drop)
    }

    async fn sign_in(&self, email: &str) -> Result<Caller, SeedError> {
        let attributes = json!({ "username": email, "password": self.password });
        let answer = self.call(Method::POST, "/access-tokens", None, attributes).await?;
        let token = text(&answer["data"]["attributes"]["accessToken"]);
        let customers = self.call(Method::GET, "/customers", Some(&token), Value::Null).await?;
        let path = format!("/customers/{}", text(&customers["data"][0]["id"]));
        Ok(Caller { token, path })
    }

    /// Lock-outs are for one e-mail from one address, so this one is for both of this computer's.
    async fn lock_out(&self, email: &str) -> Result<(), SeedError> {
        let attributes = json!({ "username": email, "password": "not the password" });
        let mut attempts = JoinSet::new();
        for peer in [HERE, Ipv6Addr::LOCALHOST.into()] {
            for _ in 0..ATTEMPTS {
                let request = request(Method::POST, "/access-tokens", None, attributes.clone());
                let gateway = self.server.gateway();
                attempts.spawn(async move { gateway.answer(request, peer).await.status() });
            }
        }
        for status in attempts.join_all().await {
            if status != StatusCode::UNAUTHORIZED {
                let call = format!("a wrong password for {email}");
                return Err(SeedError::Refused { call, status, answer: String::new() });
            }
        }
        Ok(())
    }

    async fn add_addresses(&self, email: &str, first_name: &str) -> Result<(), SeedError> {
        let caller = self.sign_in(email).await?;
        let path = format!("{}/addresses", caller.path);
        for address in addresses::of(first_name) {
            self.call(Method::POST, &path, Some(&caller.token), address).await?;
        }
        self.call(Method::DELETE, "/refresh-tokens/mine", Some(&caller.token), Value::Null).await.map(drop)
    }

    async fn anonymise(&self, email: &str) -> Result<(), SeedError> {
        let caller = self.sign_in(email).await?;
        self.call(Method::DELETE, &caller.path, Some(&caller.token), Value::Null).await.map(drop)
    }

    /// The answer, which is null if it has no body.
    async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        attributes: Value,
    ) -> Result<Value, SeedError> {
        let call = format!("{method} {path}");
        let request = request(method, path, token, attributes);
        let (head, body) = Box::pin(self.server.gateway().answer(request, HERE)).await.into_parts();
        let Ok(body) = body.collect().await;
        let body = body.to_bytes();
        match head.status.is_success() {
            true => Ok(serde_json::from_slice(&body).unwrap_or_default()),
            false => {
                let answer = String::from_utf8_lossy(&body).into_owned();
                Err(SeedError::Refused { call, status: head.status, answer })
            }
        }
    }
}

/// A request as storefronts send it, without a body if there are no attributes.
fn request(method: Method, path: &str, token: Option<&str>, attributes: Value) -> Request<Full<Bytes>> {
    let kind = path.rsplit('/').next().unwrap_or_default();
    let body = match attributes {
        Value::Null => String::new(),
        attributes => json!({ "data": { "type": kind, "attributes": attributes } }).to_string(),
    };
    let request =
        Request::builder().method(method).uri(path).header("Content-Type", "application/vnd.api+json");
    let request = match token {
        Some(token) => request.header("Authorization", format!("Bearer {token}")),
        None => request,
    };
    request.body(Full::from(body)).expect("paths and tokens of the API are valid in a request")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
