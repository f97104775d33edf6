//! Moving in and out: customers with their addresses and hashes, between files and a table.
//!
//! * `form` is an account as one line of JSON, both ways; `spryker` reads the same out of Spryker's CSV files.
//! * `rows` goes through a file, `import` and `export` through all of it.
//!
//! Nobody is mailed: no mail order is written, and none follows from any other item.

mod export;
mod form;
mod import;
mod rows;
mod spryker;

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use shared::{App, Clock, Config, Random};

pub use self::export::{Exported, export};
pub use self::import::{Import, Imported, import};
use crate::store::Store;
use crate::template::Template;
use crate::{Lookup, StartError, dynamodb_settings, table_name};

/// The table that accounts move into or out of.
#[derive(Clone, Debug)]
pub enum Target {
    /// The dev server's, in its folder; the server must not be running.
    Data(PathBuf),
    /// A real one, found as the functions find theirs: region, credentials and endpoint come from the environment.
    Table(String),
    /// An empty one that is gone afterwards: to try a file by itself.
    Nothing,
}

#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("cannot read {0}: {1}")]
    Read(String, std::io::Error),
    #[error("cannot write {0}: {1}")]
    Write(String, std::io::Error),
    #[error("{0}: {1}")]
    Csv(String, csv::Error),
    #[error("{0} has no column {1}")]
    ColumnMissing(String, &'static str),
    #[error("addresses in a file of their own belong to a CSV file of customers")]
    AddressesApart,
    #[error("the table: {0}")]
    Table(String),
    #[error("a task has panicked: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// An open table, and the engine under it if it is the dev server's.
struct Opened {
    app: App,
    _engine: Option<Store>,
}

impl Target {
    fn open(self) -> Result<Opened, MoveError> {
        let clock = Clock::system();
        let (config, engine) = match self {
            Target::Data(folder) => embedded(Some(&folder), &clock)?,
            Target::Nothing => embedded(None, &clock)?,
            Target::Table(name) => {
                let mut config = Config::from_environment().map_err(StartError::from)?;
                config.table_name = name;
                (config, None)
            }
        };
        Ok(Opened { app: App::new(config, clock, Random::system()), _engine: engine })
    }
}

/// The dev server's table without the dev server.
fn embedded(data: Option<&Path>, clock: &Clock) -> Result<(Config, Option<Store>), StartError> {
    let settings = HashMap::new();
    let table = table_name(&settings);
    let template = Template::of_this_project()?;
    let engine = Store::start(&template.table, &table, data, clock, (Ipv4Addr::LOCALHOST, 0).into())?;
    let own = dynamodb_settings(&table, format!("http://{}", engine.address()));
    let lookup = Lookup { settings, own, defaults: HashMap::new() };
    Ok((Config::from_lookup(|name| lookup.get(name))?, Some(engine)))
}

impl From<shared::Error> for MoveError {
    fn from(error: shared::Error) -> MoveError {
        MoveError::Table(error.cause().map(ToString::to_string).unwrap_or_else(|| format!("{error:?}")))
    }
}
