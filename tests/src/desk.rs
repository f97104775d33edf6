//! An operator at the help desk: signs requests as AWS's SDKs do (Signature Version 4).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningParams, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use serde_json::{Value, json};
use shared::Clock;

use crate::{Answer, Client, Request};

/// The secret of every access key of the dev server.
const SECRET: &str = "local";

/// Sends a reason with every request, and signs it.
pub struct Desk {
    client: Client,
    clock: Clock,
    access_key: String,
    secret: String,
    reason: Option<String>,
}

impl Desk {
    /// With the reason `T-4711`.
    pub fn new(client: Client, clock: Clock, access_key: &str) -> Desk {
        let reason = Some("T-4711".to_owned());
        Desk { client, clock, access_key: access_key.into(), secret: SECRET.into(), reason }
    }

    /// `None` sends no reason.
    pub fn reason(self, reason: Option<&str>) -> Desk {
        Desk { reason: reason.map(String::from), ..self }
    }

    pub fn secret(self, secret: &str) -> Desk {
        Desk { secret: secret.into(), ..self }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::new("GET", path)).await
    }

    /// Without a body, as all actions but one are asked for.
    pub async fn post(&self, path: &str) -> Answer {
        self.send(Request::new("POST", path)).await
    }

    /// `GET /admin/customers?filter[<by>]=<text>`; the text must already be encoded.
    pub async fn find(&self, by: &str, text: &str) -> Answer {
        self.get(&format!("/admin/customers?filter[{by}]={text}")).await
    }

    pub async fn show(&self, reference: &str) -> Answer {
        self.get(&format!("/admin/customers/{reference}")).await
    }

    pub async fn act(&self, reference: &str, action: &str) -> Answer {
        self.post(&format!("/admin/customers/{reference}/{action}")).await
    }

    pub async fn change_email(&self, reference: &str, email: &str) -> Answer {
        let document = json!({"data": {"type": "change-email", "attributes": {"email": email}}});
        self.act_with(reference, "change-email", &document).await
    }

    pub async fn act_with(&self, reference: &str, action: &str, body: &Value) -> Answer {
        self.send(Request::new("POST", &format!("/admin/customers/{reference}/{action}")).json(body)).await
    }

    pub async fn send(&self, request: Request) -> Answer {
        self.client.send(self.signed(request)).await
    }

    /// The request with the reason and a signature over all of it, to be sent or tampered with.
    pub fn signed(&self, request: Request) -> Request {
        let request = match &self.reason {
            Some(reason) => request.header("X-Reason", reason),
            None => request,
        };
        let identity = Identity::from(Credentials::new(&self.access_key, &self.secret, None, None, "tests"));
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-central-1")
            .name("execute-api")
            .time(self.time())
            .settings(SigningSettings::default())
            .build()
            .expect("all parameters");
        let headers: Vec<(String, String)> = request
            .headers()
            .map(|(name, value)| (name.to_owned(), String::from_utf8(value.to_vec()).expect("ASCII")))
            .collect();
        let signable = SignableRequest::new(
            request.method(),
            format!("http://{}{}", self.client.authority(), request.path()),
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
            SignableBody::Bytes(request.content()),
        );
        let params = SigningParams::V4(params);
        let (instructions, _) = sign(signable.expect("a target"), &params).expect("a signature").into_parts();
        let signature: Vec<(String, String)> =
            instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        signature.into_iter().fold(request, |request, (name, value)| request.header(&name, value))
    }

    fn time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(self.clock.now().micros())
    }
}
