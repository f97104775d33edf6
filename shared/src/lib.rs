//! What the functions share, in five rooms.
//!
//! * [`domain`] is what the service is about, in plain values.
//! * [`store`] is the DynamoDB table.
//! * [`tokens`] signs and verifies access tokens.
//! * [`http`] is between API Gateway and an operation: routes, requests, the JSON:API envelope, answers.
//! * [`runtime`] is what surrounds every function: settings, time, randomness, the log.
//!
//! Around them, [`lambda`] serves a function, [`App`] holds what an operation is given, [`error`] is everything that can
//! go wrong with the one table of what a client is told, [`hasher`] hashes passwords and [`digest`] everything else.

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
