//! Everything that can go wrong, and the one table of error responses.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::domain::{KeyReused, Lockout, MAX_ADDRESSES, TooManyAddresses, Violation};

/// What goes to the log, and never to a client.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a request is not answered with success. Section 5 of the HTTP contract lists what each looks like.
#[derive(Debug)]
pub enum Error {
    /// No such path, or a path without that method.
    NotFound,
    ReferenceMissing,
    /// A PATCH or DELETE without the id it needs; some resources have a code for that.
    ResourceIdMissing(Option<&'static str>),
    MissingAccessToken,
    InvalidAccessToken,
    /// The session is valid, but the sign-in that opened it is too long ago.
    SignInTooOld,
    BodyTooLarge,
    UnsupportedMediaType,
    InvalidType,
    InvalidPostData,
    Invalid(Problems),
    LockedOut(Lockout),
    /// The resource is another customer's or unknown.
    Unauthorized,
    CustomerNotFound,
    AddressNotFound,
    /// The resource has changed since the client read it.
    PreconditionFailed,
    InvalidIdempotencyKey,
    /// The page that is asked for cannot be one.
    InvalidPage,
    /// The key was used before with another body.
    IdempotencyKeyReused,
    /// The new password and its confirmation differ; holds the name of the first field.
    PasswordsDiffer(&'static str),
    EmailTooLong,
    EmailTaken,
    AuthenticationFailed,
    /// The credentials are right, but the e-mail has to be confirmed before anybody signs in.
    NotConfirmed,
    RefreshFailed,
    WrongPassword,
    InvalidRestoreKey,
    InvalidRegistrationKey,
    InvalidRestoreEmailKey,
    UnknownCountry,
    TooManyAddresses,
    /// A call of the help desk does not say why.
    InvalidReason,
    /// Nothing can be done for a customer who has been anonymised.
    CustomerAnonymised,
    /// There is nothing to confirm.
    AlreadyConfirmed,
    /// The change would make the customer's record too large.
    RecordFull(Saving),
    /// The store failed to save something for which the contract has a code of its own.
    NotSaved(Saving, Cause),
    /// The store cannot be reached or throttles, or conflicting changes went on too long. A later try may succeed.
    Unavailable(Cause),
    Unexpected(Cause),
}

/// What could not be saved: the contract has a code for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saving {
    Registration,
    Password,
    Address,
    Customer,
}

/// All problems with one request's fields.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

/// One problem: a broken rule of a field, or one of the owner's own codes for the same thing.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    Field(&'static str, Violation),
    Parameter(&'static str, Violation),
    TermsNotAccepted,
    InvalidGender,
}

/// One error object of a response, which has the same status.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ErrorObject {
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    pub detail: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<Rule>,
}

