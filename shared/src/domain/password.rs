//! Passwords before they are hashed.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::common_passwords;
use super::violation::{Parsed, Violation, unless_broken};

/// A password as it was typed. Wiped from memory when dropped, and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

/// A password's hash, in PHC string format or as imported. Never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

/// The rules for new passwords.
#[derive(Clone, Copy, Debug)]
pub struct PasswordPolicy {
    /// Code points.
    pub(crate) min_length: usize,
    /// Whether today's Glue rule on the characters of a password applies (contract, section 7).
    pub(crate) character_set: bool,
    /// Whether common passwords are refused.
    pub(crate) deny_common: bool,
}

const MAX_LENGTH: usize = 128;
const SPECIAL_CHARACTERS: &str = "!@#$%^&*()_-=+[]{}|;:<>.,/?\\~";

impl Password {
    /// A password to be set.
    pub fn parse_new(raw: &str, policy: PasswordPolicy) -> Parsed<Password> {
        // It stands for bytes that were no text: with it, different passwords would become the same one.
        if raw.contains(char::REPLACEMENT_CHARACTER) {
            return Err(vec![Violation::NotAString]);
        }
        let mut violations = Password::parse_confirmation(raw, policy).err().unwrap_or_default();
        if policy.character_set && !raw.is_empty() && !is_strong(raw) {
            violations.push(Violation::WeakPassword);
        }
        if policy.deny_common && common_passwords::contains(raw) {
            violations.push(Violation::CommonPassword);
        }
        unless_broken(Password::new(raw), violations)
    }

    /// The confirmation of a new password. Comparing the two checks its characters.
    pub fn parse_confirmation(raw: &str, policy: PasswordPolicy) -> Parsed<Password> {
        let length = raw.chars().count();
        let mut violations = Vec::new();
        if raw.is_empty() {
            violations.push(Violation::Blank);
        }
        if length < policy.min_length {
            violations.push(Violation::TooShort(policy.min_length));
        }
        if length > MAX_LENGTH {
            violations.push(Violation::TooLong(MAX_LENGTH));
        }
        unless_broken(Password::new(raw), violations)
    }

    /// The current password of a signed-in customer.
    pub fn parse_current(raw: &str) -> Parsed<Password> {
        let mut violations = Password::parse_presented(raw).err().unwrap_or_default();
        if raw.chars().count() > MAX_LENGTH {
            violations.push(Violation::TooLong(MAX_LENGTH));
        }
        unless_broken(Password::new(raw), violations)
    }

    /// A password presented at sign-in: any that is not blank.
    pub fn parse_presented(raw: &str) -> Parsed<Password> {
        if raw.is_empty() { Err(vec![Violation::Blank]) } else { Ok(Password::new(raw)) }
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    fn new(raw: &str) -> Password {
        Password(Zeroizing::new(raw.to_owned()))
    }
}

impl PasswordHash {
    pub fn new(hash: String) -> PasswordHash {
        PasswordHash(hash)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash(…)")
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password(…)")
    }
}

fn is_strong(raw: &str) -> bool {
    raw.chars().any(|c| c.is_ascii_uppercase())
        && raw.chars().any(|c| c.is_ascii_lowercase())
        && raw.chars().any(|c| c.is_ascii_digit())
        && raw.chars().any(|c| SPECIAL_CHARACTERS.contains(c))
        && raw.chars().all(|c| c.is_ascii_alphanumeric() || SPECIAL_CHARACTERS.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSIC: PasswordPolicy =
        PasswordPolicy { min_length: 7, character_set: false, deny_common: false };
    const CURRENT: PasswordPolicy =
        PasswordPolicy { min_length: 12, character_set: true, deny_common: false };

    #[test]
    fn violations_are_ordered_blank_length_character_set() {
        assert_eq!(Password::parse_new("", CLASSIC), Err(vec![Violation::Blank, Violation::TooShort(7)]));
        assert_eq!(Password::parse_new("", CURRENT), Err(vec![Violation::Blank, Violation::TooShort(12)]));
        assert_eq!(
            Password::parse_new("change123", CURRENT),
            Err(vec![Violation::TooShort(12), Violation::WeakPassword])
        );
        assert!(Password::parse_new("change123", CLASSIC).is_ok());
    }

    #[test]
    fn every_kind_of_character_is_needed_and_no_other_allowed() {
        for (raw, strong) in [
            ("Change123!Change", true),
            ("Change123~Change", true),
            ("change123!change", false),
            ("CHANGE123!CHANGE", false),
            ("Change!!!!Change", false),
            ("Change1234Change", false),
            ("Change123!Chängé", false),
            ("Change 123!Change", false),
            ("Change123\"Change", false),
        ] {
            assert_eq!(Password::parse_new(raw, CURRENT).is_ok(), strong, "{raw}");
        }
    }

    #[test]
    fn what_was_not_text_is_no_new_password() {
        for policy in [CLASSIC, CURRENT] {
            assert_eq!(
                Password::parse_new("Change123!\u{fffd}Change", policy),
                Err(vec![Violation::NotAString])
            );
        }
        assert!(Password::parse_presented("Change123!\u{fffd}Change").is_ok(), "it may have been set before");
    }

    #[test]
    fn a_common_password_is_refused_if_configured() {
        let strict = PasswordPolicy { deny_common: true, ..CLASSIC };
        assert!(Password::parse_new("password1", CLASSIC).is_ok());
        assert_eq!(Password::parse_new("Password1", strict), Err(vec![Violation::CommonPassword]));
        assert!(Password::parse_confirmation("Password1", strict).is_ok());
        let both = PasswordPolicy { deny_common: true, ..CURRENT };
        assert_eq!(
            Password::parse_new("password1", both),
            Err(vec![Violation::TooShort(12), Violation::WeakPassword, Violation::CommonPassword])
        );
    }

    #[test]
    fn it_is_never_shown() {
        let password = Password::parse_new("change123", CLASSIC).expect("long enough");
        assert_eq!(format!("{password:?}"), "Password(…)");
    }
}
