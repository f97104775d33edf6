//! CSV as RFC 4180 has it, and nothing else: a file whose quotes do not add up is refused, never guessed at.
//!
//! A valid file has an even number of quotes, so one in which a quote was lost or added is always refused, if it is read to
//! its end before anything of it is used.

use std::io::{self, BufRead};

use thiserror::Error;

use super::MAX_LINE;

/// Splits a text into records. Blank lines are none.
pub(crate) struct Records<R> {
    input: R,
    delimiter: u8,
    line: u64,
}

#[derive(Hash)]
pub(crate) struct Record {
    /// On which it begins, counted from 1.
    pub(crate) line: u64,
    pub(crate) cells: Vec<Cell>,
}

#[derive(Default, PartialEq, Eq, Hash)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) is_quoted: bool,
}

/// Why a file is no CSV. None of these can be the fault of one record alone.
#[derive(Debug, Error)]
pub enum Fault {
    #[error("line {line} has a quote inside a cell that does not begin with one{}", hint(.is_escaped))]
    QuoteInside { line: u64, is_escaped: bool },
    #[error(
        "on line {line}, something follows the quote that closes a cell opened on line {opened}{}",
        hint(.is_escaped)
    )]
    AfterQuote { line: u64, opened: u64, is_escaped: bool },
    #[error("the quote that opens a cell on line {opened} is never closed{}", hint(.is_escaped))]
    Unclosed { opened: u64, is_escaped: bool },
    #[error("line {0} has a carriage return without a line feed; put cells with one in quotes")]
    CarriageReturn(u64),
    #[error(
        "the row on line {line} is longer than 1 MiB{}",
        .opened.map(|opened| format!(": the quote that opens a cell on line {opened} is probably never closed"))
            .unwrap_or_default()
    )]
    TooLong { line: u64, opened: Option<u64> },
    #[error("line {0} is not UTF-8; name the file's encoding, such as --encoding windows-1252")]
    Encoding(u64),
    #[error(transparent)]
    Read(#[from] io::Error),
}

fn hint(is_escaped: &bool) -> &'static str {
    match is_escaped {
        true => {
            ". A backslash does not escape a quote: let the export write two quotes, in MySQL by ESCAPED BY '\"'"
        }
        false => "",
    }
}

#[derive(Clone, Copy)]
enum State {
    CellBegins,
    Unquoted,
    Quoted {
        opened: u64,
    },
    /// After a quote in a quoted cell, which closes it unless another one follows.
    Quote {
        opened: u64,
    },
    /// After a carriage return that is in no quoted cell.
    Return,
}

/// The record being read.
struct Draft {
    record: Record,
    cell: Vec<u8>,
    is_quoted: bool,
    /// Whether a quote in the cell follows a backslash.
    is_escaped: bool,
    length: u64,
}

impl<R: BufRead> Records<R> {
    pub(crate) fn new(input: R, delimiter: u8) -> Records<R> {
        Records { input, delimiter, line: 1 }
    }

    pub(crate) fn input(&self) -> &R {
        &self.input
    }

    pub(crate) fn next(&mut self) -> Result<Option<Record>, Fault> {
        loop {
            let record = self.next_or_blank()?;
            let is_blank = |record: &Record| matches!(&record.cells[..], [cell] if *cell == Cell::default());
            if !record.as_ref().is_some_and(is_blank) {
                return Ok(record);
            }
        }
    }

    fn next_or_blank(&mut self) -> Result<Option<Record>, Fault> {
        let mut draft = Draft::new(self.line);
        let mut state = State::CellBegins;
        loop {
            let bytes = self.input.fill_buf()?;
            if bytes.is_empty() {
                return self.end(draft, state);
            }
            for (index, &byte) in bytes.iter().enumerate() {
                let line = self.line;
                self.line += u64::from(byte == b'\n');
                if let Some(next) = draft.take(state, byte, self.delimiter, line)? {
                    state = next;
                } else {
                    self.input.consume(index + 1);
                    return draft.finish(line).map(Some);
                }
            }
            let length = bytes.len();
            self.input.consume(length);
            draft.length += length as u64;
            if draft.length > MAX_LINE {
                let opened = match state {
                    State::Quoted { opened } => Some(opened),
                    _ => None,
                };
                return Err(Fault::TooLong { line: draft.record.line, opened });
            }
        }
    }

    /// At the end of the file, where the last line feed may be left out.
    fn end(&self, draft: Draft, state: State) -> Result<Option<Record>, Fault> {
        match state {
            State::CellBegins if draft.record.cells.is_empty() => Ok(None),
            State::CellBegins | State::Unquoted | State::Quote { .. } => draft.finish(self.line).map(Some),
            State::Quoted { opened } => Err(Fault::Unclosed { opened, is_escaped: draft.is_escaped }),
            State::Return => Err(Fault::CarriageReturn(self.line)),
        }
    }
}

impl Draft {
    fn new(line: u64) -> Draft {
        let record = Record { line, cells: Vec::new() };
        Draft { record, cell: Vec::new(), is_quoted: false, is_escaped: false, length: 0 }
    }

