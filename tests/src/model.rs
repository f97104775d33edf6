//! A model of the whole service, and random requests to compare the two.
//!
//! A sequence consists of bursts, each of requests that are sent concurrently. After a burst, once its mails are sent,
//! there must be an order of its requests in which the model gives exactly the answers received and ends in the state
//! that the service shows. The model is written from the contract.

mod apply;
mod attacks;
mod call;
mod events;
mod judge;
mod mails;
mod observe;
mod rest;
mod run;
mod search;
mod shrink;
mod state;
mod step;
mod told;

pub use attacks::attacks;
pub use run::{Find, Tally, run};
pub use shrink::{Shrunk, shrink};
pub use step::{Burst, Sequence, Step, sequence};
