//! A CSV file with a header.

use std::collections::HashSet;
use std::path::Path;

use encoding_rs::{Encoding, UTF_8};

use super::csv::{Cell, Fault, Record, Records};
use super::text::Text;
use super::twice::Twice;
use crate::error::AccountsError;

/// How a file is written.
pub(crate) struct Dialect {
    pub(crate) encoding: &'static Encoding,
    /// `None` if the header tells.
    pub(crate) delimiter: Option<u8>,
    /// The unquoted cell that counts as left out.
    pub(crate) null: Option<String>,
}

pub(crate) struct Sheet {
    pub(crate) file: String,
    pub(crate) header: Vec<String>,
    pub(crate) delimiter: u8,
    records: Records<Text>,
    twice: Twice,
}

const DELIMITERS: [(u8, &str); 3] = [(b',', "comma"), (b';', "semicolon"), (b'\t', "tab")];
/// What databases write for NULL in an unquoted cell.
const NULLS: [&str; 2] = ["\\N", "NULL"];
/// What the clients of databases write for tabs, line feeds and backslashes in files that are separated by tabs.
const ESCAPES: [&str; 5] = ["\\t", "\\n", "\\r", "\\0", "\\\\"];

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect { encoding: UTF_8, delimiter: None, null: None }
    }
}

impl Dialect {
    /// `None` for a cell that is left out.
    ///
    /// # Errors
    ///
    /// A cell of which it is unclear whether it is left out.
    pub(crate) fn text<'a>(&self, cell: &'a Cell, delimiter: u8) -> Result<Option<&'a str>, String> {
        let is_unquoted = |null: &str| !cell.is_quoted && cell.text == null;
        let has_escape = || ESCAPES.iter().any(|escape| cell.text.contains(escape));
        match NULLS.iter().find(|null| is_unquoted(null)) {
            _ if cell.text.is_empty() || self.null.as_deref().is_some_and(is_unquoted) => Ok(None),
            Some(null) => Err(format!(
                "The cell is {null} without quotes. If that stands for no value, say so with --null '{null}'."
            )),
            None if delimiter == b'\t' && !cell.is_quoted && has_escape() => {
                Err("The cell has a backslash that may stand for another character. If it does not, write the cell \
                     in quotes."
                    .to_owned())
            }
            None => Ok(Some(&cell.text)),
        }
    }
}

impl Sheet {
    /// Reads the whole file once, so that nothing of a faulty one is used. `needed` are columns, each with those that can
    /// stand in for it.
    pub(crate) fn open(path: &Path, dialect: &Dialect, needed: &[&[String]]) -> Result<Sheet, AccountsError> {
        let file = path.display().to_string();
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(AccountsError::NotAFile(file));
        }
        let (delimiter, header, mut records) = find_header(path, dialect, needed)?;
        let mut known = HashSet::new();
        if let Some(repeated) = header.iter().find(|name| !name.is_empty() && !known.insert(*name)) {
            return Err(AccountsError::ColumnRepeated(file, repeated.clone()));
        }
        let fault = |fault| AccountsError::Csv(file.clone(), fault);
        let twice = Twice::first(|| records.next()).map_err(fault)?;
        let mut records = Records::new(Text::open(path, dialect.encoding)?, delimiter);
        let again = records.next().map_err(fault)?.map(|record| record.cells).unwrap_or_default();
        if !again.iter().map(|cell| &cell.text).eq(&header) {
            return Err(AccountsError::FileChanged(file));
        }
        Ok(Sheet { file, header, delimiter, records, twice })
    }

    pub(crate) fn next(&mut self) -> Result<Option<Record>, AccountsError> {
        let record = self.records.next().map_err(|fault| AccountsError::Csv(self.file.clone(), fault))?;
        if !self.twice.again(record.as_ref()) {
            return Err(AccountsError::FileChanged(self.file.clone()));
        }
        Ok(record)
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.records.input().bytes_read()
    }

    /// What to tell about the separator, if it is not the usual one.
    pub(crate) fn note(&self) -> Option<String> {
        let (_, name) = DELIMITERS.iter().find(|(delimiter, _)| *delimiter == self.delimiter)?;
        (self.delimiter != b',').then(|| format!("{} is separated by {name}s.", self.file))
    }
}

