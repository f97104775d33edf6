use shared::runtime::config::ConfigError;

use crate::rows::csv::Fault;

/// Why a command stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    #[error("the setting {0}")]
    Setting(#[from] ConfigError),
    #[error(transparent)]
    Embedded(#[from] embedded::Error),
    #[error("the folder {0} has no database of the dev server")]
    NoDatabase(String),
    #[error("the {0} would overwrite {1}, which the import reads")]
    Overwrites(&'static str, String),
    #[error("cannot read {0}: {1}")]
    Read(String, std::io::Error),
    #[error("cannot write {0}: {1}")]
    Write(String, std::io::Error),
    #[error("{0}: {1}")]
    Csv(String, Fault),
    #[error(
        "{0} has no column {1}; a comma, a semicolon or a tab separates columns, or what --delimiter names"
    )]
    ColumnMissing(String, String),
    #[error("{0} has the column {1:?} twice")]
    ColumnRepeated(String, String),
    #[error("{0} is no regular file, and CSV is read twice")]
    NotAFile(String),
    #[error("{0} has changed since its first reading; import it again")]
    FileChanged(String),
    #[error(
        "{0}: the row on line {1} does not have as many cells as the header, so it is unclear whose address that is"
    )]
    AddressWidth(String, u64),
    #[error("{0} is one JSON document: write an object per line, for example with jq -c '.[]' {0}")]
    JsonDocument(String),
    #[error(
        "{0} is no NDJSON, which has a JSON object on each line; the name of a CSV file ends in .csv or .tsv"
    )]
    NoNdjson(String),
    #[error("{0} begins with the byte order mark of {1}: name its encoding, --encoding {1}")]
    OtherEncoding(String, String),
    #[error("there is no encoding {0}; there are utf-8, utf-16le, windows-1252 and the others of the web")]
    NoEncoding(String),
    #[error("{0} requires a CSV file of customers")]
    OnlyCsv(&'static str),
    #[error("cannot read the map {0}: {2}. The ready ones are {1}")]
    NoMap(String, String, std::io::Error),
    #[error("the map {0}: {1}")]
    Map(String, String),
    #[error("the map has no column for {0}")]
    NotMapped(&'static str),
    #[error("--fill cannot fill {0}: it gives a value, which is not empty, to columns of {1}")]
    Fill(String, String),
    #[error("{0} has other content than pairs of an old and a new reference")]
    NoPairs(String),
    #[error(
        "{0} ends in a pair without a line feed, which may have been cut off; add the line feed, or remove the pair"
    )]
    CutOff(String),
    #[error("{0} has other content than a report; name another file")]
    NoReport(String),
    #[error("another import is writing to {0}")]
    InUse(String),
    #[error("{0} rows were read, but {1} accounted for")]
    Miscounted(u64, u64),
    #[error(
        "the table: {0}. Check its name, AWS_REGION, the credentials and, if set, AWS_ENDPOINT_URL_DYNAMODB"
    )]
    Table(String),
    #[error("a task panicked: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Without what a terminal acts on, such as an escape sequence in the name of a column.
#[must_use]
pub fn readable(text: &str) -> String {
    let is_safe = |character: &char| "\n\t".contains(*character) || is_plain(*character);
    text.chars().map(|character| Some(character).filter(is_safe).unwrap_or('\u{fffd}')).collect()
}

/// Whether a terminal shows a character where it stands, and as itself: not a control character, nor one that changes
/// the direction of text or is not seen at all.
#[must_use]
pub fn is_plain(character: char) -> bool {
    let is_format = matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    );
    !character.is_control() && !is_format
}

impl From<shared::Error> for AccountsError {
    fn from(error: shared::Error) -> AccountsError {
        AccountsError::Table(error.cause().map(ToString::to_string).unwrap_or_else(|| format!("{error:?}")))
    }
}
