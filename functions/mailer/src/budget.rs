//! How many mails one address is sent in a day.

use shared::Error;
use shared::domain::{Email, MailBudget};
use shared::store::EmailHash;

use crate::Mailer;
use crate::send::Outcome;

impl Mailer {
    /// Counts a mail by its id, before a key is minted for it or anything is sent; the outcome if it is one too many.
    pub(crate) async fn count(
        &self,
        to: &Email,
        budget: MailBudget,
        mail: &str,
    ) -> Result<Result<(), Outcome>, Error> {
        let is_within = self.app.store.count_mail(&EmailHash::of(to), budget, mail).await?;
        let over_budget =
            || Outcome::Rejected { reason: "the day's mails to the address are used up".to_owned() };
        Ok(if is_within { Ok(()) } else { Err(over_budget()) })
    }
}