/// The delimiter whose header has the needed columns.
fn find_header(
    path: &Path,
    dialect: &Dialect,
    needed: &[&[String]],
) -> Result<(u8, Vec<String>, Records<Text>), AccountsError> {
    let file = || path.display().to_string();
    let given = dialect.delimiter.map(|delimiter| vec![delimiter]);
    let candidates = given.unwrap_or_else(|| DELIMITERS.iter().map(|(delimiter, _)| *delimiter).collect());
    let mut first_fault: Option<Fault> = None;
    let mut missing = None;
    for delimiter in candidates {
        let mut records = Records::new(Text::open(path, dialect.encoding)?, delimiter);
        let header = match records.next() {
            Ok(header) => header.map(|record| record.cells).unwrap_or_default(),
            Err(fault) => {
                first_fault.get_or_insert(fault);
                continue;
            }
        };
        let header: Vec<String> = header.into_iter().map(|cell| cell.text).collect();
        match needed.iter().find(|columns| !columns.iter().any(|column| header.contains(column))) {
            None => return Ok((delimiter, header, records)),
            Some(columns) => drop(missing.get_or_insert_with(|| columns.join(" or "))),
        }
    }
    match (first_fault, missing) {
        (Some(fault), None) => Err(AccountsError::Csv(file(), fault)),
        (_, missing) => Err(AccountsError::ColumnMissing(file(), missing.unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use csv::{QuoteStyle, Terminator, WriterBuilder};
    use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};
    use proptest::prelude::*;

    use super::*;

    const HEADER: &[&str] = &["customer_reference", "email", "na\u{ef}ve; column"];

    #[derive(Clone, Debug)]
    struct Written {
        records: Vec<Vec<String>>,
        delimiter: u8,
        text: Vec<u8>,
    }

    /// Records of two to five cells, after a header if there is one, written by another implementation in each of its
    /// styles.
    fn written(header: &'static [&'static str]) -> impl Strategy<Value = Written> {
        let cell = prop_oneof![
            3 => "[ab,;\"\\\\ \n\r\t'é]{0,6}",
            1 => "\\PC{0,8}",
        ];
        let widths = if header.is_empty() { 2..=5 } else { header.len()..=header.len() };
        let records = widths.prop_flat_map(move |width| {
            prop::collection::vec(prop::collection::vec(cell.clone(), width), 1..8)
        });
        let delimiter = prop::sample::select(b",;\t".to_vec());
        (records, delimiter, any::<[bool; 3]>()).prop_map(
            move |(mut records, delimiter, [quotes, crlf, end])| {
                if !header.is_empty() {
                    records.insert(0, header.iter().map(ToString::to_string).collect());
                }
                let mut writer = WriterBuilder::new();
                writer.delimiter(delimiter).has_headers(false);
                writer.quote_style(if quotes { QuoteStyle::Always } else { QuoteStyle::Necessary });
                writer.terminator(if crlf { Terminator::CRLF } else { Terminator::Any(b'\n') });
                let mut writer = writer.from_writer(Vec::new());
                for record in &records {
                    writer.write_record(record).expect("it is written");
                }
                let mut text = writer.into_inner().expect("it is written");
                if !end {
                    text.truncate(text.len() - if crlf { 2 } else { 1 });
                }
                Written { records, delimiter, text }
            },
        )
    }

    /// A byte, where to put it, and whether to put it in place of another or before it, or to remove that.
    #[derive(Clone, Debug)]
    struct Alteration {
        at: usize,
        byte: u8,
        how: u8,
    }

    fn alteration() -> impl Strategy<Value = Alteration> {
        let byte = prop_oneof![any::<u8>(), prop::sample::select(b"\",;\t\r\n\\".to_vec())];
        (any::<usize>(), byte, 0..3_u8).prop_map(|(at, byte, how)| Alteration { at, byte, how })
    }

    impl Alteration {
        fn apply(&self, mut bytes: Vec<u8>) -> Vec<u8> {
            let at = self.at % bytes.len();
            match self.how {
                0 => bytes[at] = self.byte,
                1 => bytes.insert(at, self.byte),
                _ => drop(bytes.remove(at)),
            }
            bytes
        }
    }

    /// Whether records have been written like this, in this order and none twice; but for one cell, if that is allowed.
    fn were_written(read: &[Vec<String>], written: &[Vec<String>], may_differ: bool) -> bool {
        let Some((record, others)) = read.split_first() else { return true };
        written.iter().enumerate().any(|(index, candidate)| {
            let differing = record.len().abs_diff(candidate.len()) * 2
                + record.iter().zip(candidate).filter(|(one, other)| one != other).count();
            (differing == 0 || differing == 1 && may_differ)
                && were_written(others, &written[index + 1..], may_differ && differing == 0)
        })
    }

    fn records_of(text: &[u8], delimiter: u8) -> Result<Vec<Vec<String>>, Fault> {
        let mut records = Records::new(text, delimiter);
        let records = std::iter::from_fn(|| records.next().transpose());
        let texts = |record: Record| record.cells.into_iter().map(|cell| cell.text).collect();
        records.map(|record| record.map(texts)).collect()
    }

    /// The bytes in an encoding, with or without a byte order mark; `None` if it has no spelling of some character.
    fn encoded(text: &[u8], encoding: &'static Encoding, has_mark: bool) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(text).expect("text");
        let mark = if has_mark && encoding != WINDOWS_1252 { "\u{feff}" } else { "" };
        let text = format!("{mark}{text}");
        if encoding == UTF_16LE {
            return Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        }
        if encoding == UTF_16BE {
            return Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        }
        let (bytes, _, is_lossy) = encoding.encode(&text);
        (!is_lossy).then(|| bytes.into_owned())
    }

    /// The rows as wide as the header, after the header if it is as wide as the one that was written.
    fn read(bytes: &[u8], encoding: &'static Encoding) -> Result<Vec<Vec<String>>, AccountsError> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), bytes).expect("it is written");
        let needed = ["customer_reference", "email"].map(|name| [name.to_owned()]);
        let dialect = Dialect { encoding, ..Dialect::default() };
        let mut sheet = Sheet::open(file.path(), &dialect, &needed.each_ref().map(|needed| &needed[..]))?;
        let mut rows: Vec<_> =
            (sheet.header.len() == HEADER.len()).then(|| sheet.header.clone()).into_iter().collect();
        while let Some(record) = sheet.next()? {
            let cells: Vec<String> = record.cells.into_iter().map(|cell| cell.text).collect();
            rows.extend((cells.len() == sheet.header.len()).then_some(cells));
        }
        Ok(rows)
    }

    #[test]
    fn a_file_that_changes_between_its_two_readings_is_refused() {
        let row = "DE--1,a@example.com\n";
        // More than is read at once.
        let text = format!("customer_reference,email\n{}", row.repeat(10_000));
        let file = tempfile::NamedTempFile::new().expect("a file");
        let swapped = text.replace(row, "a@example.com,DE--1\n");
        for changed in [&text[..text.len() - row.len()], &format!("{text}{row}"), &swapped] {
            std::fs::write(file.path(), &text).expect("it is written");
            let mut sheet = Sheet::open(file.path(), &Dialect::default(), &[]).expect("a sheet");
            std::fs::write(file.path(), changed).expect("it is written");
            let end = std::iter::from_fn(|| sheet.next().transpose()).find_map(Result::err);
            assert!(matches!(end, Some(AccountsError::FileChanged(_))), "{}", changed.len());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

        #[test]
        fn every_dialect_is_read_and_an_altered_byte_makes_no_row_that_was_not_written(
            Written { records, text, .. } in written(HEADER),
            encoding in prop::sample::select(vec![UTF_8, UTF_16LE, UTF_16BE, WINDOWS_1252]),
            has_mark: bool,
            alteration in alteration(),
        ) {
            let Some(bytes) = encoded(&text, encoding, has_mark) else { return Ok(()) };
            prop_assert_eq!(&read(&bytes, encoding).expect("a sheet"), &records);
            let mut read = read(&alteration.apply(bytes), encoding).unwrap_or_default();
            // A line feed in the header may leave a row of column names, in which no e-mail is one.
            read.retain(|row| row.len() == HEADER.len() || row.last().map(String::as_str) != HEADER.last().copied());
            prop_assert!(were_written(&read, &records, true), "{read:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn what_was_written_is_read(Written { records, delimiter, text } in written(&[])) {
            let read = records_of(&text, delimiter).expect("CSV");
            prop_assert_eq!(read, records);
        }

        /// A changed byte inside a cell is all that no reader can see.
        #[test]
        fn no_record_is_read_that_was_not_written(
            Written { records, delimiter, text } in written(&[]),
            alteration in alteration(),
        ) {
            let width = records[0].len();
            let read = records_of(&alteration.apply(text), delimiter).unwrap_or_default();
            // A record of another width is refused by whoever reads it.
            let read: Vec<_> = read.into_iter().filter(|record| record.len() == width).collect();
            prop_assert!(were_written(&read, &records, true), "{read:?}");
        }
    }
}
