//! How large the functions are that Lambda downloads before a cold start.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::builds::{self, FUNCTIONS};

/// Prints the sizes of the functions in `x86_64`, the folder of their binaries, and for arm64 after building them.
pub(crate) fn print(x86_64: &Path) -> Result<(), String> {
    println!("\nsize (KiB)      binary     zip   arm64 binary     zip");
    let arm64 = builds::for_arm64();
    for function in FUNCTIONS {
        let [binary, zip] = sizes(&x86_64.join(function))?;
        print!("{function:<12} {binary:>9} {zip:>7}");
        match &arm64 {
            Ok(folder) => {
                let [binary, zip] = sizes(&folder.join(function).join("bootstrap"))?;
                println!(" {binary:>14} {zip:>7}");
            }
            Err(_) => println!(" {:>14} {:>7}", "-", "-"),
        }
    }
    if let Err(problem) = arm64 {
        println!("arm64 needs cargo-lambda on the path (pip install cargo-lambda): {problem}");
    }
    Ok(())
}

/// The file's size and what gzip makes of it, in KiB: a zip compresses alike.
fn sizes(path: &Path) -> Result<[u64; 2], String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let binary = std::fs::metadata(path).map_err(failed)?.len();
    let gzip =
        Command::new("gzip").arg("--stdout").arg(path).stderr(Stdio::inherit()).output().map_err(failed)?;
    if !gzip.status.success() {
        return Err(format!("gzip {}: {}", path.display(), gzip.status));
    }
    let zip = u64::try_from(gzip.stdout.len()).unwrap_or(u64::MAX);
    Ok([binary / 1_024, zip / 1_024])
}
