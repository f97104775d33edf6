//! A step resolved against the state at a quiet point, and the request it becomes.

use serde_json::{Map, Value, json};

use super::state::{Account, Label, Model, Session, State};
use super::step::{By, DEAD, Defaults, Field, NewEmail, Step, spell};
use crate::{Client, Request, address, merged, registration};

#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Of what it creates.
    pub(super) label: Label,
    pub(super) caller: Option<Caller>,
    pub(super) act: Act,
}

#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) account: Label,
    pub(super) session: Label,
    pub(super) reference: String,
    pub(super) access_token: String,
}

#[derive(Clone, Debug)]
pub(super) enum Act {
    Register { slot: usize, attributes: Value, key: Option<String> },
    Read,
    Update { changes: Map<String, Value> },
    Erase,
    AddAddress { attributes: Value, key: Option<String> },
    ChangeAddress { id: String, changes: Map<String, Value> },
    DeleteAddress { id: String },
    ChangePassword { current: String, new: String },
    Forgot { email: String },
    Restore { key: String, new: String },
    Confirm { key: String },
    SignIn { email: String, password: String },
    Refresh { account: Label, session: Label, token: String },
    SignOut { token: String },
    SignOutEverywhere,
    EndSession { id: String },
}

const WRONG_PASSWORD: &str = "Wrong.123-Guess";
const UNKNOWN_ADDRESS: &str = "00000000-0000-4000-8000-000000000000";
const CITIES: [&str; 4] = ["Berlin", "Bonn", "Hamburg", "Leipzig"];

/// `None` for an empty slot.
pub(super) fn resolve(step: &Step, label: Label, model: &Model) -> Option<Call> {
    let by = |by: &By| caller(model, *by);
    let (caller, act) = match step {
        Step::Register { slot, email, key } => {
            let password = password(*slot, 0);
            let own = json!({"email": email.text(), "password": password, "confirmPassword": password});
            let key = key.map(|key| registration_key(model, key));
            (None, Act::Register { slot: *slot, attributes: merged(registration(""), own), key })
        }
        Step::Read { by: who } => (Some(by(who)?), Act::Read),
        Step::Update { by: who, email, field } => {
            let (_, account) = model.in_slot(who.slot)?;
            (Some(by(who)?), Act::Update { changes: profile_changes(account, *email, *field) })
        }
        Step::Erase { by: who } => (Some(by(who)?), Act::Erase),
        Step::AddAddress { by: who, city, defaults, key } => {
            let attributes = merged(address(), Value::Object(address_changes(*city, *defaults)));
            let key = key.map(|key| format!("address-{key}"));
            (Some(by(who)?), Act::AddAddress { attributes, key })
        }
        Step::ChangeAddress { by: who, address, city, defaults } => {
            let id = address_id(model, *who, *address)?;
            (Some(by(who)?), Act::ChangeAddress { id, changes: address_changes(*city, *defaults) })
        }
        Step::DeleteAddress { by: who, address } => {
            (Some(by(who)?), Act::DeleteAddress { id: address_id(model, *who, *address)? })
        }
        Step::ChangePassword { by: who, right, new } => {
            let (_, account) = model.in_slot(who.slot)?;
            let current = if *right { account.password.clone() } else { WRONG_PASSWORD.to_owned() };
            (Some(by(who)?), Act::ChangePassword { current, new: password(who.slot, 1 + new) })
        }
        Step::Forgot { slot, email } => {
            let (_, account) = model.in_slot(*slot)?;
            (None, Act::Forgot { email: new_email(account, *email) })
        }
        Step::Restore { slot, age, new } => {
            let (_, account) = model.in_slot(*slot)?;
            let key = nth_newest(&account.reset.mailed, *age).map(|(key, _)| key.clone());
            let key = key.unwrap_or_else(|| "never-mailed".to_owned());
            (None, Act::Restore { key, new: password(*slot, 1 + new) })
        }
        Step::Confirm { slot, age } => {
            let (_, account) = model.in_slot(*slot)?;
            let key = nth_newest(&account.registration.mailed, *age).map(|(key, _)| key.clone());
            (None, Act::Confirm { key: key.unwrap_or_else(|| "never-mailed".to_owned()) })
        }
        Step::SignIn { slot, email, right } => {
            let (_, account) = model.in_slot(*slot)?;
            let password = if *right { account.password.clone() } else { WRONG_PASSWORD.to_owned() };
            (None, Act::SignIn { email: new_email(account, *email), password })
        }
        Step::Refresh { by: who, age } => {
            let (account, session, known) = session(model, *who)?;
            let token = nth_newest(&known.refresh_tokens, *age)?.clone();
            (None, Act::Refresh { account, session, token })
        }
        Step::SignOut { by: who, whose } => {
            let (.., target) = session(model, *whose)?;
            (Some(by(who)?), Act::SignOut { token: target.refresh_tokens.last()?.clone() })
        }
        Step::SignOutEverywhere { by: who } => (Some(by(who)?), Act::SignOutEverywhere),
        Step::EndSession { by: who, whose } => {
            let (.., target) = session(model, *whose)?;
            // A session that ended before it was observed has no known id.
            let id = if target.id.is_empty() { "unknown".to_owned() } else { target.id.clone() };
            (Some(by(who)?), Act::EndSession { id })
        }
    };
    Some(Call { label, caller, act })
}

