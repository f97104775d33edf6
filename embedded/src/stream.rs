//! The table's stream, and the keys of what expires, read from the database itself.

use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::{Database, DynoxideError, streams};
use serde_json::{Value, json};

use crate::error::Error;
use crate::workarounds;

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
            response.records.iter().for_each(|record| show(&with_whole_seconds(json!(record))));
            iterator = response.next_shard_iterator.unwrap_or(iterator);
            if response.records.len() < PAGE {
                return Ok(Position(iterator));
            }
        }
    }

    /// The keys of all items that expire, the next to expire first, in DynamoDB's JSON.
    pub fn expiring(&self) -> Result<impl Iterator<Item = Value> + use<>, Error> {
        let keys = workarounds::expiring(&self.database, &self.table, usize::MAX)?;
        Ok(keys.map(|keys| json!(keys)))
    }
}

/// As DynamoDB writes the time of a record. The engine's number has a fraction, which is zero.
fn with_whole_seconds(mut record: Value) -> Value {
    let time = &mut record["dynamodb"]["ApproximateCreationDateTime"];
    if let Some(seconds) = time.as_f64() {
        *time = json!(seconds as i64);
    }
    record
}
