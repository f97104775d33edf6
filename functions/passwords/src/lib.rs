//! Passwords and the mailed keys: change, forgot, restore, confirm, and an e-mail that takes its account back.

mod change;
mod confirm;
mod forgot;
mod restore;
mod restore_email;

use std::sync::Arc;

use shared::{App, Call, Error, Reply, Route};

pub async fn dispatch(app: Arc<App>, route: Route, call: Call) -> Result<Reply, Error> {
    let app = &*app;
    match route {
        Route::ChangePassword { reference } => change::change(app, call, reference.as_deref()).await,
        Route::ForgotPassword => forgot::forgot(app, call).await,
        Route::RestorePassword => restore::restore(app, call).await,
        Route::ConfirmCustomer => confirm::confirm(app, call).await,
        Route::RequestConfirmation => forgot::request_confirmation(app, call).await,
        Route::RestoreEmail => restore_email::restore_email(app, call).await,
        _ => Err(Error::NotFound),
    }
}
