//! The address book: customers list, read, add, change and delete their own addresses.

mod attributes;
mod create;
mod delete;
mod get;
mod list;
mod update;

use std::sync::Arc;

use shared::{App, Call, Error, Reply, Route};

// An import validates addresses as the API does.
pub use self::attributes::new_address;

pub async fn dispatch(app: Arc<App>, route: Route, call: Call) -> Result<Reply, Error> {
    let app = &*app;
    match route {
        Route::CreateAddress { reference } => create::create(app, call, &reference).await,
        Route::ListAddresses { reference } => list::list(app, call, &reference).await,
        Route::GetAddress { reference, address } => get::get(app, call, &reference, &address).await,
        Route::UpdateAddress { reference, address } => update::update(app, call, &reference, &address).await,
        Route::DeleteAddress { reference, address } => delete::delete(app, call, &reference, &address).await,
        _ => Err(Error::NotFound),
    }
}