/// The part of the request that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// An attribute, sent as a JSON Pointer into the document.
    #[serde(serialize_with = "pointer")]
    Pointer(&'static str),
    /// A query parameter.
    Parameter(&'static str),
}

/// The rule that the request broke, for clients that have words of their own. The contract lists them (section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "rule", content = "limit", rename_all = "camelCase")]
pub enum Rule {
    Same,
    Taken,
    CurrentPassword,
    Country,
    Addresses(usize),
    Key,
    #[serde(untagged)]
    Field(Violation),
}

impl Error {
    /// The error objects of the response: at least one, all with the same status.
    pub fn objects(&self) -> Vec<ErrorObject> {
        match self {
            Error::Invalid(problems) => problems.0.iter().map(Problem::object).collect(),
            single => vec![single.object()],
        }
    }

    /// The table of section 5.
    fn object(&self) -> ErrorObject {
        match self {
            Error::NotFound => object(404, None, "Not Found"),
            Error::ReferenceMissing => object(400, Some("405"), "Customer reference is missing."),
            Error::ResourceIdMissing(code) => object(400, *code, "Resource id is not specified."),
            Error::MissingAccessToken => object(403, Some("002"), "Missing access token."),
            Error::InvalidAccessToken => object(401, Some("001"), "Invalid access token."),
            Error::SignInTooOld => object(401, Some("007"), "Please sign in again to do this."),
            Error::BodyTooLarge => object(413, None, "The request body is larger than 64 KiB."),
            Error::UnsupportedMediaType => {
                object(415, None, "The media type of the request is not supported.")
            }
            Error::InvalidType => object(400, None, "Invalid type."),
            Error::InvalidPostData => object(400, None, "Post data is invalid."),
            Error::Invalid(_) => object(422, Some("901"), "The request is not valid."),
            Error::LockedOut(lockout) => object(429, Some("4401"), locked_out(*lockout)),
            Error::Unauthorized => object(403, Some("411"), "Unauthorized request."),
            Error::CustomerNotFound => object(404, Some("402"), "Customer not found."),
            Error::AddressNotFound => object(404, Some("404"), "Address was not found."),
            Error::PreconditionFailed => object(412, Some("006"), "If-Match header value is invalid."),
            Error::InvalidIdempotencyKey => {
                object(400, None, "The Idempotency-Key header must be 1 to 255 visible ASCII characters.")
            }
            Error::InvalidPage => {
                object(400, None, "The query parameter page[after] must be the id of a session.")
            }
            Error::IdempotencyKeyReused => {
                object(422, None, "The Idempotency-Key was used for a request with another body.")
            }
            Error::PasswordsDiffer(field) => object(
                422,
                Some("406"),
                format!("Value in field {field} should be identical to value in the confirmPassword field."),
            )
            .about("confirmPassword", Rule::Same),
            Error::EmailTooLong => {
                object(422, Some("417"), "Email is too long. It should have 100 characters or less.")
                    .about("email", Rule::Field(Violation::TooLong(100)))
            }
            Error::EmailTaken => object(422, Some("400"), EMAIL_TAKEN).about("email", Rule::Taken),
            Error::AuthenticationFailed => object(401, Some("003"), "Failed to authenticate user."),
            Error::NotConfirmed => object(401, Some("008"), "Please confirm your e-mail address first."),
            Error::RefreshFailed => object(401, Some("004"), "Failed to refresh token."),
            Error::WrongPassword => {
                object(400, Some("408"), "Invalid password").about("password", Rule::CurrentPassword)
            }
            Error::InvalidRestoreKey => object(422, Some("415"), "Restore password key is not valid.")
                .about("restorePasswordKey", Rule::Key),
            Error::InvalidRegistrationKey => mailed_key("registrationKey"),
            Error::InvalidRestoreEmailKey => mailed_key("restoreEmailKey"),
            Error::InvalidReason => object(
                422,
                Some("901"),
                "reason => This value should be 3 to 200 printable ASCII characters without an @, such as T-4711.",
            ),
            Error::CustomerAnonymised => object(422, None, "The customer is anonymised."),
            Error::AlreadyConfirmed => object(422, None, "The email address is confirmed already."),
            Error::UnknownCountry => Saving::Address.object().about("iso2Code", Rule::Country),
            Error::TooManyAddresses => {
                ErrorObject { meta: Some(Rule::Addresses(MAX_ADDRESSES)), ..Saving::Address.object() }
            }
            Error::RecordFull(saving) | Error::NotSaved(saving, _) => saving.object(),
            Error::Unavailable(_) => object(503, None, "The service is busy. Please try again in a moment."),
            Error::Unexpected(_) => object(500, None, "An unexpected error occurred."),
        }
    }

    /// How long a client should wait before it tries again, if a new try may succeed.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::LockedOut(lockout) => Some(lockout.remaining),
            Error::Unavailable(_) => Some(Duration::from_secs(1)),
            _ => None,
        }
    }

    /// What only the log shows.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Error::NotSaved(_, cause) | Error::Unavailable(cause) | Error::Unexpected(cause) => Some(cause),
            _ => None,
        }
    }

    /// Whether this is a fault of the service's own, which raises the alarm whatever the status of the response.
    pub(crate) fn is_fault(&self) -> bool {
        self.cause().is_some()
    }

    /// Adds what the operation was saving when the store failed or the record was too large.
    pub fn while_saving(self, saving: Saving) -> Error {
        match self {
            Error::Unexpected(cause) => Error::NotSaved(saving, cause),
            Error::RecordFull(_) => Error::RecordFull(saving),
            other => other,
        }
    }

    pub fn unexpected(cause: impl Into<Cause>) -> Error {
        Error::Unexpected(cause.into())
    }

    pub fn unavailable(cause: impl Into<Cause>) -> Error {
        Error::Unavailable(cause.into())
    }
}

