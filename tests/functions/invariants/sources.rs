//! Source files as the invariants read them.

use std::path::Path;

use crate::project;

/// One file's code, without comments.
pub(crate) struct Source {
    /// Relative to the project's top folder.
    pub(crate) path: String,
    pub(crate) code: String,
}

/// All code under some folders of the project.
pub(crate) fn all<'a>(folders: &'a [&'a str]) -> impl Iterator<Item = Source> + 'a {
    folders.iter().flat_map(|folder| {
        let mut sources = Vec::new();
        collect(&project::root().join(folder), &mut sources);
        assert!(!sources.is_empty(), "{folder} holds no code");
        sources
    })
}

/// The same without what only tests run: `tests.rs`, and the module `tests` at the end of a file.
pub(crate) fn production<'a>(folders: &'a [&'a str]) -> impl Iterator<Item = Source> + 'a {
    all(folders).filter(|source| !source.path.ends_with("/tests.rs")).map(|Source { path, code }| {
        let code = code.replace("#[cfg(test)]\nmod tests;\n", "");
        let code = code.split("#[cfg(test)]\nmod tests {\n").next().expect("a first part");
        assert!(!code.contains("cfg(test)"), "{path}: only the module `tests` is for tests");
        Source { code: code.to_owned(), path }
    })
}

/// Which of a manifest's dependencies to list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needed {
    /// By the crate itself.
    ByItself,
    /// By the crate, its tests and its build script.
    ByItselfAndItsTests,
}

/// The names of the crates that a manifest depends on.
pub(crate) fn dependencies(manifest: &str, needed: Needed) -> Vec<String> {
    let mut dependencies = Vec::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            let is_linked = !line.contains("dev-dependencies") && !line.contains("build-dependencies");
            inside = line.trim_end_matches(']').ends_with("dependencies")
                && (is_linked || needed == Needed::ByItselfAndItsTests);
        } else if inside && !line.is_empty() {
            let name = line.split(['.', ' ', '=']).next().expect("a first part");
            dependencies.push(name.to_owned());
        }
    }
    dependencies
}

fn collect(folder: &Path, sources: &mut Vec<Source>) {
    for path in project::entries(folder) {
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = project::read(&path);
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code = code.map(|line| format!("{line}\n")).collect();
            let path = path.strip_prefix(project::root()).expect("it is in the project");
            sources.push(Source { path: path.to_str().expect("text").to_owned(), code });
        }
    }
}
