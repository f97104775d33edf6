//! Mail orders and reset requests: what the mailer has to do, written with the change that asks for it.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;

use super::customers::{Stored, stored, take};
use super::item::{EXPIRES_AT, decode, expiry, number, text};
use super::{EmailHash, Item, Key, Login, Store, failed, old_item_of_update};
use crate::domain::{CustomerReference, OrderKind};
use crate::error::Error;

/// A mail that is to be sent.
#[derive(Debug)]
pub struct PendingOrder {
    pub state: OrderState,
    /// `None` if the customer is gone.
    pub stored: Option<Stored>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    Ordered,
    /// It can never be delivered; kept for a while so that somebody may look at it.
    Rejected,
}

/// A request for a reset key, and whom it concerns.
#[derive(Debug)]
pub struct RequestedReset {
    pub id: String,
    pub login: Login,
}

/// Longer than SQS keeps a dead letter (14 days), so that redriving one still finds its order.
pub(super) const ORDER_LIFETIME: Duration = Duration::from_secs(30 * 86_400);

/// At most one mail a minute, three an hour and six a day: the n-th last request must be so long ago.
const CAPS: [(usize, Duration); 3] =
    [(1, Duration::from_secs(60)), (3, Duration::from_secs(3_600)), (6, Duration::from_secs(86_400))];
const REMEMBERED_REQUESTS: usize = 6;

impl Store {
    /// Asks the mailer for a reset key. One write, whether the e-mail is known or not and whether a cap is hit or not.
    ///
    /// The item remembers the last six requests that were let through, newest first, and its condition is the caps: a
    /// request beyond them changes nothing, so no stream record reaches the mailer.
    pub async fn request_reset(&self, email: &EmailHash) -> Result<(), Error> {
        let now = self.clock.now();
        let shifts = (2..=REMEMBERED_REQUESTS)
            .rev()
            .map(|n| format!("request_{n} = if_not_exists(request_{}, :never)", n - 1));
        let update: Vec<String> =
            shifts.chain([format!("request_1 = :now, request_id = :id, {EXPIRES_AT} = :expiry")]).collect();
        let caps: Vec<String> = CAPS
            .iter()
            .map(|(n, _)| format!("(attribute_not_exists(request_{n}) OR request_{n} <= :before_{n})"))
            .collect();
        let id = self.random.uuid().simple().to_string();
        let result = self
            .settled(|| {
                let mut request = self
                    .client
                    .update_item()
                    .table_name(&self.table)
                    .set_key(Some(Key::reset_request(email).attributes()))
                    .update_expression(format!("SET {}", update.join(", ")))
                    .condition_expression(caps.join(" AND "))
                    .expression_attribute_values(":never", number(0))
                    .expression_attribute_values(":now", number(now.micros()))
                    .expression_attribute_values(":id", text(&id))
                    .expression_attribute_values(
                        ":expiry",
                        expiry(now.plus(Duration::from_secs(2 * 86_400))),
                    );
                for (n, distance) in CAPS {
                    let horizon = number(now.minus(distance).micros());
                    request = request.expression_attribute_values(format!(":before_{n}"), horizon);
                }
                request.send()
            })
            .await;
        match result {
            Err(error) if old_item_of_update(&error).is_none() => Err(failed(error)),
            _ => Ok(()),
        }
    }

    /// What the orders of a customer's that have not been carried out ask for. One read a megabyte.
    pub async fn mail_orders(&self, reference: &CustomerReference) -> Result<Vec<OrderKind>, Error> {
        let orders = self.query(Key::mail_orders(reference)).await?;
        let ids = orders.iter().filter_map(|order| order.get("sk")?.as_s().ok());
        Ok(ids.filter_map(|id| OrderKind::of_order(id)).collect())
    }

    /// The order and its customer; `None` once it has been carried out. One read.
    pub async fn pending_order(
        &self,
        reference: &CustomerReference,
        id: &str,
    ) -> Result<Option<PendingOrder>, Error> {
        let (order_key, customer_key) = (Key::mail_order(reference, id), Key::customer(reference));
        let mut items = self.batch_get(&[&order_key, &customer_key]).await?;
        let Some(order) = take(&mut items, &order_key) else { return Ok(None) };
        let state = match order.get("state").and_then(|state| state.as_s().ok()).map(String::as_str) {
            Some("rejected") => OrderState::Rejected,
            _ => OrderState::Ordered,
        };
        let stored = take(&mut items, &customer_key).map(stored).transpose()?;
        Ok(Some(PendingOrder { state, stored }))
    }

    /// The newest reset request of an e-mail; `None` if nobody signs in with it. One read.
    pub async fn requested_reset(&self, email: &EmailHash) -> Result<Option<RequestedReset>, Error> {
        let (request_key, login_key) = (Key::reset_request(email), Key::login(email));
        let mut items = self.batch_get(&[&request_key, &login_key]).await?;
        let (Some(request), Some(login)) = (take(&mut items, &request_key), take(&mut items, &login_key))
        else {
            return Ok(None);
        };
        let Some(Ok(id)) = request.get("request_id").map(AttributeValue::as_s) else { return Ok(None) };
        Ok(Some(RequestedReset { id: id.clone(), login: decode(login)? }))
    }

    /// Writes down that an order was carried out: it is gone. One write.
    pub async fn finish_order(&self, reference: &CustomerReference, id: &str) -> Result<(), Error> {
        self.settled(|| {
            self.client
                .delete_item()
                .table_name(&self.table)
                .set_key(Some(Key::mail_order(reference, id).attributes()))
                .send()
        })
        .await
        .map(drop)
        .map_err(failed)
    }

    /// Writes down that an order can never be carried out, and why. One write.
    pub async fn reject_order(
        &self,
        reference: &CustomerReference,
        id: &str,
        reason: &str,
    ) -> Result<(), Error> {
        let result = self
            .settled(|| {
                self.client
                    .update_item()
                    .table_name(&self.table)
                    .set_key(Some(Key::mail_order(reference, id).attributes()))
                    .update_expression("SET #state = :rejected, reason = :reason")
                    .condition_expression("attribute_exists(pk)")
                    .expression_attribute_names("#state", "state")
                    .expression_attribute_values(":rejected", text("rejected"))
                    .expression_attribute_values(":reason", text(reason))
                    .send()
            })
            .await;
        match result {
            Err(error) if old_item_of_update(&error).is_none() => Err(failed(error)),
            _ => Ok(()),
        }
    }

    /// Writes down which reset request was served last. One write.
    ///
    /// It stands in the customer's item and not in the request's: a change of that one would call the mailer again.
    pub async fn serve_reset_request(&self, reference: &CustomerReference, id: &str) -> Result<(), Error> {
        let key: Item = Key::customer(reference).attributes();
        let result = self
            .settled(|| {
                self.client
                    .update_item()
                    .table_name(&self.table)
                    .set_key(Some(key.clone()))
                    .update_expression("SET served_reset_request = :id, version = version + :one")
                    .condition_expression("attribute_exists(pk)")
                    .expression_attribute_values(":id", text(id))
                    .expression_attribute_values(":one", number(1))
                    .send()
            })
            .await;
        match result {
            Err(error) if old_item_of_update(&error).is_none() => Err(failed(error)),
            _ => Ok(()),
        }
    }
}
