//! Functions over an embedded DynamoDB and an inbox of their own.

use std::sync::Arc;

use hyper::body::Bytes;
use hyper::{Request, header};
use local::{Inbox, Options, Server};
use serde_json::{Value, json};
use shared::{App, Clock, Config, Log, Random};

use crate::project::Template;
use tests::http;

/// A fresh table whose stream is not read: queued mails stay until a test passes them to `mailer`.
pub(crate) struct World {
    server: Server,
}

/// Not the dev server's own table, because the dev server sends that table's mails.
const TABLE: &str = "customer-accounts-of-the-test";

impl World {
    pub(crate) async fn start() -> World {
        let key = ("SIGNING_KEY_PKCS8".to_owned(), tests::jwt::SIGNING_KEY.to_owned());
        let options = Options { settings: [key].into(), ..Options::default() };
        let world = World { server: Server::start(options).await.expect("the dev server starts") };
        world.create_table().await;
        world
    }

    /// The app of functions with these environment variables.
    pub(crate) fn app(&self, settings: &[(&str, &str)]) -> Arc<App> {
        let own = self.server.settings();
        let own: Vec<_> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app(&[&own, &[("TABLE_NAME", TABLE)][..], settings].concat())
    }

    /// The setting of a function that uses this world.
    pub(crate) fn setting(&self, name: &str) -> String {
        self.server.settings()[name].clone()
    }

    pub(crate) fn inbox(&self) -> &Inbox {
        self.server.mail()
    }

    async fn create_table(&self) {
        let table = Template::read().resource("Table")["Properties"].clone();
        let table = json!({
            "KeySchema": table["KeySchema"],
            "AttributeDefinitions": table["AttributeDefinitions"],
            "GlobalSecondaryIndexes": table["GlobalSecondaryIndexes"],
            "BillingMode": table["BillingMode"],
        });
        self.dynamodb("CreateTable", table).await;
    }

    /// Calls DynamoDB past the functions.
    pub(crate) async fn dynamodb(&self, operation: &str, mut input: Value) {
        input["TableName"] = json!(TABLE);
        let request = Request::post("/")
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header(header::AUTHORIZATION, http::signature(&self.server.settings()))
            .body(Bytes::from(input.to_string()))
            .expect("a request");
        let response = http::send(&self.setting("AWS_ENDPOINT_URL_DYNAMODB"), request).await;
        assert!(response.status().is_success(), "{response:?}");
    }
}

/// The app of functions with these environment variables. The last of several with the same name counts.
pub(crate) fn app(settings: &[(&str, &str)]) -> Arc<App> {
    let base = [
        ("ARGON2_ITERATIONS", "1"),
        ("ARGON2_MEMORY_KIB", "8"),
        ("AWS_ACCESS_KEY_ID", "none"),
        ("AWS_SECRET_ACCESS_KEY", "none"),
        ("SIGNING_KEY_PKCS8", tests::jwt::SIGNING_KEY),
        ("SIGN_IN_FLOOR_MS", "0"),
        ("STOREFRONT_URL", tests::STOREFRONT),
        ("TABLE_NAME", TABLE),
    ];
    let lookup = |name: &str| {
        let found = settings.iter().rev().chain(&base).find(|(known, _)| *known == name);
        found.map(|(_, value)| String::from(*value))
    };
    let config = Config::from_lookup(lookup).expect("the settings are valid");
    let mut app = App::new(config, Clock::system(), Random::system());
    app.log = Log::from_fn(|_| ());
    Arc::new(app)
}
