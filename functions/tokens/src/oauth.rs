//! `POST /token`: the OAuth 2.0 token endpoint (RFC 6749), with the grants `password` and `refresh_token`.

use std::collections::HashMap;

use lambda_http::http::StatusCode;
use lambda_http::http::header::CONTENT_TYPE;
use percent_encoding::percent_decode;
use serde_json::json;
use shared::domain::{Email, Lockout, Password};
use shared::http::jsonapi::MAX_BODY;
use shared::{App, Call, Error, Reply, reply};

use crate::grant::{self, TokenPair};
use crate::resource::TOKEN_TYPE;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) async fn token(app: &App, call: Call) -> Result<Reply, Error> {
    if call.body.len() > MAX_BODY {
        return Err(Error::BodyTooLarge);
    }
    match grant(app, &call).await {
        Ok(pair) => Ok(success(&pair)),
        Err(Refusal::Oauth(error)) => Ok(refusal(error)),
        Err(Refusal::Other(error)) => Err(error),
    }
}

enum Refusal {
    Oauth(OauthError),
    /// A body that is too large or a failure of the service, answered in the JSON:API envelope as everywhere else.
    Other(Error),
}

#[derive(Clone, Copy)]
enum OauthError {
    UnknownGrant,
    BadCredentials,
    NotConfirmed,
    BadRequest,
    BadRefreshToken,
    LockedOut(Lockout),
}

async fn grant(app: &App, call: &Call) -> Result<TokenPair, Refusal> {
    let form = Form::parse(call)?;
    match form.0.get("grant_type").map(String::as_str) {
        Some("password") => {
            let (username, password) = (form.required("username")?, form.required("password")?);
            let bad_credentials = |_| Refusal::Oauth(OauthError::BadCredentials);
            let username = Email::parse(username).map_err(bad_credentials)?;
            let password = Password::parse_presented(password).map_err(bad_credentials)?;
            grant::password(app, call, &username, &password).await.map_err(Refusal::from)
        }
        Some("refresh_token") => {
            grant::refresh(app, call, form.required("refresh_token")?).await.map_err(Refusal::from)
        }
        _ => Err(Refusal::Oauth(OauthError::UnknownGrant)),
    }
}

/// The parameters of a form-encoded body.
struct Form(HashMap<String, String>);

impl Form {
    fn parse(call: &Call) -> Result<Form, Refusal> {
        let media_type =
            call.header(CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case(FORM) {
            return Err(Refusal::Oauth(OauthError::BadRequest));
        }
        // Separators are ASCII, so the whole is UTF-8 if every parameter is.
        let decoded: Vec<u8> = percent_decode(&call.body).collect();
        if std::str::from_utf8(&decoded).is_err() {
            return Err(Refusal::Oauth(OauthError::BadRequest));
        }
        let mut parameters = HashMap::new();
        for (name, value) in form_urlencoded::parse(&call.body) {
            // RFC 6749, section 3.2: no parameter more than once.
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Refusal::Oauth(OauthError::BadRequest));
            }
        }
        Ok(Form(parameters))
    }

    /// A parameter without a value counts as left out (RFC 6749, section 3.2).
    fn required(&self, name: &str) -> Result<&str, Refusal> {
        let value = self.0.get(name).map(String::as_str).filter(|value| !value.is_empty());
        value.ok_or(Refusal::Oauth(OauthError::BadRequest))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        match error {
            Error::AuthenticationFailed => Refusal::Oauth(OauthError::BadCredentials),
            Error::NotConfirmed => Refusal::Oauth(OauthError::NotConfirmed),
            Error::RefreshFailed => Refusal::Oauth(OauthError::BadRefreshToken),
            Error::LockedOut(lockout) => Refusal::Oauth(OauthError::LockedOut(lockout)),
            other => Refusal::Other(other),
        }
    }
}

fn success(pair: &TokenPair) -> Reply {
    let body = format!(
        r#"{{"access_token":{},"token_type":{},"expires_in":{},"refresh_token":{}}}"#,
        json!(pair.access_token),
        json!(TOKEN_TYPE),
        pair.expires_in,
        json!(pair.refresh_token),
    );
    reply::personal(StatusCode::OK, JSON, body)
}

fn refusal(error: OauthError) -> Reply {
    let not_confirmed = Error::NotConfirmed.objects().swap_remove(0).detail;
    let (error, description) = match error {
        OauthError::UnknownGrant => ("invalid_grant", UNKNOWN_GRANT),
        OauthError::BadCredentials => ("invalid_grant", "The user credentials were incorrect."),
        OauthError::NotConfirmed => ("invalid_grant", &*not_confirmed),
        OauthError::BadRequest => ("invalid_request", BAD_REQUEST),
        OauthError::BadRefreshToken => ("invalid_request", "The refresh token is invalid."),
        OauthError::LockedOut(lockout) => return locked_out(lockout),
    };
    let body = json!({ "error": error, "error_description": description });
    reply::personal(StatusCode::BAD_REQUEST, JSON, body.to_string())
}

/// RFC 6749 has no error for it, so the status says what to do, and the rest what a client of OAuth can read.
fn locked_out(lockout: Lockout) -> Reply {
    let description = Error::LockedOut(lockout).objects().swap_remove(0).detail;
    let body = json!({ "error": "invalid_grant", "error_description": description });
    let mut reply = reply::personal(StatusCode::TOO_MANY_REQUESTS, JSON, body.to_string());
    reply::ask_to_wait(&mut reply, lockout.remaining);
    reply
}

const UNKNOWN_GRANT: &str = "The provided authorization grant (e.g., authorization code, resource owner credentials) \
     or refresh token is invalid, expired, revoked, does not match the redirection URI used in the authorization \
     request, or was issued to another client.";
const BAD_REQUEST: &str = "The request is missing a required parameter, includes an invalid parameter value, includes \
     a parameter more than once, or is otherwise malformed.";
