//! The settings of a function: the only place that reads the environment.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::RsaKeyPair;
use zeroize::Zeroizing;

/// Every setting, checked once at start-up. docs/configuration.md lists the variables.
pub struct Config {
    pub profile: Profile,
    /// The minimum length of a new password, in code points.
    pub password_min_length: usize,
    /// Whether common passwords are refused when a password is set.
    pub(crate) deny_common_passwords: bool,
    pub(crate) argon2: argon2::Params,
    pub require_confirmation: bool,
    /// A refused sign-in is answered no earlier than this after its judging began.
    pub sign_in_floor: Duration,
    pub reference_prefix: String,
    pub table_name: String,
    /// What `links.self` starts with, without a trailing slash; `None` uses what the gateway reports.
    pub public_base_url: Option<String>,
    /// What the links in mails start with, without a trailing slash.
    pub storefront_url: String,
    pub mail_from: String,
    pub brand_name: String,
    /// `#rrggbb`.
    pub brand_color: String,
    /// The last line of every mail; may be empty.
    pub mail_footer: String,
    /// The `iss` of access tokens; `None` derives it from the API's id, region and stage.
    pub(crate) token_issuer: Option<String>,
    pub token_audience: String,
    /// Seconds.
    pub access_token_lifetime: u32,
    pub signing_keys: SigningKeySource,
    pub allowed_origins: AllowedOrigins,
    /// How many proxies in front of the gateway are trusted to report the client's address.
    pub(crate) trusted_proxy_hops: usize,
    pub region: String,
    pub(crate) credentials: Option<AwsCredentials>,
    endpoints: Endpoints,
}

/// Which of the two contracts is served: the owner's document, or today's Glue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Classic,
    Current,
}

/// Where the keys that sign and verify access tokens come from.
pub enum SigningKeySource {
    /// KMS keys by ARN or id: the first signs, all verify.
    Kms(Vec<String>),
    /// One RSA key as PKCS#8 DER, for local use.
    Local(Zeroizing<Vec<u8>>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigins {
    Any,
    These(Vec<String>),
}

/// The API and stage that received a request.
#[derive(Clone, Debug, Default)]
pub struct Gateway {
    pub api_id: String,
    pub stage: String,
}

#[derive(Clone)]
pub(crate) struct AwsCredentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

/// The AWS services that functions call.
#[derive(Clone, Copy, Debug)]
pub enum Service {
    DynamoDb,
    Kms,
    Ses,
}

struct Endpoints {
    all: Option<String>,
    dynamodb: Option<String>,
    kms: Option<String>,
    ses: Option<String>,
}

/// A setting that cannot be used: its name, and what is wrong with it. Never its value, which may be a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct ConfigError {
    name: &'static str,
    problem: &'static str,
}

/// Together with queueing and hashing, it must stay below what a request may take.
const MAX_SIGN_IN_FLOOR_MS: u64 = 10_000;
/// In seconds; the contract keeps lifetimes below 30,000.
const MAX_ACCESS_TOKEN_LIFETIME: u32 = 29_999;

impl Config {
    /// The `iss` of access tokens: configured, or the URL of the stage that the API itself has.
    pub fn issuer(&self, gateway: &Gateway) -> String {
        let derived = || {
            let Gateway { api_id, stage } = gateway;
            format!("https://{api_id}.execute-api.{}.amazonaws.com/{stage}", self.region)
        };
        self.token_issuer.clone().unwrap_or_else(derived)
    }

