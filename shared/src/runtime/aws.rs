//! The configuration that every AWS client of a function starts from.
//!
//! It does not use `aws_config`'s default chain: a function's region and credentials are in its environment, and
//! looking for profile files and metadata services costs start-up time.

mod https;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use self::https::Https;
use crate::runtime::config::{Config, Service};

const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(2_000);
/// All attempts of one call together.
const OPERATION_TIMEOUT: Duration = Duration::from_millis(4_000);

/// Settings for the client of one AWS service: region, credentials, HTTPS, time-outs, and the endpoint if configured.
pub(crate) fn sdk_config(config: &Config, http_client: SharedHttpClient, service: Service) -> SdkConfig {
    let mut builder = SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::new(config.region.clone()))
        .http_client(http_client)
        .sleep_impl(TokioSleep::new())
        .time_source(SystemTimeSource::new())
        .retry_config(
            RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50)),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .operation_timeout(OPERATION_TIMEOUT)
                .build(),
        );
    if let Some(credentials) = &config.credentials {
        builder = builder.credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            credentials.access_key_id.clone(),
            credentials.secret_access_key.clone(),
            credentials.session_token.clone(),
            None,
            "environment",
        )));
    }
    if let Some(endpoint) = config.endpoint(service) {
        builder = builder.endpoint_url(endpoint);
    }
    builder.build()
}

/// The HTTPS client that all AWS clients of a process share, so that they share its connections.
pub fn http_client() -> SharedHttpClient {
    SharedHttpClient::new(Https::new())
}
