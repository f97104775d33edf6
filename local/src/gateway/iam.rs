//! AWS's Signature Version 4, verified by signing again. There are no users and no policies: whoever knows the secret
//! may call every route, under any name.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningParams, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use ctutils::CtEq;
use hyper::header::{AUTHORIZATION, HeaderMap};
use hyper::http::request;
use shared::domain::Timestamp;
use time::{Date, Month, PrimitiveDateTime, Time};

use super::responses::Refusal;

/// Of every access key.
pub(crate) const SECRET: &str = "local";
const SERVICE: &str = "execute-api";
/// How far a client's clock may be off.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// What the header `Authorization` says, not yet verified.
pub(super) struct Signature<'a> {
    access_key: &'a str,
    day: &'a str,
    region: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Signature<'a> {
    pub(super) fn presented(headers: &'a HeaderMap) -> Result<Signature<'a>, Refusal> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Err(Refusal::MissingAuthenticationToken) };
        let value = value.to_str().ok().filter(|_| values.next().is_none());
        value.and_then(Signature::parse).ok_or(Refusal::InvalidSignature)
    }

    fn parse(value: &'a str) -> Option<Signature<'a>> {
        // From the end, because a key's id may have commas.
        let (rest, signature) = value.strip_prefix("AWS4-HMAC-SHA256 ")?.rsplit_once("Signature=")?;
        let (credential, signed_headers) = rest.rsplit_once("SignedHeaders=")?;
        let signed_headers = signed_headers.trim_end_matches([',', ' ']).split(';').collect();
        let credential = credential.strip_prefix("Credential=")?.trim_end_matches([',', ' ']);
        let mut scope = credential.split('/');
        let (access_key, day, region) = (scope.next()?, scope.next()?, scope.next()?);
        let is_whole = scope.eq([SERVICE, "aws4_request"]);
        let is_named = is_access_key(access_key) && !region.is_empty();
        (is_whole && is_named).then_some(Signature { access_key, day, region, signed_headers, signature })
    }

    /// The id of the access key that signed the request as it was received.
    pub(super) fn verify(
        &self,
        head: &request::Parts,
        body: &[u8],
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let signed_at = self.date(&head.headers).ok_or(Refusal::InvalidSignature)?;
        let own = self.again(head, body, signed_at).ok_or(Refusal::InvalidSignature)?;
        if !bool::from(own.as_bytes().ct_eq(self.signature.as_bytes())) {
            return Err(Refusal::InvalidSignature);
        }
        let now = UNIX_EPOCH + Duration::from_micros(now.micros());
        let off = now.duration_since(signed_at).unwrap_or_else(|ahead| ahead.duration());
        if off > TOLERANCE { Err(Refusal::ExpiredToken) } else { Ok(self.access_key.to_owned()) }
    }

    /// When the request was signed, to the second. The scope must name the same day.
    fn date(&self, headers: &HeaderMap) -> Option<SystemTime> {
        let text = headers.get("x-amz-date")?.to_str().ok()?;
        let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
        let [year, month, date] = numbers(day, [4, 2, 2])?;
        let [hour, minute, second] = numbers(time, [2, 2, 2])?;
        let part = |number: u16| u8::try_from(number).ok();
        let month = Month::try_from(part(month)?).ok()?;
        let date = Date::from_calendar_date(year.into(), month, part(date)?).ok()?;
        let time = Time::from_hms(part(hour)?, part(minute)?, part(second)?).ok()?;
        (day == self.day).then(|| PrimitiveDateTime::new(date, time).assume_utc().into())
    }

    /// The signature that the request should have. `None` if it leaves out a header that it must cover, or names one
    /// that the request does not have.
    fn again(&self, head: &request::Parts, body: &[u8], signed_at: SystemTime) -> Option<String> {
        let is_signed = |name: &str| self.signed_headers.contains(&name);
        let must_be_signed = |name: &str| name == "host" || name.starts_with("x-amz-");
        let left_out =
            head.headers.keys().any(|name| must_be_signed(name.as_str()) && !is_signed(name.as_str()));
        if left_out || !head.headers.contains_key("host") {
            return None;
        }
        let mut headers = Vec::new();
        for name in &self.signed_headers {
            let values: Vec<&str> =
                head.headers.get_all(*name).iter().map(|value| value.to_str().ok()).collect::<Option<_>>()?;
            if values.is_empty() {
                return None;
            }
            // The signer sets the date itself.
            if *name != "x-amz-date" {
                headers.extend(values.into_iter().map(|value| (*name, value)));
            }
        }

        let mut settings = SigningSettings::default();
        settings.excluded_headers = None;
        let identity = Identity::from(Credentials::new(self.access_key, SECRET, None, None, "gateway"));
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(SERVICE)
            .time(signed_at)
            .settings(settings)
            .build()
            .ok()?;
        // Only path and query of this count: the header Host is among the signed ones.
        let uri = format!("http://{SERVICE}{}", head.uri.path_and_query()?);
        let body = SignableBody::Bytes(body);
        let request = SignableRequest::new(head.method.as_str(), uri, headers.into_iter(), body).ok()?;
        Some(sign(request, &SigningParams::V4(params)).ok()?.into_parts().1)
    }
}

/// What a user's name in IAM may be made of: it becomes part of an ARN.
fn is_access_key(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// Numbers of so many digits, one after the other and nothing else.
fn numbers(mut text: &str, digits: [usize; 3]) -> Option<[u16; 3]> {
    let is_numeric =
        text.len() == digits.iter().sum::<usize>() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut numbers = [0; 3];
    for (number, digits) in numbers.iter_mut().zip(digits).filter(|_| is_numeric) {
        let (own, rest) = text.split_at(digits);
        (*number, text) = (own.parse().ok()?, rest);
    }
    is_numeric.then_some(numbers)
}
