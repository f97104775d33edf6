//! The options that choose a command's table.

use std::path::PathBuf;

use accounts::Target;

#[derive(clap::Args)]
#[group(multiple = false)]
pub(super) struct TargetArguments {
    /// The dev server's data folder, while no server is using it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// A table in DynamoDB; region, credentials and endpoint come from the environment
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("say which table: --data DIR or --table NAME")]
pub(super) struct NoTarget;

impl TargetArguments {
    pub(super) fn named(self) -> Result<Target, NoTarget> {
        self.data.map(Target::Data).or(self.table.map(Target::Table)).ok_or(NoTarget)
    }
}
