//! Writes all accounts of a table to a file, in the format that an import reads.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use embedded::private;
use indicatif::ProgressBar;

use crate::error::AccountsError;
use crate::form;
use crate::target::Target;

/// How many customers were written, and how many of those are anonymised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    pub customers: u64,
    pub anonymised: u64,
}

/// The file holds password hashes, so only its owner can read it. An existing file is never overwritten.
///
/// # Errors
///
/// Whatever stops the export half-way. The incomplete file is removed.
pub async fn export(file: &Path, source: Target) -> Result<Exported, AccountsError> {
    let opened = source.open_existing()?;
    let failed = |error| AccountsError::Write(file.display().to_string(), error);
    let output = private::open(file, File::options().write(true).create_new(true)).map_err(failed)?;
    // Whatever ends this process before the end leaves an empty file, and never one that looks complete.
    drop(output);
    let draft = file.with_added_extension("incomplete");
    let exported = match private::open(&draft, File::options().write(true).create_new(true)) {
        Err(error) => Err(AccountsError::Write(draft.display().to_string(), error)),
        Ok(output) => {
            let exported = write(&opened.app, BufWriter::new(output), failed).await;
            let exported = exported.and_then(|exported| {
                std::fs::rename(&draft, file).map_err(failed)?;
                Ok(exported)
            });
            if exported.is_err() {
                std::fs::remove_file(&draft).map_err(failed)?;
            }
            exported
        }
    };
    if exported.is_err() {
        std::fs::remove_file(file).map_err(failed)?;
    }
    exported
}

async fn write(
    app: &shared::App,
    mut output: BufWriter<File>,
    failed: impl Fn(std::io::Error) -> AccountsError,
) -> Result<Exported, AccountsError> {
    let mut exported = Exported::default();
    let bar = ProgressBar::no_length();
    let mut position = None;
    loop {
        let (customers, next) = app.store.customers(position).await?;
        for stored in &customers {
            let line = serde_json::to_writer(&mut output, &form::line(&stored.customer))
                .map_err(std::io::Error::from);
            line.and_then(|()| output.write_all(b"\n")).map_err(&failed)?;
            exported.customers += 1;
            exported.anonymised += u64::from(stored.customer.email.is_none());
        }
        bar.set_position(exported.customers);
        position = next;
        if position.is_none() {
            bar.finish_and_clear();
            output.flush().and_then(|()| output.get_ref().sync_all()).map_err(&failed)?;
            return Ok(exported);
        }
    }
}
