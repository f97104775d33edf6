//! `cargo run`: the dev server on the command line.

use std::io::Write;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};
use local::{Options, Seeded, Server, Services, ServicesOptions};
use shared::Log;

/// Customer accounts on this computer: the functions, an API gateway, DynamoDB and an inbox, with nothing to install.
///
/// The functions' settings come from the environment, as on AWS: CONTRACT_PROFILE, STOREFRONT_URL,
/// CORS_ALLOWED_ORIGINS and so on; docs/configuration.md lists them.
#[derive(Parser)]
#[command(name = "local", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
struct Arguments {
    /// The address to listen on; through one that is not of loopback, others can read the inbox, and there is no TLS
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,

    /// A name under which browsers and containers reach this server, besides its addresses and localhost
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    public_host: Option<String>,

    /// The port to listen on; 0 picks a free one [default: 3000, or the next one that is free]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,

    /// The folder for data, signing key and mails; without it, they are lost when the server stops
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Fill an empty store with five customers to try things on, and print their passwords
    #[arg(long)]
    seed: bool,

    /// Print a line of JSON for each request, as the functions log it; without it, only errors are printed
    #[arg(long)]
    log: bool,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run only DynamoDB and the inbox, for functions that run elsewhere, such as in sam local's containers
    Services(ServicesArguments),
}

#[derive(Args)]
struct ServicesArguments {
    /// The address to listen on; containers cannot reach 127.0.0.1, and any other address may be open to the network
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    host: IpAddr,

    /// The name under which the functions reach this computer, such as host.docker.internal [default: that of --host]
    #[arg(long, value_name = "NAME")]
    public_host: Option<String>,

    #[arg(long, value_name = "PORT", default_value_t = 8000)]
    dynamodb_port: u16,

    #[arg(long, value_name = "PORT", default_value_t = 8001)]
    ses_port: u16,

    /// The folder for data, signing key and mails; without it, they are lost when the services stop
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// The file to write the functions' settings to, including the signing key
    #[arg(long, value_name = "FILE", default_value = "env.json")]
    env_vars: PathBuf,
}

/// Where the examples of the documents find the server, and where it goes if another program is there.
const PORTS: RangeInclusive<u16> = 3000..=3099;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Command::Services(arguments)) = arguments.command {
        return services(arguments).await;
    }
    let Arguments { host, public_host, port, data, seed, log, command: _ } = arguments;
    let log = if log { Log::stdout() } else { errors_only() };
    let ports = port.map_or(PORTS, |port| port..=port);
    let options = Options { host, ports, public_host, data, log, ..Options::default() };
    // Registered before the start, so that no signal is lost.
    let stop = stop_signal();
    let server = match Server::start(options).await {
        Ok(server) => server,
        Err(error) => {
            eprintln!("The dev server cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let seeded = if seed { server.seed().await.map(Some) } else { Ok(None) };
    let status = match seeded {
        Ok(seeded) => {
            say(&greeting(server.base_url(), seeded.as_ref()));
            warn(host, port, server.port());
            stop.await;
            say("Stopping.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("The dev server cannot be seeded: {error}");
            ExitCode::FAILURE
        }
    };
    server.stop().await;
    status
}

async fn services(arguments: ServicesArguments) -> ExitCode {
    let ServicesArguments { host, public_host, dynamodb_port, ses_port, data, env_vars } = arguments;
    let env_file = env_vars.clone();
    let options = ServicesOptions { host, public_host, dynamodb_port, ses_port, data, env_file };
    let stop = stop_signal();
    let services = match Services::start(options).await {
        Ok(services) => services,
        Err(error) => {
            eprintln!("The services cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    say(&format!(
        "DynamoDB listens on {}, the inbox on http://{ses}/_local/\n\
         Settings, with a development signing key, are in {file}. Next, in another terminal:\n\n  \
         export AWS_ACCESS_KEY_ID=$(jq -r .Parameters.AWS_ACCESS_KEY_ID {file}) AWS_SECRET_ACCESS_KEY=local\n  \
         sam build && sam local start-api --env-vars {file}\n\n\
         Nothing invokes `mailer` here, so mails stay queued until you do.\nPress Ctrl-C to stop.",
        services.dynamodb(),
        ses = services.ses(),
        file = env_vars.display(),
    ));
    stop.await;
    say("Stopping.");
    services.stop().await;
    ExitCode::SUCCESS
}

/// Prints `text` and ignores a closed pipe, so that `cargo run | head` does not stop the server.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn errors_only() -> Log {
    Log::from_fn(|line| {
        if line.contains(r#""level":"ERROR""#) {
            eprintln!("{line}");
        }
    })
}

/// `seeded` is about the customers, if any were asked for.
fn greeting(base_url: &str, seeded: Option<&Seeded>) -> String {
    let seeded = seeded.map(|seeded| format!("\n{seeded}\n")).unwrap_or_default();
    format!(
        r#"Customer accounts are served at {base_url}
Sample shop, inbox and more: open this address in a browser
{seeded}
Register, sign in and read your profile:

  curl -i {base_url}/customers -d '{{"data":{{"type":"customers","attributes":{{"email":"sonia@example.com","salutation":"Ms","firstName":"Sonia","lastName":"Wagner","gender":"Female","password":"Change-me-1!","confirmPassword":"Change-me-1!","acceptedTerms":true}}}}}}'

  curl {base_url}/access-tokens -d '{{"data":{{"type":"access-tokens","attributes":{{"username":"sonia@example.com","password":"Change-me-1!"}}}}}}'

  curl {base_url}/customers -H 'Authorization: Bearer <the accessToken>'

Press Ctrl-C to stop."#
    )
}

/// Says where the server is, unless it is where it should be and nobody else can reach it.
fn warn(host: IpAddr, asked: Option<u16>, port: u16) {
    let usual = *PORTS.start();
    if asked.is_none() && port != usual {
        eprintln!("\nPort {usual} is taken, so this server is on port {port}.");
    }
    if !host.to_canonical().is_loopback() {
        eprintln!("\n{}", exposure(host, port));
    }
}

/// What an address other than those of loopback means.
fn exposure(host: IpAddr, port: u16) -> String {
    let addresses = match host.to_canonical() {
        host if host.is_unspecified() => "all this computer's addresses".to_owned(),
        host => host.to_string(),
    };
    format!(
        "WARNING: port {port} of {addresses} is open to the network.\n\
         The inbox shows everybody's mail, with the links that reset passwords, and\n\
         nothing is encrypted: there is no TLS. Never keep real customers here."
    )
}

/// Resolves on Ctrl-C, and on SIGTERM, which process managers send.
fn stop_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .expect("a handler for SIGTERM can be installed");
    #[cfg(unix)]
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
        .expect("a handler for SIGINT can be installed");
    async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_to_the_network_is_said_on_an_ordinary_terminal() {
        for (host, addresses) in [
            ("0.0.0.0", "all this computer's addresses"),
            ("::", "all this computer's addresses"),
            ("192.0.2.7", "192.0.2.7"),
        ] {
            let warning = exposure(host.parse().expect("an address"), 3000);
            let first = format!("WARNING: port 3000 of {addresses} is open to the network.\n");
            assert!(warning.starts_with(&first), "{warning}");
            assert!(warning.contains("shows everybody's mail") && warning.contains("no TLS"), "{warning}");
            assert!(warning.lines().all(|line| line.len() <= 80), "{warning}");
        }
    }
}
