//! Builds what is measured, as it is deployed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The functions that are deployed, by the names of their packages and binaries.
pub(crate) const FUNCTIONS: [&str; 8] =
    ["addresses", "admin", "authorizer", "customers", "fallback", "mailer", "passwords", "tokens"];
pub(crate) const EMPTY: &str = "empty";
pub(crate) const FLOOR: &str = "floor";

/// Builds everything for this machine, and returns the folder of the programs and that of the floor.
pub(crate) fn for_this_machine() -> Result<(PathBuf, PathBuf), String> {
    cargo(&["build", "--release", "--locked"], FUNCTIONS.iter().chain(&[EMPTY]))?;
    // In a build of their own, because cargo gives all packages of one the features that any of them needs.
    cargo(&["build", "--release", "--locked"], [&"accounts", &"local"])?;
    cargo(&["build", "--profile", "floor", "--locked"], [&FLOOR])?;
    let target = target();
    Ok((target.join("release"), target.join("floor")))
}

/// Builds the functions with cargo-lambda, as `sam build` does, and returns the folder with a folder for each.
pub(crate) fn for_arm64() -> Result<PathBuf, String> {
    cargo(&["lambda", "build", "--release", "--arm64", "--locked"], &FUNCTIONS)?;
    Ok(target().join("lambda"))
}

/// The folder for everything that cargo builds: this program is in one of its folders.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).unwrap_or(Path::new("target")).to_owned()
}

fn cargo<'a>(arguments: &[&str], packages: impl IntoIterator<Item = &'a &'a str>) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).args(packages.into_iter().map(|package| format!("--package={package}")));
    let status = command.current_dir(root).arg("--quiet").status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}
