//! Each function may do with the table and other services exactly what it is observed to do, no more and no less.

mod recorder;
mod role;
mod shop;

use std::collections::BTreeSet;

use local::Failure;
use serde_json::{Value, json};
use tests::{NEW_PASSWORD, PASSWORD, address, registration};

use self::shop::Shop;
use crate::project::Template;

const CUSTOMERS: &str = "CustomersFunction";
const REGISTRATION: &str = "RegistrationFunction";
const ADDRESSES: &str = "AddressesFunction";
const PASSWORDS: &str = "PasswordsFunction";
const TOKENS: &str = "TokensFunction";
const FALLBACK: &str = "FallbackFunction";
const NONE: Value = Value::Null;

#[tokio::test]
async fn functions_may_do_exactly_what_they_are_observed_to_do() {
    let shop = Shop::open().await;
    registrations(&shop).await;
    signing_in(&shop).await;
    staying_signed_in(&shop).await;
    profiles(&shop).await;
    address_books(&shop).await;
    passwords(&shop).await;
    stolen_tokens(&shop).await;
    taking_back(&shop).await;
    mails_that_cannot_be_sent(&shop).await;
    help_desk(&shop).await;
    fates_of_mails(&shop).await;
    anonymisations(&shop).await;
    items_of_an_older_layout(&shop).await;
    shop.call(FALLBACK, "GET /carts", NONE).await.expect(404);

    let template = Template::read();
    let mut differences = Vec::new();
    for function in template.functions() {
        let (allowed, seen) = (role::permissions(&template, function), shop.seen(function));
        let surplus = allowed.difference(&seen).map(|it| format!("{function} may {it}, but never does"));
        let missing = seen.difference(&allowed).map(|it| format!("{function} does {it}, but may not"));
        differences.extend(surplus.chain(missing));
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn every_function_has_a_role_of_its_own_without_wildcards_and_managed_policies() {
    let template = Template::read();
    let mut roles = BTreeSet::new();
    for function in template.functions() {
        assert!(roles.insert(role::name(&template, function)), "{function} shares its role");
        let role = role::of(&template, function);
        assert!(role.get("ManagedPolicyArns").is_none(), "{function}");
        assert!(
            template.resource(function)["Properties"].get("Policies").is_none(),
            "{function}: SAM's own role"
        );
        for statement in role::statements(role) {
            let actions = role::texts(&statement["Action"]);
            // Held by its condition instead.
            let targets =
                if actions == ["ses:SendRawEmail"] { vec![] } else { role::texts(&statement["Resource"]) };
            for text in actions.into_iter().chain(targets) {
                assert!(!text.contains('*'), "{function}: {text}");
            }
        }
    }
}

/// X-Ray's actions know no resources, so they are no part of a role that needs none.
#[test]
fn functions_may_write_traces_only_if_there_are_to_be_any() {
    let template = Template::read();
    for function in template.functions() {
        let policies: Vec<&Value> = role::conditional(role::of(&template, function)).collect();
        let [policy] = policies[..] else { panic!("{function}: {policies:?}") };
        assert_eq!((&policy[0], &policy[2]), (&"Traces".into(), &"AWS::NoValue".into()), "{function}");
        let statement = &policy[1]["PolicyDocument"]["Statement"][0];
        let expected = json!(["xray:PutTraceSegments", "xray:PutTelemetryRecords"]);
        assert_eq!(statement["Action"], expected, "{function}");
    }
    assert_eq!(template.parameter("Tracing")["Default"], "false");
}

/// Amazon SES asks for the recipient's identity too, where it is one of the account's own, and for the configuration set.
#[test]
fn the_mailer_may_send_to_and_through_anything_of_the_account_but_only_from_the_sender() {
    let template = Template::read();
    let role = role::of(&template, "MailerFunction");
    let mut sending = role::statements(role).filter(|statement| statement.to_string().contains("ses:"));
    let statement = sending.next().expect("a statement");
    assert!(sending.next().is_none());
    assert_eq!(statement["Action"], "ses:SendRawEmail");
    assert_eq!(statement["Condition"], json!({ "StringEquals": { "ses:FromAddress": "MailFrom" } }));
    let account = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}";
    let expected = [format!("{account}:identity/*"), format!("{account}:configuration-set/*")];
    assert_eq!(role::texts(&statement["Resource"]), expected);
}

/// A stream's ARN is no resource of `ListStreams`, so a policy that names both allows nothing.
#[test]
fn a_pipe_may_read_the_stream_and_send_to_its_target_and_its_dead_letters() {
    let template = Template::read();
    for (pipe, action, target) in
        [("MailPipe", "sqs:SendMessage", "MailQueue"), ("EventPipe", "events:PutEvents", "EventBus")]
    {
        let target = format!("{target}.Arn");
        let properties = &template.resource(pipe)["Properties"];
        assert_eq!(
            (&properties["Source"], &properties["Target"]),
            (&json!("Table.StreamArn"), &json!(target))
        );
        let expected = [
            ("dynamodb:DescribeStream", "Table.StreamArn"),
            ("dynamodb:GetRecords", "Table.StreamArn"),
            ("dynamodb:GetShardIterator", "Table.StreamArn"),
            ("sqs:SendMessage", "MailPipeDeadLetterQueue.Arn"),
            (action, &target),
        ];
        let role = &template.resource(&format!("{pipe}Role"))["Properties"];
        assert_eq!(allowed(role), BTreeSet::from(expected), "{pipe}");
    }
}

/// Of a role, each action with each of its resources.
fn allowed(role: &Value) -> BTreeSet<(&str, &str)> {
    role::statements(role)
        .flat_map(|statement| {
            let targets = role::texts(&statement["Resource"]);
            let actions = role::texts(&statement["Action"]);
            actions
                .into_iter()
                .flat_map(move |action| targets.clone().into_iter().map(move |on| (action, on)))
        })
        .collect()
}

/// More would be throttled, and a third reader's pipe would fail now and then.
#[test]
fn no_more_than_two_pipes_read_the_stream() {
    assert_eq!(Template::read().resources("AWS::Pipes::Pipe").len(), 2);
}

async fn help_desk(shop: &Shop) {
    let email = "sonia@example.com";
    shop.call(REGISTRATION, "POST /customers", registration(email)).await.expect(201);
    let caller = shop.sign_in(email, PASSWORD).await;
    let reference = &caller.reference;
    for filter in ["filter[email]=sonia@example.com", "filter[prefix]=son", "filter[name]=wag"] {
        shop.desk(&format!("GET /admin/customers?{filter}"), NONE).await.expect(200);
    }
    for path in ["", "/record"] {
        shop.desk(&format!("GET /admin/customers/{reference}{path}"), NONE).await.expect(200);
    }
    let act = |action: &str, attributes| {
        let call = format!("POST /admin/customers/{reference}/{action}");
        async move { shop.desk(&call, attributes).await }
    };
    act("send-confirmation", NONE).await.expect(202);
    act("confirm", NONE).await.expect(204);
    act("sign-out", NONE).await.expect(204);
    act("send-reset", NONE).await.expect(202);
    act("secure", NONE).await.expect(204);
    act("change-email", json!({ "email": "sonia@example.org" })).await.expect(204);
    act("anonymise", NONE).await.expect(204);
    shop.deliver_mails().await;
}

async fn registrations(shop: &Shop) {
    for email in ["john@example.com", "jane@example.com"] {
        shop.call(REGISTRATION, "POST /customers", registration(email)).await.expect(201);
    }
    shop.call(REGISTRATION, "POST /customers", registration("JOHN@example.com")).await.expect(422);
    shop.call(REGISTRATION, "POST /customers", json!({})).await.expect(422);
    let keyed = |attributes| {
        shop.call_keyed(REGISTRATION, "POST /customers", attributes, "8e03978e-40d5-43dd-bc93-6894a57f9324")
    };
    for _ in 0..2 {
        keyed(registration("jim@example.com")).await.expect(201);
    }
    keyed(registration("joe@example.com")).await.expect(422);
    shop.deliver_mails().await;
}

async fn signing_in(shop: &Shop) {
    // `tokens` hashes with other parameters than `customers`, so the first sign-in replaces the hash.
    shop.sign_in("john@example.com", PASSWORD).await;
    shop.sign_in("john@example.com", PASSWORD).await;
    let wrong = |email: &str| json!({ "username": email, "password": "wrong" });
    shop.call(TOKENS, "POST /access-tokens", wrong("john@example.com")).await.expect(401);
    for _ in 0..10 {
        shop.call(TOKENS, "POST /access-tokens", wrong("nobody@example.com")).await.expect(401);
    }
    shop.call(TOKENS, "POST /access-tokens", wrong("nobody@example.com")).await.expect(429);
    shop.pass_time(901);
    shop.call(TOKENS, "POST /access-tokens", wrong("nobody@example.com")).await.expect(401);
    for name in ["jwks.json", "openid-configuration", "oauth-authorization-server"] {
        shop.call(TOKENS, &format!("GET /.well-known/{name}"), NONE).await.expect(200);
    }
}

async fn staying_signed_in(shop: &Shop) {
    let john = shop.sign_in("john@example.com", PASSWORD).await;
    let refresh = |token: &str| shop.call(TOKENS, "POST /refresh-tokens", json!({ "refreshToken": token }));
    let (one, other) = tokio::join!(refresh(&john.refresh_token), refresh(&john.refresh_token));
    let second = one.expect(201).attribute("refreshToken");
    assert_eq!(other.expect(201).attribute("refreshToken"), second);
    refresh(&second).await.expect(201);
    shop.pass_time(11);
    refresh(&john.refresh_token).await.expect(401);
    john.call(TOKENS, "DELETE /refresh-tokens/mine", NONE).await.expect(401);

    let john = shop.sign_in("john@example.com", PASSWORD).await;
    john.call(TOKENS, "DELETE /refresh-tokens/unknown", NONE).await.expect(204);
    john.call(TOKENS, &format!("DELETE /refresh-tokens/{}", john.refresh_token), NONE).await.expect(204);
    let john = shop.sign_in("john@example.com", PASSWORD).await;
    john.call(TOKENS, "DELETE /refresh-tokens/mine", NONE).await.expect(204);
}

async fn profiles(shop: &Shop) {
    let john = shop.sign_in("john@example.com", PASSWORD).await;
    let jane = shop.sign_in("jane@example.com", PASSWORD).await;
    let path = format!("/customers/{}", john.reference);
    john.call(CUSTOMERS, &format!("GET {path}/export"), NONE).await.expect(200);
    john.call(CUSTOMERS, &format!("GET {path}/sessions"), NONE).await.expect(200);
    john.call(CUSTOMERS, &format!("DELETE {path}/sessions/unknown"), NONE).await.expect(204);
    john.call(CUSTOMERS, "GET /customers", NONE).await.expect(200);
    john.call(CUSTOMERS, &format!("GET {path}"), NONE).await.expect(200);
    jane.call(CUSTOMERS, &format!("GET {path}"), NONE).await.expect(404);
    let update = format!("PATCH {path}");
    let patch = |attributes: Value| john.call(CUSTOMERS, &update, attributes);
    let (one, other) =
        tokio::join!(patch(json!({ "lastName": "Roe" })), patch(json!({ "firstName": "Jack" })));
    one.expect(200);
    other.expect(200);
    patch(json!({ "email": "jane@example.com" })).await.expect(422);
    patch(json!({ "email": "jack@example.com" })).await.expect(200);
    patch(json!({ "email": "john@example.com" })).await.expect(200);
    shop.deliver_mails().await;
}

async fn address_books(shop: &Shop) {
    let john = shop.sign_in("john@example.com", PASSWORD).await;
    let path = format!("/customers/{}/addresses", john.reference);
    let create = format!("POST {path}");
    let add = || john.call(ADDRESSES, &create, address());
    let (one, other) = tokio::join!(add(), add());
    let (one, other) = (one.expect(201).id(), other.expect(201).id());
    john.call(ADDRESSES, &format!("GET {path}"), NONE).await.expect(200);
    john.call(ADDRESSES, &format!("GET {path}/{one}"), NONE).await.expect(200);
    john.call(ADDRESSES, &format!("PATCH {path}/{one}"), json!({ "isDefaultBilling": true }))
        .await
        .expect(200);
    john.call(ADDRESSES, &format!("DELETE {path}/{other}"), NONE).await.expect(204);
    john.call(ADDRESSES, &format!("DELETE {path}/{other}"), NONE).await.expect(404);
}

async fn passwords(shop: &Shop) {
    let john = shop.sign_in("john@example.com", PASSWORD).await;
    let change = |current: &str| json!({ "password": current, "newPassword": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD });
    john.call(PASSWORDS, "PATCH /customer-password", change("wrong")).await.expect(400);
    john.call(PASSWORDS, "PATCH /customer-password", change(PASSWORD)).await.expect(204);

    shop.pass_time(60);
    for email in ["john@example.com", "john@example.com", "nobody@example.com"] {
        let known_or_not = json!({ "email": email });
        shop.call(PASSWORDS, "POST /customer-forgotten-password", known_or_not).await.expect(204);
    }
    shop.deliver_mails().await;
    let restore =
        |key: &str| json!({ "restorePasswordKey": key, "password": PASSWORD, "confirmPassword": PASSWORD });
    let key = shop.mailed_key("john@example.com", "password-reset");
    shop.call(PASSWORDS, "PATCH /customer-restore-password", restore(&key)).await.expect(204);
    shop.call(PASSWORDS, "PATCH /customer-restore-password/x", restore(&key)).await.expect(422);
    let confirm = json!({ "registrationKey": shop.mailed_key("jane@example.com", "confirmation") });
    shop.call(PASSWORDS, "POST /customer-confirmation", confirm.clone()).await.expect(204);
    shop.call(PASSWORDS, "POST /customer-confirmation", confirm).await.expect(422);
    // The first has confirmed it, the second has not.
    for email in ["john@example.com", "jim@example.com"] {
        let request = json!({ "email": email });
        shop.call(PASSWORDS, "POST /customer-confirmation-requests", request).await.expect(204);
    }
    shop.deliver_mails().await;
}

/// By an e-mail that somebody else has taken meanwhile.
async fn taking_back(shop: &Shop) {
    let confirm = json!({ "registrationKey": shop.mailed_key("jim@example.com", "confirmation") });
    shop.call(PASSWORDS, "POST /customer-confirmation", confirm).await.expect(204);
    shop.pass_time(3_600);
    let jim = shop.sign_in("jim@example.com", PASSWORD).await;
    let update = format!("PATCH /customers/{}", jim.reference);
    jim.call(CUSTOMERS, &update, json!({ "email": "thief@example.com" })).await.expect(200);
    shop.deliver_mails().await;
    shop.call(REGISTRATION, "POST /customers", registration("jim@example.com")).await.expect(201);
    let restore = json!({ "restoreEmailKey": shop.mailed_key("jim@example.com", "email-changed") });
    shop.call(PASSWORDS, "POST /customer-email-restoration", restore).await.expect(204);
    shop.deliver_mails().await;
    shop.mailed_key("jim@example.com", "password-reset");
}

/// The customer, who has confirmed the e-mail by now, is told.
async fn stolen_tokens(shop: &Shop) {
    let john = shop.sign_in("john@example.com", PASSWORD).await;
    let refresh = || shop.call(TOKENS, "POST /refresh-tokens", json!({ "refreshToken": john.refresh_token }));
    refresh().await.expect(201);
    shop.pass_time(11);
    refresh().await.expect(401);
    shop.deliver_mails().await;
}

async fn mails_that_cannot_be_sent(shop: &Shop) {
    shop.inbox().fail_for("rejected@example.com", Failure::Rejected);
    shop.call(REGISTRATION, "POST /customers", registration("rejected@example.com")).await.expect(201);
    let forgotten = json!({ "email": "rejected@example.com" });
    shop.call(PASSWORDS, "POST /customer-forgotten-password", forgotten).await.expect(204);
    shop.deliver_mails().await;
}

async fn fates_of_mails(shop: &Shop) {
    let bounce = json!({ "bounceType": "Permanent", "bounceSubType": "General" });
    shop.tell_fate("jane@example.com", "Bounce", "bounce", bounce).await;
    shop.tell_fate("jim@example.com", "Delivery", "delivery", json!({})).await;
}

/// Each function that reads a customer completes such an item from the Login.
async fn items_of_an_older_layout(shop: &Shop) {
    shop.call(REGISTRATION, "POST /customers", registration("old@example.com")).await.expect(201);
    let old = shop.sign_in("old@example.com", PASSWORD).await;
    shop.forget_login(&old.reference).await;
    shop.deliver_mails().await;
    let path = format!("/customers/{}", old.reference);
    for (function, call, status) in [
        (CUSTOMERS, format!("GET {path}"), 200),
        (ADDRESSES, format!("GET {path}/addresses"), 200),
        (TOKENS, "DELETE /refresh-tokens/unknown".to_owned(), 204),
    ] {
        shop.forget_login(&old.reference).await;
        old.call(function, &call, NONE).await.expect(status);
    }
    shop.forget_login(&old.reference).await;
    let wrong = json!({ "password": "wrong", "newPassword": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD });
    old.call(PASSWORDS, "PATCH /customer-password", wrong).await.expect(400);
}

async fn anonymisations(shop: &Shop) {
    let jane = shop.sign_in("jane@example.com", PASSWORD).await;
    let delete = format!("DELETE /customers/{}", jane.reference);
    jane.call(
        CUSTOMERS,
        &format!("PATCH /customers/{}", jane.reference),
        json!({ "email": "j@example.com" }),
    )
    .await
    .expect(200);
    jane.call(CUSTOMERS, &delete, NONE).await.expect(204);
    jane.call(CUSTOMERS, &delete, NONE).await.expect(401);
    shop.deliver_mails().await;
}
