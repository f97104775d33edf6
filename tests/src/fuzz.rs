//! Randomly mutated requests, tokens and messages, made from the files in `events/`, and what every answer to them must
//! look like.

use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};
use shared::{App, Reply};

use crate::handlers;
use crate::{Dice, Ordered};

/// Makes inputs by mutating events.
pub struct Fuzzer {
    dice: Dice,
    events: Vec<(String, Value)>,
    depth: Depth,
}

/// How far inputs may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Parsing, routing and validation: each input is made to fail before it reaches the table.
    Shallow,
    /// Inputs may reach the table.
    Table,
}

/// An event for a function, by the name of its crate.
#[derive(Clone, Debug)]
pub struct Input {
    pub function: String,
    pub event: String,
}

const METHODS: [&str; 9] = ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "TRACE", "get"];
const SEGMENTS: [&str; 27] = [
    "admin",
    "record",
    "secure",
    "customers",
    "addresses",
    "customer-password",
    "customer-forgotten-password",
    "customer-restore-password",
    "customer-confirmation",
    "customer-confirmation-requests",
    "customer-email-restoration",
    "access-tokens",
    "refresh-tokens",
    "mine",
    "token",
    ".well-known",
    "jwks.json",
    "openid-configuration",
    "DE--FIXTURE01",
    "3a6ee102-007f-5245-aaec-af5b6e05685b",
    "",
    "..",
    "%2F",
    "%00",
    "%",
    "ä",
    "*",
];
const TEXTS: [&str; 16] = [
    "",
    " ",
    "\0",
    "john.doe@example.com",
    "Mr",
    "DE",
    "2024-02-30",
    "change123",
    "Bearer x",
    "💥\u{202e}",
    "%00%ff",
    "customers",
    "application/vnd.api+json; charset=utf-8",
    "{\"data\":{}}",
    "fields[customers]",
    "include",
];
const HEADERS: [&str; 11] = [
    "X-Reason",
    "Content-Type",
    "Authorization",
    "Accept-Language",
    "User-Agent",
    "X-Forwarded-For",
    "X-Proxy-Secret",
    "X-Client-Address",
    "Origin",
    "If-Match",
    "Idempotency-Key",
];

