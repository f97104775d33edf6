//! Compiles the mails' wording, layout and logo in: from `templates`, and where the folder named by `MAIL_TEMPLATES` has
//! a file of the same name, from there. Whatever a mail would lack or show by mistake fails the build.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use toml::{Table, Value};

pub(crate) const LANGUAGES: [&str; 7] = ["en", "de", "fr", "es", "it", "nl", "pl"];
const LOGO: &str = "logo.png";
/// In bytes, because every mail carries it.
const MAX_LOGO: usize = 64 * 1024;

const MANY: usize = usize::MAX;
const INTO_STRING: &str = "a String takes any text";

/// Each mail: whether it has a link, and what its paragraphs must name. A variant, after the dot, has the sentences of its
/// mail but for those of its own.
const MAILS: [(&str, bool, &[&str]); 9] = [
    ("confirmation", true, &[]),
    ("password-reset", true, &[]),
    ("password-reset.without-password", true, &[]),
    ("password-changed", false, &[]),
    ("email-changed", false, &[]),
    ("email-changed.for-now", true, &[]),
    ("session-reused", true, &["device"]),
    ("session-reused.unknown-device", true, &[]),
    ("account-erased", false, &[]),
];

/// The sentences of all mails, each with what it must name.
const COMMON: [(&str, &[&str]); 6] = [
    ("greeting", &["name"]),
    ("greeting-without-name", &[]),
    ("closing", &[]),
    ("footer", &["brand"]),
    ("fallback", &[]),
    ("device", &["browser", "system"]),
];

/// What a layout must show.
const SHOWN: [&str; 7] = [
    "wording.greeting",
    "wording.paragraphs",
    "action.label",
    "action.link",
    "wording.notes",
    "wording.closing",
    "sender.footer",
];

#[expect(clippy::disallowed_methods, reason = "what cargo tells a build script is in its environment")]
fn main() {
    println!("cargo::rerun-if-env-changed=MAIL_TEMPLATES");
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![own.join("templates")];
    // Relative to the project's top folder, wherever the build is started.
    folders.extend(
        env::var_os("MAIL_TEMPLATES")
            .filter(|path| !path.is_empty())
            .map(|path| own.join("../..").join(path)),
    );
    for folder in &folders {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    match compiled(&folders) {
        Ok(files) => {
            for (name, content) in files {
                fs::write(out.join(name), content).expect("cargo made the folder");
            }
        }
        Err(problems) => {
            for problem in problems {
                println!("cargo::error={problem}");
            }
            process::exit(1);
        }
    }
}

/// What the crate includes, by file: each is taken from the last folder that has it. Returns all problems at once.
pub(crate) fn compiled(folders: &[PathBuf]) -> Result<[(&'static str, Vec<u8>); 3], Vec<String>> {
    let mut problems = Vec::new();
    for folder in folders {
        let Ok(entries) = fs::read_dir(folder) else {
            problems.push(format!("{} is no folder that can be read", folder.display()));
            continue;
        };
        for name in entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()) {
            let is_wording = name.strip_suffix(".toml").is_some_and(|tag| LANGUAGES.contains(&tag));
            if !is_wording
                && !["mail.html", "mail.txt", LOGO].contains(&name.as_str())
                && !name.starts_with('.')
            {
                problems.push(format!("{} is no file of the mails", folder.join(name).display()));
            }
        }
    }
    let path = |name: &str| {
        let paths = folders.iter().map(|folder| folder.join(name));
        paths.rev().find(|path| path.is_file()).unwrap_or_default()
    };

    let (mut wording, mut layout) = (String::new(), String::new());
    for tag in LANGUAGES {
        let path = path(&format!("{tag}.toml"));
        let (words, wrong) = words(&text(&path, &mut problems));
        problems.extend(wrong.iter().map(|wrong| format!("{}: {wrong}", path.display())));
        writeln!(wording, "const {}: Words = {words};", tag.to_uppercase()).expect(INTO_STRING);
    }
    for (name, format) in [("Html", "html"), ("Text", "txt")] {
        let path = path(&format!("mail.{format}"));
        let source = text(&path, &mut problems);
        let missing = SHOWN.iter().filter(|shown| !source.contains(**shown));
        problems.extend(missing.map(|shown| format!("{} does not show {shown}", path.display())));
        writeln!(
            layout,
            "#[derive(askama::Template)]\n#[template(ext = {format:?}, source = {:?})]\n\
             struct {name}<'a> {{ wording: &'a Wording, sender: Sender<'a> }}",
            source.trim_end_matches('\n')
        )
        .expect(INTO_STRING);
    }
    let path = path(LOGO);
    let logo = fs::read(&path).unwrap_or_default();
    if !logo.is_empty() && (!logo.starts_with(b"\x89PNG\r\n\x1a\n") || logo.len() > MAX_LOGO) {
        problems.push(format!("{} is no PNG of at most {MAX_LOGO} bytes", path.display()));
    }
    let files = [("wording.rs", wording.into_bytes()), ("layout.rs", layout.into_bytes()), (LOGO, logo)];
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

fn text(path: &Path, problems: &mut Vec<String>) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| {
        problems.push(format!("{}: {error}", path.display()));
        String::new()
    })
}

