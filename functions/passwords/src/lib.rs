//! Passwords and the mailed keys: change, forgot, restore, confirm.

mod change;
mod confirm;
mod forgot;
mod new_password;
mod restore;

use std::sync::Arc;

use lambda_http::Request;
use shared::{App, Error, Reply, Route};

pub async fn handle(app: Arc<App>, request: Request) -> Reply {
    let app = &app;
    shared::lambda::answer(app, request, |route, call| async move {
        match route {
            Route::ChangePassword { reference } => change::change(app, call, reference.as_deref()).await,
            Route::ForgotPassword => forgot::forgot(app, call).await,
            Route::RestorePassword => restore::restore(app, call).await,
            Route::ConfirmCustomer => confirm::confirm(app, call).await,
            _ => Err(Error::NotFound),
        }
    })
    .await
}
