//! The table that accounts are imported into or exported from.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use embedded::{Door, DynamoDb, Settings, Table};
use shared::{App, Clock, Config, Random};

use crate::error::AccountsError;

/// Where the table is.
#[derive(Clone, Debug)]
pub enum Target {
    /// The dev server's, in its folder; the server must not be running.
    Data(PathBuf),
    /// A table in DynamoDB, found as the functions find theirs: region, credentials and endpoint come from the
    /// environment.
    Table(String),
    /// An empty table that is discarded afterwards, to check a file on its own.
    Nothing,
}

/// An open table, and the engine under it if it is the dev server's.
pub(crate) struct Opened {
    pub(crate) app: App,
    _engine: Option<DynamoDb>,
}

impl Target {
    /// Opens a table to read from: a folder without a database is an error, where [`Target::open`] would create one.
    pub(crate) fn open_existing(self) -> Result<Opened, AccountsError> {
        match &self {
            Target::Data(folder) if !DynamoDb::is_in(folder) => {
                Err(AccountsError::NoDatabase(folder.display().to_string()))
            }
            _ => self.open(),
        }
    }

    pub(crate) fn open(self) -> Result<Opened, AccountsError> {
        let clock = Clock::system();
        let (config, engine) = match self {
            Target::Data(folder) => embedded(Some(&folder), &clock)?,
            Target::Nothing => embedded(None, &clock)?,
            Target::Table(name) => {
                let mut config = Config::from_environment()?;
                config.table_name = name;
                (config, None)
            }
        };
        Ok(Opened { app: App::new(config, clock, Random::system()), _engine: engine })
    }
}

/// The dev server's table without the dev server.
fn embedded(data: Option<&Path>, clock: &Clock) -> Result<(Config, Option<DynamoDb>), AccountsError> {
    let mut settings = Settings::default();
    let address = (Ipv4Addr::LOCALHOST, 0).into();
    let (table, door) = (Table::of_template()?, Door::new([]));
    let engine = DynamoDb::start(table, &settings.table_name()?, data, clock, address, door)?;
    settings.own = engine.settings();
    Ok((settings.config()?, Some(engine)))
}
