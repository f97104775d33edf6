//! How many mails one address is sent in a day.

use std::future::Future;

use shared::Error;
use shared::domain::{CustomerReference, Email, MailBudget};
use shared::store::{EmailHash, HandOver};

use crate::Mailer;
use crate::send::Outcome;

impl Mailer {
    /// Counts a customer's mail by its id, then mints its key and sends it by `send`, unless it is one too many. A mail
    /// that is not sent does not count.
    pub(crate) async fn within(
        &self,
        budget: MailBudget,
        to: &Email,
        customer: &CustomerReference,
        mail: &str,
        send: impl Future<Output = Result<Outcome, Error>>,
    ) -> Result<Outcome, Error> {
        let store = &self.app.store;
        let Some(counted) = store.count_mail(&EmailHash::of(to), budget, customer, mail).await? else {
            return Ok(one_too_many());
        };
        let outcome = send.await;
        if !outcome.as_ref().is_ok_and(Outcome::is_sent) {
            store.uncount_mail(counted).await?;
        }
        outcome
    }
}

pub(crate) fn one_too_many() -> Outcome {
    Outcome::Done(HandOver::Rejected { reason: "the day's mails to the address are used up".to_owned() })
}
