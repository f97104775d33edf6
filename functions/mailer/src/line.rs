//! Makes text fit for one line of a mail, and names fit for a greeting.

use unicode_normalization::char::is_combining_mark;

/// A longer name is not printed, in characters.
const MAX_LENGTH: usize = 40;

/// The customer's name for the greeting, or `None` if it is empty or could be anything but a name.
///
/// Anyone can register under any name, so a name must not turn our mail into an advertisement or an alarm: there is no
/// way to list what mail programs turn into links, or what readers take for one.
pub(crate) fn addressee(first_name: &str, last_name: &str) -> Option<String> {
    let name = format!("{first_name} {last_name}");
    let words: Vec<&str> = name.split_whitespace().collect();
    let name = words.join(" ");
    let is_name = !name.is_empty()
        && name.chars().count() <= MAX_LENGTH
        && words.iter().flat_map(|word| word.split('-')).all(|part| is_part(part) || is_initials(part));
    is_name.then_some(name)
}

/// Letters and their marks, with an apostrophe here and there.
fn is_part(part: &str) -> bool {
    part.chars().all(|character| is_letter(character) || is_mark(character) || "'’".contains(character))
}

/// `J.`, `J.R.R.`: each is one letter, and the last one has its dot, too, so no domain looks like them.
fn is_initials(part: &str) -> bool {
    let is_initial = |initial: &str| {
        let mut characters = initial.chars();
        characters.next().is_some_and(is_letter) && characters.all(is_mark)
    };
    part.ends_with('.') && part.split_terminator('.').all(is_initial)
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !character.is_numeric() && !is_mark(character) && !is_disguise(character)
}

fn is_mark(character: char) -> bool {
    is_combining_mark(character) && !is_disguise(character)
}

/// Letters and marks by Unicode's tables that are invisible, that enclose what is before them, or that look like dots,
/// colons or symbols.
fn is_disguise(character: char) -> bool {
    matches!(character,
        // Default-ignorable.
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
        // Enclosing marks and letters.
        | '\u{488}' | '\u{489}' | '\u{1abe}' | '\u{20dd}'..='\u{20e0}' | '\u{20e2}'..='\u{20e4}'
        | '\u{24b6}'..='\u{24e9}' | '\u{a670}'..='\u{a672}' | '\u{1f100}'..='\u{1f1ff}'
        // Triangular colons, Lisu's tone marks, music.
        | '\u{2d0}' | '\u{2d1}' | '\u{a4f8}'..='\u{a4fd}' | '\u{1d165}'..='\u{1d1ad}')
}

/// The operator's own text on one line: control characters and white space become single spaces; marks that change the
/// writing direction are removed.
pub(crate) fn one_line(text: &str) -> String {
    let printable: String = text
        .chars()
        .filter(|character| !turns_direction(*character))
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Such a mark would reverse the text that follows.
fn turns_direction(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_joined() {
        for (first_name, last_name, expected) in [
            ("Anna", "Müller", "Anna Müller"),
            ("  Anna\t ", "\r\nMüller", "Anna Müller"),
            ("Anna\u{2028}Eve", "Mu\u{308}ller", "Anna Eve Mu\u{308}ller"),
            ("J.R.R.", "Tolkien", "J.R.R. Tolkien"),
            ("J.-P.", "O'Neill-d’Arc", "J.-P. O'Neill-d’Arc"),
            ("佐々木", "ジョー", "佐々木 ジョー"),
            ("नरेंद्र", "กมลา", "नरेंद्र กมลา"),
            ("", "Müller", "Müller"),
        ] {
            assert_eq!(
                addressee(first_name, last_name).as_deref(),
                Some(expected),
                "{first_name:?} {last_name:?}"
            );
        }
    }

    #[test]
    fn what_could_be_anything_else_is_not_printed() {
        for first_name in [
            "",
            "\n",
            "Your account is locked - please phone +1 900 555 0199",
            "Win at evil.com",
            "evil\u{200b}.com",
            "evil\u{2024}com",
            "evil。com",
            "evil\u{a4f8}com",
            "t.co",
            "J.R",
            "St. John",
            "https://evil",
            "http:8.8.8.8",
            "mailto:a@b",
            "a@evil.example",
            "Anna 2",
            "Anna Ⅱ",
            "Anna ٣",
            "\u{202e}annA",
            "An\u{ad}na",
            "An\u{3164}na",
            "Anna\0",
            "Ⓐnna",
            "A\u{20dd}nna",
            "👩",
            "Anna!",
            "a name of more than forty characters in all",
        ] {
            assert_eq!(addressee(first_name, ""), None, "{first_name:?}");
        }
    }

    /// Text between a name and an attempt at something else.
    fn nearly_a_name() -> impl Strategy<Value = String> {
        "([A-Za-zäéß\u{301}佐ー ]|[.'’-]|[0-9:/@!\u{200b}\u{2024}\u{a4f8}]{0,1}){0,24}|\\PC{0,6}"
    }

    proptest! {
        #[test]
        fn what_is_printed_is_short_and_has_no_digit_and_no_dot_within(
            first_name in nearly_a_name(), last_name in nearly_a_name()
        ) {
            let Some(name) = addressee(&first_name, &last_name) else { return Ok(()) };
            prop_assert!(!name.is_empty() && name.chars().count() <= MAX_LENGTH, "{name:?}");
            let is_allowed = |character: char| {
                character.is_alphabetic() || is_combining_mark(character) || " '’-.".contains(character)
            };
            prop_assert!(name.chars().all(|character| is_allowed(character) && !character.is_numeric()), "{name:?}");
            // After a dot there are never two letters without another one.
            for (index, _) in name.match_indices('.') {
                let rest = name[index + 1..].chars().filter(|character| !is_combining_mark(*character));
                let next: Vec<char> = rest.take(2).collect();
                prop_assert!(!next.first().is_some_and(|next| next.is_alphabetic()) || next.get(1) == Some(&'.'), "{name:?}");
            }
            prop_assert_eq!(addressee(&name, ""), Some(name));
        }

        #[test]
        fn one_line_is_one_line(text in any::<String>()) {
            let line = one_line(&text);
            prop_assert!(!line.contains(|character: char| character.is_control()), "{line:?}");
            prop_assert_eq!(line.split_whitespace().collect::<Vec<_>>().join(" "), line.as_str());
            prop_assert_eq!(one_line(&line), line.as_str());
        }
    }
}
