use std::fs;
use std::path::{Path, PathBuf};

use super::*;

#[path = "../../build.rs"]
#[expect(dead_code, reason = "only cargo runs `main`")]
mod build;

const ALL: [(&str, &Words); 7] =
    [("en", &EN), ("de", &DE), ("fr", &FR), ("es", &ES), ("it", &IT), ("nl", &NL), ("pl", &PL)];

fn built_in() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")
}

/// All that is compiled in with a folder of these files, or what is wrong with it, without the folder's path.
fn with(files: &[(&str, &[u8])]) -> Result<String, Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("a file");
    }
    let compiled = build::compiled(&[built_in(), folder.path().to_owned()]);
    let shown = format!("{}/", folder.path().display());
    let text = |(_, content): &(_, Vec<u8>)| String::from_utf8_lossy(content).into_owned();
    compiled
        .map(|files| files.iter().map(text).collect())
        .map_err(|problems| problems.iter().map(|problem| problem.replace(&shown, "")).collect())
}

/// The built-in file with something else in the place of `from`.
fn changed(name: &str, from: &str, to: &str) -> Result<String, Vec<String>> {
    let text = fs::read_to_string(built_in().join(name)).expect("a file");
    assert!(text.contains(from), "{name} has {from}");
    with(&[(name, text.replacen(from, to, 1).as_bytes())])
}

fn sentences(words: &Words) -> Vec<&'static str> {
    let mails = mails(words);
    let of =
        |mail: &Sentences| [&[mail.subject], mail.paragraphs, mail.button.as_slice(), mail.notes].concat();
    mails.iter().flat_map(|mail| of(mail)).chain([words.greeting, words.footer, words.fallback]).collect()
}

fn mails(words: &Words) -> [&Sentences; 9] {
    [
        &words.confirmation,
        &words.password_reset,
        &words.password_reset_without_password,
        &words.password_changed,
        &words.email_changed,
        &words.email_changed_for_now,
        &words.session_reused,
        &words.session_reused_unknown_device,
        &words.account_erased,
    ]
}

#[test]
fn every_language_says_as_much_as_english() {
    assert_eq!(Language::ALL.map(Language::as_str), build::LANGUAGES);
    assert_eq!(ALL.map(|(tag, _)| tag), build::LANGUAGES);
    for (tag, words) in ALL {
        for (mail, english) in mails(words).into_iter().zip(mails(&EN)) {
            let counts = |mail: &Sentences| (mail.paragraphs.len(), mail.notes.len(), mail.button.is_some());
            assert_eq!(counts(mail), counts(english), "{tag}: {}", mail.subject);
            let brands = |mail: &Sentences| mail.paragraphs.concat().matches("{brand}").count();
            assert_eq!(brands(mail), brands(english), "{tag}: {}", mail.subject);
        }
    }
}

#[test]
fn quotes_spaces_and_question_marks_are_the_languages_own() {
    for (tag, words) in ALL {
        for sentence in sentences(words) {
            assert!(!sentence.contains(['\'', '"']) && !sentence.contains("  "), "{tag}: {sentence}");
            let count = |mark: char| sentence.matches(mark).count();
            match tag {
                "fr" => {
                    let spaces = sentence.matches('\u{202f}').count();
                    let high = sentence.matches([';', ':', '!', '?', '«', '»']).count();
                    assert_eq!(spaces, high, "{tag}: {sentence}");
                }
                "es" => assert_eq!((count('?'), count('!')), (count('¿'), count('¡')), "{tag}: {sentence}"),
                "de" => assert_eq!(count('„'), count('“'), "{tag}: {sentence}"),
                "pl" => assert_eq!(count('„'), count('”'), "{tag}: {sentence}"),
                _ => assert_eq!((count('“'), count('«')), (count('”'), count('»')), "{tag}: {sentence}"),
            }
        }
    }
}

#[test]
fn devices_are_named_in_the_language() {
    let named = ALL.map(|(_, words)| words.device("Firefox on Windows"));
    assert_eq!(
        named,
        [
            "Firefox on Windows",
            "Firefox unter Windows",
            "Firefox sur Windows",
            "Firefox en Windows",
            "Firefox su Windows",
            "Firefox op Windows",
            "Firefox (Windows)",
        ]
    );
    assert_eq!(DE.device("curl"), "curl");
    assert_eq!(DE.device("{brand}\r\n on \u{202e}{system}"), "{brand} unter {system}");
}

