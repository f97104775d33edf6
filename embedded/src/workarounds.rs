//! Makes up for what dynoxide 3.2 lacks with many items or many requests. Each section names its report in
//! docs/upstream.md and can go once that is solved.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use dynoxide::storage::Storage;
use dynoxide::{AttributeValue, Database, DynoxideError, Item};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use shared::Random;

// Report 1: stream records are never removed, and each write reads all of them.

/// Stream records kept for readers.
pub(crate) const STREAM_BACKLOG: u32 = 10_000;

/// The index finds the next sequence number in one step, and the trigger keeps the engine's table short.
pub(crate) fn bound_stream_backlog(storage: &Storage) -> Result<(), DynoxideError> {
    storage.conn().execute_batch(&format!(
        "CREATE INDEX IF NOT EXISTS stream_records_by_sequence
             ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
         CREATE TRIGGER IF NOT EXISTS stream_records_trimmed AFTER INSERT ON _stream_records BEGIN
             DELETE FROM _stream_records WHERE id <= NEW.id - {STREAM_BACKLOG};
         END;"
    ))?;
    Ok(())
}

// Report 2: a TTL sweep reads the whole table.

/// Items removed in one step of a sweep, while all requests wait.
pub(crate) const SWEEP_STEP: usize = 25;

/// Lets [`expiring`] find the items that expire without reading the others. The engine's column `cached_at`, by which
/// it can list a table, is otherwise unused; the trigger writes the time of expiry there.
pub(crate) fn index_expiry(storage: &Storage, table: &str, ttl_attribute: &str) -> Result<(), DynoxideError> {
    let known = format!("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '{table}_by_expiry')");
    if storage.conn().query_row(&known, [], |row| row.get(0))? {
        return Ok(());
    }
    let expiry = |item| format!("CAST(json_extract({item}, '$.\"{ttl_attribute}\".N') AS REAL)");
    let (of_new, of_each) = (expiry("NEW.item_json"), expiry("item_json"));
    storage.conn().execute_batch(&format!(
        "BEGIN IMMEDIATE;
         CREATE INDEX \"{table}_by_expiry\" ON \"{table}\" (cached_at, pk, sk, item_size)
             WHERE cached_at IS NOT NULL;
         CREATE TRIGGER \"{table}_expiry\" AFTER INSERT ON \"{table}\" WHEN NEW.cached_at IS NOT {of_new} BEGIN
             UPDATE \"{table}\" SET cached_at = {of_new} WHERE rowid = NEW.rowid;
         END;
         UPDATE \"{table}\" SET cached_at = {of_each} WHERE cached_at IS NOT {of_each};
         COMMIT;"
    ))?;
    Ok(())
}

