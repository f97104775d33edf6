//! NDJSON: one JSON object per line.

use std::fmt;
use std::io::{BufRead, Read};
use std::path::Path;

use encoding_rs::Encoding;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::MAX_LINE;
use super::text::Text;
use super::twice::Twice;
use crate::error::AccountsError;

pub(crate) struct Ndjson {
    pub(crate) file: String,
    input: Text,
    line: u64,
    /// Not for a pipe, which can be read only once.
    twice: Option<Twice>,
}

/// The number of a line, and its object, or why it has none.
type Line = (u64, Result<Value, String>);

impl Ndjson {
    /// Reads the whole file once, so that its rows are those of one moment.
    pub(crate) fn open(path: &Path, encoding: &'static Encoding) -> Result<Ndjson, AccountsError> {
        let file = path.display().to_string();
        let open = || {
            let input = Text::open(path, encoding)?;
            Ok::<_, AccountsError>(Ndjson { file: file.clone(), input, line: 0, twice: None })
        };
        let mut ndjson = open()?;
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Ok(ndjson);
        }
        let mut is_first = true;
        let twice = Twice::first(|| {
            let line = ndjson.next_line()?;
            if let Some(line) = line.as_ref().filter(|_| std::mem::take(&mut is_first)) {
                ndjson.check_first(line)?;
            }
            Ok::<_, AccountsError>(line)
        })?;
        Ok(Ndjson { twice: Some(twice), ..open()? })
    }

    /// A file that is one document, or something else, has no rows.
    fn check_first(&self, line: &[u8]) -> Result<(), AccountsError> {
        let line = line.trim_ascii();
        let goes_on = || {
            let parsed: Result<IgnoredAny, _> = serde_json::from_slice(line);
            parsed.is_err_and(|error| error.is_eof())
        };
        match line.first() {
            Some(b'[') => Err(AccountsError::JsonDocument(self.file.clone())),
            Some(b'{') if line.len() as u64 <= MAX_LINE && goes_on() => {
                Err(AccountsError::JsonDocument(self.file.clone()))
            }
            Some(b'{') => Ok(()),
            _ => Err(AccountsError::NoNdjson(self.file.clone())),
        }
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.input.bytes_read()
    }

    pub(crate) fn next(&mut self) -> Result<Option<Line>, AccountsError> {
        let text = self.next_line()?;
        if self.twice.as_mut().is_some_and(|twice| !twice.again(text.as_ref())) {
            return Err(AccountsError::FileChanged(self.file.clone()));
        }
        Ok(text.map(|text| (self.line, object(&text))))
    }

    /// The next line that is not empty, or its beginning, if it is too long.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, AccountsError> {
        let mut text = Vec::new();
        loop {
            text.clear();
            let failed = |error| AccountsError::Read(self.file.clone(), error);
            let length =
                self.input.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut text).map_err(failed)?;
            if length == 0 {
                return Ok(None);
            }
            if !text.ends_with(b"\n") {
                self.input.skip_until(b'\n').map_err(failed)?;
            }
            self.line += 1;
            if text.len() as u64 > MAX_LINE || !text.trim_ascii().is_empty() {
                return Ok(Some(text));
            }
        }
    }
}

fn object(text: &[u8]) -> Result<Value, String> {
    if text.len() as u64 > MAX_LINE {
        return Err("The line is longer than 1 MiB.".to_owned());
    }
    // The parser's own message may quote the text.
    let parsed = unique(text.trim_ascii_end());
    let (value, repeated) =
        parsed.map_err(|error| format!("This is not valid JSON in UTF-8 (column {}).", error.column()))?;
    match repeated {
        Some(name) => Err(format!("The member {name:?} is there twice.")),
        None if value.is_object() => Ok(value),
        None => Err("This is not a JSON object.".to_owned()),
    }
}

/// A value, and a name that one of its objects has twice. `Value` alone would keep the last one.
pub(crate) fn unique(text: &[u8]) -> serde_json::Result<(Value, Option<String>)> {
    serde_json::from_slice(text).map(|Unique { value, repeated }| (value, repeated))
}

struct Unique {
    value: Value,
    repeated: Option<String>,
}

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unique, D::Error> {
        deserializer.deserialize_any(UniqueVisitor)
    }
}

struct UniqueVisitor;

fn scalar<E>(value: Value) -> Result<Unique, E> {
    Ok(Unique { value, repeated: None })
}

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Unique, E> {
        scalar(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Unique, E> {
        scalar(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Unique, E> {
        scalar(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Unique, E> {
        scalar(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Unique, E> {
        scalar(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Unique, E> {
        scalar(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Unique, A::Error> {
        let (mut values, mut repeated) = (Vec::new(), None);
        while let Some(element) = seq.next_element::<Unique>()? {
            repeated = repeated.or(element.repeated);
            values.push(element.value);
        }
        Ok(Unique { value: Value::Array(values), repeated })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique, A::Error> {
        let (mut members, mut repeated) = (Map::new(), None);
        while let Some((name, member)) = map.next_entry::<String, Unique>()? {
            repeated = repeated.or(member.repeated);
            if members.contains_key(&name) {
                repeated = repeated.or_else(|| Some(name.clone()));
            }
            members.insert(name, member.value);
        }
        Ok(Unique { value: Value::Object(members), repeated })
    }
}
