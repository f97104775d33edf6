//! Answers what no other function handles: unknown paths and methods, paths without their id, and preflights.
//!
//! API Gateway sends it every request that no other route matches.

use std::sync::Arc;

use shared::{App, Call, Error, Reply, Route};

/// Whatever its path, a request that arrives here has no function to serve it.
pub async fn dispatch(_: Arc<App>, _: Route, _: Call) -> Result<Reply, Error> {
    Err(Error::NotFound)
}
