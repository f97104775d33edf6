//! `POST /customers`: registers a customer.

use shared::domain::{Customer, CustomerReference, OrderKind};
use shared::resources::{self, CUSTOMERS};
use shared::store::{EmailHash, Login, Registered};
use shared::{App, Call, Error, Reply, reply};

use crate::attributes;

/// Hashes the password before anything is looked up: an e-mail that is taken costs as much time as one that is not.
pub(crate) async fn create(app: &App, call: Call) -> Result<Reply, Error> {
    let attributes = call.attributes(CUSTOMERS)?;
    let registration = attributes::registration(&attributes, app.config.profile, app.password_policy())?;
    let email = EmailHash::of(&registration.customer.email);
    let password_hash = app.hasher.hash(&registration.password).await?;

    let customer = loop {
        let reference = CustomerReference::generate(&app.config.reference_prefix, app.random.bytes());
        let login = Login {
            reference: reference.clone(),
            password_hash: password_hash.clone(),
            session_epoch: 0,
            confirmed: false,
        };
        let new = registration.customer.clone();
        let customer = Customer::register(new, reference, call.language, app.clock.now());
        let order = app.mail_order(OrderKind::Confirmation);
        let registered = app.store.register(&customer, &email, &login, &order).await;
        match registered.map_err(|error| error.unexpected_as(Error::RegistrationFailed))? {
            Registered::Done => break customer,
            Registered::ReferenceTaken => {}
            Registered::EmailTaken => {
                app.store.request_reset(&email).await?;
                return Err(Error::EmailTaken);
            }
        }
    };
    let (resource, included) = resources::customer(&call, &customer);
    Ok(reply::created(&resource, &included, &call.view))
}
