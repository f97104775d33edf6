use mailer::Mailer;
use shared::lambda::Need;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let prepare = |mailer: Mailer| move |event| mailer.clone().handle(event);
    shared::lambda::serve_events(&[Need::Table], |app| prepare(Mailer::new(app))).await
}