#[test]
fn what_fills_a_place_is_not_read_again() {
    let values = [("name", "{brand}{name}{"), ("brand", "}{device}")];
    assert_eq!(filled("{name}, {brand}.", &values), "{brand}{name}{, }{device}.");
}

#[test]
fn a_folder_replaces_the_files_that_it_has() {
    let built_in = with(&[]).expect("it is complete");
    let own = changed("en.toml", "Kind regards", "Yours").expect("it is complete");
    assert_eq!(own, built_in.replace("Kind regards", "Yours"));
    assert!(own.contains("Freundliche Grüße"));

    let layout = changed("mail.txt", "{{ wording.closing }}", "-- {{ wording.closing }}").expect("complete");
    assert_eq!(layout.replace("-- {{", "{{"), built_in);
    assert!(with(&[("logo.png", b"\x89PNG\r\n\x1a\nlogo")]).expect("a logo").ends_with("logo"));
}

#[test]
fn a_folder_with_a_mistake_is_refused_with_file_mail_and_sentence() {
    let brand = "Please confirm your e-mail address for {brand}";
    let reset = "[password-reset]\n";
    for (name, from, to, expected) in [
        ("en.toml", brand, "Please confirm", "en.toml: [confirmation] subject does not say {brand}"),
        (
            "fr.toml",
            "cet appareil\\u202F: {device}",
            "cet appareil",
            "fr.toml: [session-reused] paragraphs does not say {device}",
        ),
        ("de.toml", "button = ", "knopf = ", "de.toml: [confirmation] button has 0 sentences, not 1 to 1"),
        ("de.toml", "button = ", "knopf = ", "de.toml: [confirmation] knopf is unknown"),
        ("de.toml", "[account-erased]", "[account-deleted]", "de.toml: [account-erased] is missing"),
        ("de.toml", "[account-erased]", "[account-deleted]", "de.toml: [account-deleted] is no mail"),
        (
            "en.toml",
            "[email-changed.for-now]",
            "[email-changed.forever]",
            "en.toml: [email-changed.for-now] is missing",
        ),
        (
            "en.toml",
            "[email-changed]\n",
            "[email-changed]\nbutton = \"Open\"\n",
            "en.toml: [email-changed] button has 1 sentences, not 0 to 0",
        ),
        ("pl.toml", reset, "[password-reset]\nnotes = 7\n", "pl.toml: TOML parse error at line "),
        ("nl.toml", "greeting = ", "groet = ", "nl.toml: greeting has 0 sentences, not 1 to 1"),
        ("nl.toml", "greeting = ", "groet = ", "nl.toml: groet is no sentence of all mails"),
        ("it.toml", "Gentile {name},", "Gentile {nome},", "it.toml: greeting cannot say {nome}: "),
        ("es.toml", "Atentamente,", "Atentamente, {name", "es.toml: closing cannot say {name}: "),
        ("es.toml", "Atentamente,", "Atentamente}", "es.toml: closing cannot say {}: "),
        ("es.toml", "Atentamente,", "Un saludo\\n", "es.toml: closing is empty or has a line break: "),
        (
            "mail.html",
            "{%- for note in wording.notes %}",
            "{%- for note in [wording.footer] %}",
            "mail.html does not show wording.notes",
        ),
    ] {
        let problems = changed(name, from, to).expect_err(expected);
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{expected}: {problems:#?}");
    }
    let large = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 64 * 1024]].concat();
    for (name, content, expected) in [
        ("logo.png", b"<svg/>".as_slice(), "logo.png is no PNG of at most 65536 bytes"),
        ("logo.png", &large, "logo.png is no PNG of at most 65536 bytes"),
        ("Logo.PNG", b"", "Logo.PNG is no file of the mails"),
        ("sv.toml", b"", "sv.toml is no file of the mails"),
    ] {
        assert_eq!(with(&[(name, content)]).expect_err(expected), [expected]);
    }
    let absent = build::compiled(&[built_in(), "/nowhere".into()]).expect_err("there is no such folder");
    assert_eq!(absent, ["/nowhere is no folder that can be read"]);
}

/// Those that the mails have in common with all pages; a shop's own is in `BRAND_COLOR`.
#[test]
fn the_layouts_colours_are_the_design_systems() {
    let tokens = include_str!("../../../../design/tokens.css");
    let layout = fs::read_to_string(built_in().join("mail.html")).expect("a layout");
    let colours: Vec<&str> = layout.match_indices('#').filter_map(|(at, _)| layout.get(at..at + 7)).collect();
    assert!(colours.len() > 10);
    let foreign: Vec<&&str> = colours.iter().filter(|colour| !tokens.contains(**colour)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}
