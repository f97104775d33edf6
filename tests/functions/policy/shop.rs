//! A shop whose functions each reach the services through a recorder of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use local::Inbox;
use serde_json::{Value, json};
use shared::App;
use shared::store::MailTrigger;

use super::recorder::{Access, Recorder};
use crate::project::Template;
use crate::world::World;
use tests::handlers;
use tests::kms::{ARNS, Kms};

pub(crate) struct Shop {
    world: World,
    /// By the name of their resource.
    functions: BTreeMap<String, Function>,
    /// How many accesses of each function have been searched for mails to send.
    searched: Mutex<BTreeMap<String, usize>>,
}

struct Function {
    binary: String,
    app: Arc<App>,
    table: Recorder,
    ses: Recorder,
    kms: Kms,
}

impl Shop {
    pub(crate) async fn open() -> Shop {
        let (world, template) = (World::start().await, Template::read());
        let mut functions = BTreeMap::new();
        for name in template.functions() {
            let table = Recorder::in_front_of_table(&world.setting("AWS_ENDPOINT_URL_DYNAMODB")).await;
            let ses = Recorder::in_front_of_ses(&world.setting("AWS_ENDPOINT_URL_SES")).await;
            let kms = Kms::start().await;
            let binary = template.binary(name).to_owned();
            let iterations = if binary == "customers" { "1" } else { "2" };
            let keys = ARNS.join(",");
            let own = [
                ("AWS_ENDPOINT_URL_DYNAMODB", &*table.endpoint),
                ("AWS_ENDPOINT_URL_SES", &*ses.endpoint),
                ("ARGON2_ITERATIONS", iterations),
                ("EMAIL_UNDO_HOURS", "1"),
            ];
            let app = world.app(&[&own[..], &kms.settings(&keys)].concat());
            functions.insert(name.to_owned(), Function { binary, app, table, ses, kms });
        }
        Shop { world, functions, searched: Mutex::default() }
    }

    /// Calls a function without a token. `call` is method and path; without attributes, the request has no body.
    pub(crate) async fn call(&self, function: &str, call: &str, attributes: Value) -> Outcome {
        self.send(function, call, &Value::Null, attributes, None).await
    }

    /// Calls the help desk as one of its people.
    pub(crate) async fn desk(&self, call: &str, attributes: Value) -> Outcome {
        self.send("AdminFunction", call, &Value::Null, attributes, None).await
    }

    /// The same request each time it is repeated with this key.
    pub(crate) async fn call_keyed(
        &self,
        function: &str,
        call: &str,
        attributes: Value,
        idempotency_key: &str,
    ) -> Outcome {
        self.send(function, call, &Value::Null, attributes, Some(idempotency_key)).await
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Caller<'_> {
        let credentials = json!({ "username": email, "password": password });
        let tokens = self.call("TokensFunction", "POST /access-tokens", credentials).await.expect(201);
        let event = json!({
            "type": "TOKEN",
            "methodArn": "arn:aws:execute-api:eu-central-1:123456789012:api123/prod/GET/customers",
            "authorizationToken": format!("Bearer {}", tokens.attribute("accessToken")),
        });
        let authorizer = &self.functions["AuthorizerFunction"].app;
        let response = handlers::authorize(authorizer, &event.to_string()).await.expect("a decision");
        let context = response.context;
        let reference = context["reference"].as_str().expect("the token is valid").to_owned();
        Caller { shop: self, context, reference, refresh_token: tokens.attribute("refreshToken") }
    }

    /// Passes every queued mail and reset request that was written since the last call to `mailer`.
    pub(crate) async fn deliver_mails(&self) {
        for (name, function) in &self.functions {
            let accesses = function.table.accesses();
            let done = self.searched.lock().expect("unpoisoned").insert(name.clone(), accesses.len());
            for access in accesses.into_iter().skip(done.unwrap_or_default()).filter(concerns_mailer) {
                let record = json!({
                    "eventName": "INSERT",
                    "dynamodb": { "Keys": { "pk": { "S": access.pk }, "sk": { "S": access.sk } } },
                });
                self.mail(&record).await;
            }
        }
    }

    /// Tells `mailer` what became of the newest mail to an address.
    pub(crate) async fn tell_fate(&self, to: &str, kind: &str, name: &str, said: Value) {
        let mails = self.inbox().to(to);
        let tags = &mails.last().expect("there is a mail").tags;
        let tags: Value = tags.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
        let body = json!({ "eventType": kind, "mail": { "tags": tags }, name: said });
        self.mail(&body).await;
    }

    /// Invokes `mailer` with a message.
    async fn mail(&self, body: &Value) {
        let event = json!({ "Records": [{ "messageId": "1", "body": body.to_string() }] });
        let response = handlers::mail(&self.functions["MailerFunction"].app, &event.to_string()).await;
        assert!(response.batch_item_failures.is_empty(), "{body}");
    }

