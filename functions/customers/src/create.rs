//! `POST /customers`: registers a customer.

use lambda_http::http::header::ACCEPT_LANGUAGE;
use serde_json::{Map, Value};
use shared::domain::{
    Customer, CustomerReference, KeyedRequest, Language, MailKind, PasswordHash, Timestamp,
};
use shared::error::Saving;
use shared::http::idempotency::IdempotencyKey;
use shared::http::resources::{self, CUSTOMERS};
use shared::store::{Created, EmailHash, PasswordOf, RequestedMail};
use shared::{App, Call, Error, Reply, reply};

use crate::attributes;

/// Hashes the password before any lookup, so that a taken e-mail takes as long to answer as a free one.
///
/// A request with a key first tries the reference derived from the key. If a customer already has that reference, the
/// request either repeats theirs and gets the same answer, or is unrelated and continues without the key.
pub(crate) async fn create(app: &App, call: Call) -> Result<Reply, Error> {
    let key = IdempotencyKey::of(&call.headers)?;
    let attributes = call.attributes(CUSTOMERS)?;
    let registration = attributes::registration(&attributes, app.config.profile, app.password_policy())?;
    let language = Language::preferred(call.header(ACCEPT_LANGUAGE).unwrap_or_default());
    let (mut untried, password_hash) = match &key {
        Some(key) => {
            let folded = registration.customer.email.folded();
            let salt = first(key.derive("salt", &[folded.as_bytes()]));
            let hash = app.hasher.hash_with_salt(&registration.password, salt).await?;
            (Some(Keyed::new(app, key, &attributes, &hash, app.clock.now())), hash)
        }
        None => (None, app.hasher.hash(&registration.password).await?),
    };

    let customer = loop {
        let keyed = untried.take();
        let reference = match &keyed {
            Some(keyed) => keyed.reference.clone(),
            None => CustomerReference::generate(&app.config.reference_prefix, app.random.bytes()),
        };
        let new = &registration.customer;
        let register = |at| Customer::register(new.clone(), reference.clone(), language, at);
        let mut customer = register(app.clock.now());
        customer.password_hash = Some(password_hash.clone());
        customer.keyed_registration = keyed.as_ref().map(|keyed| keyed.request.clone());
        customer.ask_to_confirm(app.mail_id(MailKind::Confirmation));
        let created = app.store.register(&customer).await;
        match created.map_err(|error| error.while_saving(Saving::Registration))? {
            Created::Done => break customer,
            Created::ReferenceTaken(existing) => {
                if let (Some(first), Some(again)) = (&existing.keyed_registration, &keyed)
                    && first.has_key_of(&again.request)
                {
                    compare(app, &call, &existing.reference, first, &again.request).await?;
                    break register(existing.created_at);
                }
            }
            Created::EmailTaken(_) => {
                let email = EmailHash::of(&registration.customer.email);
                app.store.request_mail(RequestedMail::PasswordReset, &email).await?;
                return Err(Error::EmailTaken);
            }
        }
    };
    let (resource, included) = resources::customer(&call, &customer);
    Ok(reply::created(&resource, &included, &call.view))
}

/// Compares two requests with one key. That judges the second one's password, so it counts as a failed sign-in unless it
/// is the right one.
async fn compare(
    app: &App,
    call: &Call,
    reference: &CustomerReference,
    first: &KeyedRequest,
    again: &KeyedRequest,
) -> Result<(), Error> {
    let attempt = app.store.reserve_attempt(PasswordOf::Customer(reference), call.source_address()).await?;
    match first.is_repeated_by(again) {
        // The others stay: the password of the first request may not be the present one.
        Ok(_) => {
            attempt.withdraw().await;
            Ok(())
        }
        Err(reused) => attempt.settle(Err(reused.into())).await,
    }
}

/// What an idempotency key adds to a registration.
struct Keyed {
    reference: CustomerReference,
    request: KeyedRequest,
}

impl Keyed {
    /// The fingerprint covers the password's slow hash, so that guessing the password from it is no faster.
    fn new(
        app: &App,
        key: &IdempotencyKey,
        attributes: &Map<String, Value>,
        password_hash: &PasswordHash,
        now: Timestamp,
    ) -> Keyed {
        let mut others = attributes.clone();
        others.retain(|name, _| !["password", "confirmPassword"].contains(&name.as_str()));
        let others = Value::Object(others).to_string();
        let random = first(key.derive("reference", &[]));
        Keyed {
            reference: CustomerReference::generate(&app.config.reference_prefix, random),
            request: key.request(&[others.as_bytes(), password_hash.as_str().as_bytes()], now),
        }
    }
}

fn first<const N: usize>(bytes: [u8; 32]) -> [u8; N] {
    std::array::from_fn(|index| bytes[index])
}
