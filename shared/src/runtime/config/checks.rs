//! Settings whose form can be checked: one that is nearly right would only show in a browser or a mail.

use hyper::Uri;
use zeroize::Zeroizing;

use super::{AllowedOrigins, ConfigError, ProxySecret, invalid, list};
use crate::domain::Email;

/// What a name or a number in a browser's address bar reaches without leaving the computer.
const THIS_COMPUTER: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The base of links, without its trailing slash.
pub(super) fn url(name: &'static str, value: Option<String>) -> Result<Option<String>, ConfigError> {
    Ok(issuer(name, value)?.map(|url| url.trim_end_matches('/').to_owned()))
}

/// A URL as it is written: whoever verifies tokens compares every byte of it.
pub(super) fn issuer(name: &'static str, value: Option<String>) -> Result<Option<String>, ConfigError> {
    match value {
        Some(url) if is_url(&url) => Ok(Some(url)),
        Some(_) => Err(invalid(
            name,
            "is not a URL like https://shop.example.com/path: http is for localhost only, and there can be no user, \
             query or fragment",
        )),
        None => Ok(None),
    }
}

/// Where a service of AWS is reached.
pub(super) fn endpoint(name: &'static str, value: Option<String>) -> Result<Option<String>, ConfigError> {
    let is_endpoint =
        |url: &str| parts(url).is_some_and(|(scheme, ..)| ["http", "https"].contains(&scheme.as_str()));
    match value {
        Some(url) if !is_endpoint(&url) => Err(invalid(name, "is not a URL like http://127.0.0.1:8000")),
        endpoint => Ok(endpoint),
    }
}

pub(super) fn not_blank(name: &'static str, value: String) -> Result<String, ConfigError> {
    if value.trim().is_empty() {
        Err(invalid(name, "is blank: write a text, or remove it"))
    } else {
        Ok(value)
    }
}

/// A name as DynamoDB accepts it, or nothing.
pub(super) fn table_name(name: &'static str, value: String) -> Result<String, ConfigError> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match value.is_empty() || (3..=255).contains(&value.len()) && value.bytes().all(is_part) {
        true => Ok(value),
        false => Err(invalid(name, "is not 3 to 255 letters, digits, hyphens, underscores and dots")),
    }
}

/// One address, as SES verifies it.
pub(super) fn sender(name: &'static str, value: String) -> Result<String, ConfigError> {
    match Email::parse(&value) {
        Ok(_) => Ok(value),
        Err(_) => Err(invalid(name, "is not exactly one address like no-reply@example.com, without a name")),
    }
}

/// A name as SES accepts it.
pub(super) fn configuration_set(
    name: &'static str,
    value: Option<String>,
) -> Result<Option<String>, ConfigError> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    match value {
        Some(set) if set.len() > 64 || !set.bytes().all(is_part) => {
            Err(invalid(name, "is not up to 64 letters, digits, hyphens and underscores"))
        }
        set => Ok(set),
    }
}

/// `*`, or a list of origins.
pub(super) fn origins(name: &'static str, value: &str) -> Result<AllowedOrigins, ConfigError> {
    let origins = list(value);
    if origins.is_empty() || !origins.iter().all(|origin| origin == "*" || is_origin(origin)) {
        return Err(invalid(
            name,
            "is neither * nor a list of origins like https://shop.example.com or, for an app, capacitor://localhost, in \
             lower case, without a slash at the end and without the scheme's own port",
        ));
    }
    let any = origins.iter().any(|origin| origin == "*");
    Ok(if any { AllowedOrigins::Any } else { AllowedOrigins::These(origins) })
}

pub(super) fn proxy_secret(
    name: &'static str,
    value: Option<String>,
) -> Result<Option<ProxySecret>, ConfigError> {
    match value.map(Zeroizing::new) {
        // WAF compares at most 200 bytes.
        Some(secret)
            if (32..=128).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Ok(Some(ProxySecret(secret)))
        }
        Some(_) => Err(invalid(name, "is not a secret of 32 to 128 letters, digits and signs")),
        None => Ok(None),
    }
}

fn is_url(value: &str) -> bool {
    let Some((scheme, host, port)) = parts(value) else { return false };
    let is_safe = scheme == "https" || scheme == "http" && THIS_COMPUTER.contains(&host.as_str());
    let origin = format!("{scheme}://{host}{}", port.map(|port| format!(":{port}")).unwrap_or_default());
    // A user or an unusable port would stand between the two.
    let path = value.strip_prefix(&origin);
    is_safe
        && path.is_some_and(|path| path.is_empty() || path.starts_with('/'))
        && value.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\"<>\\".contains(&byte))
}

/// An origin exactly as browsers write it, because it is compared with what they send.
fn is_origin(value: &str) -> bool {
    let Some((scheme, host, port)) = parts(value) else { return false };
    let default = match scheme.as_str() {
        "https" => Some(443),
        "http" => Some(80),
        // The web view of an app that brings its pages along.
        _ if host == "localhost" && port.is_none() => None,
        _ => return false,
    };
    let port = port.filter(|port| Some(*port) != default).map(|port| format!(":{port}")).unwrap_or_default();
    value == format!("{scheme}://{host}{port}").to_ascii_lowercase()
}

/// Scheme, host and port.
fn parts(value: &str) -> Option<(String, String, Option<u16>)> {
    let uri = value.parse::<Uri>().ok()?;
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-.[:]".contains(&byte);
    let host = uri
        .host()
        .filter(|host| host.bytes().all(is_part) && host.split('.').all(|label| !label.is_empty()))?;
    Some((uri.scheme_str()?.to_owned(), host.to_owned(), uri.port_u16()))
}
