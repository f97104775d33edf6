//! Requests for a mail by whoever types an e-mail: what the mailer has to look at, and the caps on them.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;

use super::item::{EXPIRES_AT, decode, expiry, number, take, text};
use super::table::Written;
use super::write::Write;
use super::{Audit, EmailHash, HandOver, Key, Login, RequestedMail, Store, sent};
use crate::domain::{CustomerReference, MailId, MailKind};
use crate::error::Error;

/// A request, and the Login that it is for.
#[derive(Debug)]
pub struct MailRequest {
    pub id: String,
    pub login: Login,
}

impl MailRequest {
    /// The mail that a request for a reset key is served with.
    pub fn reset_mail(&self) -> MailId {
        MailId { kind: MailKind::PasswordReset, unique: self.id.clone() }
    }
}

/// At most one mail a minute, three an hour and six a day: the n-th last request must be so long ago.
const CAPS: [(usize, Duration); 3] =
    [(1, Duration::from_secs(60)), (3, Duration::from_secs(3_600)), (6, Duration::from_secs(86_400))];
/// Beyond the day's six, one more is let through when the last one is so long ago: its key has expired, and nobody can
/// keep the owner of an address from getting another one for longer.
const RESTED: Duration = Duration::from_secs(4 * 3_600);
const REMEMBERED: usize = 6;
const LIFETIME: Duration = Duration::from_secs(2 * 86_400);

impl Store {
    /// Asks the mailer for a mail. One write, whether the e-mail is known or not and whether a cap is hit or not.
    ///
    /// The item remembers the last six requests that were let through, newest first, and its condition is the caps: a
    /// request beyond them changes nothing, so no stream record reaches the mailer.
    pub async fn request_mail(&self, mail: RequestedMail, email: &EmailHash) -> Result<(), Error> {
        self.table.write(vec![self.request(mail, email)]).await.map(drop)
    }

    /// The same for the help desk, on record together with the request. `false` if the caps hold it back: one write more,
    /// for the record alone.
    pub async fn request_audited_mail(
        &self,
        mail: RequestedMail,
        email: &EmailHash,
        audit: &Audit<'_>,
        customer: &CustomerReference,
    ) -> Result<bool, Error> {
        match self.table.write(vec![self.request(mail, email), audit.write(customer)]).await? {
            Written::Done => Ok(true),
            Written::Refused(_) => self.audit(audit, &[customer]).await.map(|()| false),
        }
    }

    fn request(&self, mail: RequestedMail, email: &EmailHash) -> Write {
        let now = self.clock.now();
        let shifts =
            (2..=REMEMBERED).rev().map(|n| format!("request_{n} = if_not_exists(request_{}, :never)", n - 1));
        let update: Vec<String> =
            shifts.chain([format!("request_1 = :now, request_id = :id, {EXPIRES_AT} = :expiry")]).collect();
        let caps =
            CAPS.map(|(n, _)| format!("(attribute_not_exists(request_{n}) OR request_{n} <= :before_{n})"));
        let [a_minute, an_hour, a_day] = caps;
        let caps = format!("{a_minute} AND {an_hour} AND ({a_day} OR request_1 <= :rested)");
        let mut write = Write::update(Key::mail_request(mail, email), format!("SET {}", update.join(", ")))
            .when(caps)
            .value(":rested", number(now.minus(RESTED).micros()))
            .value(":never", number(0))
            .value(":now", number(now.micros()))
            .value(":id", text(self.random.uuid().simple().to_string()))
            .value(":expiry", expiry(now.plus(LIFETIME)));
        for (n, distance) in CAPS {
            write = write.value(format!(":before_{n}"), number(now.minus(distance).micros()));
        }
        write
    }

    /// The newest request for a mail to an e-mail; `None` if the e-mail signs in to nothing. One read.
    pub async fn mail_request(
        &self,
        mail: RequestedMail,
        email: &EmailHash,
    ) -> Result<Option<MailRequest>, Error> {
        let (request_key, login_key) = (Key::mail_request(mail, email), Key::login(email));
        let mut items = self.table.batch_get(&[&request_key, &login_key]).await?;
        let (Some(request), Some(login)) = (take(&mut items, &request_key), take(&mut items, &login_key))
        else {
            return Ok(None);
        };
        let Some(Ok(id)) = request.get("request_id").map(AttributeValue::as_s) else { return Ok(None) };
        Ok(Some(MailRequest { id: id.clone(), login: decode(login)? }))
    }

    /// Records which reset request was served last and how its mail was handed over, and if it was sent, that its key
    /// replaces any before. One write; one transaction if there was a mail.
    ///
    /// It is stored in the customer's item and not in the request's: a change of that one would invoke the mailer again.
    pub async fn serve_reset_request(
        &self,
        request: &MailRequest,
        hand_over: Option<&HandOver>,
    ) -> Result<(), Error> {
        let reference = &request.login.reference;
        let is_sent = matches!(hand_over, Some(HandOver::Sent { .. }));
        let remove = if is_sent { " REMOVE former_reset_key" } else { "" };
        let update = Write::update(
            Key::customer(reference),
            format!("SET served_reset_request = :id, version = version + :one{remove}"),
        )
        .when("attribute_exists(pk)")
        .value(":id", text(&request.id))
        .value(":one", number(1));
        let note =
            hand_over.map(|how| sent::hand_over(reference, &request.reset_mail(), how, self.clock.now()));
        self.table.write([update].into_iter().chain(note).collect()).await.map(drop)
    }
}
