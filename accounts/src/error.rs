use shared::runtime::config::ConfigError;

/// Why a command stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    #[error("the setting {0}")]
    Setting(#[from] ConfigError),
    #[error(transparent)]
    Embedded(#[from] embedded::Error),
    #[error("the folder {0} has no database of the dev server")]
    NoDatabase(String),
    #[error("the report would overwrite {0}, which is to be imported")]
    ReportIsInput(String),
    #[error("cannot read {0}: {1}")]
    Read(String, std::io::Error),
    #[error("cannot write {0}: {1}")]
    Write(String, std::io::Error),
    #[error("{0}: {1}")]
    Csv(String, csv::Error),
    #[error("{0} has a row of more than 1 MiB: a quotation mark is probably missing")]
    RowTooLong(String),
    #[error("{0} has no column {1}")]
    ColumnMissing(String, &'static str),
    #[error("--addresses requires a CSV file of customers")]
    AddressesApart,
    #[error(
        "the table: {0}. Check its name, AWS_REGION, the credentials and, if set, AWS_ENDPOINT_URL_DYNAMODB"
    )]
    Table(String),
    #[error("a task panicked: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl From<shared::Error> for AccountsError {
    fn from(error: shared::Error) -> AccountsError {
        AccountsError::Table(error.cause().map(ToString::to_string).unwrap_or_else(|| format!("{error:?}")))
    }
}
