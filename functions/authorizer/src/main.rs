use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve_events(|app| move |event| authorizer::handle(Arc::clone(&app), event)).await
}