impl Fuzzer {
    /// The same seed makes the same inputs. `events` is the project's folder of that name.
    pub fn new(seed: u64, events: &Path, depth: Depth) -> Fuzzer {
        let mut files: Vec<_> = std::fs::read_dir(events)
            .expect("the events are there")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        files.sort();
        let read = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let function = name.split('.').next().unwrap_or_default().to_owned();
            let text = std::fs::read_to_string(path).expect("a file");
            (function, serde_json::from_str(&text).expect("JSON"))
        };
        let events = files.iter().map(|path| read(path)).collect();
        Fuzzer { dice: Dice::new(seed), events, depth }
    }

    pub fn next_input(&mut self) -> Input {
        let (function, mut event) = self.events[self.dice.roll(self.events.len())].clone();
        match function.as_str() {
            "authorizer" => self.change_token(&mut event),
            "mailer" => self.change_messages(&mut event),
            _ => self.change_request(&mut event),
        }
        Input { function, event: event.to_string() }
    }

    fn change_request(&mut self, event: &mut Value) {
        let mut is_base64 = false;
        for _ in 0..=self.dice.roll(4) {
            match self.dice.roll(9) {
                0 => event["httpMethod"] = json!(METHODS[self.dice.roll(METHODS.len())]),
                1 => {
                    let path = self.path();
                    event["path"] = json!(path);
                }
                2 => {
                    let (name, value) = (HEADERS[self.dice.roll(HEADERS.len())], self.text());
                    event["headers"][name] = json!(value);
                    event["multiValueHeaders"][name] = json!([value]);
                }
                3 => {
                    let (name, value) = (self.text(), self.text());
                    event["queryStringParameters"] = json!({ name.clone(): value });
                    event["multiValueQueryStringParameters"] = json!({ name: [value] });
                }
                4 => event["requestContext"]["authorizer"] = self.value(2),
                5 => is_base64 = true,
                6 => event["body"] = self.value(1),
                _ => self.change_body(event),
            }
        }
        if self.depth == Depth::Shallow {
            hold_back(event);
        }
        // The gateway encodes the body itself, so the encoding is never wrong.
        if let (true, Some(body)) = (is_base64, event["body"].as_str()) {
            event["body"] = json!(STANDARD.encode(body));
            event["isBase64Encoded"] = json!(true);
        }
    }

    /// Another value somewhere in the document, or other bytes.
    fn change_body(&mut self, event: &mut Value) {
        let Some(text) = event["body"].as_str().map(str::to_owned) else { return };
        let changed = match serde_json::from_str::<Value>(&text) {
            Ok(mut document) if self.dice.roll(4) > 0 => {
                self.change_somewhere(&mut document);
                document.to_string()
            }
            _ => self.other_bytes(&text),
        };
        event["body"] = json!(changed);
    }

    fn change_somewhere(&mut self, value: &mut Value) {
        match value {
            Value::Object(members) if !members.is_empty() && self.dice.roll(8) > 0 => {
                let name = members.keys().nth(self.dice.roll(members.len())).cloned().unwrap_or_default();
                if self.dice.roll(12) == 0 {
                    members.remove(&name);
                } else if let Some(member) = members.get_mut(&name) {
                    self.change_somewhere(member);
                }
            }
            Value::Array(items) if !items.is_empty() && self.dice.roll(8) > 0 => {
                let index = self.dice.roll(items.len());
                self.change_somewhere(&mut items[index]);
            }
            _ => *value = self.value(3),
        }
    }

    fn other_bytes(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        for _ in 0..=self.dice.roll(3) {
            let at = self.dice.roll(characters.len().max(1)).min(characters.len());
            match self.dice.roll(3) {
                0 => characters.truncate(at),
                1 => characters.insert(at, ['"', '{', '}', '\\', '\0', 'é', '&', '%'][self.dice.roll(8)]),
                _ if at < characters.len() => drop(characters.remove(at)),
                _ => {}
            }
        }
        characters.into_iter().collect()
    }

    fn change_token(&mut self, event: &mut Value) {
        match self.dice.roll(4) {
            0 => event["authorizationToken"] = self.value(1),
            1 => event["methodArn"] = json!(self.text()),
            _ => {
                let token = event["authorizationToken"].as_str().unwrap_or_default().to_owned();
                event["authorizationToken"] = json!(self.other_bytes(&token));
            }
        }
    }

    fn change_messages(&mut self, event: &mut Value) {
        let body = event["Records"][0]["body"].as_str().unwrap_or_default().to_owned();
        let mut changed = match serde_json::from_str::<Value>(&body) {
            Ok(mut record) if self.dice.roll(3) > 0 => {
                self.change_somewhere(&mut record);
                record.to_string()
            }
            _ => self.other_bytes(&body),
        };
        if self.depth == Depth::Shallow {
            // So that no key concerns the mailer.
            changed = changed.replace("MAIL#", "NAIL#").replace("RESET_REQUEST", "RESET");
        }
        event["Records"][0]["body"] = json!(changed);
    }

    fn path(&mut self) -> String {
        let segments = (0..=self.dice.roll(5)).map(|_| SEGMENTS[self.dice.roll(SEGMENTS.len())]);
        let path: Vec<&str> = segments.collect();
        format!("/{}", path.join("/"))
    }

    fn text(&mut self) -> String {
        let text = TEXTS[self.dice.roll(TEXTS.len())];
        text.repeat([1, 1, 1, 2, 40][self.dice.roll(5)])
    }

    /// Any JSON, nested at most `depth` levels.
    fn value(&mut self, depth: usize) -> Value {
        match self.dice.roll(if depth == 0 { 5 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.dice.roll(2) == 0),
            2 => json!([0, 1, -1, i64::MAX, i64::MIN][self.dice.roll(5)]),
            3 | 4 => json!(self.text()),
            5 => json!([self.value(depth - 1), self.value(depth - 1)]),
            6 => json!({ self.text(): self.value(depth - 1) }),
            _ => json!(0.1),
        }
    }
}

