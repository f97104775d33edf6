//! The functions' settings in the dev server: those that point to the stand-ins, and those that differ from AWS.

use std::collections::HashMap;
use std::path::Path;

use embedded::{DynamoDb, Settings};
use shared::Config;
use shared::runtime::config::{AllowedOrigins, Profile};

use crate::error::StartError;
use crate::{pages, signing_key};

/// Settings that point to the engine and to the SES at `ses`, and a signing key: that of the environment, if it has one.
pub(crate) fn own(
    settings: &Settings,
    dynamodb: &DynamoDb,
    ses: &str,
    data: Option<&Path>,
) -> Result<HashMap<&'static str, String>, StartError> {
    let mut own = dynamodb.settings();
    own.insert("AWS_ENDPOINT_URL_SES", ses.to_owned());
    if !settings.given.contains_key("SIGNING_KEYS") {
        let key = match settings.get("SIGNING_KEY_PKCS8") {
            Some(key) => key,
            None => signing_key::load(data).map_err(StartError::SigningKey)?.to_string(),
        };
        own.insert("SIGNING_KEY_PKCS8", key);
    }
    Ok(own)
}

pub(crate) fn defaults(base_url: &str) -> HashMap<&'static str, String> {
    HashMap::from([
        ("PUBLIC_BASE_URL", base_url.to_owned()),
        ("TOKEN_ISSUER", base_url.to_owned()),
        ("STOREFRONT_URL", format!("{base_url}{}/shop", pages::PREFIX)),
        // Without one, SES tells nothing.
        ("MAIL_CONFIGURATION_SET", "MailConfigurationSet".to_owned()),
    ])
}

/// The settings as the page at `/` shows them.
pub(crate) fn shown(config: &Config, base_url: &str, data: Option<&Path>) -> Vec<(&'static str, String)> {
    let profile = match config.profile {
        Profile::Classic => "classic: the owner's document",
        Profile::Current => "current: today's Glue",
    };
    let callers = match &config.allowed_origins {
        AllowedOrigins::Any => "anywhere".to_owned(),
        AllowedOrigins::These(origins) => origins.join(", "),
    };
    let confirmation = if config.require_confirmation { "yes" } else { "no" };
    vec![
        ("Profile", profile.to_owned()),
        ("Links start with", config.public_base_url.as_deref().unwrap_or(base_url).to_owned()),
        ("Links in mails start with", config.storefront_url.clone()),
        ("Mails come from", config.mail_from.clone()),
        ("Shortest password", format!("{} characters", config.password_min_length)),
        ("Sign-in needs a confirmed address", confirmation.to_owned()),
        ("Access tokens are valid for", format!("{} seconds", config.access_token_lifetime)),
        ("Browsers may call from", callers),
        ("Data", data.map_or_else(|| "in memory".to_owned(), |folder| folder.display().to_string())),
    ]
}
