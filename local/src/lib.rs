//! The dev server: everything that AWS does around the functions, in one process. Only the
//! server's own address can be another one than loopback's.
//!
//! * `server` starts all of it, `services` only DynamoDB and the inbox, for functions that run elsewhere.
//! * `listen` finds its addresses, and `front` decides who answers there: a page, or the gateway.
//! * `template` reads `template.yaml`, which describes the gateway, the pipes and the queue.
//! * `gateway` is API Gateway in miniature: routes, authorizer, proxy events and gateway responses.
//! * `pipe` passes queued mails from the table's stream, which `embedded` provides, through a queue to `mailer`, and
//!   events to the bus.
//! * `ses` captures what `mailer` sends and tells it what became of it; `pages` shows it, under `/_local/`.
//! * `seed` makes customers to try things on.
//! * `settings` are those of the functions; `signing_key` stands in for KMS, and `http` is the HTTP server.
//!
//! The functions are called in-process, with the events that AWS would send, and reach DynamoDB and SES through the
//! real SDK.

mod error;
mod front;
mod gateway;
mod http;
mod listen;
mod pages;
mod pipe;
mod seed;
mod server;
mod services;
mod ses;
mod settings;
mod signing_key;
mod template;
#[cfg(test)]
mod tests;

pub use self::error::StartError;
pub use self::seed::{SeedError, Seeded};
pub use self::server::{Options, Server};
pub use self::services::{Services, ServicesOptions};
pub use self::ses::{Failure, Fate, Inbox, Mail};
