//! A model of the whole service, and random requests to compare the two.
//!
//! A sequence is bursts of requests that are all sent at once. After each of them, once the mails are out, there has to
//! be an order of its requests in which the model gives exactly the answers that came, and ends where the service is
//! now. The model is written from the contract.

mod apply;
mod call;
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

pub use run::{Find, Tally, run};
pub use shrink::{Shrunk, shrink};
pub use step::{Burst, Step, sequence};
