//! Imports and exports all accounts of a table, for its operators.
//!
//! * `import` and `export` go through a file and a table from beginning to end.
//! * `check` compares all items of a table with each other, and repairs.
//! * `compare` sends the same requests to the old shop and to this service, and touches no table.
//! * `target` opens the table: the dev server's, without the dev server, or a real one.
//! * `form` is an account as one line of JSON, both ways.
//! * `rows` iterates over the rows of NDJSON and CSV files, and `map` says which of their columns are what.
//! * `references` gives customers new references.
//!
//! No mail is sent: an import queues none, and no item that it writes causes any.

mod check;
mod compare;
mod error;
mod export;
mod form;
mod import;
mod map;
mod references;
mod rows;
mod target;

pub use self::check::{Broken, Checked, check, check_store};
pub use self::compare::{Compare, CompareError, Compared, compare};
pub use self::error::{AccountsError, is_plain, readable};
pub use self::export::{Exported, export};
pub use self::import::{Import, Imported, import};
pub use self::rows::Reading;
pub use self::rows::csv::Fault;
pub use self::target::Target;