/// The keys of the items that expire, at most `limit` of them, the next to expire first.
pub(crate) fn expiring(
    database: &Database,
    table: &str,
    limit: usize,
) -> Result<impl Iterator<Item = Item> + use<>, DynoxideError> {
    // The engine writes a key's type in front of it.
    let text = |key: String| AttributeValue::S(key.strip_prefix("S:").unwrap_or(&key).to_owned());
    let rows = database.get_lru_items(table, limit)?.into_iter();
    Ok(rows.map(move |(pk, sk, _)| [("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))].into()))
}

/// Removes items that expired before `now`, in seconds since 1970, and returns how many. If they are [`SWEEP_STEP`],
/// there may be more.
pub(crate) fn sweep_step(
    database: &Database,
    table: &str,
    ttl_attribute: &str,
    now: u64,
) -> Result<usize, DynoxideError> {
    let mut removed = 0;
    for key in expiring(database, table, SWEEP_STEP)? {
        let outcome = database.delete_item(DeleteItemRequest {
            table_name: table.to_owned(),
            key,
            condition_expression: Some("#expiry < :now".to_owned()),
            expression_attribute_names: Some([("#expiry".to_owned(), ttl_attribute.to_owned())].into()),
            expression_attribute_values: Some(
                [(":now".to_owned(), AttributeValue::N(now.to_string()))].into(),
            ),
            ..DeleteItemRequest::default()
        });
        match outcome {
            Ok(_) => removed += 1,
            // So do all that follow.
            Err(DynoxideError::ConditionalCheckFailedException(..)) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(removed)
}

// Report 3: each transaction walks all client request tokens of the last ten minutes. The engine's own server cannot be
// given other ones, so its operations are called from here.

/// DynamoDB's limit for a client request token, in characters.
const TOKEN_LIMIT: usize = 36;

/// How long DynamoDB remembers a client request token.
const TOKEN_WINDOW: Duration = Duration::from_secs(600);

/// DynamoDB's limit for a request.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// DynamoDB's API over HTTP. Signatures are not checked.
pub(crate) fn api(database: Database) -> Router {
    let api = Arc::new(Api { database, transactions: Mutex::default() });
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(BODY_LIMIT)).with_state(api)
}

struct Api {
    database: Database,
    transactions: Mutex<Transactions>,
}

async fn answer(State(api): State<Arc<Api>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let (status, body) = match api.call(operation, &body) {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => {
            let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, error.to_json())
        }
    };
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], body).into_response()
}

impl Api {
    fn call(&self, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
        macro_rules! operations {
            ($($name:literal => $method:ident,)*) => {
                match operation {
                    "TransactWriteItems" => self.transact(decode(body)?),
                    $($name => encode(&self.database.$method(decode(body)?)?),)*
                    _ => Err(DynoxideError::ValidationException(format!("There is no operation {operation:?}."))),
                }
            };
        }
        operations! {
            "BatchGetItem" => batch_get_item,
            "BatchWriteItem" => batch_write_item,
            "CreateTable" => create_table,
            "DeleteItem" => delete_item,
            "DeleteTable" => delete_table,
            "DescribeTable" => describe_table,
            "DescribeTimeToLive" => describe_time_to_live,
            "ExecuteStatement" => execute_statement,
            "GetItem" => get_item,
            "ListTables" => list_tables,
            "PutItem" => put_item,
            "Query" => query,
            "Scan" => scan,
            "TransactGetItems" => transact_get_items,
            "UpdateItem" => update_item,
            "UpdateTimeToLive" => update_time_to_live,
        }
    }

    fn transact(&self, mut request: TransactWriteItemsRequest) -> Result<String, DynoxideError> {
        // The engine refuses a longer one.
        let Some(token) = request.client_request_token.take_if(|token| token.len() <= TOKEN_LIMIT) else {
            return encode(&self.database.transact_write_items(request)?);
        };
        // A map's entries have no order, except as a JSON value.
        let items = json!(request.transact_items);
        let mut transactions = self.transactions.lock().unwrap_or_else(PoisonError::into_inner);
        transactions
            .once(token, &items, Instant::now(), || encode(&self.database.transact_write_items(request)?))
    }
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| {
        let message = error.to_string();
        // The engine's types put the kind of error in front; its own server does this, too, but cannot be called.
        match message.split_once(':') {
            Some(("VALIDATION" | "VALIDATION_REQUEST" | "VALIDATION_AS_READ", message)) => {
                DynoxideError::ValidationException(message.to_owned())
            }
            Some(("SERIALIZATION" | "SERIALIZATION_AS_READ", message)) => {
                DynoxideError::SerializationException(message.to_owned())
            }
            _ => DynoxideError::SerializationException(message),
        }
    })
}

fn encode(response: &impl Serialize) -> Result<String, DynoxideError> {
    serde_json::to_string(response).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// The answers to recent transactions, by their client request tokens.
#[derive(Default)]
struct Transactions {
    answers: HashMap<String, Answered>,
    /// The tokens in the order in which they expire.
    tokens: VecDeque<(Instant, String)>,
    hasher: RandomState,
}

struct Answered {
    items_hash: u64,
    answer: String,
}

impl Transactions {
    /// The answer to the transaction with this token and these items: remembered, or that of `execute`. A failed
    /// transaction is not remembered.
    fn once(
        &mut self,
        token: String,
        items: &serde_json::Value,
        now: Instant,
        execute: impl FnOnce() -> Result<String, DynoxideError>,
    ) -> Result<String, DynoxideError> {
        while let Some((_, expired)) = self.tokens.pop_front_if(|(until, _)| *until <= now) {
            self.answers.remove(&expired);
        }
        let items_hash = self.hasher.hash_one(items);
        match self.answers.get(&token) {
            Some(answered) if answered.items_hash == items_hash => return Ok(answered.answer.clone()),
            Some(_) => {
                return Err(DynoxideError::IdempotentParameterMismatchException(
                    "The client request token has been used with other items.".to_owned(),
                ));
            }
            None => {}
        }
        let answer = execute()?;
        self.tokens.push_back((now + TOKEN_WINDOW, token.clone()));
        self.answers.insert(token, Answered { items_hash, answer: answer.clone() });
        Ok(answer)
    }
}

// Report 4: a database in memory, and a connection, cannot be configured.

/// A database in memory with all that `prepare` makes of a shared one, which has a path.
pub(crate) fn in_memory(
    prepare: impl FnOnce(&str) -> Result<Database, DynoxideError>,
) -> Result<Database, DynoxideError> {
    let path = format!("file:{}?mode=memory&cache=shared", Random::system().uuid());
    let _prepared = prepare(&path)?;
    let database = Database::memory()?;
    database.restore_from(&path)?;
    Ok(database)
}

/// Sets `synchronous = NORMAL`: with SQLite's write-ahead log, every commit survives the death of the process, and no
/// request waits for the disk.
pub(crate) fn commit_without_waiting(database: &Database) -> Result<(), DynoxideError> {
    database.disable_bulk_loading()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use dynoxide::ImportOptions;
    use serde_json::Value;

    use super::*;
    use crate::database;
    use crate::stream::Stream;
    use crate::table::Table;

    const TTL: &str = "expires_at";

    fn on_disk(folder: &tempfile::TempDir) -> (Database, Storage) {
        let path = folder.path().join("test.sqlite3");
        let table = Table::of_template().expect("template.yaml is readable");
        let database = database::on_disk(&path, table, "test").expect("a database");
        (database, Storage::new(&path.to_string_lossy()).expect("the same file"))
    }

    fn item(number: u32, expires_at: Option<u64>) -> Item {
        let mut item = Item::from([
            ("pk".to_owned(), AttributeValue::S(format!("S:{number}"))),
            ("sk".to_owned(), AttributeValue::S("ITEM".to_owned())),
        ]);
        item.extend(expires_at.map(|time| (TTL.to_owned(), AttributeValue::N(time.to_string()))));
        item
    }

    fn put(database: &Database, items: impl IntoIterator<Item = Item>) {
        let items = items.into_iter().collect();
        database.import_items("test", items, ImportOptions::default()).expect("the items are new");
    }

    /// SQLite's instructions for what `work` does.
    fn instructions(storage: &Storage, work: impl FnOnce()) -> usize {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let handler = move || {
            counter.fetch_add(1, Ordering::Relaxed);
            false
        };
        storage.conn().progress_handler(1, Some(handler));
        work();
        storage.conn().progress_handler(1, None::<fn() -> bool>);
        count.load(Ordering::Relaxed)
    }

    #[test]
    fn the_stream_keeps_a_bounded_backlog_and_numbers_a_record_in_one_step() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (database, storage) = on_disk(&folder);
        let mut written = 0;
        let mut write = |items: u32| {
            let items: Vec<Item> = (written..written + items).map(|number| item(number, None)).collect();
            written += u32::try_from(items.len()).expect("a few thousand");
            let options = ImportOptions { record_streams: true, ..ImportOptions::default() };
            database.import_items("test", items, options).expect("the items are new");
            let next = || {
                storage.next_stream_sequence_number("test").expect("a number");
            };
            let count = "SELECT COUNT(*) FROM _stream_records";
            let kept: u32 = storage.conn().query_row(count, [], |row| row.get(0)).expect("a count");
            (kept, instructions(&storage, next))
        };
        let (kept, cost) = write(100);
        assert_eq!(kept, 100);
        assert_eq!(write(2 * STREAM_BACKLOG), (STREAM_BACKLOG, cost));
    }

    #[test]
    fn a_step_of_a_sweep_costs_the_same_in_a_small_table_and_in_a_large_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (database, storage) = on_disk(&folder);
        let cost = || {
            instructions(&storage, || {
                let first = storage.get_lru_items("test", SWEEP_STEP).expect("the next to expire");
                assert_eq!(first.len(), SWEEP_STEP);
            })
        };
        put(&database, (0..100).map(|number| item(number, Some(1_000 + u64::from(number)))));
        put(&database, (100..200).map(|number| item(number, None)));
        let small = cost();
        put(&database, (200..5_000).map(|number| item(number, Some(1_000 + u64::from(number)))));
        put(&database, (5_000..20_000).map(|number| item(number, None)));
        assert_eq!(cost(), small);
        assert!(small > SWEEP_STEP, "{small} instructions are at least one for each item");
    }

    #[test]
    fn a_sweep_removes_what_has_expired_in_steps_and_the_stream_shows_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (database, _) = on_disk(&folder);
        let stream = Stream::new(database.clone(), "test".to_owned());
        let start = stream.end().expect("a position");
        put(&database, (0..60).map(|number| item(number, Some(100 + u64::from(number)))));
        put(&database, [item(60, None)]);
        let sweep = |now| sweep_step(&database, "test", TTL, now).expect("a sweep");

        assert_eq!(sweep(100), 0, "an item still exists in the second of its expiry");
        assert_eq!(sweep(101), 1);
        assert_eq!([sweep(150), sweep(150), sweep(150)], [SWEEP_STEP, 24, 0]);
        let left: Vec<Item> = expiring(&database, "test", 100).expect("a list").collect();
        assert_eq!(left.len(), 10);
        assert_eq!(left[0]["pk"], AttributeValue::S("S:50".to_owned()), "the key is as it was written");

        let mut removed = Vec::new();
        let removal = |record: &Value| {
            assert_eq!(record["eventName"], "REMOVE");
            removed.push(record["dynamodb"]["Keys"]["pk"]["S"].as_str().map(str::to_owned));
        };
        stream.read(&start, removal).expect("records");
        assert_eq!(removed, (0..50).map(|number| Some(format!("S:{number}"))).collect::<Vec<_>>());
    }

    #[test]
    fn an_item_expires_by_what_was_last_written() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (database, _) = on_disk(&folder);
        put(&database, [item(1, Some(100)), item(2, Some(100)), item(3, None)]);
        put(&database, [item(1, Some(300)), item(2, None), item(3, Some(200))]);
        let left = |now| {
            sweep_step(&database, "test", TTL, now).expect("a sweep");
            expiring(&database, "test", 100).expect("a list").count()
        };
        assert_eq!([150, 250, 350].map(left), [2, 1, 0]);
        let stats = database.table_stats().expect("statistics");
        assert_eq!(stats[0].item_count, 1, "the item that no longer expires is there");
    }

    #[test]
    fn items_of_an_older_folder_expire_too() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (database, storage) = on_disk(&folder);
        let without = "DROP TRIGGER test_expiry; DROP INDEX test_by_expiry";
        storage.conn().execute_batch(without).expect("as an earlier version left it");
        put(&database, [item(1, Some(100)), item(2, None)]);
        drop((database, storage));
        let (database, _) = on_disk(&folder);
        put(&database, [item(3, Some(100))]);
        assert_eq!(sweep_step(&database, "test", TTL, 200).expect("a sweep"), 2);
    }

    fn transaction(token: &str, number: u32) -> Vec<u8> {
        let put = json!({ "Put": {
            "TableName": "test",
            "Item": item(number, None),
            "ConditionExpression": "attribute_not_exists(pk)",
        } });
        json!({ "TransactItems": [put], "ClientRequestToken": token }).to_string().into_bytes()
    }

    #[test]
    fn a_transaction_with_a_known_token_is_answered_and_not_repeated() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let api = Api { database: on_disk(&folder).0, transactions: Mutex::default() };
        let write = |token, number| api.call("TransactWriteItems", &transaction(token, number));
        let first = write("one", 1).expect("the item is new");
        assert_eq!(write("one", 1).expect("a repetition"), first);
        let mismatch = write("one", 2).expect_err("other items");
        assert!(matches!(mismatch, DynoxideError::IdempotentParameterMismatchException(_)), "{mismatch}");
        for _ in 0..2 {
            let taken = write("two", 1).expect_err("the item exists");
            assert!(matches!(taken, DynoxideError::TransactionCanceledException(..)), "{taken}");
        }
        write("two", 2).expect("a failure does not use up the token");
    }

    #[test]
    fn what_cannot_be_read_is_refused_as_by_dynamodb() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let api = Api { database: on_disk(&folder).0, transactions: Mutex::default() };
        let refused =
            |operation, body: &[u8]| api.call(operation, body).expect_err("a bad request").to_json();
        let put = |item: Value| json!({ "TableName": "test", "Item": item }).to_string();
        for item in [
            Value::Null,
            json!({ "pk": { "S": "1" }, "sk": { "N": "one" } }),
            json!({ "pk": { "S": "1" }, "sk": { "S": "2", "N": "2" } }),
        ] {
            let error = refused("PutItem", put(item).as_bytes());
            assert!(error.contains("#ValidationException"), "{error}");
            assert!(!error.contains("VALIDATION"), "the engine's marker: {error}");
        }
        let error = refused("PutItem", put(json!({ "pk": { "S": 1 } })).as_bytes());
        assert!(error.contains("#SerializationException"), "{error}");
        let error = refused("TransactWriteItems", &transaction(&"x".repeat(TOKEN_LIMIT + 1), 1));
        assert!(error.contains("'clientRequestToken' failed"), "{error}");
    }

    #[test]
    fn tokens_are_forgotten_after_ten_minutes() {
        let mut transactions = Transactions::default();
        let start = Instant::now();
        let items = json!([]);
        let mut executed = 0;
        for minute in 0..30 {
            for token in 0..3 {
                let now = start + Duration::from_secs(minute * 60);
                let answer = transactions.once(format!("{minute}.{token}"), &items, now, || {
                    executed += 1;
                    Ok(String::new())
                });
                answer.expect("an answer");
            }
            assert_eq!(transactions.answers.len(), transactions.tokens.len());
            assert!(transactions.tokens.len() <= 30, "those of ten minutes");
        }
        assert_eq!((executed, transactions.tokens.len()), (90, 30));
        let after = start + Duration::from_secs(29 * 60) + TOKEN_WINDOW;
        transactions.once("20.0".to_owned(), &items, after, || Ok(String::new())).expect("an answer");
        assert_eq!(transactions.answers.len(), 1);
    }
}
