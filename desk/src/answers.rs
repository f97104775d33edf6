//! What the API answers, as far as a command shows it.

use serde::Deserialize;

/// The answer to a search.
#[derive(Deserialize)]
pub struct Found {
    pub data: Vec<Resource<Profile>>,
    pub meta: FoundMeta,
}

#[derive(Deserialize)]
pub struct FoundMeta {
    /// There are others, of whom nothing is shown.
    pub more: bool,
    /// The search ran out of time.
    pub incomplete: bool,
}

#[derive(Deserialize)]
pub struct Resource<T> {
    pub id: String,
    pub attributes: T,
}

/// Empty where an anonymised customer has nothing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub created_at: String,
}

/// Everything that support sees of a customer, but for what only the page and `--json` show.
#[derive(Deserialize)]
pub struct Shown {
    pub data: Resource<Profile>,
    #[serde(default)]
    pub included: Vec<Resource<Address>>,
    pub meta: Card,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub address1: Option<String>,
    pub address2: Option<String>,
    pub zip_code: Option<String>,
    pub city: Option<String>,
    pub iso2_code: Option<String>,
    pub is_default_shipping: bool,
    pub is_default_billing: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    pub is_confirmed: bool,
    pub confirmed_at: Option<String>,
    pub is_anonymised: bool,
    pub has_password: bool,
    pub language: Option<String>,
    pub pending_email: Option<String>,
    /// Until when a former e-mail can take the account back.
    pub take_back_until: Option<String>,
    pub sign_in: SignIn,
    pub sessions: Vec<Session>,
    pub mails: Vec<Mail>,
    pub trail: Vec<Entry>,
}

/// Of the last 15 minutes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    pub failed_attempts: u64,
    pub places: u64,
    pub locked_places: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    pub device: Option<String>,
    pub started_at: String,
    pub last_seen_at: String,
}

#[derive(Deserialize)]
pub struct Mail {
    pub kind: String,
    pub state: String,
    /// Unknown for some that wait.
    pub at: Option<String>,
    pub detail: Option<String>,
}

#[derive(Deserialize)]
pub struct Entry {
    pub at: String,
    pub who: String,
    pub action: String,
    pub reason: String,
}

/// Of an action that mails a key.
#[derive(Deserialize)]
pub struct Ordered {
    pub meta: OrderedMeta,
}

#[derive(Deserialize)]
pub struct OrderedMeta {
    /// `false` if the caps on such mails hold it back.
    pub ordered: bool,
}

/// Any error.
#[derive(Deserialize)]
pub struct Errors {
    pub errors: Vec<Error>,
}

#[derive(Deserialize)]
pub struct Error {
    pub code: Option<String>,
    pub detail: String,
}
