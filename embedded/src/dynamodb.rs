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

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use dynoxide::Database;
use serde_json::json;
use shared::Clock;
use tokio::sync::oneshot;

use crate::door::Door;
use crate::error::Error;
use crate::stream::Stream;
use crate::table::Table;
use crate::{database, private, workarounds};

/// How often expired items are removed; the real DynamoDB may take days.
const TTL_SWEEP_EVERY: Duration = Duration::from_secs(60);

const DATABASE_FILE: &str = "dynamodb.sqlite3";
const LOCK_FILE: &str = "lock";

/// A running engine with one table. Dropping it stops its thread.
pub struct DynamoDb {
    database: Database,
    table: String,
    address: SocketAddr,
    door: Door,
    runtime: tokio::runtime::Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Held for as long as this process uses the folder.
    _lock: Option<File>,
}

impl DynamoDb {
    /// Opens the database in the folder `data`, or in memory, creates the table `name` if it does not exist, and serves
    /// it on `address`, where port 0 is any free one, to those who may come in by `door`. Items expire by `clock`.
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
        door: Door,
    ) -> Result<DynamoDb, Error> {
        let (database, lock) = match data {
            Some(folder) => {
                let lock = lock(folder)?;
                let file = folder.join(DATABASE_FILE);
                // SQLite gives its other files the same permissions.
                private::open(&file, File::options().create(true).append(true))?;
                (database::on_disk(&file, table, name)?, Some(lock))
            }
            None => (database::in_memory(table, name)?, None),
        };
        let listener = TcpListener::bind(address).map_err(|error| Error::Listen(address, error))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = workarounds::api(database.clone()).layer(from_fn_with_state(door.clone(), admit));
        let ttl_attribute = table.time_to_live_specification.attribute_name.clone();
        let swept = database.clone();
        let expiry = Expiry { table: name.to_owned(), ttl_attribute, clock: clock.clone() };
        let thread = std::thread::Builder::new().name("dynamodb".to_owned()).spawn(move || {
            let sweep = sweep(swept, expiry, TTL_SWEEP_EVERY);
            runtime.block_on(serve(listener, served, sweep, stopped));
        })?;
        Ok(DynamoDb {
            database,
            table: name.to_owned(),
            address,
            door,
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

    /// The functions' settings that point to the table and let them in.
    pub fn settings(&self) -> HashMap<&'static str, String> {
        let own = [
            ("TABLE_NAME", self.table.clone()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{}", self.address)),
        ];
        own.into_iter().chain(self.door.credentials()).collect()
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
async fn serve(
    listener: TcpListener,
    api: Router,
    sweep: impl Future<Output = ()>,
    stopped: oneshot::Receiver<()>,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return eprintln!("The embedded DynamoDB cannot listen: {error}"),
    };
    tokio::select! {
        _ = axum::serve(listener, api) => {}
        () = sweep => {}
        _ = stopped => {}
    }
}

/// Which items expire, and by what time.
struct Expiry {
    table: String,
    ttl_attribute: String,
    clock: Clock,
}

/// Refuses who may not come in, in DynamoDB's own form.
async fn admit(State(door): State<Door>, request: Request, next: Next) -> Response {
    let (status, kind, message) = if !door.is_own(request.uri(), request.headers()) {
        (
            StatusCode::FORBIDDEN,
            "AccessDeniedException",
            "The request is for another host or from a web page.",
        )
    } else if !door.is_signed(request.headers()) {
        let message = "The security token included in the request is invalid.";
        (StatusCode::BAD_REQUEST, "UnrecognizedClientException", message)
    } else {
        return next.run(request).await;
    };
    let body = json!({ "__type": format!("com.amazon.coral.service#{kind}"), "message": message });
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], body.to_string()).into_response()
}

async fn sweep(database: Database, expiry: Expiry, every: Duration) {
    let Expiry { table, ttl_attribute, clock } = expiry;
    let mut every = tokio::time::interval(every);
    loop {
        every.tick().await;
        loop {
            match workarounds::sweep_step(&database, &table, &ttl_attribute, clock.now().seconds()) {
                // Requests are answered on this thread, too.
                Ok(workarounds::SWEEP_STEP) => tokio::task::yield_now().await,
                Ok(_) => break,
                Err(error) => break eprintln!("Expired items could not be removed: {error}"),
            }
        }
    }
}

/// Two processes on one SQLite file would each deliver the other's mail.
fn lock(folder: &Path) -> Result<File, Error> {
    let name = || folder.display().to_string();
    let failed = |error| Error::Folder(name(), error);
    private::folder(folder, DATABASE_FILE, LOCK_FILE).map_err(failed)?;
    let file = private::open(&folder.join(LOCK_FILE), File::options().create(true).append(true));
    let file = file.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(name())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use dynoxide::AttributeValue;
    use dynoxide::actions::put_item::PutItemRequest;

    use super::*;

    fn table() -> &'static Table {
        Table::of_template().expect("template.yaml is readable")
    }

    fn put(database: &Database, number: u32, attributes: impl IntoIterator<Item = (String, AttributeValue)>) {
        let key = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
        let keys = [key("pk", number.to_string()), key("sk", "ITEM".to_owned())];
        let item = keys.into_iter().chain(attributes).collect();
        let request = PutItemRequest { table_name: "test".to_owned(), item, ..PutItemRequest::default() };
        database.put_item(request).expect("a plain put works");
    }

    #[tokio::test]
    async fn items_expire_by_the_given_clock() {
        let clock = Clock::system();
        let database = database::in_memory(table(), "test").expect("a database");
        let soon = (clock.now().seconds() + 1_000).to_string();
        let ttl_attribute = table().time_to_live_specification.attribute_name.clone();
        put(&database, 1, [(ttl_attribute.clone(), AttributeValue::N(soon))]);
        let expiry = Expiry { table: "test".to_owned(), ttl_attribute, clock: clock.clone() };
        let items = || database.table_stats().expect("statistics")[0].item_count;

        let every = Duration::from_millis(1);
        let sweeping = sweep(database.clone(), expiry, every);
        let looking = async {
            tokio::time::sleep(every * 20).await;
            assert_eq!(items(), 1);
            clock.advance(Duration::from_secs(2_000));
            while items() > 0 {
                tokio::time::sleep(every).await;
            }
        };
        tokio::select! {
            () = sweeping => {}
            () = looking => {}
        }
    }

    #[test]
    fn a_folder_serves_one_server_at_a_time_and_keeps_its_items() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = (std::net::Ipv4Addr::LOCALHOST, 0).into();
        let start = || {
            DynamoDb::start(table(), "test", Some(folder.path()), &Clock::system(), address, Door::new([]))
        };
        let first = start().expect("the first");
        put(&first.database, 1, []);
        assert!(matches!(start(), Err(Error::InUse(_))));
        drop(first);
        let again = start().expect("the folder is free again");
        assert_eq!(again.database.table_stats().expect("statistics")[0].item_count, 1);
    }
}
