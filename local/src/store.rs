//! The embedded DynamoDB: dynoxide over SQLite, reached by the real SDK through loopback HTTP.
//!
//! It has a thread of its own, because it answers a request on the thread that received it and would hold up
//! everything else there.

use std::fs::{File, TryLockError};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use dynoxide::Database;
use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest};
use serde_json::json;
use shared::Clock;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::template::Table;

/// How often expired items are removed; the real DynamoDB takes up to days.
const TTL_SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Stream records kept for readers. The engine never removes any by itself.
const STREAM_BACKLOG: u32 = 10_000;

const DATABASE_FILE: &str = "dynamodb.sqlite3";

/// A running store. Dropping it stops its thread.
pub(crate) struct Store {
    database: Database,
    address: SocketAddr,
    runtime: tokio::runtime::Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Held for as long as this process uses the folder.
    _lock: Option<File>,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("another server is using the folder {0}")]
    InUse(String),
    #[error("the embedded DynamoDB cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("cannot use the data folder: {0}")]
    Folder(#[from] std::io::Error),
    #[error("the embedded DynamoDB: {0}")]
    Engine(#[from] dynoxide::DynoxideError),
    #[error("the embedded DynamoDB's file: {0}")]
    File(#[from] rusqlite::Error),
    #[error("the template's table: {0}")]
    Table(#[from] serde_json::Error),
}

impl Store {
    /// Opens the database in the folder `data`, or in memory, makes the table if there is none, and serves it on
    /// `address`, where port 0 is any free one.
    pub(crate) fn start(
        table: &Table,
        name: &str,
        data: Option<&Path>,
        clock: &Clock,
        address: SocketAddr,
    ) -> Result<Store, StoreError> {
        let (database, lock) = match data {
            Some(folder) => {
                let lock = lock(folder)?;
                (on_disk(&folder.join(DATABASE_FILE), table, name)?, Some(lock))
            }
            None => (in_memory(table, name, clock)?, None),
        };
        let listener = TcpListener::bind(address).map_err(|error| StoreError::Listen(address, error))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = database.clone();
        let thread = std::thread::Builder::new()
            .name("dynamodb".to_owned())
            .spawn(move || runtime.block_on(serve(listener, served, stopped)))?;
        Ok(Store { database, address, runtime: handle, stop: Some(stop), thread: Some(thread), _lock: lock })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn database(&self) -> Database {
        self.database.clone()
    }

    /// Where work belongs that calls the database directly.
    pub(crate) fn runtime(&self) -> &tokio::runtime::Handle {
        &self.runtime
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic over there has been printed already.
            let _ = thread.join();
        }
    }
}

/// Answers requests and removes expired items until `stopped` resolves. Open connections end with the thread.
async fn serve(listener: TcpListener, database: Database, stopped: oneshot::Receiver<()>) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return eprintln!("The embedded DynamoDB cannot listen: {error}"),
    };
    tokio::select! {
        () = dynoxide::server::serve_on(listener, database.clone()) => {}
        () = sweep(database) => {}
        _ = stopped => {}
    }
}

async fn sweep(database: Database) {
    let mut every = tokio::time::interval(TTL_SWEEP_EVERY);
    loop {
        every.tick().await;
        let database = database.clone();
        // A sweep lets requests in between its pages, as long as they have a thread to come in on.
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => eprintln!("Expired items could not be removed: {error}"),
            // It panicked, which has been printed already.
            Err(_) => {}
        }
    }
}

fn on_disk(path: &Path, table: &Table, name: &str) -> Result<Database, StoreError> {
    let path = path.to_string_lossy();
    let database = Database::new(&path)?;
    // The one public way to `synchronous = NORMAL`: with SQLite's write-ahead log every commit survives the death
    // of the process, and no request waits for the disk.
    database.disable_bulk_loading()?;
    create_table(&database, table, name)?;
    bound_stream_backlog(&rusqlite::Connection::open(&*path)?)?;
    Ok(database)
}

