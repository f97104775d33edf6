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
    #[serde(rename = "fr")]
    French,
    #[serde(rename = "es")]
    Spanish,
    #[serde(rename = "it")]
    Italian,
    #[serde(rename = "nl")]
    Dutch,
    #[serde(rename = "pl")]
    Polish,
}

impl Language {
    pub const ALL: [Language; 7] = [
        Language::English,
        Language::German,
        Language::French,
        Language::Spanish,
        Language::Italian,
        Language::Dutch,
        Language::Polish,
    ];

    /// The best supported language of an `Accept-Language` header (RFC 9110, section 12.5.4); English if there is none.
    pub fn preferred(accept_language: &str) -> Language {
        let mut best = (0, Language::English);
        for range in accept_language.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let primary = parts.next().unwrap_or_default().split('-').next().unwrap_or_default();
            let language = match Language::of(&primary.to_ascii_lowercase()) {
                Some(language) => language,
                None if primary == "*" => Language::English,
                None => continue,
            };
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1_000, thousandths);
            if quality > best.0 {
                best = (quality, language);
            }
        }
        best.1
    }

    /// The language with this tag.
    pub fn of(tag: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.as_str() == tag)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
            Language::French => "fr",
            Language::Spanish => "es",
            Language::Italian => "it",
            Language::Dutch => "nl",
            Language::Polish => "pl",
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
            ("sv, de;q=0.4, en;q=0.6", Language::English),
            ("sv, de;q=0.7, en;q=0.6", Language::German),
            ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", Language::French),
            ("de;q=0.5, pl", Language::Polish),
            ("ES-mx", Language::Spanish),
            ("frr, it;q=0.1", Language::Italian),
            ("nl", Language::Dutch),
            ("de;q=0", Language::English),
            ("*;q=0.1, de;q=bad", Language::English),
        ] {
            assert_eq!(Language::preferred(header), language, "{header:?}");
        }
    }
}
