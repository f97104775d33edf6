//! The settings of a function: the only place that reads the environment.

mod checks;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use aws_credential_types::Credentials;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
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
    pub reauthentication: Reauthentication,
    pub email_change: EmailChange,
    /// How long a former e-mail can take the account back; zero if it cannot.
    pub email_undo: Duration,
    /// A refused sign-in is answered no earlier than this after its judging began.
    pub sign_in_floor: Duration,
    pub reference_prefix: String,
    /// Empty if it is not set, which only functions that do without the table accept ([`Config::require`]).
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
    /// The SES configuration set that mails go through; `None` leaves it to the sender's identity.
    pub mail_configuration_set: Option<String>,
    /// The `iss` of access tokens; `None` derives it from the API's id, region and stage.
    pub(crate) token_issuer: Option<String>,
    pub token_audience: String,
    /// Seconds.
    pub access_token_lifetime: u32,
    pub signing_keys: SigningKeySource,
    pub allowed_origins: AllowedOrigins,
    /// What the shop's own proxy proves itself with, so that it may report the client's address.
    pub(crate) proxy_secret: Option<ProxySecret>,
    /// How long it stays on record what the help desk did.
    pub audit_kept_for: Duration,
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

/// What needs a recent sign-in, and how recent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reauthentication {
    pub for_email: bool,
    pub for_delete: bool,
    pub within: Duration,
}

/// When a new e-mail takes the place of the former one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailChange {
    Direct,
    /// Once it is confirmed.
    Confirmed,
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

/// A setting without a default, for functions that cannot work without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Table,
    /// To verify access tokens, or to sign them.
    SigningKeys,
}

/// A secret that the shop's own proxy and the functions share.
pub(crate) struct ProxySecret(Zeroizing<String>);

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

const MAX_REAUTHENTICATION_SECONDS: u64 = 86_400;
const MAX_EMAIL_UNDO_HOURS: u64 = 720;
/// Together with queueing and hashing, it must stay below what a request may take.
const MAX_SIGN_IN_FLOOR_MS: u64 = 10_000;
/// Memory times passes: one to seven seconds, and tens of times what is recommended.
pub(crate) const MAX_ARGON2_KIB_PASSES: u64 = 1024 * 1024;
/// In seconds; the contract keeps lifetimes below 30,000.
const MAX_ACCESS_TOKEN_LIFETIME: u32 = 29_999;