/// Removes what an input needs to reach the table.
fn hold_back(event: &mut Value) {
    if let Some(context) = event["requestContext"].as_object_mut() {
        context.remove("authorizer");
        context.remove("identity");
    }
    let Some(body) = event["body"].as_str() else { return };
    let held_back = match serde_json::from_str::<Value>(body) {
        Ok(mut document) => {
            if let Some(attributes) = document.pointer_mut("/data/attributes").and_then(Value::as_object_mut)
            {
                for required in [
                    "email",
                    "username",
                    "refreshToken",
                    "restorePasswordKey",
                    "registrationKey",
                    "restoreEmailKey",
                ] {
                    attributes.insert(required.to_owned(), json!({}));
                }
            }
            document.to_string()
        }
        Err(_) => body.replace("password", "passw0rd").replace("refresh_token", "refresh_t0ken"),
    };
    event["body"] = json!(held_back);
}

/// Passes an input to its function. `None` if it is not an event that the gateway could send; otherwise what is wrong
/// with the answer, or an empty string.
pub async fn try_one(app: &Arc<App>, input: &Input) -> Option<String> {
    match input.function.as_str() {
        "authorizer" => {
            let event = serde_json::from_str(&input.event).ok()?;
            let decision = authorizer::handle(Arc::clone(app), event).await;
            Some(decision.err().map(|error| error.to_string()).unwrap_or_default())
        }
        "mailer" => {
            let event = serde_json::from_str(&input.event).ok()?;
            let answer = mailer::Mailer::new(Arc::clone(app)).handle(event).await;
            Some(answer.err().map(|error| error.to_string()).unwrap_or_default())
        }
        function => {
            let request = lambda_http::request::from_str(&input.event).ok()?;
            let reply = handlers::answer_request(function, app, request).await;
            Some(problem(function, &reply))
        }
    }
}

/// What is wrong with a reply; empty if nothing is.
fn problem(function: &str, reply: &Reply) -> String {
    let status = reply.status().as_u16();
    let text = String::from_utf8_lossy(reply.body()).into_owned();
    let content_type =
        reply.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_right = match (status, content_type) {
        (500.., _) => false,
        (204, _) => text.is_empty(),
        (200.., "application/vnd.api+json") => serde_json::from_str(&text).is_ok_and(|document| {
            let members = serde_json::from_str::<Ordered>(&text).ok().and_then(|ordered| ordered.members(""));
            is_document(function, status, &document, &members.unwrap_or_default())
        }),
        (200.., "application/json") => serde_json::from_str::<Map<String, Value>>(&text)
            .is_ok_and(|body| (status < 400) != body.contains_key("error")),
        _ => false,
    };
    if is_right { String::new() } else { format!("{status} {content_type} {text}") }
}

/// The envelope of section 2 of the contract; an export has `meta` as its last member, as section 8 specifies, and so has
/// what the help desk sees, where it may be alone.
fn is_document(function: &str, status: u16, document: &Value, members: &[String]) -> bool {
    let is_resource = |resource: &Value| {
        let id = &resource["id"];
        resource["type"].is_string() && (id.is_string() || id.is_null()) && resource["attributes"].is_object()
    };
    let is_error = |error: &Value| {
        let code = error.get("code");
        error["status"] == status && error["detail"].is_string() && code.is_none_or(Value::is_string)
    };
    let all = |value: &Value, check: &dyn Fn(&Value) -> bool| {
        value.as_array().is_some_and(|items| items.iter().all(check))
    };
    if status >= 400 {
        return members == ["errors"]
            && all(&document["errors"], &is_error)
            && document["errors"] != json!([]);
    }
    let data = &document["data"];
    let is_export = data["type"] == "customers" && document["meta"]["pendingMails"].is_array();
    let is_desks = function == "admin";
    if is_desks && status == 202 {
        return members == ["meta"] && document["meta"]["ordered"].is_boolean();
    }
    let members = match members {
        [others @ .., last] if (is_export || is_desks) && last == "meta" => others,
        all => all,
    };
    let known = members.iter().all(|member| ["data", "links", "included"].contains(&member.as_str()));
    known
        && members.first().is_some_and(|first| first == "data")
        && (is_resource(data) || (all(data, &is_resource) && document["links"]["self"].is_string()))
        && document.get("included").is_none_or(|included| all(included, &is_resource))
}