    pub fn from_environment() -> Result<Config, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "all other code asks this configuration")]
        Config::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads every setting with `lookup`, by the name of its environment variable. An empty value counts as absent.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let setting = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let text = |name: &str, default: &str| setting(name).unwrap_or_else(|| default.to_owned());

        let profile = match setting("CONTRACT_PROFILE").as_deref() {
            None | Some("classic") => Profile::Classic,
            Some("current") => Profile::Current,
            Some(_) => return Err(invalid("CONTRACT_PROFILE", "is neither `classic` nor `current`")),
        };
        let default_min_length = match profile {
            Profile::Classic => 7,
            Profile::Current => 12,
        };
        let password_min_length = number("PASSWORD_MIN_LENGTH", setting, default_min_length)?;
        if !(1..=128).contains(&password_min_length) {
            return Err(invalid("PASSWORD_MIN_LENGTH", "is not within 1 to 128"));
        }
        // OWASP's first recommendation for Argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.
        let argon2 = argon2::Params::new(
            number("ARGON2_MEMORY_KIB", setting, 19_456)?,
            number("ARGON2_ITERATIONS", setting, 2)?,
            number("ARGON2_PARALLELISM", setting, 1)?,
            None,
        )
        .map_err(|_| invalid("ARGON2_MEMORY_KIB", "and the other Argon2 settings are not valid together"))?;
        let sign_in_floor_ms = number("SIGN_IN_FLOOR_MS", setting, 300)?;
        if sign_in_floor_ms > MAX_SIGN_IN_FLOOR_MS {
            return Err(invalid("SIGN_IN_FLOOR_MS", "is more than 10000 milliseconds"));
        }
        let access_token_lifetime = number("ACCESS_TOKEN_LIFETIME", setting, 28_800)?;
        if !(1..=MAX_ACCESS_TOKEN_LIFETIME).contains(&access_token_lifetime) {
            return Err(invalid("ACCESS_TOKEN_LIFETIME", "is not within 1 to 29999 seconds"));
        }
        let brand_color = text("BRAND_COLOR", "#1f57c3");
        let digits = brand_color.strip_prefix('#').unwrap_or_default();
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(invalid("BRAND_COLOR", "is not a colour like #1f57c3"));
        }
        let reference_prefix = text("CUSTOMER_REFERENCE_PREFIX", "DE");
        if !reference_prefix.bytes().all(|byte| byte.is_ascii_alphanumeric()) || reference_prefix.len() > 16 {
            return Err(invalid("CUSTOMER_REFERENCE_PREFIX", "is not up to 16 letters and digits"));
        }

        Ok(Config {
            profile,
            password_min_length,
            argon2,
            deny_common_passwords: number("DENY_COMMON_PASSWORDS", setting, false)?,
            require_confirmation: number("REQUIRE_CONFIRMATION", setting, false)?,
            sign_in_floor: Duration::from_millis(sign_in_floor_ms),
            reference_prefix,
            table_name: text("TABLE_NAME", "customer-accounts"),
            public_base_url: setting("PUBLIC_BASE_URL").map(without_trailing_slash),
            storefront_url: without_trailing_slash(text("STOREFRONT_URL", "http://localhost:3000")),
            mail_from: text("MAIL_FROM", "no-reply@example.com"),
            brand_name: text("BRAND_NAME", "Storefront"),
            brand_color,
            mail_footer: text("MAIL_FOOTER", ""),
            token_issuer: setting("TOKEN_ISSUER").map(without_trailing_slash),
            token_audience: text("TOKEN_AUDIENCE", "storefront-api"),
            access_token_lifetime,
            signing_keys: signing_keys(setting)?,
            allowed_origins: allowed_origins(&text("CORS_ALLOWED_ORIGINS", "*")),
            trusted_proxy_hops: number("TRUSTED_PROXY_HOPS", setting, 0)?,
            region: text("AWS_REGION", "eu-central-1"),
            credentials: credentials(setting),
            endpoints: Endpoints {
                all: setting("AWS_ENDPOINT_URL"),
                dynamodb: setting("AWS_ENDPOINT_URL_DYNAMODB"),
                kms: setting("AWS_ENDPOINT_URL_KMS"),
                ses: setting("AWS_ENDPOINT_URL_SES"),
            },
        })
    }

    /// The configured endpoint for a service, if it has one.
    pub fn endpoint(&self, service: Service) -> Option<&str> {
        let own = match service {
            Service::DynamoDb => &self.endpoints.dynamodb,
            Service::Kms => &self.endpoints.kms,
            Service::Ses => &self.endpoints.ses,
        };
        own.as_deref().or(self.endpoints.all.as_deref())
    }
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AwsCredentials(…)")
    }
}

fn invalid(name: &'static str, problem: &'static str) -> ConfigError {
    ConfigError { name, problem }
}

