use mailer::Mailer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::serve_events(|app| {
        let mailer = Mailer::new(app);
        move |event| mailer.clone().handle(event)
    })
    .await
}
