use std::sync::Arc;

use shared::lambda::Need;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let prepare = |app| move |event| authorizer::handle(Arc::clone(&app), event);
    shared::lambda::serve_events(&[Need::SigningKeys], prepare).await
}
