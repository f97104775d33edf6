//! The help desk's commands (docs/desk.md): find a customer, show one, act, and serve the page.

mod act;
mod find;
mod serve;
mod show;
mod text;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use accounts::readable;
use aws_credential_types::Credentials;
use clap::{Args, Subcommand};
use desk::answers::Errors;
use desk::{Call, Client, DeskError};
use hyper::StatusCode;
use hyper::body::Bytes;
use serde::de::DeserializeOwned;
use shared::Clock;
use shared::domain::{Action, CustomerReference};
use shared::runtime::config::{ConfigError, signing_environment};

use self::text::escaped;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Help desk: find customers by e-mail or name
    Find(find::Arguments),
    /// Help desk: show a customer, with sign-ins, sessions, mails and who looked
    Show(OneCustomer),
    /// Help desk: mail a key that sets a new password
    SendReset(OneCustomer),
    /// Help desk: mail a key that confirms the e-mail
    SendConfirmation(OneCustomer),
    /// Help desk: end every session of a customer
    SignOut(OneCustomer),
    /// Help desk: somebody has the account. Void the password, end every session, mail a reset
    Secure(OneCustomer),
    /// Help desk: mark a customer's e-mail as confirmed
    Confirm(OneCustomer),
    /// Help desk: give a customer another e-mail; voids the password and ends every session
    ChangeEmail(act::ChangeEmail),
    /// Help desk: erase a customer; cannot be undone
    Anonymise(act::Anonymise),
    /// Help desk: serve the page on this computer
    Serve(serve::Arguments),
}

#[derive(Args)]
pub(crate) struct OneCustomer {
    #[arg(value_parser = reference)]
    reference: CustomerReference,

    #[command(flatten)]
    asking: Asking,
}

/// Where the API is. The credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
#[derive(Args)]
struct Api {
    /// The API's base URL; for the dev server http://127.0.0.1:3000, with the secret access key `local`
    #[arg(long, value_name = "URL", env = "DESK_API")]
    api: String,
}

#[derive(Args)]
struct Asking {
    #[command(flatten)]
    api: Api,

    /// Why you ask: the number of a ticket. It is stored with your name
    #[arg(long, value_name = "TICKET", env = "DESK_REASON")]
    reason: String,

    /// Print the API's answer as it is
    #[arg(long)]
    json: bool,
}

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("Refused: {0}")]
    Refused(String),
    /// A search without a hit.
    #[error("Nobody was found.")]
    Nobody,
    #[error("The setting {0}.")]
    Setting(#[from] ConfigError),
    #[error(
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set. For a profile of the AWS CLI:\n\
         eval \"$(aws configure export-credentials --profile NAME --format env)\""
    )]
    Credentials,
    #[error("The request failed: {0}.")]
    Desk(#[from] DeskError),
    #[error("The API failed with status {0}: {1}")]
    Fault(u16, String),
    #[error("The API failed with status {0}, and it is unknown whether it was done: {1}")]
    Unclear(u16, String),
    #[error("The answer is not one of a help desk. Is the API's address right, with its stage?")]
    OtherAnswer,
    #[error(
        "The API's address leads on to {0}. It has to be where the API itself is: with https, and its stage?"
    )]
    Elsewhere(String),
    #[error("The output cannot be written: {0}.")]
    Output(std::io::Error),
    #[error("{0}")]
    Local(String),
}

/// Exits with 0 if it is done, 1 if it was refused, and 2 if it could not be tried or its outcome is unknown.
pub(crate) async fn run(command: Command) -> ExitCode {
    let ended = match command {
        Command::Find(arguments) => find::run(arguments).await,
        Command::Show(one) => show::run(one).await,
        Command::SendReset(one) => act::run(one, Action::SendReset).await,
        Command::SendConfirmation(one) => act::run(one, Action::SendConfirmation).await,
        Command::SignOut(one) => act::run(one, Action::SignOut).await,
        Command::Secure(one) => act::run(one, Action::Secure).await,
        Command::Confirm(one) => act::run(one, Action::Confirm).await,
        Command::ChangeEmail(arguments) => act::change_email(arguments).await,
        Command::Anonymise(arguments) => act::anonymise(arguments).await,
        Command::Serve(arguments) => serve::run(arguments).await,
    };
    match ended.and_then(|text| if text.is_empty() { Ok(()) } else { print(&readable(text.trim_end())) }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "{}", readable(&failure.to_string()));
            match failure {
                Failure::Refused(_) | Failure::Nobody => ExitCode::FAILURE,
                _ => ExitCode::from(2),
            }
        }
    }
}

fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        // Whoever reads it has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Failure::Output),
    }
}

impl Api {
    fn client(&self) -> Result<Client, Failure> {
        let (credentials, region): (Option<Credentials>, _) = signing_environment()?;
        Ok(Client::new(&self.api, credentials.ok_or(Failure::Credentials)?, region, Clock::system())?)
    }
}

impl Asking {
    /// The body of a successful answer as `shown` puts it, or as it is if JSON is wanted.
    async fn ask<T: DeserializeOwned>(
        &self,
        call: Call,
        status: StatusCode,
        shown: impl FnOnce(T) -> Result<String, Failure>,
    ) -> Result<String, Failure> {
        let body = self.send(call, status).await?;
        let parsed = serde_json::from_slice(&body).map_err(|_| Failure::OtherAnswer)?;
        if !self.json {
            return shown(parsed);
        }
        print(escaped(&String::from_utf8_lossy(&body)).trim_end())?;
        shown(parsed).map(|_| String::new())
    }

    /// The body of an answer with that status.
    async fn send(&self, call: Call, status: StatusCode) -> Result<Bytes, Failure> {
        let is_change = call.is_change();
        let answer = self.api.client()?.send(call, &self.reason).await?;
        if answer.status == status {
            return Ok(answer.body);
        }
        if let Some(location) = answer.location {
            return Err(Failure::Elsewhere(location));
        }
        let errors =
            serde_json::from_slice::<Errors>(&answer.body).map(|body| body.errors).unwrap_or_default();
        let details: Vec<&str> = errors.iter().map(|error| error.detail.as_str()).collect();
        let has_code = errors.iter().any(|error| error.code.is_some());
        let details = details.join(" ");
        Err(match answer.status.as_u16() {
            ..=399 => Failure::OtherAnswer,
            404 if !has_code => Failure::Refused(
                "the API does not know the path, which is also its answer to a signature it does not accept. Check \
                 the API's address with its stage, the credentials (have they expired?), the region and this \
                 computer's clock."
                    .to_owned(),
            ),
            401 | 403 => Failure::Refused("IAM does not allow your role to do this.".to_owned()),
            429 => Failure::Refused("too many requests. Try again in a moment.".to_owned()),
            422 if errors.iter().any(|error| error.code.as_deref() == Some("400")) => {
                Failure::Refused("another customer has this e-mail.".to_owned())
            }
            status @ 400..=499 if details.is_empty() => Failure::Refused(format!("status {status}.")),
            400..=499 => Failure::Refused(details),
            status if is_change => Failure::Unclear(status, details),
            status => Failure::Fault(status, details),
        })
    }
}

fn reference(text: &str) -> Result<CustomerReference, &'static str> {
    CustomerReference::parse(text).ok_or("no customer has such a reference; `find` shows them")
}