fn number<T: FromStr>(
    name: &'static str,
    setting: impl Fn(&str) -> Option<String>,
    default: T,
) -> Result<T, ConfigError> {
    match setting(name) {
        None => Ok(default),
        Some(value) => value.trim().parse().map_err(|_| invalid(name, "has a value of the wrong kind")),
    }
}

fn without_trailing_slash(url: String) -> String {
    url.trim_end_matches('/').to_owned()
}

fn signing_keys(setting: impl Fn(&str) -> Option<String>) -> Result<SigningKeySource, ConfigError> {
    match setting("SIGNING_KEY_PKCS8") {
        Some(key) => {
            let der = STANDARD.decode(key.trim()).map(Zeroizing::new);
            let der = der.map_err(|_| invalid("SIGNING_KEY_PKCS8", "is not base64"))?;
            RsaKeyPair::from_pkcs8(&der)
                .map_err(|_| invalid("SIGNING_KEY_PKCS8", "is not an RSA key in PKCS#8 form"))?;
            Ok(SigningKeySource::Local(der))
        }
        None => Ok(SigningKeySource::Kms(list(&setting("SIGNING_KEYS").unwrap_or_default()))),
    }
}

fn allowed_origins(value: &str) -> AllowedOrigins {
    match value.trim() {
        "*" => AllowedOrigins::Any,
        origins => AllowedOrigins::These(list(origins)),
    }
}

fn credentials(setting: impl Fn(&str) -> Option<String>) -> Option<AwsCredentials> {
    Some(AwsCredentials {
        access_key_id: setting("AWS_ACCESS_KEY_ID")?,
        secret_access_key: setting("AWS_SECRET_ACCESS_KEY")?,
        session_token: setting("AWS_SESSION_TOKEN"),
    })
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| {
            settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_defaults_are_the_owners_contract_with_safe_values() {
        let config = with(&[]).expect("defaults are valid");
        assert_eq!(config.profile, Profile::Classic);
        assert_eq!(config.password_min_length, 7);
        assert_eq!(config.access_token_lifetime, 28_800);
        assert_eq!(config.allowed_origins, AllowedOrigins::Any);
        assert!(config.endpoint(Service::Ses).is_none());
    }

    #[test]
    fn the_current_profile_requires_longer_passwords_unless_configured() {
        assert_eq!(with(&[("CONTRACT_PROFILE", "current")]).expect("valid").password_min_length, 12);
        let own = with(&[("CONTRACT_PROFILE", "current"), ("PASSWORD_MIN_LENGTH", "20")]).expect("valid");
        assert_eq!(own.password_min_length, 20);
    }

    #[test]
    fn unusable_values_name_their_variable() {
        for (name, value) in [
            ("CONTRACT_PROFILE", "modern"),
            ("ACCESS_TOKEN_LIFETIME", "30000"),
            ("ACCESS_TOKEN_LIFETIME", "soon"),
            ("PASSWORD_MIN_LENGTH", "0"),
            ("REQUIRE_CONFIRMATION", "maybe"),
            ("DENY_COMMON_PASSWORDS", "1"),
            ("SIGN_IN_FLOOR_MS", "10001"),
            ("TRUSTED_PROXY_HOPS", "-1"),
            ("ARGON2_MEMORY_KIB", "1"),
            ("CUSTOMER_REFERENCE_PREFIX", "D#"),
            ("BRAND_COLOR", "red"),
            ("BRAND_COLOR", "#1f57c3;"),
            ("SIGNING_KEY_PKCS8", "%"),
            ("SIGNING_KEY_PKCS8", "bm8ga2V5"),
        ] {
            assert_eq!(with(&[(name, value)]).err().map(|error| error.name), Some(name), "{name}={value}");
        }
    }

    #[test]
    fn the_endpoint_of_one_service_overrides_the_common_one() {
        let config = with(&[("AWS_ENDPOINT_URL", "http://all"), ("AWS_ENDPOINT_URL_SES", "http://ses")])
            .expect("valid");
        assert_eq!(config.endpoint(Service::Ses), Some("http://ses"));
        assert_eq!(config.endpoint(Service::DynamoDb), Some("http://all"));
    }
}
