//! Answers as text that is the same in every run.

use local::Mail;
use shared::Reply;

use tests::handlers;

/// Status, headers in alphabetical order, and the body.
pub(crate) fn reply(reply: &Reply) -> String {
    let mut headers: Vec<String> = reply
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().expect("printable")))
        .collect();
    headers.sort();
    let body = handlers::text(reply);
    let body = if body.is_empty() { body } else { format!("\n{}\n", json(&body)) };
    without_generated(&format!("{}\n{}{body}", reply.status().as_u16(), headers.concat()))
}

/// Mails by recipient, with their text parts.
pub(crate) fn mails(mails: &[Mail]) -> String {
    let one = |Mail { to, subject, kind, text, .. }: &Mail| {
        format!("\nto: {to}\nkind: {kind}\nsubject: {subject}\n\n{text}")
    };
    without_generated(&mails.iter().map(one).collect::<String>())
}

/// JSON laid out on several lines, its members in the order they came.
pub(crate) fn json(text: &str) -> String {
    serde_json::from_str::<serde::de::IgnoredAny>(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut laid_out = String::new();
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let was_in_string = in_string;
        in_string ^= character == '"' && !escaped;
        escaped = was_in_string && character == '\\' && !escaped;
        let break_line = |laid_out: &mut String, depth| {
            laid_out.push('\n');
            laid_out.push_str(&"  ".repeat(depth));
        };
        match character {
            _ if was_in_string => laid_out.push(character),
            '{' | '[' if matches!(characters.peek(), Some('}' | ']')) => {
                laid_out.extend([Some(character), characters.next()].into_iter().flatten());
            }
            '{' | '[' => {
                depth += 1;
                laid_out.push(character);
                break_line(&mut laid_out, depth);
            }
            '}' | ']' => {
                depth -= 1;
                break_line(&mut laid_out, depth);
                laid_out.push(character);
            }
            ',' => {
                laid_out.push(character);
                break_line(&mut laid_out, depth);
            }
            ':' => laid_out.push_str(": "),
            _ => laid_out.push(character),
        }
    }
    laid_out
}

/// Generated values, by their shape: `#` is a digit, `%` a hexadecimal one, `^` a capital letter or a digit, `*` any
/// character of base64url. Longer shapes come before the shorter ones that they contain.
const GENERATED: [(&str, &str); 8] = [
    ("etag: [tag]", "etag: \"*******************************************\""),
    ("\"id\": \"[session]\"", "\"id\": \"*******************************************\""),
    ("/sessions/[session]", "/sessions/*******************************************"),
    ("[timestamp]", "####-##-## ##:##:##.######"),
    ("[uuid]", "%%%%%%%%-%%%%-4%%%-%%%%-%%%%%%%%%%%%"),
    (
        "[refresh token]",
        "DE--FIXTURE01.*******************************************.*******************************************",
    ),
    ("[key]", "DE--FIXTURE01.*******************************************"),
    ("[reference]", "DE--^^^^^^^^^^"),
];

fn without_generated(text: &str) -> String {
    let text = GENERATED.iter().fold(text.to_owned(), |text, (name, shape)| replace(&text, shape, name));
    without_jwts(&text)
}

fn replace(text: &str, shape: &str, name: &str) -> String {
    let (text, shape): (Vec<char>, Vec<char>) = (text.chars().collect(), shape.chars().collect());
    let mut replaced = String::new();
    let mut rest = &text[..];
    while let Some((first, after)) = rest.split_first() {
        if rest.len() >= shape.len() && shape.iter().zip(rest).all(|(shape, found)| fits(*shape, *found)) {
            replaced.push_str(name);
            rest = &rest[shape.len()..];
        } else {
            replaced.push(*first);
            rest = after;
        }
    }
    replaced
}

fn fits(shape: char, found: char) -> bool {
    match shape {
        '#' => found.is_ascii_digit(),
        '%' => matches!(found, '0'..='9' | 'a'..='f'),
        '^' => matches!(found, '0'..='9' | 'A'..='Z'),
        '*' => is_url_safe(found),
        literal => literal == found,
    }
}

/// A token's length depends on its content. Its first part begins with `{"` in base64url.
fn without_jwts(text: &str) -> String {
    let Some((before, from)) = text.split_once("\"eyJ") else { return text.to_owned() };
    let end = from.find(|character| !is_url_safe(character) && character != '.').unwrap_or(from.len());
    assert_eq!(from[..end].matches('.').count(), 2, "a token has three parts: {from}");
    format!("{before}\"[access token]{}", without_jwts(&from[end..]))
}

fn is_url_safe(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}
