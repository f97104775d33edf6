//! The dev server: everything that AWS does around the functions, in one process and on loopback addresses only.
//!
//! * `gateway` is API Gateway in miniature: routes, authorizer, proxy events and gateway responses.
//! * `store` is DynamoDB, embedded; `pipe` moves mail orders from its stream through a queue to `mailer`.
//! * `ses` captures what `mailer` sends; `pages` shows it, under `/_local/`.
//! * `signing_key` stands in for KMS, `http` carries all of this.
//! * `services` runs `store` and `ses` alone, for functions that run elsewhere.
//! * `moving` is the import and the export of accounts, into and out of any table.
//! * `template` reads `template.yaml`, which says what the gateway, the table, the pipe and the queue are like.
//!
//! The functions are called in-process, with the very events that AWS would send, and reach DynamoDB and SES through the
//! real SDK.

mod gateway;
mod http;
mod moving;
mod pages;
mod pipe;
mod services;
mod ses;
mod signing_key;
mod store;
mod template;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mailer::Mailer;
use serde_json::{Value, json};
use shared::runtime::config::{AllowedOrigins, Profile};
use shared::{App, Clock, Config, Log, Random};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::gateway::Gateway;
pub use self::moving::{Exported, Import, Imported, MoveError, Target, export, import};
pub use self::pipe::DeadLetter;
use self::pipe::Pipe;
pub use self::services::{Services, ServicesOptions};
pub use self::ses::{Failure, Inbox, Mail};
use self::store::Store;
use self::template::Template;

/// What a server is started with.
#[derive(Clone)]
pub struct Options {
    /// 0 takes any free port.
    pub port: u16,
    /// The folder that data and signing key are kept in; `None` keeps them in memory.
    pub data: Option<PathBuf>,
    /// Settings of the functions by environment variable. They override those of this process.
    pub settings: HashMap<String, String>,
    pub clock: Clock,
    /// Where the functions' log lines go.
    pub log: Log,
}

impl Default for Options {
    /// Any port, in memory, silent.
    fn default() -> Options {
        Options {
            port: 0,
            data: None,
            settings: HashMap::new(),
            clock: Clock::system(),
            log: Log::from_fn(|_| ()),
        }
    }
}

/// A running dev server. Dropping it stops it, too, but cuts off the requests that are being answered.
pub struct Server {
    base_url: String,
    app: Arc<App>,
    inbox: Arc<Inbox>,
    // The fields are dropped in this order: the pipe reads the store.
    pipe: Arc<Pipe>,
    store: Store,
    stop: watch::Sender<bool>,
    listeners: [JoinHandle<()>; 2],
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("port {0} is taken; choose another one with --port")]
    PortTaken(u16),
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(std::io::Error),
    #[error(transparent)]
    Template(#[from] &'static template::TemplateError),
    #[error(transparent)]
    Store(#[from] store::StoreError),
    #[error("the inbox cannot listen on {0}: {1}")]
    ListenSes(SocketAddr, std::io::Error),
    #[error("cannot write {0}: {1}")]
    EnvFile(String, std::io::Error),
    #[error("the signing key: {0}")]
    SigningKey(std::io::Error),
    #[error("the setting {0}")]
    Setting(#[from] shared::runtime::config::ConfigError),
}

impl Server {
    /// Starts a server; it accepts requests when this returns.
    pub async fn start(options: Options) -> Result<Server, StartError> {
        let Options { port, data, settings, clock, log } = options;
        let template = Template::of_this_project()?;
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| match error.kind() {
                std::io::ErrorKind::AddrInUse => StartError::PortTaken(port),
                _ => StartError::Listen(error),
            })?;
        let mails = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(StartError::Listen)?;
        let domain = listener.local_addr().map_err(StartError::Listen)?.to_string();
        let base_url = format!("http://{domain}");
        let table = table_name(&settings);
        let store =
            Store::start(&template.table, &table, data.as_deref(), &clock, (Ipv4Addr::LOCALHOST, 0).into())?;
        let dynamodb_endpoint = format!("http://{}", store.address());

        let ses_endpoint = format!("http://{}", mails.local_addr().map_err(StartError::Listen)?);
        let lookup = Lookup {
            own: own_settings(&settings, &table, dynamodb_endpoint, ses_endpoint, data.as_deref())?,
            settings,
            defaults: default_settings(&base_url),
        };
        let config = Config::from_lookup(|name| lookup.get(name))?;
        let configuration = configuration(&config, &base_url, data.as_deref());
        let mut app = App::new(config, clock.clone(), Random::system());
        app.log = log;
        let app = Arc::new(app);

        let mailer = Mailer::new(Arc::clone(&app));
        let pipe = Arc::new(Pipe::start(&store, table, template, clock.clone(), move |event| {
            mailer.clone().handle(event)
        }));
        let inbox = Arc::new(Inbox::default());
        let gateway = Arc::new(Gateway::new(Arc::clone(&app), template, Arc::clone(&pipe), domain));
        let (stop, stopped) = watch::channel(false);
        let captured = Arc::clone(&inbox);
        let ses = http::serve(mails, stopped.clone(), move |request, _| {
            ses::answer(request, Arc::clone(&captured), clock.clone())
        });
        let (shown, served, configuration) = (Arc::clone(&inbox), Arc::clone(&app), Arc::new(configuration));
        let front = http::serve(listener, stopped, move |request, peer| {
            let (gateway, inbox) = (Arc::clone(&gateway), Arc::clone(&shown));
            let (app, configuration) = (Arc::clone(&served), Arc::clone(&configuration));
            async move {
                let path = request.uri().path();
                match path.strip_prefix(pages::PREFIX) {
                    Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                        pages::answer(request.method(), path, &inbox, &app.config, &configuration)
                    }
                    _ => gateway.answer(request, peer).await,
                }
            }
        });
        let listeners = [tokio::spawn(front), tokio::spawn(ses)];
        Ok(Server { base_url, app, inbox, pipe, store, stop, listeners })
    }

    /// `http://127.0.0.1:<port>`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What the functions work with.
    pub fn app(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    /// The clock of the functions and of the store.
    pub fn clock(&self) -> &Clock {
        &self.app.clock
    }

    /// Where the embedded DynamoDB listens.
    pub fn dynamodb(&self) -> SocketAddr {
        self.store.address()
    }

    /// The captured mails, and how to make sending fail.
    pub fn mail(&self) -> &Inbox {
        &self.inbox
    }

    /// Mail orders that no attempt could deliver.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.pipe.dead_letters()
    }

    /// Moves them back into the queue, to be tried anew.
    pub fn redrive_mail(&self) {
        self.pipe.redrive();
    }

    /// Returns once every mail ordered so far is sent or dead.
    pub async fn mail_settled(&self) {
        self.pipe.settled().await;
    }

    /// Lets the requests that are being answered finish.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for listener in self.listeners {
            // A panic over there has been printed already.
            let _ = listener.await;
        }
    }
}

