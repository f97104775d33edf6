//! The running engine.
//!
//! It has a thread of its own, because it answers requests on the thread that received them and would hold up
//! everything else there.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use dynoxide::Database;
use shared::Clock;
use tokio::sync::oneshot;

use crate::database;
use crate::error::Error;
use crate::stream::Stream;
use crate::table::Table;

/// How often expired items are removed; the real DynamoDB may take days.
const TTL_SWEEP_EVERY: Duration = Duration::from_secs(60);

const DATABASE_FILE: &str = "dynamodb.sqlite3";

/// A running engine with one table. Dropping it stops its thread.
pub struct DynamoDb {
    database: Database,
    table: String,
    address: SocketAddr,
    runtime: tokio::runtime::Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Held for as long as this process uses the folder.
    _lock: Option<File>,
}

impl DynamoDb {
    /// Opens the database in the folder `data`, or in memory, creates the table `name` if it does not exist, and serves
    /// it on `address`, where port 0 is any free one. In memory, items expire by `clock`.
    ///
    /// # Errors
    ///
    /// A folder that another process is using, an address that is taken, or an error of the engine.
    pub fn start(
        table: &Table,
        name: &str,
        data: Option<&Path>,
        clock: &Clock,
        address: SocketAddr,
    ) -> Result<DynamoDb, Error> {
        let (database, lock) = match data {
            Some(folder) => {
                let lock = lock(folder)?;
                (database::on_disk(&folder.join(DATABASE_FILE), table, name)?, Some(lock))
            }
            None => (database::in_memory(table, name, clock)?, None),
        };
        let listener = TcpListener::bind(address).map_err(|error| Error::Listen(address, error))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = database.clone();
        let thread = std::thread::Builder::new()
            .name("dynamodb".to_owned())
            .spawn(move || runtime.block_on(serve(listener, served, stopped)))?;
        Ok(DynamoDb {
            database,
            table: name.to_owned(),
            address,
            runtime: handle,
            stop: Some(stop),
            thread: Some(thread),
            _lock: lock,
        })
    }

    /// Whether the folder `data` has a database.
    pub fn is_in(data: &Path) -> bool {
        data.join(DATABASE_FILE).is_file()
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The functions' settings that point to the table.
    pub fn settings(&self) -> HashMap<&'static str, String> {
        HashMap::from([
            ("TABLE_NAME", self.table.clone()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{}", self.address)),
        ])
    }

    pub fn stream(&self) -> Stream {
        Stream::new(self.database.clone(), self.table.clone())
    }

    /// Runs `work` on the engine's thread, which is the place for work that reads the [`Stream`].
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
        self.runtime.spawn(work)
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic on that thread has been printed already.
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
        // A sweep lets requests through between its pages, as long as they have a thread to run on.
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => eprintln!("Expired items could not be removed: {error}"),
            // It panicked, which has been printed already.
            Err(_) => {}
        }
    }
}

/// Two processes on one SQLite file would each deliver the other's mail.
fn lock(folder: &Path) -> Result<File, Error> {
    let name = || folder.display().to_string();
    let failed = |error| Error::Folder(name(), error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let file = File::options().create(true).append(true).open(folder.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(name())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use dynoxide::AttributeValue;
    use dynoxide::actions::put_item::PutItemRequest;
    use dynoxide::storage::Storage;

    use super::*;

    fn table() -> &'static Table {
        Table::of_template().expect("template.yaml is readable")
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
        let path = path.to_string_lossy();
        database.vacuum_into(&path).expect("a copy");
        let copy = Storage::new(&path).expect("the copy");
        let count = "SELECT COUNT(*) FROM _stream_records";
        copy.conn().query_row(count, [], |row| row.get(0)).expect("a count")
    }

    #[test]
    fn fifty_thousand_writes_stay_as_fast_as_the_first_and_leave_a_bounded_backlog() {
        let database = database::in_memory(table(), "test", &Clock::system()).expect("a database");
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
        assert_eq!(stream_records(&database), i64::from(database::STREAM_BACKLOG));
    }

    #[test]
    fn a_folder_serves_one_server_at_a_time_and_keeps_its_items() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = (std::net::Ipv4Addr::LOCALHOST, 0).into();
        let start = || DynamoDb::start(table(), "test", Some(folder.path()), &Clock::system(), address);
        let first = start().expect("the first");
        put(&first.database, 1);
        assert!(matches!(start(), Err(Error::InUse(_))));
        drop(first);
        let again = start().expect("the folder is free again");
        assert_eq!(again.database.table_stats().expect("statistics")[0].item_count, 1);
    }
}
