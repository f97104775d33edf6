//! Customers' text on a terminal.

use accounts::is_plain;
use desk::answers::Profile;

/// Columns of the narrowest terminal that is in use.
pub(super) const LINE: usize = 80;

/// Where the text after a label begins.
const INDENT: usize = 9;

/// On one line, without what a terminal or the order of writing acts on.
pub(super) fn cell(text: &str) -> String {
    text.chars().map(|character| if is_plain(character) { character } else { '\u{fffd}' }).collect()
}

/// The same JSON, with escapes for what a terminal would act on.
pub(super) fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if is_plain(character) || "\n\r\t".contains(character) {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

/// First and last name.
pub(super) fn name(profile: &Profile) -> String {
    let parts = [&profile.first_name, &profile.last_name].into_iter().flatten().map(|part| cell(part));
    parts.filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join(" ")
}

pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// A label and a text, which continues below itself if it is too long for a line.
pub(super) fn labelled(label: &str, text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is one");
        if line.is_empty() {
            line.push_str(word);
        } else if INDENT + width(line) + 1 + width(word) <= LINE {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    let indent = format!("\n{}", " ".repeat(INDENT));
    format!("{label:<INDENT$}{}", lines.join(&indent)).trim_end().to_owned()
}

/// `2026-11-27 09:41`
pub(super) fn time(at: &str) -> String {
    cell(at.get(..16).unwrap_or(at))
}

/// `2026-11-27`
pub(super) fn day(at: &str) -> String {
    cell(at.get(..10).unwrap_or(at))
}

/// `1 session`, `2 sessions`
pub(super) fn count(number: u64, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// The person at the end of an ARN.
pub(super) fn person(arn: &str) -> String {
    cell(arn.rsplit('/').next().unwrap_or(arn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_forge_a_line_or_turn_the_text_around() {
        assert_eq!(
            cell("a\nb\tc\u{1b}[31m\u{202e}d\u{200b}"),
            "a\u{fffd}b\u{fffd}c\u{fffd}[31m\u{fffd}d\u{fffd}"
        );
        for hidden in
            "\u{ad}\u{61c}\u{180e}\u{200e}\u{200f}\u{202a}\u{2066}\u{2069}\u{e0001}\u{e007f}".chars()
        {
            assert_eq!(cell(&hidden.to_string()), "\u{fffd}", "{hidden:?}");
        }
        assert_eq!(cell("Jürgen O’Neil <img>"), "Jürgen O’Neil <img>");
    }

    #[test]
    fn escaped_json_says_the_same() {
        let value = serde_json::json!({ "name": "Zoë \u{202e}\u{e0041}\u{7f}" });
        let text = escaped(&serde_json::to_string_pretty(&value).expect("JSON"));
        assert!(text.contains(r"Zoë \u202e\udb40\udc41\u007f"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("JSON"), value);
    }

    #[test]
    fn long_text_continues_below_itself() {
        let text = labelled("mail", &"word ".repeat(40));
        assert!(text.lines().all(|line| width(line) <= LINE), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("         word")), "{text}");
        assert_eq!(text.split_whitespace().count(), 41);
    }

    #[test]
    fn times_are_short_and_broken_ones_stay() {
        assert_eq!(time("2026-11-27 09:41:02.000000"), "2026-11-27 09:41");
        assert_eq!(day("2026-11-27 09:41:02.000000"), "2026-11-27");
        assert_eq!((time("ä"), day("é…")), ("ä".to_owned(), "é…".to_owned()));
        assert_eq!(person("arn:aws:sts::1:assumed-role/support/anna@example.com"), "anna@example.com");
    }
}
