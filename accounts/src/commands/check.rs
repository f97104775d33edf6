use std::error::Error;
use std::process::ExitCode;

use accounts::check;

use super::target::TargetArguments;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: TargetArguments,

    /// Repair what has one right answer
    #[arg(long)]
    repair: bool,
}

/// Status 1 if a rule is broken and not repaired.
pub(crate) async fn run(arguments: Arguments) -> Result<(String, ExitCode), Box<dyn Error>> {
    let Arguments { target, repair } = arguments;
    let checked = check(target.named()?, repair).await?;
    let repaired = checked.repaired.iter().map(|broken| format!("{broken} (repaired)\n"));
    let broken = checked.broken.iter().map(|broken| format!("{broken}\n"));
    let lines: String = repaired.chain(broken).collect();
    let (found, left) = (checked.repaired.len() + checked.broken.len(), checked.broken.len());
    let summary = format!(
        "{lines}Customers checked: {}. Broken rules: {found}{}.",
        checked.customers,
        if repair { format!(", {left} left") } else { String::new() }
    );
    Ok((summary, if left == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}
