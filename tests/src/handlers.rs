//! The eight functions, by the name of their crate.

use std::pin::Pin;
use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayCustomAuthorizerRequest, ApiGatewayCustomAuthorizerResponse};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_http::Request;
use mailer::Mailer;
use shared::http::answer;
use shared::{App, Reply};

/// The functions that answer requests of the gateway.
pub const ANSWERING: [&str; 6] = ["addresses", "admin", "customers", "fallback", "passwords", "tokens"];

/// Calls one of [`ANSWERING`] with a proxy event.
pub async fn answer(function: &str, app: &Arc<App>, event: &str) -> Reply {
    let request = lambda_http::request::from_str(event).expect("an event of API Gateway");
    answer_request(function, app, request).await
}

pub async fn answer_request(function: &str, app: &Arc<App>, request: Request) -> Reply {
    let app = Arc::clone(app);
    // Unoptimised futures are large, and a test's thread has a small stack.
    let reply: Pin<Box<dyn Future<Output = Reply> + Send>> = match function {
        "addresses" => Box::pin(answer::answer(app, request, addresses::dispatch)),
        "admin" => Box::pin(answer::answer(app, request, admin::dispatch)),
        "customers" => Box::pin(answer::answer(app, request, customers::dispatch)),
        "fallback" => Box::pin(answer::answer(app, request, fallback::dispatch)),
        "passwords" => Box::pin(answer::answer(app, request, passwords::dispatch)),
        "tokens" => Box::pin(answer::answer(app, request, tokens::dispatch)),
        _ => panic!("{function} answers no requests"),
    };
    reply.await
}

/// Calls `authorizer` with a TOKEN event.
pub async fn authorize(
    app: &Arc<App>,
    event: &str,
) -> Result<ApiGatewayCustomAuthorizerResponse, lambda_http::Error> {
    let event: ApiGatewayCustomAuthorizerRequest = serde_json::from_str(event).expect("a TOKEN event");
    authorizer::handle(Arc::clone(app), event).await
}

/// Calls `mailer` with an SQS event.
pub async fn mail(app: &Arc<App>, event: &str) -> SqsBatchResponse {
    let event: SqsEvent = serde_json::from_str(event).expect("an SQS event");
    Mailer::new(Arc::clone(app)).handle(event).await.expect("failures are reported per message")
}

/// The body of a reply as text.
pub fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body().to_vec()).expect("replies are text")
}
