//! What every function runs on: settings, time, randomness, the log, and the configuration of AWS clients.

pub mod aws;
pub(crate) mod clock;
pub mod config;
pub mod log;
pub mod meter;
pub(crate) mod random;
