//! What a failed call to DynamoDB means, and what the log may say about it.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::error::Error;

/// What a failed call means to a client: worth another try, or not.
pub(super) fn failed<E>(error: SdkError<E>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    if is_transient(&error) { unsettled(error) } else { Error::unexpected(Failure::from(error)) }
}

/// What a call means that kept failing for as long as it was tried.
pub(super) fn unsettled<E: ProvideErrorMetadata>(error: SdkError<E>) -> Error {
    Error::unavailable(Failure::from(error))
}

pub(super) fn is_transient<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    const TRANSIENT: [&str; 9] = [
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    ];
    match error {
        SdkError::ServiceError(service) => {
            service.raw().status().is_server_error()
                || service.err().code().is_some_and(|code| TRANSIENT.contains(&code))
        }
        SdkError::ConstructionFailure(_) => false,
        // No answer, or none that can be read: the network's or the service's bad moment.
        _ => true,
    }
}

/// A failed call as the log shows it: which kind, and which code. Messages may quote values, so they are left out.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB: {}", [*.kind, .code.as_str()].join(" ").trim_end())]
struct Failure {
    kind: &'static str,
    code: String,
}

impl<E: ProvideErrorMetadata> From<SdkError<E>> for Failure {
    fn from(error: SdkError<E>) -> Failure {
        let kind = match &error {
            SdkError::ConstructionFailure(_) => "construction failure",
            SdkError::TimeoutError(_) => "time-out",
            SdkError::DispatchFailure(_) => "dispatch failure",
            SdkError::ResponseError(_) => "unreadable response",
            SdkError::ServiceError(_) => "service error",
            _ => "failure",
        };
        Failure { kind, code: error.code().unwrap_or_default().to_owned() }
    }
}
