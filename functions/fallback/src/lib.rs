//! Answers what no other function is there for: unknown paths and methods, paths without their id, and preflights.
//!
//! API Gateway sends here whatever its other routes do not match.

use std::sync::Arc;

use shared::{App, Call, Error, Reply, Route};

/// Whatever the path could mean, a request that ended up here has no function to serve it.
pub async fn dispatch(_: Arc<App>, _: Route, _: Call) -> Result<Reply, Error> {
    Err(Error::NotFound)
}
