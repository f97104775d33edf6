//! Common passwords, which attackers try first.

/// The entries of Django 5.2's `common-passwords.txt.gz` (BSD-3-Clause; compiled by Royce Williams from leaked ones)
/// that have seven characters or more: lower case, one per line, in byte order.
const LIST: &str = include_str!("common_passwords.txt");

/// Whether a password is on the list, ignoring case.
pub(super) fn contains(password: &str) -> bool {
    let wanted = password.to_lowercase();
    let mut rest = LIST;
    // A binary search over the text itself, so that a function has nothing to build at start-up.
    while !rest.is_empty() {
        let start =
            rest[..rest.floor_char_boundary(rest.len() / 2)].rfind('\n').map_or(0, |newline| newline + 1);
        let end = rest[start..].find('\n').map_or(rest.len(), |length| start + length);
        match wanted.as_str().cmp(&rest[start..end]) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => rest = &rest[..start],
            std::cmp::Ordering::Greater => rest = rest.get(end + 1..).unwrap_or_default(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        let lines: Vec<&str> = LIST.lines().collect();
        assert!(lines.len() > 10_000);
        assert!(lines.is_sorted() && lines.iter().all(|line| line.len() >= 7));
    }

    #[test]
    fn every_entry_is_found_and_no_neighbour() {
        for line in LIST.lines() {
            assert!(contains(line), "{line}");
            let neighbour = format!("{line}\u{1}");
            assert!(!contains(&neighbour), "{line}");
        }
    }

    #[test]
    fn case_does_not_matter_and_other_texts_are_not_found() {
        assert!(contains("Password1") && contains("QWERTYUIOP"));
        for other in
            ["", "\n", "a", "zzzzzzzzzzzzzzzzzzzz", "Change-me-1!", "пароль", "password1\npassword12"]
        {
            assert!(!contains(other), "{other:?}");
        }
    }
}
