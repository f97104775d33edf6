//! The engine's database: in a file or in memory, with the table in it.

use std::path::Path;

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest};
use dynoxide::storage::Storage;
use dynoxide::{Database, DynoxideError};
use serde_json::json;

use crate::table::Table;
use crate::workarounds;

/// The database in a file, which is created if it does not exist.
pub(crate) fn on_disk(path: &Path, table: &Table, name: &str) -> Result<Database, DynoxideError> {
    open(&path.to_string_lossy(), table, name)
}

/// In memory, empty.
pub(crate) fn in_memory(table: &Table, name: &str) -> Result<Database, DynoxideError> {
    workarounds::in_memory(|path| open(path, table, name))
}

fn open(path: &str, table: &Table, name: &str) -> Result<Database, DynoxideError> {
    let database = Database::new(path)?;
    workarounds::commit_without_waiting(&database)?;
    create_table(&database, table, name)?;
    let storage = Storage::new(path)?;
    workarounds::bound_stream_backlog(&storage)?;
    workarounds::index_expiry(&storage, name, &table.time_to_live_specification.attribute_name)?;
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
        "GlobalSecondaryIndexes": table.global_secondary_indexes,
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
