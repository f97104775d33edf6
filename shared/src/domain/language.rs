//! The languages that mails are written in.

use serde::{Deserialize, Serialize};

/// A customer's language, taken from `Accept-Language` at registration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "de")]
    German,
}

impl Language {
    /// The best supported language of an `Accept-Language` header (RFC 9110, section 12.5.4); English if there is none.
    pub fn preferred(accept_language: &str) -> Language {
        let mut best = (0, Language::English);
        for range in accept_language.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let primary = parts.next().unwrap_or_default().split('-').next().unwrap_or_default();
            let language = match primary.to_ascii_lowercase().as_str() {
                "de" => Language::German,
                "en" | "*" => Language::English,
                _ => continue,
            };
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1_000, thousandths);
            if quality > best.0 {
                best = (quality, language);
            }
        }
        best.1
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }
}

fn thousandths(quality: &str) -> u32 {
    let quality: f32 = quality.trim().parse().unwrap_or(0.0);
    (quality.clamp(0.0, 1.0) * 1_000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_supported_language_wins() {
        for (header, language) in [
            ("", Language::English),
            ("de", Language::German),
            ("de-AT, en;q=0.8", Language::German),
            ("en, de", Language::English),
            ("fr, de;q=0.4, en;q=0.6", Language::English),
            ("fr, de;q=0.7, en;q=0.6", Language::German),
            ("de;q=0", Language::English),
            ("*;q=0.1, de;q=bad", Language::English),
        ] {
            assert_eq!(Language::preferred(header), language, "{header:?}");
        }
    }
}
