//! The fields that several resources share, and what the profile changes about them.

use serde_json::json;
use tests::errors::BAD_GENDER;

use super::{
    BLANK, CHARACTER_SET, Field, NO_CHOICE, NO_DATE, NOT_A_STRING, NOT_AN_EMAIL, too_long, too_short,
};

/// What the profile says about passwords.
#[derive(Clone, Copy)]
pub(crate) struct Profile {
    pub(crate) name: &'static str,
    pub(crate) password_min: usize,
    pub(crate) is_current: bool,
}

pub(crate) const CLASSIC: Profile = Profile { name: "classic", password_min: 7, is_current: false };
pub(crate) const CURRENT: Profile = Profile { name: "current", password_min: 12, is_current: true };

impl Profile {
    pub(crate) fn settings(&self) -> [(&'static str, &'static str); 1] {
        [("CONTRACT_PROFILE", self.name)]
    }

    /// `password` and `newPassword`.
    pub(crate) fn password(&self, field: Field) -> Field {
        if !self.is_current {
            return self.password_length(field);
        }
        let (short, long) = (too_short(12), too_long(128));
        let specials = r"!@#$%^&*()_-=+[]{}|;:<>.,/?\~";
        let field = specials
            .chars()
            .fold(field, |field, special| field.with(json!(format!("Password1234{special}")), &[]));
        field
            .with(json!(""), &[BLANK, &short])
            .with(json!("change123"), &[&short, CHARACTER_SET])
            .with(json!("Change.1234"), &[&short])
            .with(json!("Change.12345"), &[])
            .with(json!(format!("Aa1!{}", "x".repeat(124))), &[])
            .with(json!(format!("Aa1!{}", "x".repeat(125))), &[&long])
            .with(json!("x".repeat(129)), &[&long, CHARACTER_SET])
            .with_all(
                [
                    json!("change.12345"),
                    json!("CHANGE.12345"),
                    json!("Change.abcdef"),
                    json!("Change12345678"),
                    json!("Change.12345 "),
                    json!("Change.12345ü"),
                    json!("Change.12345😀"),
                    json!("Change.12345\""),
                    json!("Change.12345'"),
                    json!("Change.12345`"),
                    json!("Change.12345€"),
                    json!("Change.12345\n"),
                    json!("Change.12345٣"),
                ],
                &[CHARACTER_SET],
            )
    }

    /// `confirmPassword`, whose characters do not matter; in `classic` any password.
    pub(crate) fn password_length(&self, field: Field) -> Field {
        let min = self.password_min;
        let (short, long) = (too_short(min), too_long(128));
        field
            .with(json!(""), &[BLANK, &short])
            .with(json!("ü".repeat(min - 1)), &[&short])
            .with(json!("😀".repeat(min)), &[])
            .with(json!("ü".repeat(128)), &[])
            .with(json!("a".repeat(129)), &[&long])
    }
}

pub(crate) fn salutation(field: Field) -> Field {
    field
        .with(json!(""), &[BLANK, NO_CHOICE])
        .with_all([json!("mr"), json!("Mister"), json!(" Mr")], &[NO_CHOICE])
        .with_all([json!("Mr"), json!("Mrs"), json!("Ms"), json!("Dr"), json!("n/a")], &[])
}

pub(crate) fn person_name(field: Field) -> Field {
    field.with(json!(""), &[BLANK]).with_all([json!("Ümläut"), json!(" ")], &[]).max(100)
}

pub(crate) fn email(field: Field) -> Field {
    let long_label = format!("a@{}.com", "b".repeat(64));
    field
        .with(json!(""), &[BLANK])
        .with_all(
            [
                json!("plain"),
                json!("@example.com"),
                json!("john@"),
                json!("john@localhost"),
                json!("john doe@example.com"),
                json!(" john@example.com"),
                json!("john@example.com\n"),
                json!("john@-example.com"),
                json!("john@example-.com"),
                json!("john@exam_ple.com"),
                json!("john@example..com"),
                json!("john@example.com."),
                json!("john@doe@example.com"),
                json!("jörg@example.com"),
                json!("john@exämple.com"),
                json!("\"john doe\"@example.com"),
                json!("john@[127.0.0.1]"),
                json!("john\u{0}@example.com"),
                json!(long_label),
            ],
            &[NOT_AN_EMAIL],
        )
        .with_all(
            [
                json!("john.!#$%&'*+/=?^_`{|}~-@ex-ample.co.uk"),
                json!(".john..doe.@example.com"),
                json!("1@2.3"),
                json!(format!("a@{}.com", "b".repeat(63))),
            ],
            &[],
        )
}

/// A gender other than these two also gets the owner's own code.
pub(crate) fn gender(field: Field) -> Field {
    field
        .with_all([json!(null), json!(false), json!([])], &[BLANK])
        .with(json!(""), &[BLANK, NO_CHOICE])
        .with_all([json!(5), json!(true), json!({}), json!(["Male"])], &[NOT_A_STRING, BAD_GENDER.2])
        .with_all([json!("male"), json!("Other"), json!(" Male")], &[NO_CHOICE, BAD_GENDER.2])
        .with_all([json!("Male"), json!("Female")], &[])
}

pub(crate) fn date_of_birth() -> Field {
    Field::optional_text("dateOfBirth")
        .with_all([json!(""), json!("2024-02-29"), json!("1900-01-01")], &[])
        .with_all(
            [
                json!("2023-02-29"),
                json!("1900-02-29"),
                json!("2024-04-31"),
                json!("2024-13-01"),
                json!("2024-00-10"),
                json!("2024-01-00"),
                json!("2024-1-1"),
                json!("24-01-01"),
                json!("01.01.2024"),
                json!("2024-01-01T00:00:00Z"),
                json!(" 2024-01-01"),
                json!("2024-01-01\n"),
                json!("٢٠٢٤-٠١-٠١"),
                json!("yesterday"),
            ],
            &[NO_DATE],
        )
}
