//! The help desk for people (docs/desk.md): a client that signs requests, and a page in the browser.
//!
//! * `call` is one of the help desk's requests, and all that can be sent.
//! * `client` signs calls with an operator's credentials and sends them, over `https`.
//! * `answers` are what comes back, as far as it is shown.
//! * `page` serves the page, and passes on its calls.
//!
//! It knows no table: everything goes through the API, which decides what the operator may do and keeps the record.

pub mod answers;
mod call;
mod client;
pub mod https;
mod page;

pub use self::call::{By, Call};
pub use self::client::{Answer, Client, DeskError};
pub use self::page::Page;
