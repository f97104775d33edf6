//! Reset requests: a customer has forgotten the password, or someone tried to register an e-mail that is taken.

use std::time::Duration;

use shared::Error;
use shared::domain::{Customer, CustomerKey, MailBudget, MailId, Recipient};
use shared::store::{EmailHash, RequestedMail, Stored};
use shared::tokens::secret_hash;

use crate::Mailer;
use crate::occasion::Occasion;
use crate::send::Outcome;

/// A reset key is valid for this long (contract, section 4).
const KEY_LIFETIME: Duration = Duration::from_secs(2 * 3_600);

/// Two reads and two writes, and one or two more that count the mail if nobody has confirmed the e-mail; one read if the
/// e-mail is unknown.
pub(crate) async fn deliver(mailer: &Mailer, email: &EmailHash) -> Result<Outcome, Error> {
    let store = &mailer.app.store;
    let Some(request) = store.mail_request(RequestedMail::PasswordReset, email).await? else {
        return Ok(Outcome::Obsolete);
    };
    let reference = &request.login.reference;
    let Some(stored) = store.customer(reference).await? else { return Ok(Outcome::Obsolete) };
    let Some(to) = recipient(&stored.customer, email) else { return Ok(Outcome::Obsolete) };
    if stored.customer.served_reset_request.as_ref() == Some(&request.id) {
        return Ok(Outcome::Obsolete);
    }
    // Confirmed addresses have the caps on requests; for the others, which may be strangers', those are too generous.
    let budget = (!to.confirmed).then_some(MailBudget::UnconfirmedResets);
    let outcome = mail_key(mailer, stored, to, &request.reset_mail(), &request.id, budget).await?;
    store.serve_reset_request(&request, outcome.hand_over()).await?;
    Ok(outcome)
}

/// The same for an account that was taken back, or secured by the help desk, by the mail that was queued then. Only a
/// mailed key or the desk brings that about, so it has a budget of its own, which no stranger can use up.
pub(crate) async fn deliver_queued(mailer: &Mailer, stored: Stored, mail: &MailId) -> Result<Outcome, Error> {
    let Some(to) = stored.customer.recipient() else { return Ok(Outcome::Obsolete) };
    mail_key(mailer, stored, to, mail, &mail.to_string(), Some(MailBudget::OrderedResets)).await
}

async fn mail_key(
    mailer: &Mailer,
    stored: Stored,
    to: Recipient,
    mail: &MailId,
    minted_for: &str,
    budget: Option<MailBudget>,
) -> Result<Outcome, Error> {
    let app = &mailer.app;
    let (email, reference) = (EmailHash::of(&to.email), stored.customer.reference.clone());
    let mint_and_send = async {
        let key = CustomerKey::new(reference.clone(), app.random.secret()).reveal();
        let (hash, expires_at) = (secret_hash(&key), app.clock.now().plus(KEY_LIFETIME));
        let minted = app.store.save(stored, |customer| {
            let Some(to) = recipient(customer, &email) else { return Ok(None) };
            customer.add_reset_key(minted_for, hash.clone(), expires_at);
            Ok(Some((customer.clone(), to)))
        });
        match minted.await? {
            Some((customer, to)) => {
                let occasion = Occasion::PasswordReset {
                    restore_password_key: &key,
                    has_password: customer.password_hash.is_some(),
                };
                mailer.send(&customer, &to, mail, occasion).await
            }
            None => Ok(Outcome::Obsolete),
        }
    };
    match budget {
        Some(budget) => mailer.within(budget, &to.email, &reference, minted_for, mint_and_send).await,
        None => mint_and_send.await,
    }
}

/// The customer's address, if it is the one that the request is for.
fn recipient(customer: &Customer, requested: &EmailHash) -> Option<Recipient> {
    customer.recipient().filter(|own| EmailHash::of(&own.email) == *requested)
}
