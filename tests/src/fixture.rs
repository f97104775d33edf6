//! The data that the files in `events/` assume, as `events/README.md` describes it.

use std::time::Duration;

use serde_json::json;
use shared::App;
use shared::domain::{
    Address, Customer, CustomerKey, CustomerReference, DefaultFlags, Email, KeyHashes, Language, MailId,
    Name, NewAddress, NewCustomer, NewMail, Password, Recipient, RefreshToken, Salutation, Session,
    SessionId,
};
use shared::runtime::config::Gateway;
use shared::store::{EmailHash, PasswordOf, RequestedMail};
use shared::tokens::{Claims, secret_hash, session_id};

/// The placeholders in events for values that exist only at run time, each with its value.
pub type Placeholders = [(&'static str, String); 4];

const REFERENCE: &str = "DE--FIXTURE01";
const SESSION: &str = "fixture-session";
const ADDRESS: &str = "3a6ee102-007f-5245-aaec-af5b6e05685b";
const CONFIRMATION: &str = "confirmation#0b7c1e52-5d0c-4d3c-9a0e-6a1f2f6f6a01";
const PASSWORD_CHANGED: &str = "password-changed#0b7c1e52-5d0c-4d3c-9a0e-6a1f2f6f6a02";
const EMAIL_CHANGED: &str = "email-changed#0b7c1e52-5d0c-4d3c-9a0e-6a1f2f6f6a03";
const ACCOUNT_ERASED: &str = "account-erased#0b7c1e52-5d0c-4d3c-9a0e-6a1f2f6f6a04";
const SESSION_REUSED: &str = "session-reused#0b7c1e52-5d0c-4d3c-9a0e-6a1f2f6f6a05";
/// 2100-01-01, in seconds.
const FAR_FUTURE: u64 = 4_102_444_800;

/// Puts the data into an empty table.
pub async fn put(app: &App) -> Placeholders {
    register(app, "DE--SOMEBODY", "somebody@example.com").await;
    let (reference, email) = register(app, REFERENCE, "john.doe@example.com").await;
    let (restore_key, registration_key) = complete(app, &reference).await;
    let token = || RefreshToken::new(reference.clone(), app.random.secret(), app.random.secret());
    // The session that the events name has no token, because an invented id is not the hash of one.
    let named = SessionId::from_hash(SESSION.to_owned());
    open_session(app, &email, named.clone(), &token(), None).await;
    let refresh_token = token();
    let device = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    open_session(app, &email, session_id(&refresh_token), &refresh_token, Some(device)).await;
    app.store.request_mail(RequestedMail::PasswordReset, &email).await.expect("a write");
    [
        ("{{accessToken}}", access_token(app, &reference, &named).await),
        ("{{refreshToken}}", refresh_token.reveal()),
        ("{{restorePasswordKey}}", restore_key.reveal()),
        ("{{registrationKey}}", registration_key.reveal()),
    ]
}

async fn register(app: &App, reference: &str, email: &str) -> (CustomerReference, EmailHash) {
    let reference = CustomerReference::parse(reference).expect("a reference");
    let email = Email::parse(email).expect("an e-mail");
    let email_hash = EmailHash::of(&email);
    let password = Password::parse_presented("change123").expect("a password");
    let new = NewCustomer {
        email,
        salutation: Salutation::Mr,
        first_name: Name::parse("John").expect("a name"),
        last_name: Name::parse("Doe").expect("a name"),
        gender: None,
        date_of_birth: None,
    };
    let mut customer = Customer::register(new, reference.clone(), Language::English, app.clock.now());
    customer.password_hash = Some(app.hasher.hash(&password).await.expect("a hash"));
    customer.ask_to_confirm(mail(CONFIRMATION));
    app.store.create(&customer).await.expect("a write");
    (reference, email_hash)
}

fn mail(id: &str) -> MailId {
    MailId::parse(id).expect("the id of a mail")
}

/// Adds the address, the keys and the queued notices.
async fn complete(app: &App, reference: &CustomerReference) -> (CustomerKey, CustomerKey) {
    let key = || CustomerKey::new(reference.clone(), app.random.secret());
    let (restore_key, registration_key) = (key(), key());
    let expires_at = app.clock.now().plus(Duration::from_secs(7_200));
    let hashes = |mail: &str, key: &CustomerKey, expires_at| {
        Some(KeyHashes::with_minted(None, mail, secret_hash(&key.reveal()), expires_at))
    };
    let stored = app.store.customer(reference).await.expect("a read").expect("it is registered");
    let saved = app.store.save(stored, |customer| {
        let defaults = DefaultFlags { shipping: true, billing: true };
        customer.add_address(NewAddress { address: address(), defaults }).expect("room");
        customer.reset_key = hashes("an earlier request", &restore_key, Some(expires_at));
        customer.registration_key = hashes(CONFIRMATION, &registration_key, None);
        let old = Email::parse("john.old@example.com").expect("an e-mail");
        let former = Recipient { email: old, confirmed: true };
        customer.notify(mail(EMAIL_CHANGED), former.clone());
        customer.notify(mail(ACCOUNT_ERASED), former);
        let own = customer.recipient().expect("an e-mail");
        let (to, device) = (Some(own.email.clone()), Some("Firefox on Linux".to_owned()));
        customer.queued_mails.push(NewMail { id: mail(SESSION_REUSED), to, device });
        customer.notify(mail(PASSWORD_CHANGED), Recipient { confirmed: true, ..own });
        Ok(())
    });
    saved.await.expect("a write");
    (restore_key, registration_key)
}

fn address() -> Address {
    let stored = json!([
        ADDRESS,
        "Mr",
        "John",
        "Doe",
        "11 Second Street",
        "4th Floor",
        "Suite 555",
        "12312",
        "Berlin",
        "DE",
        null,
        "22111-3-4-5",
    ]);
    serde_json::from_value(stored).expect("an address as the store writes it")
}

async fn open_session(
    app: &App,
    email: &EmailHash,
    id: SessionId,
    token: &RefreshToken,
    device: Option<&str>,
) {
    let now = app.clock.now();
    let session = Session {
        reference: token.reference.clone(),
        id,
        token_hash: secret_hash(&token.reveal()),
        previous_token_hash: None,
        rotated_at: now,
        earlier_rotations: Vec::new(),
        chain_salt: app.random.secret(),
        epoch: 0,
        started_at: now,
        refresh_expires_at: Session::refresh_expiry(now, now),
        device: device.map(str::to_owned),
    };
    let attempt = app.store.reserve_attempt(PasswordOf::Nobody(email), "203.0.113.7").await.expect("a write");
    let opened = app.store.open_session(&session, &attempt).await;
    attempt.settle(opened).await.expect("a write");
}

async fn access_token(app: &App, reference: &CustomerReference, session: &SessionId) -> String {
    let issuer = app.config.issuer(&Gateway { api_id: "api123".to_owned(), stage: "prod".to_owned() });
    let audience = app.config.token_audience.clone();
    let id = "fixture-token".to_owned();
    let claims = Claims::new(issuer, audience, reference, session, app.clock.now(), 60, id);
    app.keys.sign(&Claims { exp: FAR_FUTURE, ..claims }).await.expect("a signature")
}
