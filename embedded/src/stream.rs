//! The table's stream, and its keys, read from the database itself.

use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::{Database, DynoxideError, Item, streams};
use serde_json::{Value, json};

use crate::error::Error;

/// Stream records asked for at a time.
const PAGE: usize = 1_000;

/// Each call holds up the engine's requests while it lasts, so run it on the engine's own thread with
/// [`DynamoDb::spawn`](crate::DynamoDb::spawn). Errors are the engine's own.
pub struct Stream {
    database: Database,
    table: String,
}

/// A place in the stream, between two records.
pub struct Position(String);

/// The keys of an item; a scan continues after it.
pub struct Key(Item);

impl Stream {
    pub(crate) fn new(database: Database, table: String) -> Stream {
        Stream { database, table }
    }

    /// Where the next record will be.
    pub fn end(&self) -> Result<Position, Error> {
        let request = GetShardIteratorRequest {
            stream_arn: streams::stream_arn(&self.table, "LATEST"),
            shard_id: streams::shard_id(&self.table),
            shard_iterator_type: "LATEST".to_owned(),
            sequence_number: None,
        };
        let iterator = self.database.get_shard_iterator(request)?.shard_iterator;
        let iterator = iterator.ok_or_else(|| DynoxideError::InternalServerError("no iterator".to_owned()));
        Ok(Position(iterator?))
    }

    /// Passes every record after `position` to `show`, in DynamoDB's JSON, and returns where the next one will be. Only
    /// the newest 10,000 are kept.
    pub fn read(&self, position: &Position, mut show: impl FnMut(&Value)) -> Result<Position, Error> {
        let mut iterator = position.0.clone();
        loop {
            let request = GetRecordsRequest { shard_iterator: iterator.clone(), limit: Some(PAGE) };
            let response = self.database.get_records(request)?;
            response.records.iter().for_each(|record| show(&json!(record)));
            iterator = response.next_shard_iterator.unwrap_or(iterator);
            if response.records.len() < PAGE {
                return Ok(Position(iterator));
            }
        }
    }

    /// The keys of at most `limit` items of the table, in DynamoDB's JSON, from its beginning or after the item
    /// `behind`; and where to continue, if there may be more.
    pub fn keys(&self, behind: Option<Key>, limit: usize) -> Result<(Vec<Value>, Option<Key>), Error> {
        let page = self.database.scan(ScanRequest {
            table_name: self.table.clone(),
            projection_expression: Some("pk, sk".to_owned()),
            exclusive_start_key: behind.map(|key| key.0),
            limit: Some(limit),
            ..ScanRequest::default()
        })?;
        let keys = page.items.unwrap_or_default().iter().map(|keys| json!(keys)).collect();
        Ok((keys, page.last_evaluated_key.map(Key)))
    }
}
