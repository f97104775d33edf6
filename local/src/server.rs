//! The dev server: starts and connects all of its parts.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use aws_credential_types::Credentials;
use desk::{Client, Page};
use embedded::{Door, DynamoDb, Settings, Table};
use mailer::Mailer;
use serde_json::Value;
use shared::runtime::config::Need;
use shared::{App, Clock, Log, Random};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::StartError;
use crate::front::Front;
use crate::gateway::{self, Gateway};
use crate::listen::Listening;
use crate::pipe::{Bus, Pipe};
use crate::ses::{self, Inbox};
use crate::template::Template;
use crate::{http, listen, pages, settings};

/// Who the help desk's page acts as.
const OPERATOR: &str = "dev";

/// What a server is started with.
#[derive(Clone)]
pub struct Options {
    /// The address to listen on, besides one that links lead to. Any but those of loopback lets other computers in.
    pub host: IpAddr,
    /// The first free one of these is taken; 0 is any free port.
    pub ports: RangeInclusive<u16>,
    /// A name under which clients reach the pages, besides `localhost`.
    pub public_host: Option<String>,
    /// The folder for data, signing key and mails; `None` keeps them in memory.
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
            host: Ipv4Addr::LOCALHOST.into(),
            ports: 0..=0,
            public_host: None,
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
    port: u16,
    ses_endpoint: String,
    app: Arc<App>,
    gateway: Arc<Gateway>,
    inbox: Arc<Inbox>,
    bus: Arc<Bus>,
    // The fields are dropped in this order: the pipe reads the table.
    pipe: Arc<Pipe>,
    dynamodb: DynamoDb,
    stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts a server; it accepts requests when this returns.
    pub async fn start(options: Options) -> Result<Server, StartError> {
        let Options { host, ports, public_host, data, settings: given, clock, log } = options;
        let template = Template::of_this_project()?;
        let Listening { domain, port, listeners } = Listening::on(host, ports).await?;
        let any_port = (Ipv4Addr::LOCALHOST, 0).into();
        let mails = listen::bind(any_port).await?;
        let base_url = format!("http://{domain}");
        let mut lookup = Settings { given, defaults: settings::defaults(&base_url), ..Settings::default() };
        let table = Table::of_template()?;
        let door = Door::new([]);
        let table_name = lookup.table_name()?;
        let dynamodb = DynamoDb::start(table, &table_name, data.as_deref(), &clock, any_port, door.clone())?;
        let ses_endpoint = format!("http://{}", mails.local_addr().map_err(StartError::LocalAddress)?);
        lookup.own = settings::own(&lookup, &dynamodb, &ses_endpoint, data.as_deref())?;
        let config = lookup.config()?.require(&[Need::Table, Need::SigningKeys])?;
        let configuration = settings::shown(&config, &base_url, data.as_deref());
        let mut app = App::new(config, clock.clone(), Random::system());
        app.log = log;
        let app = Arc::new(app);

        let mailer = Mailer::new(Arc::clone(&app));
        let deliver = move |event| mailer.clone().handle(event);
        let bus = Arc::new(Bus::default());
        let pipe = Pipe::start(&dynamodb, &template.pipes, Arc::clone(&bus), clock.clone(), deliver);
        let pipe = Arc::new(pipe);
        let inbox = Arc::new(Inbox::open(data.as_deref()).map_err(StartError::Inbox)?);
        let gateway = Arc::new(Gateway::new(Arc::clone(&app), &template.api, Arc::clone(&pipe), domain));
        let (stop, stopped) = watch::channel(false);
        let (captured, ses_door, fates) = (Arc::clone(&inbox), door.clone(), Arc::clone(&pipe));
        let ses = http::serve(mails, stopped.clone(), move |request, _| {
            let (door, inbox, clock) = (ses_door.clone(), Arc::clone(&captured), clock.clone());
            let fates = Arc::clone(&fates);
            async move {
                match door.is_own(request.uri(), request.headers()) {
                    true => ses::answer(request, &door, &inbox, &clock, |fate| fates.queue(fate)).await,
                    false => pages::foreign(),
                }
            }
        });
        let door = door.named(public_host);
        let door = if host.to_canonical().is_loopback() { door } else { door.open_to_the_network() };
        let operator = Credentials::new(OPERATOR, gateway::SECRET, None, None, "dev server");
        let desk = Page::new(Client::new(&base_url, operator, None, app.clock.clone())?);
        let front = Front {
            gateway: Arc::clone(&gateway),
            inbox: Arc::clone(&inbox),
            bus: Arc::clone(&bus),
            app: Arc::clone(&app),
            configuration,
            door,
            desk,
        };
        let front = Arc::new(front);
        let serving = listeners.into_iter().map(|listener| {
            let front = Arc::clone(&front);
            let answer = move |request, peer| {
                let front = Arc::clone(&front);
                async move { front.answer(request, peer).await }
            };
            tokio::spawn(http::serve(listener, stopped.clone(), answer))
        });
        let listeners = serving.chain([tokio::spawn(ses)]).collect();
        Ok(Server { base_url, port, ses_endpoint, app, gateway, inbox, bus, pipe, dynamodb, stop, listeners })
    }

    /// Where this computer reaches it, such as `http://127.0.0.1:3000`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The app that the functions share.
    pub fn app(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    pub(crate) fn gateway(&self) -> Arc<Gateway> {
        Arc::clone(&self.gateway)
    }

    /// The clock of the functions and of DynamoDB.
    pub fn clock(&self) -> &Clock {
        &self.app.clock
    }

    /// Where the embedded DynamoDB listens.
    pub fn dynamodb(&self) -> SocketAddr {
        self.dynamodb.address()
    }

    /// The settings of functions that use this server's table and inbox, with the credentials that both ask for.
    pub fn settings(&self) -> HashMap<&'static str, String> {
        let mut settings = self.dynamodb.settings();
        settings.insert("AWS_ENDPOINT_URL_SES", self.ses_endpoint.clone());
        settings
    }

    /// The captured mails, and how to make sending fail.
    pub fn mail(&self) -> &Inbox {
        &self.inbox
    }

    /// The newest events that the pipe has sent to the bus, the newest first.
    pub fn events(&self) -> Vec<Value> {
        self.bus.all()
    }

    /// How many mails no attempt could deliver.
    pub fn dead_letters(&self) -> usize {
        self.pipe.dead_letters()
    }

    /// Moves the dead letters back into the queue, to be tried again.
    pub fn redrive_mail(&self) {
        self.pipe.redrive();
    }

    /// Puts a message into the mail queue, past stream and SES.
    pub fn queue_message(&self, body: String) {
        self.pipe.queue(body);
    }

    /// Returns once every mail queued so far is sent or a dead letter, and every event on the bus.
    pub async fn mail_settled(&self) {
        self.pipe.settled().await;
    }

    /// Stops the server once the requests in progress are answered.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for listener in self.listeners {
            // A panic in the task has been printed already.
            let _ = listener.await;
        }
    }
}