impl Call {
    pub(super) fn request(&self) -> Request {
        let own = self.caller.as_ref().map(|caller| format!("/customers/{}", caller.reference));
        let own = own.unwrap_or_default();
        let addresses = format!("{own}/addresses");
        let post = |path: &str, attributes: &Value| Request::new("POST", path).attributes(attributes.clone());
        let patch = |path: &str, attributes: Value| Request::new("PATCH", path).attributes(attributes);
        let delete = |path: &str| Request::new("DELETE", path);
        let keyed = |request: Request, key: &Option<String>| match key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        };
        match &self.act {
            Act::Register { attributes, key, .. } => keyed(post("/customers", attributes), key),
            Act::Read => Request::new("GET", &format!("{own}?include=addresses")),
            Act::Update { changes } => patch(&own, Value::Object(changes.clone())),
            Act::Erase => delete(&own),
            Act::AddAddress { attributes, key } => keyed(post(&addresses, attributes), key),
            Act::ChangeAddress { id, changes } => {
                patch(&format!("{addresses}/{id}"), Value::Object(changes.clone()))
            }
            Act::DeleteAddress { id } => delete(&format!("{addresses}/{id}")),
            Act::ChangePassword { current, new } => {
                let attributes = json!({"password": current, "newPassword": new, "confirmPassword": new});
                patch("/customer-password", attributes)
            }
            Act::Forgot { email } => post("/customer-forgotten-password", &json!({"email": email})),
            Act::Restore { key, new } => {
                let attributes = json!({"restorePasswordKey": key, "password": new, "confirmPassword": new});
                patch("/customer-restore-password", attributes)
            }
            Act::Confirm { key } => post("/customer-confirmation", &json!({"registrationKey": key})),
            Act::SignIn { email, password } => {
                post("/access-tokens", &json!({"username": email, "password": password}))
            }
            Act::Refresh { token, .. } => post("/refresh-tokens", &json!({"refreshToken": token})),
            Act::SignOut { token } => delete(&format!("/refresh-tokens/{token}")),
            Act::SignOutEverywhere => delete("/refresh-tokens/mine"),
            Act::EndSession { id } => delete(&format!("{own}/sessions/{id}")),
        }
    }

    /// The sender.
    pub(super) fn client(&self, anonymous: Client) -> Client {
        match &self.caller {
            Some(caller) => anonymous.header("Authorization", &format!("Bearer {}", caller.access_token)),
            None => anonymous,
        }
    }
}

impl Act {
    pub(super) fn operation(&self) -> &'static str {
        match self {
            Act::Register { key: None, .. } => "register",
            Act::Register { .. } => "register with a key",
            Act::Read => "read",
            Act::Update { changes } if changes.contains_key("email") => "change the e-mail",
            Act::Update { .. } => "change the profile",
            Act::Erase => "erase",
            Act::AddAddress { key: None, .. } => "add an address",
            Act::AddAddress { .. } => "add an address with a key",
            Act::ChangeAddress { .. } => "change an address",
            Act::DeleteAddress { .. } => "delete an address",
            Act::ChangePassword { .. } => "change the password",
            Act::Forgot { .. } => "forget the password",
            Act::Restore { .. } => "restore the password",
            Act::Confirm { .. } => "confirm the e-mail",
            Act::SignIn { .. } => "sign in",
            Act::Refresh { .. } => "refresh",
            Act::SignOut { .. } => "sign out",
            Act::SignOutEverywhere => "sign out everywhere",
            Act::EndSession { .. } => "end a session",
        }
    }

    /// The most mails that it can cause.
    pub(super) fn mails(&self) -> usize {
        match self {
            Act::Update { changes } if changes.contains_key("email") => 2,
            Act::Register { .. }
            | Act::Erase
            | Act::ChangePassword { .. }
            | Act::Forgot { .. }
            | Act::Restore { .. }
            | Act::Refresh { .. } => 1,
            _ => 0,
        }
    }
}

