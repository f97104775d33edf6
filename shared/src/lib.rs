//! What the functions share.
//!
//! * [`lambda`] serves a handler; [`call`] is a request as the gateway hands it over, [`reply`] an answer;
//!   [`route`] finds the operation.
//! * [`jsonapi`] is the envelope, [`input`] reads attributes, [`resources`] shows customers and addresses, [`etag`] tags
//!   them.
//! * [`error`] is everything that can go wrong, with the one table of what a client is told.
//! * [`domain`] is what the service is about, in plain values.
//! * [`store`] is the DynamoDB table, [`meter`] what its use costs.
//! * [`hasher`] hashes passwords, [`tokens`] signs and verifies access tokens.
//! * [`app`] holds all that a handler is given, [`config`] its settings, [`clock`] and [`random`] time and randomness.

pub mod app;
pub mod aws;
pub mod call;
pub mod clock;
pub mod config;
pub mod domain;
pub mod error;
pub mod etag;
pub mod hasher;
pub mod input;
pub mod jsonapi;
pub mod lambda;
pub mod log;
pub mod meter;
pub mod random;
pub mod reply;
pub mod resources;
pub mod route;
pub mod store;
pub mod tokens;

pub use app::App;
pub use call::{Call, Caller};
pub use clock::Clock;
pub use config::Config;
pub use error::Error;
pub use log::Log;
pub use random::Random;
pub use reply::Reply;
pub use route::Route;
