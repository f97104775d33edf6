//! DynamoDB without AWS: dynoxide over SQLite, in this process, reached by the real SDK over loopback HTTP.
//!
//! * [`DynamoDb`] is the running engine, over a data folder or in memory; `database` opens what it serves.
//! * [`Table`] is the table as `template.yaml` describes it.
//! * [`Stream`] reads the table's stream, and the keys of what expires, without going through HTTP.
//! * [`Settings`] are the functions' settings, pointed to this engine.
//! * [`Door`] says who may call it, and [`private`] keeps its files from other users.
//! * `workarounds` is what the engine lacks.

mod database;
mod door;
mod dynamodb;
mod error;
pub mod private;
mod settings;
mod stream;
mod table;
mod workarounds;

pub use self::door::Door;
pub use self::dynamodb::DynamoDb;
pub use self::error::Error;
pub use self::settings::Settings;
pub use self::stream::{Position, Stream};
pub use self::table::Table;