const NO_KEY: &str = "is not an RSA key of 2048 to 4096 bits in PKCS#8 DER, as base64";

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
        Config::from_lookup(|name| std::env::var_os(name))
    }

    /// Reads every setting with `lookup`, by the name of its environment variable. An empty value counts as absent.
    pub fn from_lookup<V: Into<OsString>>(lookup: impl Fn(&str) -> Option<V>) -> Result<Config, ConfigError> {
        let setting = |name: &'static str| match lookup(name).map(|value| value.into().into_string()) {
            Some(Err(_)) => Err(invalid(name, "is not UTF-8: it must be text in that encoding")),
            Some(Ok(value)) if !value.is_empty() => Ok(Some(value)),
            _ => Ok(None),
        };
        let endpoint = |name: &'static str| checks::endpoint(name, setting(name)?);
        let text =
            |name: &'static str, default: &str| Ok(setting(name)?.unwrap_or_else(|| default.to_owned()));

        let profile = match setting("CONTRACT_PROFILE")?.as_deref() {
            None | Some("classic") => Profile::Classic,
            Some("current") => Profile::Current,
            Some(_) => return Err(invalid("CONTRACT_PROFILE", "is neither `classic` nor `current`")),
        };
        let default_min_length = match profile {
            Profile::Classic => 7,
            Profile::Current => 12,
        };
        let password_min_length = number(
            "PASSWORD_MIN_LENGTH",
            setting,
            default_min_length,
            1..=128,
            "is not a number from 1 to 128",
        )?;
        // OWASP's first recommendation for Argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.
        let argon2 = argon2::Params::new(
            number("ARGON2_MEMORY_KIB", setting, 19_456, 8..=1_048_576, "is not a number from 8 to 1048576")?,
            number("ARGON2_ITERATIONS", setting, 2, 1..=131_072, "is not a number from 1 to 131072")?,
            number("ARGON2_PARALLELISM", setting, 1, 1..=131_072, "is not a number from 1 to 131072")?,
            None,
        )
        .map_err(|_| invalid("ARGON2_MEMORY_KIB", "is less than 8 times ARGON2_PARALLELISM"))?;
        if !is_affordable(&argon2) {
            return Err(invalid(
                "ARGON2_MEMORY_KIB",
                "times ARGON2_ITERATIONS is more than 1048576: lower one, or no sign-in would verify the hashes",
            ));
        }
        let sign_in_floor_ms = number(
            "SIGN_IN_FLOOR_MS",
            setting,
            300,
            0..=MAX_SIGN_IN_FLOOR_MS,
            "is not a number of milliseconds from 0 to 10000",
        )?;
        let access_token_lifetime = number(
            "ACCESS_TOKEN_LIFETIME",
            setting,
            28_800,
            1..=MAX_ACCESS_TOKEN_LIFETIME,
            "is not a number of seconds from 1 to 29999",
        )?;
        let brand_color = text("BRAND_COLOR", "#1f57c3")?;
        let digits = brand_color.strip_prefix('#').unwrap_or_default();
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(invalid("BRAND_COLOR", "is not a colour like #1f57c3"));
        }
        let require_confirmation = flag("REQUIRE_CONFIRMATION", setting)?;
        // Where an unconfirmed address signs in to nothing, none may replace a confirmed one.
        let email_change = match setting("EMAIL_CHANGE")?.as_deref() {
            Some("confirmed") => EmailChange::Confirmed,
            None | Some("direct") if require_confirmation => EmailChange::Confirmed,
            None | Some("direct") => EmailChange::Direct,
            Some(_) => return Err(invalid("EMAIL_CHANGE", "is neither `direct` nor `confirmed`")),
        };
        let email_undo_hours = number(
            "EMAIL_UNDO_HOURS",
            setting,
            0,
            0..=MAX_EMAIL_UNDO_HOURS,
            "is not a number of hours from 0 to 720",
        )?;
        let audit_days =
            number("AUDIT_DAYS", setting, 1_096, 1..=36_525, "is not a number of days from 1 to 36525")?;
        let reference_prefix = text("CUSTOMER_REFERENCE_PREFIX", "DE")?;
        if !reference_prefix.bytes().all(|byte| byte.is_ascii_alphanumeric()) || reference_prefix.len() > 16 {
            return Err(invalid("CUSTOMER_REFERENCE_PREFIX", "is not up to 16 letters and digits"));
        }

        if setting("TRUSTED_PROXY_HOPS")?.is_some_and(|hops| hops.trim() != "0") {
            return Err(invalid(
                "TRUSTED_PROXY_HOPS",
                "is no longer a setting: remove it, set PROXY_SECRET, and have the proxy send that as X-Proxy-Secret and \
                 the client's address as X-Client-Address",
            ));
        }

        Ok(Config {
            profile,
            password_min_length,
            argon2,
            deny_common_passwords: flag("DENY_COMMON_PASSWORDS", setting)?,
            require_confirmation,
            reauthentication: reauthentication(setting)?,
            email_change,
            email_undo: Duration::from_secs(3_600 * email_undo_hours),
            sign_in_floor: Duration::from_millis(sign_in_floor_ms),
            reference_prefix,
            table_name: checks::table_name("TABLE_NAME", text("TABLE_NAME", "")?)?,
            public_base_url: checks::url("PUBLIC_BASE_URL", setting("PUBLIC_BASE_URL")?)?,
            storefront_url: checks::url("STOREFRONT_URL", setting("STOREFRONT_URL")?)?
                .unwrap_or_else(|| "http://localhost:3000".to_owned()),
            mail_from: checks::sender("MAIL_FROM", text("MAIL_FROM", "no-reply@example.com")?)?,
            brand_name: checks::not_blank("BRAND_NAME", text("BRAND_NAME", "Storefront")?)?,
            brand_color,
            mail_footer: text("MAIL_FOOTER", "")?,
            mail_configuration_set: checks::configuration_set(
                "MAIL_CONFIGURATION_SET",
                setting("MAIL_CONFIGURATION_SET")?,
            )?,
            token_issuer: checks::issuer("TOKEN_ISSUER", setting("TOKEN_ISSUER")?)?,
            token_audience: checks::not_blank("TOKEN_AUDIENCE", text("TOKEN_AUDIENCE", "storefront-api")?)?,
            access_token_lifetime,
            signing_keys: signing_keys(setting)?,
            allowed_origins: checks::origins("CORS_ALLOWED_ORIGINS", &text("CORS_ALLOWED_ORIGINS", "*")?)?,
            proxy_secret: checks::proxy_secret("PROXY_SECRET", setting("PROXY_SECRET")?)?,
            audit_kept_for: Duration::from_secs(86_400 * audit_days),
            region: text("AWS_REGION", "eu-central-1")?,
            credentials: credentials(setting)?,
            endpoints: Endpoints {
                all: endpoint("AWS_ENDPOINT_URL")?,
                dynamodb: endpoint("AWS_ENDPOINT_URL_DYNAMODB")?,
                kms: endpoint("AWS_ENDPOINT_URL_KMS")?,
                ses: endpoint("AWS_ENDPOINT_URL_SES")?,
            },
        })
    }

    /// These settings, if they include what a function cannot work without.
    ///
    /// # Errors
    ///
    /// The first setting that is missing.
    pub fn require(self, needs: &[Need]) -> Result<Config, ConfigError> {
        for need in needs {
            match need {
                Need::Table if self.table_name.is_empty() => {
                    return Err(invalid(
                        "TABLE_NAME",
                        "is not set: it must be the name of the DynamoDB table",
                    ));
                }
                Need::SigningKeys if matches!(&self.signing_keys, SigningKeySource::Kms(keys) if keys.is_empty()) =>
                {
                    return Err(invalid(
                        "SIGNING_KEYS",
                        "is not set: it must be the ARN of a KMS key, or several",
                    ));
                }
                Need::Table | Need::SigningKeys => {}
            }
        }
        Ok(self)
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

/// What a command signs its own requests with: this process's credentials and region, each if it has them.
///
/// # Errors
///
/// If one of the variables is no text.
pub fn signing_environment() -> Result<(Option<Credentials>, Option<String>), ConfigError> {
    #[expect(clippy::disallowed_methods, reason = "all other code asks this configuration")]
    let setting = |name: &'static str| match std::env::var_os(name).map(OsString::into_string) {
        Some(Err(_)) => Err(invalid(name, "is not UTF-8")),
        Some(Ok(value)) => Ok(Some(value).filter(|value| !value.is_empty())),
        None => Ok(None),
    };
    let credentials = credentials(setting)?.map(|own| {
        Credentials::new(own.access_key_id, own.secret_access_key, own.session_token, None, "environment")
    });
    Ok((credentials, setting("AWS_REGION")?))
}

