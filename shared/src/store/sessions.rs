//! Sessions: opened at sign-in, rotated at refresh, gone when they end.

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, ReturnValuesOnConditionCheckFailure, WriteRequest};

use super::attempts::AttemptKey;
use super::item::{EXPIRES_AT, decode, encode, expiry, number, text};
use super::{Key, Patience, Store, failed, old_item_of_update};
use crate::domain::{CustomerReference, Session, SessionId};
use crate::error::Error;

/// How a rotation ended.
#[derive(Debug)]
pub enum Rotated {
    Done,
    /// Somebody was faster; the session as they left it, if it is still there.
    Raced(Option<Session>),
}

impl Store {
    /// Opens a session and forgets the attempts that led to it. One write, a batch.
    pub async fn open_session(&self, session: &Session, attempt: &AttemptKey) -> Result<(), Error> {
        let mut item = encode(&Key::session(&session.reference, &session.id), session)?;
        item.insert(EXPIRES_AT.to_owned(), expiry(session.forgotten_at()));
        let put = PutRequest::builder().set_item(Some(item)).build().expect("the item is set");
        let delete =
            DeleteRequest::builder().set_key(Some(attempt.key.attributes())).build().expect("the key is set");
        let mut writes = vec![
            WriteRequest::builder().put_request(put).build(),
            WriteRequest::builder().delete_request(delete).build(),
        ];
        let mut patience = Patience::new();
        loop {
            let output = self
                .settled(|| self.client.batch_write_item().request_items(&self.table, writes.clone()).send())
                .await
                .map_err(failed)?;
            writes = output
                .unprocessed_items
                .and_then(|mut tables| tables.remove(&self.table))
                .unwrap_or_default();
            if writes.is_empty() {
                return Ok(());
            }
            if !patience.wait(&self.random).await {
                return Err(Error::unavailable("writes are throttled"));
            }
        }
    }

    /// All sessions of a customer that have not been forgotten, in no particular order. One read a megabyte.
    pub async fn sessions(&self, reference: &CustomerReference) -> Result<Vec<Session>, Error> {
        self.query(Key::sessions(reference)).await?.into_iter().map(decode).collect()
    }

    /// Replaces the refresh token of `session` by `rotated`'s, unless somebody already has. One write.
    pub async fn rotate(&self, session: &Session, rotated: &Session) -> Result<Rotated, Error> {
        let result = self
            .settled(|| {
                self.client
                    .update_item()
                    .table_name(&self.table)
                    .set_key(Some(Key::session(&session.reference, &session.id).attributes()))
                    .update_expression(format!(
                        "SET token_hash = :next, previous_token_hash = :was, rotated_at = :now, \
                         refresh_expires_at = :refresh_expiry, {EXPIRES_AT} = :expiry"
                    ))
                    .condition_expression("token_hash = :was")
                    .expression_attribute_values(":next", text(&rotated.token_hash))
                    .expression_attribute_values(":was", text(&session.token_hash))
                    .expression_attribute_values(":now", number(rotated.rotated_at.micros()))
                    .expression_attribute_values(
                        ":refresh_expiry",
                        number(rotated.refresh_expires_at.micros()),
                    )
                    .expression_attribute_values(":expiry", expiry(rotated.forgotten_at()))
                    .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                    .send()
            })
            .await;
        match result {
            Ok(_) => Ok(Rotated::Done),
            Err(error) => match old_item_of_update(&error) {
                Some(item) if item.is_empty() => Ok(Rotated::Raced(None)),
                Some(item) => decode(item).map(Some).map(Rotated::Raced),
                None => Err(failed(error)),
            },
        }
    }

    /// Ends a session, if there is one. One write.
    pub async fn end_session(&self, reference: &CustomerReference, id: &SessionId) -> Result<(), Error> {
        self.settled(|| {
            self.client
                .delete_item()
                .table_name(&self.table)
                .set_key(Some(Key::session(reference, id).attributes()))
                .send()
        })
        .await
        .map(drop)
        .map_err(failed)
    }
}
