//! Values that other systems write in a form of their own.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Deserialize;
use serde_json::Value;
use shared::domain::Timestamp;

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Format {
    /// What databases and programs write for true and false.
    Boolean,
    /// True for a date or a time.
    Dated,
    /// Since 1970.
    Seconds,
    Milliseconds,
    /// With a time zone.
    Rfc3339,
    /// A list of credentials of Keycloak, among them a password.
    Keycloak,
}

/// In microseconds since 1970. No time is written with more digits.
const YEAR_10000: u64 = 253_402_300_800_000_000;

impl Format {
    /// `None` counts as left out. What cannot be converted stays as it is, and is a problem of its attribute.
    pub(super) fn convert(self, value: Value) -> Option<Value> {
        let micros = |per_unit: u64| {
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
            number.filter(|number| *number >= 0.0).map(|number| (number * per_unit as f64) as u64)
        };
        let time =
            |micros| (micros < YEAR_10000).then(|| Value::from(Timestamp::from_micros(micros).to_string()));
        let converted = match self {
            Format::Boolean => match value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str()
            {
                "1" | "t" | "true" => Some(Value::Bool(true)),
                "0" | "f" | "false" => Some(Value::Bool(false)),
                _ => None,
            },
            // MySQL's date of no day.
            Format::Dated if value.as_str().is_some_and(|text| text.starts_with("0000-00-00")) => {
                return None;
            }
            Format::Dated => {
                value.as_str().and_then(|text| Timestamp::parse(text).ok()).map(|_| Value::Bool(true))
            }
            Format::Seconds => micros(1_000_000).and_then(time),
            Format::Milliseconds => micros(1_000).and_then(time),
            Format::Rfc3339 => value.as_str().and_then(rfc_3339).and_then(time),
            Format::Keycloak => return keycloak(&value),
        };
        Some(converted.unwrap_or(value))
    }
}

/// Microseconds since 1970.
fn rfc_3339(text: &str) -> Option<u64> {
    let (local, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let Some((sign, hours, minutes)) = parts(offset) else {
        return Timestamp::parse(text).ok().map(Timestamp::micros);
    };
    let offset = Duration::from_secs(hours * 3_600 + minutes * 60).as_micros() as u64;
    let local = Timestamp::parse(local).ok().filter(|_| !local.ends_with('Z'))?.micros();
    if sign == "+" { local.checked_sub(offset) } else { local.checked_add(offset) }
}

/// Of `+01:00`.
fn parts(offset: &str) -> Option<(&str, u64, u64)> {
    let (sign, rest) = offset.split_at_checked(1)?;
    let (hours, minutes) = rest.split_once(':')?;
    let number = |digits: &str| {
        (digits.len() == 2)
            .then(|| digits.parse().ok())
            .flatten()
            .filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (["+", "-"].contains(&sign) && hours < 24 && minutes < 60).then_some((sign, hours, minutes))
}

/// The hash of the password, in the PHC string format. A password whose hash cannot be written in it stays what no hash
/// is, so that the reason is told.
fn keycloak(credentials: &Value) -> Option<Value> {
    let password = credentials.as_array()?.iter().find(|credential| credential["type"] == "password")?;
    let inner = |name: &str| serde_json::from_str::<Value>(password[name].as_str()?).ok();
    let hash = || {
        let (data, secret) = (inner("credentialData")?, inner("secretData")?);
        let unpadded =
            |name: &str| Some(STANDARD_NO_PAD.encode(STANDARD.decode(secret[name].as_str()?).ok()?));
        let (salt, value) = (unpadded("salt")?, unpadded("value")?);
        let (iterations, algorithm) = (data["hashIterations"].as_u64()?, data["algorithm"].as_str()?);
        if algorithm != "argon2" {
            return Some(format!("${algorithm}$i={iterations}${salt}${value}"));
        }
        let parameter = |name: &str| data["additionalParameters"][name][0].as_str();
        let version = match parameter("version")? {
            "1.0" => 16,
            _ => 19,
        };
        let (kind, memory, lanes) = (parameter("type")?, parameter("memory")?, parameter("parallelism")?);
        Some(format!("$argon2{kind}$v={version}$m={memory},t={iterations},p={lanes}${salt}${value}"))
    };
    Some(Value::from(hash().unwrap_or_else(|| "unreadable".to_owned())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_with_their_zone() {
        for (format, value, expected) in [
            (Format::Seconds, json!(1_541_492_102), "2018-11-06 08:15:02.000000"),
            (Format::Milliseconds, json!(1_541_492_102_694_u64), "2018-11-06 08:15:02.694000"),
            (Format::Milliseconds, json!("1541492102694"), "2018-11-06 08:15:02.694000"),
            (Format::Rfc3339, json!("2018-11-06T08:15:02.694668+00:00"), "2018-11-06 08:15:02.694668"),
            (Format::Rfc3339, json!("2018-11-06T17:15:02+09:00"), "2018-11-06 08:15:02.000000"),
            (Format::Rfc3339, json!("2018-11-06T00:45:02-07:30"), "2018-11-06 08:15:02.000000"),
            (Format::Rfc3339, json!("2018-11-06T08:15:02Z"), "2018-11-06 08:15:02.000000"),
            (Format::Rfc3339, json!("2018-11-06"), "2018-11-06 00:00:00.000000"),
            (Format::Rfc3339, json!("yesterday"), "yesterday"),
            (Format::Rfc3339, json!("2018-11-06T08:15:02Z+01:00"), "2018-11-06T08:15:02Z+01:00"),
            (Format::Rfc3339, json!("2018-11-06T08:15:02+99:00"), "2018-11-06T08:15:02+99:00"),
            (Format::Rfc3339, json!("2018-11-06T08:15:02++1:00"), "2018-11-06T08:15:02++1:00"),
            (Format::Rfc3339, json!("9999-12-31T23:59:59-01:00"), "9999-12-31T23:59:59-01:00"),
            (Format::Seconds, json!("soon"), "soon"),
            (Format::Seconds, json!("inf"), "inf"),
            (Format::Milliseconds, json!("1541492102694668"), "1541492102694668"),
        ] {
            assert_eq!(format.convert(value.clone()), Some(json!(expected)), "{value}");
        }
    }

    #[test]
    fn only_a_date_is_a_date() {
        assert_eq!(Format::Dated.convert(json!("0000-00-00")), None);
        assert_eq!(Format::Dated.convert(json!("2018-11-06")), Some(json!(true)));
        for value in [json!("0"), json!("no"), json!("NULL"), json!(false), json!(0), json!([])] {
            assert_eq!(Format::Dated.convert(value.clone()), Some(value));
        }
    }

    #[test]
    fn numbers_are_booleans_as_texts_are() {
        for (value, expected) in [(json!(1), json!(true)), (json!("0"), json!(false)), (json!(2), json!(2))] {
            assert_eq!(Format::Boolean.convert(value), Some(expected));
        }
    }
}