    /// The key in the newest mail of a kind.
    #[track_caller]
    pub(crate) fn mailed_key(&self, to: &str, kind: &str) -> String {
        let mails = self.inbox().to(to);
        let mail = mails.iter().rev().find(|mail| mail.kind == kind).expect("there is a mail");
        let (_, key) = mail.text.split_once("?token=").expect("there is a link");
        key.lines().next().expect("a line").to_owned()
    }

    /// Makes of a customer's item what an older version wrote: password hash and confirmation are in the Login alone.
    pub(crate) async fn forget_login(&self, reference: &str) {
        let key = json!({ "pk": { "S": format!("CUSTOMER#{reference}") }, "sk": { "S": "CUSTOMER" } });
        let update = json!({ "Key": key, "UpdateExpression": "REMOVE password_hash, confirmed" });
        self.world.dynamodb("UpdateItem", update).await;
    }

    pub(crate) fn inbox(&self) -> &Inbox {
        self.world.inbox()
    }

    pub(crate) fn pass_time(&self, seconds: u64) {
        for function in self.functions.values() {
            function.app.clock.advance(Duration::from_secs(seconds));
        }
    }

    /// What a function has done, in the form of [`super::role::permissions`].
    pub(crate) fn seen(&self, function: &str) -> BTreeSet<String> {
        let Function { table, ses, kms, .. } = &self.functions[function];
        let mut seen = table.on_prefixes();
        seen.extend(ses.accesses().into_iter().map(|access| format!("ses:{}", access.action)));
        seen.extend(kms.calls().into_iter().map(|(operation, _)| format!("kms:{operation}")));
        seen
    }

    async fn send(
        &self,
        function: &str,
        call: &str,
        caller: &Value,
        attributes: Value,
        idempotency_key: Option<&str>,
    ) -> Outcome {
        let Function { app, binary, .. } = &self.functions[function];
        let (method, target) = call.split_once(' ').expect("method and path");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = query.split_once('=').map(|(name, value)| json!({ name: [value] }));
        let kind = match path.split('/').collect::<Vec<_>>()[..] {
            [_, _, _, "addresses", ..] => "addresses",
            [_, "admin", _, _, action] => action,
            [_, first, ..] => first,
            _ => panic!("{path} is no path"),
        };
        let body = (!attributes.is_null()).then(|| tests::document(kind, attributes).to_string());
        let mut headers = json!({ "Content-Type": ["application/vnd.api+json"] });
        // No function but the help desk's looks at either.
        headers["X-Reason"] = json!(["T-4711"]);
        if let Some(key) = idempotency_key {
            headers["Idempotency-Key"] = json!([key]);
        }
        let event = json!({
            "resource": path,
            "path": path,
            "httpMethod": method,
            "multiValueHeaders": headers,
            "multiValueQueryStringParameters": query,
            "requestContext": {
                "apiId": "api123",
                "stage": "prod",
                "httpMethod": method,
                "path": format!("/prod{path}"),
                "identity": { "sourceIp": "203.0.113.7", "userArn": "arn:aws:iam::123456789012:user/anna" },
                "authorizer": caller,
            },
            "body": body,
            "isBase64Encoded": false,
        });
        let reply = handlers::answer(binary, app, &event.to_string()).await;
        let body = serde_json::from_str(&handlers::text(&reply)).unwrap_or_default();
        Outcome { call: call.to_owned(), status: reply.status().as_u16(), body }
    }
}

/// A customer who has signed in.
pub(crate) struct Caller<'a> {
    shop: &'a Shop,
    context: Value,
    pub(crate) reference: String,
    pub(crate) refresh_token: String,
}

impl Caller<'_> {
    pub(crate) async fn call(&self, function: &str, call: &str, attributes: Value) -> Outcome {
        self.shop.send(function, call, &self.context, attributes, None).await
    }
}

pub(crate) struct Outcome {
    call: String,
    status: u16,
    body: Value,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Outcome {
        assert_eq!(self.status, status, "{}: {}", self.call, self.body);
        self
    }

    #[track_caller]
    pub(crate) fn attribute(&self, name: &str) -> String {
        self.body["data"]["attributes"][name].as_str().expect("a text").to_owned()
    }

    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.body["data"]["id"].as_str().expect("an id").to_owned()
    }
}

/// Whether the pipe's filter passes it. Unlike there, deletions cannot occur, because only writes are considered.
fn concerns_mailer(access: &Access) -> bool {
    let is_write = matches!(access.action.as_str(), "PutItem" | "UpdateItem");
    is_write && MailTrigger::parse(&access.pk, &access.sk).is_some()
}
