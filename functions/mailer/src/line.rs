//! Makes untrusted text safe to print on one line of a mail.

/// The customer's name for the greeting, or `None` if it is empty or unsafe to print.
///
/// Anyone can register any address under any name, so a name must not turn our mail into an advertisement: mail
/// programs turn anything that looks like a link into one.
pub(crate) fn addressee(first_name: &str, last_name: &str) -> Option<String> {
    let name = one_line(&format!("{first_name} {last_name}"));
    (!name.is_empty() && !reads_as_link(&name)).then_some(name)
}

/// Control characters and white space become single spaces; marks that change the writing direction are removed.
pub(crate) fn one_line(text: &str) -> String {
    let printable: String = text
        .chars()
        .filter(|character| !turns_direction(*character))
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// In a name, such a mark would reverse the text that follows, or disguise the name itself.
fn turns_direction(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A scheme, or a dot with a character before it and at least two after it: `evil.com`, but not `J.R.R. Tolkien`.
fn reads_as_link(name: &str) -> bool {
    let labels: Vec<&str> = name.split(['.', '。', '．', '｡']).collect();
    let has_domain = labels.windows(2).any(|pair| {
        pair[0].ends_with(char::is_alphanumeric)
            && pair[1].chars().take_while(|next| next.is_alphanumeric()).count() >= 2
    });
    has_domain || name.contains("://")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_joined_and_straightened() {
        for (first_name, last_name, expected) in [
            ("Anna", "Müller", Some("Anna Müller")),
            ("  Anna\t ", "\r\nMüller\0", Some("Anna Müller")),
            ("Anna\u{2028}Eve", "Müller\u{85}", Some("Anna Eve Müller")),
            ("\u{202e}annA", "M\u{2066}üller", Some("annA Müller")),
            ("J.R.R.", "Tolkien", Some("J.R.R. Tolkien")),
            ("👩‍👩‍👧", "山田", Some("👩‍👩‍👧 山田")),
            ("", "Müller", Some("Müller")),
            ("\n", "\u{7}", None),
        ] {
            assert_eq!(addressee(first_name, last_name).as_deref(), expected, "{first_name:?} {last_name:?}");
        }
    }

    #[test]
    fn names_that_would_become_links_are_not_printed() {
        for (first_name, last_name) in [
            ("Win at evil.com", "!"),
            ("https://evil", "now"),
            ("ev\u{200f}il.com", ""),
            ("evil。com", "x"),
            ("write to a@evil.example", ""),
        ] {
            assert_eq!(addressee(first_name, last_name), None, "{first_name:?} {last_name:?}");
        }
    }

    proptest! {
        #[test]
        fn one_line_is_one_line(text in any::<String>()) {
            let line = one_line(&text);
            prop_assert!(!line.contains(|character: char| character.is_control()), "{line:?}");
            prop_assert_eq!(line.split_whitespace().collect::<Vec<_>>().join(" "), line.as_str());
            prop_assert_eq!(one_line(&line), line.as_str());
        }
    }
}
