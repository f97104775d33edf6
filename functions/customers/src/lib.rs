//! Customers: register, read, change, anonymise and export them, and list and end their sessions.

mod attributes;
mod create;
mod delete;
mod export;
mod get;
mod list;
mod sessions;
mod update;

use std::sync::Arc;

use shared::{App, Call, Error, Reply, Route};

pub async fn dispatch(app: Arc<App>, route: Route, call: Call) -> Result<Reply, Error> {
    let app = &*app;
    match route {
        Route::CreateCustomer => create::create(app, call).await,
        Route::ListCustomers => list::list(app, call).await,
        Route::GetCustomer { reference } => get::get(app, call, &reference).await,
        Route::UpdateCustomer { reference } => update::update(app, call, &reference).await,
        Route::DeleteCustomer { reference } => delete::delete(app, call, &reference).await,
        Route::ExportCustomer { reference } => export::export(app, call, &reference).await,
        Route::ListSessions { reference } => sessions::list(app, call, &reference).await,
        Route::EndSession { reference, session } => sessions::end(app, call, &reference, &session).await,
        _ => Err(Error::NotFound),
    }
}
