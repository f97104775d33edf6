//! Answers what no other function is there for: unknown paths and methods, paths without their id, and preflights.
//!
//! API Gateway sends here whatever its other routes do not match.

use std::sync::Arc;

use lambda_http::Request;
use shared::{App, Error, Reply};

pub async fn handle(app: Arc<App>, request: Request) -> Reply {
    // Whatever the path could mean, a request that ended up here has no function to serve it.
    shared::lambda::answer(&app, request, |_, _| async { Err(Error::NotFound) }).await
}
