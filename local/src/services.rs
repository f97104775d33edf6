//! DynamoDB and the inbox alone, on fixed ports, for functions that run elsewhere, such as in sam local's containers.
//!
//! There is no pipe, so a mail is sent only when you invoke `mailer`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use embedded::{Door, DynamoDb, Settings, Table, private};
use hyper::Method;
use serde_json::json;
use shared::Clock;
use shared::runtime::config::Need;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::StartError;
use crate::ses::{self, Inbox};
use crate::{http, pages, settings};

/// The default address of `sam local start-api`.
const SAM_LOCAL: &str = "http://127.0.0.1:3000";

/// What the services are started with.
#[derive(Clone, Debug)]
pub struct ServicesOptions {
    /// The address to listen on.
    pub host: IpAddr,
    /// The name under which the functions reach this computer; `None` takes `host`.
    pub public_host: Option<String>,
    /// 0 takes any free port.
    pub dynamodb_port: u16,
    /// 0 takes any free port.
    pub ses_port: u16,
    /// The folder for data, signing key and mails; `None` keeps them in memory.
    pub data: Option<PathBuf>,
    /// The file for the functions' settings.
    pub env_file: PathBuf,
}

impl Default for ServicesOptions {
    fn default() -> ServicesOptions {
        ServicesOptions {
            host: Ipv4Addr::LOCALHOST.into(),
            public_host: None,
            dynamodb_port: 8000,
            ses_port: 8001,
            data: None,
            env_file: PathBuf::from("env.json"),
        }
    }
}

/// Running services.
pub struct Services {
    dynamodb: DynamoDb,
    ses: SocketAddr,
    stop: watch::Sender<bool>,
    listener: JoinHandle<()>,
}

impl Services {
    /// Starts both and writes the settings that point to them, in the format of sam's `--env-vars`. The file holds the
    /// signing key, so only its owner can read it.
    pub async fn start(options: ServicesOptions) -> Result<Services, StartError> {
        let ServicesOptions { host, public_host, dynamodb_port, ses_port, data, env_file } = options;
        let clock = Clock::system();
        let asked = Settings::default();
        let address = SocketAddr::new(host, ses_port);
        let listen_error = |error| StartError::ListenSes(address, error);
        let mails = TcpListener::bind(address).await.map_err(listen_error)?;
        let ses = mails.local_addr().map_err(listen_error)?;
        let (table, address) = (Table::of_template()?, SocketAddr::new(host, dynamodb_port));
        let door = Door::new([host.to_string()].into_iter().chain(public_host.clone()));
        let table_name = asked.table_name()?;
        let dynamodb = DynamoDb::start(table, &table_name, data.as_deref(), &clock, address, door.clone())?;

        let endpoint = |address: SocketAddr| match &public_host {
            Some(name) => format!("http://{name}:{}", address.port()),
            None => format!("http://{address}"),
        };
        let mut settings = settings::own(&asked, &dynamodb, &endpoint(ses), data.as_deref())?;
        settings.insert("AWS_ENDPOINT_URL_DYNAMODB", endpoint(dynamodb.address()));
        for (name, default) in [
            ("TOKEN_ISSUER", SAM_LOCAL),
            ("STOREFRONT_URL", SAM_LOCAL),
            ("MAIL_FROM", "no-reply@example.com"),
        ] {
            settings.insert(name, asked.get(name).unwrap_or_else(|| default.to_owned()));
        }
        let file = format!("{:#}\n", json!({ "Parameters": &settings }));
        Settings { own: settings, ..asked }.config()?.require(&[Need::Table, Need::SigningKeys])?;
        private::replace(&env_file, file.as_bytes())
            .map_err(|error| StartError::EnvFile(env_file.display().to_string(), error))?;

        let inbox = Arc::new(Inbox::open(data.as_deref()).map_err(StartError::Inbox)?);
        let (stop, stopped) = watch::channel(false);
        let serving = http::serve(mails, stopped, move |request, _| {
            let (door, inbox, clock) = (door.clone(), Arc::clone(&inbox), clock.clone());
            async move {
                match request.uri().path() {
                    _ if !door.is_own(request.uri(), request.headers()) => pages::foreign(),
                    // There is no queue for what becomes of the mails.
                    "/" if *request.method() == Method::POST => {
                        ses::answer(request, &door, &inbox, &clock, drop).await
                    }
                    path => pages::inbox::alone(request.method(), path, request.headers(), &inbox),
                }
            }
        });
        Ok(Services { dynamodb, ses, stop, listener: tokio::spawn(serving) })
    }

    pub fn dynamodb(&self) -> SocketAddr {
        self.dynamodb.address()
    }

    pub fn ses(&self) -> SocketAddr {
        self.ses
    }

    /// Stops the services once the requests in progress are answered.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // A panic in the task has been printed already.
        let _ = self.listener.await;
    }
}