/// The value of a language's constant, and what is wrong with it.
fn words(text: &str) -> (String, Vec<String>) {
    let mut file = match text.parse::<Table>() {
        Ok(file) => file,
        Err(error) => return (String::new(), vec![error.to_string().replace('\n', " ")]),
    };
    let (mut words, mut problems) = (String::from("Words { "), Vec::new());
    for (key, named) in COMMON {
        let sentence = take(&mut file, "", key, 1..=1, named, &mut problems).concat();
        write!(words, "{}: {sentence:?}, ", key.replace('-', "_")).expect(INTO_STRING);
    }
    let mut mails = BTreeMap::new();
    for (section, value) in file {
        let Value::Table(mail) = value else {
            problems.push(format!("{section} is no sentence of all mails"));
            continue;
        };
        let (variants, mail): (Table, Table) = mail.into_iter().partition(|(_, value)| value.is_table());
        for (name, own) in variants {
            let mut variant = mail.clone();
            variant.extend(own.as_table().cloned().unwrap_or_default());
            mails.insert(format!("{section}.{name}"), variant);
        }
        mails.insert(section, mail);
    }
    for (name, has_link, named) in MAILS {
        let Some(mut mail) = mails.remove(name) else {
            problems.push(format!("[{name}] is missing"));
            continue;
        };
        let place = format!("[{name}] ");
        let links = usize::from(has_link);
        let subject = take(&mut mail, &place, "subject", 1..=1, &["brand"], &mut problems).concat();
        let paragraphs = take(&mut mail, &place, "paragraphs", 1..=MANY, named, &mut problems);
        let button = take(&mut mail, &place, "button", links..=links, &[], &mut problems).pop();
        let notes = take(&mut mail, &place, "notes", 0..=MANY, &[], &mut problems);
        problems.extend(mail.keys().map(|key| format!("{place}{key} is unknown")));
        write!(
            words,
            "{}: Sentences {{ subject: {subject:?}, paragraphs: &{paragraphs:?}, button: {button:?}, notes: &{notes:?} }}, ",
            name.replace(['-', '.'], "_")
        )
        .expect(INTO_STRING);
    }
    problems.extend(mails.keys().map(|name| format!("[{name}] is no mail")));
    (words + "}", problems)
}

/// The sentences under a key, which together name all of `named`, and nothing else but the brand.
fn take(
    table: &mut Table,
    place: &str,
    key: &str,
    count: RangeInclusive<usize>,
    named: &[&str],
    problems: &mut Vec<String>,
) -> Vec<String> {
    let place = format!("{place}{key}");
    let values = match table.remove(key) {
        Some(Value::Array(values)) => values,
        value => value.into_iter().collect(),
    };
    let sentences: Vec<String> =
        values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect();
    if sentences.len() < values.len() || !count.contains(&sentences.len()) {
        let (least, most) =
            (count.start(), if *count.end() == MANY { "any" } else { &count.end().to_string() });
        problems.push(format!("{place} has {} sentences, not {least} to {most}", sentences.len()));
    }
    let mut found = Vec::new();
    for sentence in &sentences {
        if sentence.trim().is_empty() || sentence.contains(char::is_control) {
            problems.push(format!("{place} is empty or has a line break: {sentence:?}"));
        }
        let mut rest = sentence.as_str();
        while let Some((_, after)) = rest.split_once(['{', '}']) {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            if name != "brand" && !named.contains(&name) {
                problems.push(format!("{place} cannot say {{{name}}}: {sentence:?}"));
            }
            found.push(name);
            rest = after;
        }
    }
    let missing = named.iter().filter(|name| !found.contains(name));
    problems.extend(missing.map(|name| format!("{place} does not say {{{name}}}")));
    sentences
}
