//! The engine's database: in a file or in memory, with the table in it.

use std::path::Path;
use std::sync::Arc;

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest};
use dynoxide::storage::Storage;
use dynoxide::{Database, DynoxideError};
use serde_json::json;
use shared::{Clock, Random};

use crate::table::Table;

/// Stream records kept for readers. The engine never removes any by itself.
pub(crate) const STREAM_BACKLOG: u32 = 10_000;

/// The database in a file, which is created if it does not exist.
pub(crate) fn on_disk(path: &Path, table: &Table, name: &str) -> Result<Database, DynoxideError> {
    open(&path.to_string_lossy(), table, name)
}

/// In memory, with the time of `clock`. The engine opens such a database without a path, so it is copied from a shared
/// one that [`bound_stream_backlog`] can reach.
pub(crate) fn in_memory(table: &Table, name: &str, clock: &Clock) -> Result<Database, DynoxideError> {
    let seed = format!("file:{}?mode=memory&cache=shared", Random::system().uuid());
    let _seeded = open(&seed, table, name)?;
    let database = Database::memory_with_clock(Arc::new(EngineClock(clock.clone())))?;
    database.restore_from(&seed)?;
    Ok(database)
}

fn open(path: &str, table: &Table, name: &str) -> Result<Database, DynoxideError> {
    let storage = Storage::new(path)?;
    bound_stream_backlog(&storage)?;
    let database = Database::new(path)?;
    // The only public way to set `synchronous = NORMAL`: with SQLite's write-ahead log, every commit survives the
    // death of the process, and no request waits for the disk.
    database.disable_bulk_loading()?;
    create_table(&database, table, name)?;
    Ok(database)
}

fn create_table(database: &Database, table: &Table, name: &str) -> Result<(), DynoxideError> {
    if database.get_table_metadata(name)?.is_some() {
        return Ok(());
    }
    let request = json!({
        "TableName": name,
        "KeySchema": table.key_schema,
        "AttributeDefinitions": table.attribute_definitions,
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {
            "StreamEnabled": true,
            "StreamViewType": table.stream_specification.stream_view_type,
        },
    });
    let request = serde_json::from_value::<CreateTableRequest>(request)
        .map_err(|error| DynoxideError::ValidationException(error.to_string()))?;
    database.create_table(request)?;
    database.update_time_to_live(UpdateTimeToLiveRequest {
        table_name: name.to_owned(),
        time_to_live_specification: TimeToLiveSpecification {
            attribute_name: table.time_to_live_specification.attribute_name.clone(),
            enabled: true,
        },
    })?;
    Ok(())
}

/// dynoxide 3.2 keeps every stream record for ever and reads all of them on every write, to find the next sequence
/// number; no call of its API removes any. The index finds that number in one step, and the trigger keeps the engine's
/// table short.
fn bound_stream_backlog(storage: &Storage) -> Result<(), DynoxideError> {
    storage.conn().execute_batch(&format!(
        "CREATE INDEX IF NOT EXISTS stream_records_by_sequence
             ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
         CREATE TRIGGER IF NOT EXISTS stream_records_trimmed AFTER INSERT ON _stream_records BEGIN
             DELETE FROM _stream_records WHERE id <= NEW.id - {STREAM_BACKLOG};
         END;"
    ))?;
    Ok(())
}

struct EngineClock(Clock);

impl dynoxide::storage_backend::Clock for EngineClock {
    fn now_unix_secs(&self) -> u64 {
        self.0.now().seconds()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.0.now().micros() as f64 / 1e6
    }
}
