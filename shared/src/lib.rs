//! What the functions share, in five modules.
//!
//! * [`domain`] holds the customer, sessions, mails and their rules, as plain values.
//! * [`store`] is the DynamoDB table.
//! * [`tokens`] signs and verifies access tokens.
//! * [`http`] stands between API Gateway and an operation: routes, requests, the JSON:API envelope, replies.
//! * [`runtime`] is what every function runs on: settings, time, randomness, the log.
//!
//! Besides these, `hidden` keeps what is secret or personal out of `Debug`, [`lambda`] serves a function, [`App`] holds what an operation needs, [`error`] lists everything that
//! can go wrong and the response to each, [`hasher`] hashes passwords and [`digest`] everything else.

#[macro_use]
mod hidden;

mod app;
pub mod digest;
pub mod domain;
pub mod error;
pub mod hasher;
pub mod http;
pub mod lambda;
pub mod runtime;
pub mod store;
pub mod tokens;

pub use app::App;
pub use error::Error;
pub use http::call::{Call, Caller};
pub use http::reply::{self, Reply};
pub use http::route::Route;
pub use runtime::clock::Clock;
pub use runtime::config::Config;
pub use runtime::log::Log;
pub use runtime::random::Random;