/// How many of the calls, made in this state, may count as failed attempts for an e-mail. A password change counts for the
/// e-mail that the customer has at that moment, which another of the calls may change.
pub(super) fn attempts_of(calls: &[Call], email: &str, model: &Model) -> usize {
    let moves_to_it = |call: &Call| match &call.act {
        Act::Update { changes } => {
            changes.get("email").and_then(Value::as_str).is_some_and(|new| new.eq_ignore_ascii_case(email))
        }
        _ => false,
    };
    let owner = model.owner(email).map(|(label, _)| label);
    let may_change_hands = calls.iter().any(moves_to_it);
    let counts = |call: &&Call| match &call.act {
        Act::SignIn { email: tried, .. } => tried.eq_ignore_ascii_case(email),
        Act::ChangePassword { .. } => {
            may_change_hands || call.caller.as_ref().map(|caller| caller.account) == owner
        }
        // A repetition with another password.
        Act::Register { attributes, key: Some(_), .. } => {
            attributes["email"].as_str().is_some_and(|tried| tried.eq_ignore_ascii_case(email))
        }
        _ => false,
    };
    calls.iter().filter(counts).count()
}

fn caller(model: &Model, by: By) -> Option<Caller> {
    let (account, label, known) = session(model, by)?;
    let reference = model.accounts[&account].reference.clone();
    let access_token = known.access_tokens.last()?.clone();
    Some(Caller { account, session: label, reference, access_token })
}

fn session(model: &Model, by: By) -> Option<(Label, Label, &Session)> {
    let (label, account) = model.in_slot(by.slot)?;
    let is_alive = |(_, session): &(&Label, &Session)| session.state == State::Alive;
    let (alive, dead): (Vec<_>, Vec<_>) = account.sessions.iter().partition(is_alive);
    let chosen = if by.session == DEAD || alive.is_empty() { dead.last() } else { None };
    let chosen = chosen.or_else(|| alive.get(by.session.checked_rem(alive.len())?))?;
    Some((label, *chosen.0, chosen.1))
}

/// An erased customer's addresses no longer exist, nor do their ids.
fn address_id(model: &Model, by: By, index: usize) -> Option<String> {
    let (_, account) = model.in_slot(by.slot)?;
    let known = index.checked_rem(account.addresses.len()).map(|index| account.addresses[index].id.clone());
    Some(known.unwrap_or_else(|| UNKNOWN_ADDRESS.to_owned()))
}

fn nth_newest<T>(oldest_first: &[T], age: usize) -> Option<&T> {
    oldest_first.iter().rev().nth(age).or(oldest_first.first())
}

fn password(slot: usize, number: usize) -> String {
    format!("Change.{slot}{number}-Now")
}

/// A key whose registration was forgotten, because its mailbox's owner took the account over or a day has passed, is not
/// used again:
/// the service registers with it once more but does not remember that.
fn registration_key(model: &Model, key: usize) -> String {
    let mut candidates = (0..).map(|generation| format!("registration-{key}-{generation}"));
    candidates.find(|key| !model.spent_keys.contains(key)).expect("there is always another number")
}

fn profile_changes(account: &Account, email: Option<NewEmail>, field: Option<Field>) -> Map<String, Value> {
    let mut changes = Map::new();
    let email = email.map(|email| Value::from(new_email(account, email)));
    changes.extend(email.map(|email| ("email".to_owned(), email)));
    if let Some(Field { name, value }) = field {
        let (name, values) = match name % 5 {
            0 => ("firstName", ["Ann", "Ben", "Cleo"]),
            1 => ("lastName", ["Doe", "Roe", "Poe"]),
            2 => ("salutation", ["Mr", "Dr", "n/a"]),
            3 => ("gender", ["Male", "Female", "Male"]),
            _ => ("dateOfBirth", ["2000-01-01", "1999-12-31", ""]),
        };
        changes.insert(name.to_owned(), values[value % values.len()].into());
    }
    changes
}

fn new_email(account: &Account, email: NewEmail) -> String {
    let own = account.email().unwrap_or("nobody@example.com");
    match email {
        NewEmail::Own => own.to_owned(),
        NewEmail::Recased(spelling) => spell(own, spelling),
        NewEmail::Other(spelled) => spelled.text(),
    }
}

fn address_changes(city: usize, defaults: Defaults) -> Map<String, Value> {
    let changes = json!({
        "city": CITIES[city % CITIES.len()],
        "isDefaultShipping": defaults.shipping,
        "isDefaultBilling": defaults.billing,
    });
    let Value::Object(changes) = changes else { unreachable!("it is an object") };
    changes
}
