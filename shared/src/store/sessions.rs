//! Sessions: opened at sign-in, rotated at refresh, gone when they end.

use aws_sdk_dynamodb::types::AttributeValue;

use super::attempts::Attempt;
use super::item::{EXPIRES_AT, decode, encode, expiry, number, text};
use super::table::Written;
use super::write::Write;
use super::{Key, Store};
use crate::domain::{CustomerReference, Session, SessionId};
use crate::error::Error;

/// How a rotation ended.
#[derive(Debug)]
pub enum Rotated {
    Done,
    /// Another refresh came first; the session as it left it, if it is still there.
    Raced(Option<Session>),
}

impl Store {
    /// Opens a session and forgets the attempts that led to it. Two writes, at once.
    pub async fn open_session(&self, session: &Session, attempt: &Attempt) -> Result<(), Error> {
        let mut item = encode(&Key::session(&session.reference, &session.id), session)?;
        item.insert(EXPIRES_AT.to_owned(), expiry(session.forgotten_at()));
        let opened = self.table.write(vec![Write::put(item)]);
        tokio::try_join!(opened, attempt.forget()).map(drop)
    }

    /// At most `limit` sessions of a customer that have not been forgotten, in the order of their ids, which says nothing
    /// about them; those after `after`, which need not exist. One read.
    pub async fn sessions(
        &self,
        reference: &CustomerReference,
        after: Option<&SessionId>,
        limit: usize,
    ) -> Result<Vec<Session>, Error> {
        let after = after.map(|id| Key::session(reference, id).attributes());
        let (items, _) = self.table.query(Key::sessions(reference), after, limit).await?;
        items.into_iter().map(decode).collect()
    }

    /// Replaces the refresh token of `session` by `rotated`'s, unless another refresh already has. One write.
    pub async fn rotate(&self, session: &Session, rotated: &Session) -> Result<Rotated, Error> {
        let earlier = rotated.earlier_rotations.iter().map(|at| number(at.micros()));
        let update = Write::update(
            Key::session(&session.reference, &session.id),
            format!(
                "SET token_hash = :next, previous_token_hash = :was, rotated_at = :now, \
                 earlier_rotations = :earlier, refresh_expires_at = :refresh_expiry, {EXPIRES_AT} = :expiry"
            ),
        )
        .when("token_hash = :was")
        .value(":next", text(&rotated.token_hash))
        .value(":was", text(&session.token_hash))
        .value(":now", number(rotated.rotated_at.micros()))
        .value(":earlier", AttributeValue::L(earlier.collect()))
        .value(":refresh_expiry", number(rotated.refresh_expires_at.micros()))
        .value(":expiry", expiry(rotated.forgotten_at()));
        match self.table.write(vec![update]).await? {
            Written::Done => Ok(Rotated::Done),
            Written::Refused(items) => {
                let winner = items.into_iter().flatten().find(|item| !item.is_empty());
                Ok(Rotated::Raced(winner.map(decode).transpose()?))
            }
        }
    }

    /// Ends a session, if there is one. One write.
    pub async fn end_session(&self, reference: &CustomerReference, id: &SessionId) -> Result<(), Error> {
        self.table.write(vec![Write::delete(Key::session(reference, id))]).await.map(drop)
    }
}
