//! Customers' text on a terminal.

/// Columns of the narrowest terminal that is in use.
pub(super) const LINE: usize = 80;

/// Where the text after a label begins.
const INDENT: usize = 9;

/// On one line, without what a terminal or the order of writing acts on.
pub(super) fn cell(text: &str) -> String {
    let is_safe = |character: char| !character.is_control() && !is_format(character);
    text.chars().map(|character| if is_safe(character) { character } else { '\u{fffd}' }).collect()
}

/// What changes the direction of text, or is not seen at all.
fn is_format(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
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

/// `11-27 09:41`
pub(super) fn time(at: &str) -> String {
    cell(at.get(5..16).unwrap_or(at))
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
        assert_eq!(cell("Jürgen O’Neil <img>"), "Jürgen O’Neil <img>");
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
        assert_eq!(time("2026-11-27 09:41:02.000000"), "11-27 09:41");
        assert_eq!(day("2026-11-27 09:41:02.000000"), "2026-11-27");
        assert_eq!((time("ä"), day("é…")), ("ä".to_owned(), "é…".to_owned()));
        assert_eq!(person("arn:aws:sts::1:assumed-role/support/anna@example.com"), "anna@example.com");
    }
}
