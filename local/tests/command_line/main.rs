//! The dev server's command line: its options and what it says.
#![cfg(unix)]

mod options;
mod seed;
mod server;
