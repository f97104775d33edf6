//! Customer references.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A customer's public id: `<prefix>--<letters and digits>`, for example `DE--8ZK3WQ0T5M`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerReference(String);

/// Crockford's base 32, without letters that look like digits.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const MAX_LENGTH: usize = 64;

impl CustomerReference {
    /// A reference with 50 random bits, so that references can be neither counted nor guessed.
    pub fn generate(prefix: &str, random: [u8; 10]) -> CustomerReference {
        let suffix: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
        CustomerReference(format!("{prefix}--{suffix}"))
    }

    /// `None` for what cannot be a customer's reference.
    pub fn parse(raw: &str) -> Option<CustomerReference> {
        let (prefix, suffix) = raw.split_once("--")?;
        let is_word = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let valid = is_word(prefix) && !suffix.is_empty() && is_word(suffix) && raw.len() <= MAX_LENGTH;
        valid.then(|| CustomerReference(raw.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CustomerReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_owners_references_parse_and_others_do_not() {
        for raw in ["DE--25", "DE--8ZK3WQ0T5M", "--1"] {
            assert_eq!(CustomerReference::parse(raw).map(|reference| reference.0), Some(raw.to_owned()));
        }
        let long = format!("DE--{}", "1".repeat(70));
        for raw in ["", "DE-25", "DE--", "DE--2/5", "DE--2#5", "DE--25\u{0}", "DE--2--5", "DE--é", &long] {
            assert_eq!(CustomerReference::parse(raw), None, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn generated_references_parse(prefix in "[A-Z0-9]{0,8}", random in any::<[u8; 10]>()) {
            let reference = CustomerReference::generate(&prefix, random);
            prop_assert_eq!(CustomerReference::parse(reference.as_str()), Some(reference));
        }

        #[test]
        fn any_text_parses_or_does_not_without_panic(raw in ".*") {
            if let Some(reference) = CustomerReference::parse(&raw) {
                prop_assert_eq!(reference.as_str(), raw);
            }
        }
    }
}