/// Whether a sign-in can compute a hash with these parameters in time.
pub(crate) fn is_affordable(argon2: &argon2::Params) -> bool {
    kib_passes(argon2) <= MAX_ARGON2_KIB_PASSES
}

/// Memory times passes, which the time of a hash is proportional to.
pub(crate) fn kib_passes(argon2: &argon2::Params) -> u64 {
    u64::from(argon2.m_cost()) * u64::from(argon2.t_cost())
}

impl ProxySecret {
    /// Takes the same time for every wrong secret.
    pub(crate) fn is(&self, presented: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        let own = hmac::sign(&key, self.0.as_bytes());
        hmac::verify(&key, presented, own.as_ref()).is_ok()
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

/// Looks up a variable by its name.
trait Setting: Fn(&'static str) -> Result<Option<String>, ConfigError> {}

impl<F: Fn(&'static str) -> Result<Option<String>, ConfigError>> Setting for F {}

/// A number within `range`; `problem` says what anything else is not.
fn number<T: FromStr + PartialOrd>(
    name: &'static str,
    setting: impl Setting,
    default: T,
    range: RangeInclusive<T>,
    problem: &'static str,
) -> Result<T, ConfigError> {
    let Some(value) = setting(name)? else { return Ok(default) };
    value.trim().parse().ok().filter(|number| range.contains(number)).ok_or_else(|| invalid(name, problem))
}

fn flag(name: &'static str, setting: impl Setting) -> Result<bool, ConfigError> {
    match setting(name)?.as_deref().map(str::trim) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(invalid(name, "is neither `true` nor `false`")),
    }
}

fn reauthentication(setting: impl Setting) -> Result<Reauthentication, ConfigError> {
    let listed = setting("REAUTHENTICATE_FOR")?;
    let operations = list(listed.as_deref().unwrap_or_default());
    let is_known = |operation: &String| ["email", "delete"].contains(&operation.as_str());
    if listed.is_some() && operations.is_empty() || !operations.iter().all(is_known) {
        return Err(invalid("REAUTHENTICATE_FOR", "is not a list of `email` and `delete`"));
    }
    let seconds = number(
        "REAUTHENTICATION_SECONDS",
        setting,
        900,
        1..=MAX_REAUTHENTICATION_SECONDS,
        "is not a number of seconds from 1 to 86400",
    )?;
    let needs_it = |operation: &str| operations.iter().any(|listed| listed == operation);
    Ok(Reauthentication {
        for_email: needs_it("email"),
        for_delete: needs_it("delete"),
        within: Duration::from_secs(seconds),
    })
}

fn signing_keys(setting: impl Setting) -> Result<SigningKeySource, ConfigError> {
    match setting("SIGNING_KEY_PKCS8")? {
        Some(key) => {
            let der = STANDARD.decode(key.trim()).map(Zeroizing::new);
            let der = der.map_err(|_| invalid("SIGNING_KEY_PKCS8", NO_KEY))?;
            RsaKeyPair::from_pkcs8(&der).map_err(|_| invalid("SIGNING_KEY_PKCS8", NO_KEY))?;
            Ok(SigningKeySource::Local(der))
        }
        None => Ok(SigningKeySource::Kms(list(&setting("SIGNING_KEYS")?.unwrap_or_default()))),
    }
}

fn credentials(setting: impl Setting) -> Result<Option<AwsCredentials>, ConfigError> {
    let session_token = setting("AWS_SESSION_TOKEN")?;
    let both = setting("AWS_ACCESS_KEY_ID")?.zip(setting("AWS_SECRET_ACCESS_KEY")?);
    Ok(both.map(|(access_key_id, secret_access_key)| AwsCredentials {
        access_key_id,
        secret_access_key,
        session_token,
    }))
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}
