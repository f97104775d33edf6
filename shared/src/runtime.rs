//! What surrounds every function: settings, time, randomness, the log, and what AWS clients are made from.

pub mod aws;
pub(crate) mod clock;
pub mod config;
pub mod log;
pub mod meter;
pub(crate) mod random;