    /// `None` if the byte ends the record.
    fn take(&mut self, state: State, byte: u8, delimiter: u8, line: u64) -> Result<Option<State>, Fault> {
        let is_escaped = self.is_escaped || byte == b'"' && self.cell.ends_with(b"\\");
        Ok(Some(match (state, byte) {
            (State::Quoted { opened }, b'"') => {
                self.is_escaped = is_escaped;
                State::Quote { opened }
            }
            (State::Quoted { .. }, _) => {
                self.cell.push(byte);
                state
            }
            (State::Quote { opened }, b'"') => {
                self.cell.push(byte);
                State::Quoted { opened }
            }
            (State::Return, b'\n') => return Ok(None),
            (State::Return, _) => return Err(Fault::CarriageReturn(line)),
            (_, b'\n') => return Ok(None),
            (_, b'\r') => State::Return,
            (_, byte) if byte == delimiter => {
                self.end_cell(line)?;
                State::CellBegins
            }
            (State::Quote { opened }, _) => return Err(Fault::AfterQuote { line, opened, is_escaped }),
            (State::CellBegins, b'"') => {
                self.is_quoted = true;
                State::Quoted { opened: line }
            }
            (State::Unquoted, b'"') => return Err(Fault::QuoteInside { line, is_escaped }),
            (State::CellBegins | State::Unquoted, _) => {
                self.cell.push(byte);
                State::Unquoted
            }
        }))
    }

    fn end_cell(&mut self, line: u64) -> Result<(), Fault> {
        let text = String::from_utf8(std::mem::take(&mut self.cell)).map_err(|error| {
            let rest = &error.as_bytes()[error.utf8_error().valid_up_to()..];
            Fault::Encoding(line - rest.iter().filter(|byte| **byte == b'\n').count() as u64)
        })?;
        self.record.cells.push(Cell { text, is_quoted: std::mem::take(&mut self.is_quoted) });
        self.is_escaped = false;
        Ok(())
    }

    fn finish(mut self, line: u64) -> Result<Record, Fault> {
        self.end_cell(line)?;
        Ok(self.record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], delimiter: u8) -> Result<Vec<Record>, Fault> {
        let mut records = Records::new(text, delimiter);
        std::iter::from_fn(|| records.next().transpose()).collect()
    }

    fn texts(record: &Record) -> Vec<String> {
        record.cells.iter().map(|cell| cell.text.clone()).collect()
    }

    fn fault(text: &str) -> String {
        read(text.as_bytes(), b',').err().expect("a fault").to_string()
    }

    #[test]
    fn records_have_the_line_they_begin_on_and_blank_lines_are_none() {
        let records = read(b"a,\"b\r\n\n\"\"c\"\"\"\r\n\n\r\n\"\",d\n\"\"", b',').expect("CSV");
        let lines: Vec<u64> = records.iter().map(|record| record.line).collect();
        assert_eq!(lines, [1, 6, 7]);
        assert_eq!(texts(&records[0]), ["a", "b\r\n\n\"c\""]);
        assert_eq!(texts(&records[1]), ["", "d"]);
        assert!(records[2].cells == [Cell { text: String::new(), is_quoted: true }]);
    }

    #[test]
    fn a_fault_names_its_line_the_line_of_the_quote_and_the_likely_cause() {
        let escaped = "A backslash does not escape a quote: let the export write two quotes, in MySQL by ESCAPED BY '\"'";
        for (text, expected) in [
            ("a,b\nc,d\"e", "line 2 has a quote inside a cell that does not begin with one"),
            (
                "a,\"b\nc\",\"d\" ,e",
                "on line 2, something follows the quote that closes a cell opened on line 2",
            ),
            ("a,\"b\nc,\"d\"", "on line 2, something follows the quote that closes a cell opened on line 1"),
            ("a,b\nc,\"d\n\n", "the quote that opens a cell on line 2 is never closed"),
            ("a,b\rc,d", "line 1 has a carriage return without a line feed; put cells with one in quotes"),
            ("a,b\r", "line 1 has a carriage return without a line feed; put cells with one in quotes"),
            (
                "a,\"O\\\"Brien\"",
                &format!(
                    "on line 1, something follows the quote that closes a cell opened on line 1. {escaped}"
                ),
            ),
            (
                "a,O\\\"Brien",
                &format!("line 1 has a quote inside a cell that does not begin with one. {escaped}"),
            ),
            (
                "a,\"O'Brien\\\"\"\n",
                &format!("the quote that opens a cell on line 1 is never closed. {escaped}"),
            ),
        ] {
            assert_eq!(fault(text), expected, "{text:?}");
        }
        let latin = read(b"a\nM\xfcller,\"\n\"", b',').err().expect("a fault").to_string();
        assert!(latin.starts_with("line 2 is not UTF-8; name the file's encoding"), "{latin}");
        let latin = read(b"a\n\"x\nM\xfcller\ny\n\",z", b',').err().expect("a fault").to_string();
        assert!(latin.starts_with("line 3 is not UTF-8"), "{latin}");
        let long = fault(&format!("a\n\"{}", "x\n".repeat(1024 * 1024)));
        let expected = "the row on line 2 is longer than 1 MiB: the quote that opens a cell on line 2 is probably never closed";
        assert_eq!(long, expected);
    }
}
