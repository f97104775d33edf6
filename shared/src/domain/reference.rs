//! Customer references.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A customer's public id, for example `DE--8ZK3WQ0T5M`. An imported one is kept as the old shop had it: up to 64 letters,
/// digits, and `-`, `_`, `.` and `|`, among them a letter or a digit.
///
/// That is what shops and identity providers use (`DE_AT--6`, UUIDs, `auth0|5f…`), and what stays the same wherever it is
/// put: in a path, where only `|` is encoded; in a key of the table, whose parts are separated by `#`; and in a token's
/// `sub`, which with a `:` would have to be a URI (RFC 7519, section 2).
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
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.|".contains(&byte);
        let valid = raw.len() <= MAX_LENGTH
            && raw.bytes().all(is_allowed)
            // A path drops the segments `.` and `..`.
            && raw.bytes().any(|byte| byte.is_ascii_alphanumeric());
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
    fn the_owners_references_parse_and_those_of_other_shops() {
        for raw in [
            "DE--25",
            "DE--8ZK3WQ0T5M",
            "--1",
            "DE-PROD-2",
            "DE_AT--6",
            "-DEV-4",
            "6af32f5b-3ed3-4c1f-9f38-d90d9c0d1f14",
            "44920047631",
            "cus_01HZX3V6Q0",
            "auth0|5dea9f9c82dd7c0e76e4ec93",
        ] {
            assert_eq!(CustomerReference::parse(raw).map(|reference| reference.0), Some(raw.to_owned()));
        }
    }

    #[test]
    fn what_does_not_survive_in_a_path_a_key_or_a_token_is_no_reference() {
        let long = "1".repeat(65);
        for raw in
            ["", ".", "..", "-", "|", "2/5", "2#5", "2:5", "2 5", "2%5", "25\u{0}", "é", "a@b.example", &long]
        {
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
