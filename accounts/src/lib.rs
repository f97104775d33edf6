//! The accounts of a table as a whole, for whoever operates it: moved in from files, and out into one.
//!
//! * `import` and `export` go through a file and a table from beginning to end.
//! * `check` compares all items of a table with each other, and repairs.
//! * `target` opens the table: the dev server's, without the dev server, or a real one.
//! * `form` is an account as one line of JSON, both ways; `spryker` reads the same out of Spryker's CSV files.
//! * `rows` goes through the lines of either.
//!
//! Nobody is mailed: no mail order is written, and none follows from any other item.

mod check;
mod error;
mod export;
mod form;
mod import;
mod rows;
mod spryker;
mod target;

pub use self::check::{Broken, Checked, check, check_store};
pub use self::error::AccountsError;
pub use self::export::{Exported, export};
pub use self::import::{Import, Imported, import};
pub use self::target::Target;
