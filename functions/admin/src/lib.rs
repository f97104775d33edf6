//! The help desk: find a customer, show one, act for one, and the record for other systems (docs/desk.md).
//!
//! Its routes have IAM as their authorizer. Every call but that for a record says why, and is on record before it is
//! answered: a change in the same transaction.

mod act;
mod find;
mod reason;
mod record;
mod show;

use std::sync::Arc;

use shared::domain::CustomerReference;
use shared::store::Stored;
use shared::{App, Call, Error, Reply, Route};

pub async fn dispatch(app: Arc<App>, route: Route, call: Call) -> Result<Reply, Error> {
    let app = &*app;
    match route {
        Route::FindCustomers => find::find(app, call).await,
        Route::ShowCustomer { reference } => show::show(app, call, &reference).await,
        Route::GetCustomerRecord { reference } => record::record(app, call, &reference).await,
        Route::ActOnCustomer { reference, action } => act::act(app, call, &reference, action).await,
        _ => Err(Error::NotFound),
    }
}

/// The customer of the path. One read.
async fn customer(app: &App, reference: &str) -> Result<Stored, Error> {
    let reference = CustomerReference::parse(reference).ok_or(Error::CustomerNotFound)?;
    app.store.customer(&reference).await?.ok_or(Error::CustomerNotFound)
}