impl ErrorObject {
    fn about(self, field: &'static str, rule: Rule) -> ErrorObject {
        ErrorObject { source: Some(Source::Pointer(field)), meta: Some(rule), ..self }
    }
}

impl Saving {
    fn object(self) -> ErrorObject {
        match self {
            Saving::Registration => object(500, Some("401"), "Can't register a customer."),
            Saving::Password => object(400, Some("407"), "Failed to change password."),
            Saving::Address => object(400, Some("409"), "Failed to save customer address."),
            Saving::Customer => object(400, Some("410"), "Failed to save customer."),
        }
    }
}

impl From<TooManyAddresses> for Error {
    fn from(_: TooManyAddresses) -> Error {
        Error::TooManyAddresses
    }
}

impl From<KeyReused> for Error {
    fn from(_: KeyReused) -> Error {
        Error::IdempotencyKeyReused
    }
}

impl Problems {
    pub fn add(&mut self, field: &'static str, violation: Violation) {
        self.0.push(Problem::Field(field, violation));
    }

    pub fn add_parameter(&mut self, parameter: &'static str, violation: Violation) {
        self.0.push(Problem::Parameter(parameter, violation));
    }

    /// Adds one of the owner's codes, which come after all field errors.
    pub fn add_owners(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Problem {
    fn object(&self) -> ErrorObject {
        let broken =
            |name: &str, violation: &Violation| object(422, Some("901"), format!("{name} => {violation}"));
        match self {
            Problem::Field(field, violation) => {
                broken(field, violation).about(field, Rule::Field(*violation))
            }
            Problem::Parameter(parameter, violation) => ErrorObject {
                source: Some(Source::Parameter(parameter)),
                meta: Some(Rule::Field(*violation)),
                ..broken(parameter, violation)
            },
            Problem::TermsNotAccepted => object(422, Some("422"), "Terms of service were not accepted.")
                .about("acceptedTerms", Rule::Field(Violation::NotTrue)),
            Problem::InvalidGender => {
                object(422, Some("414"), "Gender is not valid. Possible options are: Male, Female")
                    .about("gender", Rule::Field(Violation::NotAChoice))
            }
        }
    }
}

const EMAIL_TAKEN: &str = "If this email address is already in use, you will receive a password reset link. \
     Otherwise you must first validate your e-mail address to finish registration. Please check your e-mail.";

fn object(status: u16, code: Option<&'static str>, detail: impl Into<Cow<'static, str>>) -> ErrorObject {
    ErrorObject { status, code, detail: detail.into(), source: None, meta: None }
}

/// Keys that confirm an e-mail, or take it back, share an answer.
fn mailed_key(field: &'static str) -> ErrorObject {
    object(422, Some("423"), "This email confirmation code is invalid or has been already used.")
        .about(field, Rule::Key)
}

fn pointer<S: Serializer>(field: &&str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("/data/attributes/{field}"))
}

fn locked_out(lockout: Lockout) -> String {
    let minutes = lockout.remaining.as_micros().div_ceil(60_000_000);
    format!("Too many log in attempts from your address. Please wait {minutes} minutes before trying again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_rounded_up() {
        for (millis, minutes) in [(300_000, "5"), (240_001, "5"), (240_000, "4"), (1, "1")] {
            let detail = locked_out(Lockout { remaining: Duration::from_millis(millis) });
            assert!(detail.contains(&format!("wait {minutes} minutes")), "{detail}");
        }
    }

    #[test]
    fn causes_do_not_reach_the_client() {
        let error = Error::unexpected("the secret cause");
        assert!(!error.objects()[0].detail.contains("secret"));
        assert!(error.cause().is_some());
    }
}
