//! What follows from a new password, however it came about.

use shared::App;
use shared::domain::{Customer, Email, OrderKind};
use shared::store::{EmailHash, Was, With};

/// Ends every session, voids the reset key, and says what is to be written along: the Login, and a notice by mail.
///
/// `password_hash` is the new one; `was` is what the Login has to be still; `confirmed` says that the customer has
/// just shown that mail to `email` arrives.
pub(crate) fn set(
    app: &App,
    customer: &mut Customer,
    email: &Email,
    password_hash: &str,
    was: Was,
    confirmed: bool,
) -> Vec<With> {
    customer.end_sessions();
    customer.updated_at = app.clock.now();
    vec![
        With::UpdateLogin {
            email: EmailHash::of(email),
            was,
            password_hash: Some(password_hash.to_owned()),
            confirmed,
        },
        With::MailOrder(app.mail_order(OrderKind::PasswordChanged)),
    ]
}
