//! A stand-in for Amazon SES: speaks its query protocol (form in, XML out) and keeps messages instead of sending them.

mod capture;
mod fate;
mod folder;
mod inbox;

use embedded::Door;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use shared::{Clock, Random};

pub(crate) use self::capture::html_with_images;
pub use self::fate::Fate;
pub use self::inbox::{Failure, Inbox, Mail};
use crate::http::{self, Reply};

/// SES's limit for a message, with room for base64 and percent-encoding.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// Answers one call of SES's API, if it was made with the credentials that `door` asks for. What becomes of a mail that has
/// a configuration set goes to `publish`, as events.
pub(crate) async fn answer(
    request: Request<Incoming>,
    door: &Door,
    inbox: &Inbox,
    clock: &Clock,
    publish: impl Fn(String),
) -> Reply {
    if !door.is_signed(request.headers()) {
        let problem = "The security token included in the request is invalid.";
        return refused("InvalidClientTokenId", problem, StatusCode::FORBIDDEN);
    }
    let Ok(body) = http::read_body(request.into_body(), BODY_LIMIT).await else {
        return refused("RequestEntityTooLarge", "The message is too large.", StatusCode::PAYLOAD_TOO_LARGE);
    };
    let id = Random::system().uuid().to_string();
    let mail = match capture::mail(&body, &id, clock.now()) {
        Ok(mail) => mail,
        Err(problem) => return refused("InvalidParameterValue", problem, StatusCode::BAD_REQUEST),
    };
    match inbox.next_failure(&mail.to) {
        Some(Failure::Throttled) => {
            refused("Throttling", "Maximum sending rate exceeded.", StatusCode::BAD_REQUEST)
        }
        Some(Failure::Rejected) => {
            refused("MessageRejected", "Address blacklisted.", StatusCode::BAD_REQUEST)
        }
        Some(Failure::Sender) => {
            refused("InvalidParameterValue", "Missing final '@domain'", StatusCode::BAD_REQUEST)
        }
        Some(Failure::Down) => {
            refused("ServiceUnavailable", "Service is unavailable.", StatusCode::SERVICE_UNAVAILABLE)
        }
        None => {
            // Only a mail that is kept has a fate.
            let fates: Vec<_> = match mail.configuration_set {
                Some(_) => inbox.fates_of(&mail).map(|it| fate::event(it, &mail).to_string()).collect(),
                None => Vec::new(),
            };
            if let Err(error) = inbox.keep(mail, &body) {
                let problem = format!("The mail cannot be kept: {error}");
                return refused("ServiceUnavailable", &problem, StatusCode::SERVICE_UNAVAILABLE);
            }
            fates.into_iter().for_each(publish);
            accepted(&id)
        }
    }
}

fn accepted(id: &str) -> Reply {
    let body = format!(
        "<SendRawEmailResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><SendRawEmailResult><MessageId>{id}\
         </MessageId></SendRawEmailResult><ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata>\
         </SendRawEmailResponse>"
    );
    http::reply(StatusCode::OK, "text/xml", body)
}

fn refused(code: &str, message: &str, status: StatusCode) -> Reply {
    let kind = if status.is_server_error() { "Receiver" } else { "Sender" };
    let body = format!(
        "<ErrorResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><Error><Type>{kind}</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
        Random::system().uuid()
    );
    http::reply(status, "text/xml", body)
}
