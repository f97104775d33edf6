//! E-mail addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::violation::{Parsed, Violation, unless_broken};

/// An e-mail address as its owner spells it. Compare and look up addresses by [`Email::folded`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// The longest address that a customer may have, in code points (error 417).
    pub(crate) const MAX_LENGTH: usize = 100;

    /// Checks HTML5's pattern (the `input type=email` of the HTML standard) with a dot in the domain.
    pub fn parse(raw: &str) -> Parsed<Email> {
        let mut violations = Vec::new();
        if raw.is_empty() {
            violations.push(Violation::Blank);
        } else if !is_email(raw) {
            violations.push(Violation::NotAnEmail);
        }
        unless_broken(Email(raw.to_owned()), violations)
    }

    /// [`Email::parse`] with an upper limit on the length, in code points.
    pub fn parse_up_to(raw: &str, max: usize) -> Parsed<Email> {
        let mut violations = Email::parse(raw).err().unwrap_or_default();
        if raw.chars().count() > max {
            violations.push(Violation::TooLong(max));
        }
        unless_broken(Email(raw.to_owned()), violations)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two spellings of one address are equal. The pattern admits ASCII only.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    pub fn is_too_long(&self) -> bool {
        self.0.chars().count() > Email::MAX_LENGTH
    }
}

/// Shows nothing, so that no log line ever contains an address.
impl fmt::Debug for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Email(…)")
    }
}

fn is_email(raw: &str) -> bool {
    let Some((local, domain)) = raw.split_once('@') else { return false };
    let is_local = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    !local.is_empty()
        && local.bytes().all(is_local)
        && domain.contains('.')
        && domain.split('.').all(is_domain_label)
}

fn is_domain_label(label: &str) -> bool {
    let bytes = label.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    bytes.len() <= 63
        && first.is_ascii_alphanumeric()
        && last.is_ascii_alphanumeric()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn html5_addresses_with_a_dotted_domain_are_e_mails() {
        for raw in
            ["a@b.c", "jdoe@example.com", "J.Doe+shop@mail.example.co.uk", "!#$%&'*+/=?^_`{|}~-@x-1.de"]
        {
            assert_eq!(Email::parse(raw).map(|email| email.0), Ok(raw.to_owned()), "{raw:?}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        let long_label = format!("a@{}.de", "x".repeat(64));
        for raw in [
            "a",
            "@b.c",
            "a@",
            "a@b",
            "a@b.",
            "a@.b",
            "a@-b.c",
            "a@b-.c",
            "a@b..c",
            "a b@c.d",
            "a@b.c\n",
            "ä@b.c",
            "a@ü.c",
            "a@@b.c",
            &long_label,
        ] {
            assert_eq!(Email::parse(raw), Err(vec![Violation::NotAnEmail]), "{raw:?}");
        }
        assert_eq!(Email::parse(""), Err(vec![Violation::Blank]));
    }

    #[test]
    fn excess_length_is_reported_in_addition_to_the_pattern() {
        assert_eq!(Email::parse_up_to("aaaa", 3), Err(vec![Violation::NotAnEmail, Violation::TooLong(3)]));
        assert_eq!(Email::parse_up_to("a@b.c", 4), Err(vec![Violation::TooLong(4)]));
    }

    proptest! {
        #[test]
        fn what_parses_is_kept_as_it_was_spelt(raw in "\\PC{0,40}") {
            if let Ok(email) = Email::parse(&raw) {
                prop_assert_eq!(email.as_str(), raw);
            }
        }

        #[test]
        fn folding_ignores_case_only(local in "[a-zA-Z0-9]{1,9}", domain in "[a-z]{1,9}\\.[a-z]{2,3}") {
            let email = Email::parse(&format!("{local}@{domain}")).expect("made to fit the pattern");
            let shouted = Email::parse(&format!("{}@{domain}", local.to_uppercase())).expect("as above");
            prop_assert_eq!(email.folded(), shouted.folded());
        }
    }
}
