use shared::lambda::Need;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve(&[Need::Table], admin::dispatch).await
}
