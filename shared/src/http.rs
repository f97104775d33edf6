//! Between API Gateway and an operation: a request becomes a [`Call`](call::Call) on a [`Route`](route::Route), and the
//! outcome becomes a [`Reply`](reply::Reply) in the JSON:API envelope.

pub mod answer;
pub(crate) mod call;
pub mod etag;
pub mod idempotency;
pub mod input;
pub mod jsonapi;
pub mod reply;
pub mod resources;
pub(crate) mod route;