/// In memory, with the time of `clock`. An in-memory database belongs to one connection, so the statements of
/// [`bound_stream_backlog`] come in by way of a second, shared one that it is copied from.
fn in_memory(table: &Table, name: &str, clock: &Clock) -> Result<Database, StoreError> {
    let seed =
        format!("file:{}?mode=memory&cache=shared", Uuid::from_bytes(shared::Random::system().bytes()));
    let prepared = Database::new(&seed)?;
    create_table(&prepared, table, name)?;
    bound_stream_backlog(&rusqlite::Connection::open(&seed)?)?;
    let database = Database::memory_with_clock(Arc::new(EngineClock(clock.clone())))?;
    database.restore_from(&seed)?;
    Ok(database)
}

fn create_table(database: &Database, table: &Table, name: &str) -> Result<(), StoreError> {
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
    database.create_table(serde_json::from_value::<CreateTableRequest>(request)?)?;
    database.update_time_to_live(UpdateTimeToLiveRequest {
        table_name: name.to_owned(),
        time_to_live_specification: TimeToLiveSpecification {
            attribute_name: table.time_to_live_specification.attribute_name.clone(),
            enabled: true,
        },
    })?;
    Ok(())
}

/// dynoxide 3.2 keeps every stream record for ever and reads all of them at every write, to find the next sequence
/// number. The index answers that question in one step, the trigger keeps the table short.
fn bound_stream_backlog(connection: &rusqlite::Connection) -> Result<(), rusqlite::Error> {
    connection.execute_batch(&format!(
        "CREATE INDEX IF NOT EXISTS stream_records_by_sequence
             ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
         CREATE TRIGGER IF NOT EXISTS stream_records_trimmed AFTER INSERT ON _stream_records BEGIN
             DELETE FROM _stream_records WHERE id <= NEW.id - {STREAM_BACKLOG};
         END;"
    ))
}

/// Two processes on one SQLite file would each deliver the other's mail.
fn lock(folder: &Path) -> Result<File, StoreError> {
    std::fs::create_dir_all(folder)?;
    let file = File::options().create(true).append(true).open(folder.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(folder.display().to_string())),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
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

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use dynoxide::AttributeValue;
    use dynoxide::actions::put_item::PutItemRequest;

    use super::*;

    fn table() -> Table {
        crate::template::Template::of_this_project().expect("template.yaml is readable").table.clone()
    }

    fn put(database: &Database, number: u32) {
        let key = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
        let item = [key("pk", format!("CUSTOMER#{number}")), key("sk", "CUSTOMER".to_owned())].into();
        let request = PutItemRequest { table_name: "test".to_owned(), item, ..PutItemRequest::default() };
        database.put_item(request).expect("a plain put works");
    }

    fn stream_records(database: &Database) -> i64 {
        let copy = tempfile::tempdir().expect("a temporary folder");
        let path = copy.path().join("copy.sqlite3");
        database.vacuum_into(&path.to_string_lossy()).expect("a copy");
        rusqlite::Connection::open(path)
            .and_then(|copy| copy.query_row("SELECT COUNT(*) FROM _stream_records", [], |row| row.get(0)))
            .expect("a count")
    }

    #[test]
    fn fifty_thousand_writes_stay_as_fast_as_the_first_and_leave_a_bounded_backlog() {
        let database = in_memory(&table(), "test", &Clock::system()).expect("a database");
        let rounds: Vec<Duration> = (0..50)
            .map(|round| {
                let started = Instant::now();
                (0..1_000).for_each(|number| put(&database, round * 1_000 + number));
                started.elapsed()
            })
            .collect();
        let fastest_of = |rounds: &[Duration]| rounds.iter().min().copied().unwrap_or_default();
        let (first, last) = (fastest_of(&rounds[..10]), fastest_of(&rounds[40..]));
        assert!(last < first * 3, "{first:?} for the first thousands, {last:?} for the last");
        assert_eq!(stream_records(&database), i64::from(STREAM_BACKLOG));
    }

    #[test]
    fn a_folder_serves_one_server_at_a_time_and_keeps_its_items() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = (std::net::Ipv4Addr::LOCALHOST, 0).into();
        let start = || Store::start(&table(), "test", Some(folder.path()), &Clock::system(), address);
        let store = start().expect("the first");
        put(&store.database(), 1);
        assert!(matches!(start(), Err(StoreError::InUse(_))));
        drop(store);
        let again = start().expect("the folder is free again");
        assert_eq!(again.database().table_stats().expect("statistics")[0].item_count, 1);
    }
}