/// Where the functions' settings come from.
struct Lookup {
    /// Asked first: what the server was started with.
    settings: HashMap<String, String>,
    /// Then what the server itself provides. The process's own `AWS_…` variables lead to a real account and are not
    /// asked at all.
    own: HashMap<&'static str, String>,
    /// Asked last, after the process's environment.
    defaults: HashMap<&'static str, String>,
}

impl Lookup {
    fn get(&self, name: &str) -> Option<String> {
        self.settings
            .get(name)
            .or_else(|| self.own.get(name))
            .cloned()
            .or_else(|| if name.starts_with("AWS_") { None } else { environment(name) })
            .or_else(|| self.defaults.get(name).cloned())
    }
}

fn own_settings(
    settings: &HashMap<String, String>,
    table: &str,
    dynamodb: String,
    ses: String,
    data: Option<&Path>,
) -> Result<HashMap<&'static str, String>, StartError> {
    let mut own = dynamodb_settings(table, dynamodb);
    own.insert("AWS_ENDPOINT_URL_SES", ses);
    let other_key = settings.contains_key("SIGNING_KEYS") || setting(settings, "SIGNING_KEY_PKCS8").is_some();
    if !other_key {
        let key = signing_key::load(data).map_err(StartError::SigningKey)?;
        own.insert("SIGNING_KEY_PKCS8", key.to_string());
    }
    Ok(own)
}

/// What leads to the embedded DynamoDB.
fn dynamodb_settings(table: &str, endpoint: String) -> HashMap<&'static str, String> {
    HashMap::from([
        ("TABLE_NAME", table.to_owned()),
        ("AWS_REGION", "eu-central-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
    ])
}

fn default_settings(base_url: &str) -> HashMap<&'static str, String> {
    HashMap::from([
        ("PUBLIC_BASE_URL", base_url.to_owned()),
        ("TOKEN_ISSUER", base_url.to_owned()),
        ("STOREFRONT_URL", format!("{base_url}{}/shop", pages::PREFIX)),
    ])
}

fn table_name(settings: &HashMap<String, String>) -> String {
    setting(settings, "TABLE_NAME").unwrap_or_else(|| "customer-accounts".to_owned())
}

fn setting(settings: &HashMap<String, String>, name: &str) -> Option<String> {
    settings.get(name).cloned().or_else(|| environment(name)).filter(|value| !value.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "the functions' configuration asks for it through here")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What the start page tells about the settings.
fn configuration(config: &Config, base_url: &str, data: Option<&Path>) -> Value {
    json!({
        "Profile": match config.profile {
            Profile::Classic => "classic: the owner's document",
            Profile::Current => "current: today's Glue",
        },
        "Links start with": config.public_base_url.as_deref().unwrap_or(base_url),
        "Links in mails start with": config.storefront_url,
        "Mails come from": config.mail_from,
        "Shortest password": format!("{} characters", config.password_min_length),
        "Sign-in needs a confirmed address": if config.require_confirmation { "yes" } else { "no" },
        "Access tokens are valid for": format!("{} seconds", config.access_token_lifetime),
        "Browsers may call from": match &config.allowed_origins {
            AllowedOrigins::Any => "anywhere".to_owned(),
            AllowedOrigins::These(origins) => origins.join(", "),
        },
        "Data": data.map_or_else(|| "in memory".to_owned(), |folder| folder.display().to_string()),
    })
}
