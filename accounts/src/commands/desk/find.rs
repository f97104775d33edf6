use std::iter;

use clap::Args;
use desk::answers::{Found, Profile, Resource};
use desk::{By, Call};
use hyper::StatusCode;

use super::text::{LINE, cell, day, name, width};
use super::{Asking, Failure};

#[derive(Args)]
#[group(id = "what", required = true, multiple = false, args = ["email", "prefix", "name"])]
pub(crate) struct Arguments {
    /// A whole e-mail address, or what it begins with and a star: 'sonia@exa*'
    #[arg(value_name = "EMAIL")]
    email: Option<String>,

    /// What the address begins with, three characters or more
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,

    /// Parts of the name in any order, three characters or more, or one that is not ASCII; takes some seconds in a large
    /// table
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,

    #[command(flatten)]
    asking: Asking,
}

pub(super) async fn run(arguments: Arguments) -> Result<String, Failure> {
    let Arguments { email, prefix, name, asking } = arguments;
    let call = match (email, prefix, name) {
        (Some(text), _, _) => match text.strip_suffix('*') {
            Some(prefix) => Call::find(By::Prefix, prefix),
            None if text.contains('@') => Call::find(By::Email, &text),
            None => {
                return Err(Failure::Local(format!(
                    "{text} is no address. For a part of one, write '{text}*'; for a name, --name {text}."
                )));
            }
        },
        (None, Some(prefix), _) => Call::find(By::Prefix, &prefix),
        (None, None, name) => Call::find(By::Name, &name.unwrap_or_default()),
    };
    asking.ask(call, StatusCode::OK, table).await
}

/// A line for each customer, or three if one line is too narrow for them. The name comes last, so that it cannot pass
/// for anything else.
fn table(found: Found) -> Result<String, Failure> {
    let Found { data, meta } = found;
    if data.is_empty() && !meta.incomplete {
        return Err(Failure::Nobody);
    }
    let rows: Vec<[String; 4]> = data.iter().map(row).collect();
    let widths = [0, 1, 2, 3].map(|column| rows.iter().map(|row| width(&row[column])).max().unwrap_or(0));
    let is_narrow = widths.iter().sum::<usize>() + 2 * (widths.len() - 1) <= LINE;
    let padded = |text: &str, to: usize| format!("{text}{}", " ".repeat(to - width(text)));
    let lines = rows.iter().map(|[reference, since, email, name]| match is_narrow {
        true => format!("{}  {since}  {}  {name}", padded(reference, widths[0]), padded(email, widths[2])),
        false => format!("{reference}  {since}\n    {email}\n    {name}"),
    });
    let lines = lines.map(|line| line.trim_end().to_owned());
    let more = meta.more.then(|| "There are more: add letters.".to_owned());
    let incomplete =
        meta.incomplete.then(|| "The search ran out of time: there may be others. Add letters.".to_owned());
    Ok(lines.chain(iter::empty().chain(more).chain(incomplete)).collect::<Vec<_>>().join("\n"))
}

fn row(customer: &Resource<Profile>) -> [String; 4] {
    let profile = &customer.attributes;
    let email = cell(profile.email.as_deref().unwrap_or("-"));
    [cell(&customer.id), day(&profile.created_at), email, name(profile)]
}
