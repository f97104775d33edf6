use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use accounts::{Exported, export};

use super::target::TargetArguments;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The file to write; it must not exist yet
    file: PathBuf,

    #[command(flatten)]
    target: TargetArguments,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(String, ExitCode), Box<dyn Error>> {
    let Arguments { file, target } = arguments;
    let Exported { customers, anonymised } = export(&file, target.named()?).await?;
    let summary = format!(
        "{customers} customers, {anonymised} of them anonymised, are in {}.\n\
         The file holds their password hashes: protect it as you protect the table.",
        file.display()
    );
    Ok((summary, ExitCode::SUCCESS))
}
