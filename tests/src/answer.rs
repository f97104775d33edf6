//! An answer of the server, and the checks that tests make on it.

use serde_json::Value;

use crate::errors::{self, Error};
use crate::ordered::Ordered;

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub reason: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What a request cost the table, as `Server-Timing` reports it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Calls {
    pub reads: u32,
    pub read_units: f64,
    pub writes: u32,
    pub write_units: f64,
}

impl Answer {
    /// Returns the answer, and fails unless it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.summary());
        if status == 204 {
            assert!(self.body.is_empty(), "204 has no body: {}", self.summary());
        }
        self
    }

    /// Fails unless the body holds exactly these errors, in this order and in the envelope.
    #[track_caller]
    pub fn assert_errors(&self, expected: &[Error]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(status, code, detail)| (*status, String::from(*code), String::from(*detail)))
            .collect();
        assert_eq!(self.errors(), expected, "{}", self.summary());
    }

    #[track_caller]
    pub fn assert_error(&self, expected: Error) {
        self.assert_errors(&[expected]);
    }

    /// Fails unless the body is a platform error: a sentence without a code.
    #[track_caller]
    pub fn assert_plain(&self, status: u16) {
        let errors = self.errors();
        assert_eq!(errors.len(), 1, "{}", self.summary());
        assert_eq!((errors[0].0, errors[0].1.as_str()), (status, ""), "{}", self.summary());
        assert!(errors[0].2.contains(' '), "a sentence: {}", self.summary());
    }

    /// `(status, code, detail)` of every error; the code is empty if there is none. Also checks the envelope.
    #[track_caller]
    pub fn errors(&self) -> Vec<(u16, String, String)> {
        assert!(self.status >= 400, "an error was expected: {}", self.summary());
        assert_eq!(self.header("Content-Type"), Some("application/vnd.api+json"), "{}", self.summary());
        assert!(self.header("Access-Control-Allow-Origin").is_some(), "CORS: {}", self.summary());
        assert_eq!(self.members(""), ["errors"], "{}", self.summary());
        let json = self.json();
        let errors = json["errors"].as_array().unwrap_or_else(|| panic!("no errors: {}", self.summary()));
        let one = |(index, error): (usize, &Value)| {
            let members = self.members(&format!("/errors/{index}"));
            let known = ["status", "code", "detail", "source", "meta"];
            let known = known.into_iter().filter(|name| !error[name].is_null());
            assert!(members.iter().eq(known), "members {members:?}: {}", self.summary());
            assert_eq!(error["status"], self.status, "{}", self.summary());
            let text = |member: &str| error.get(member).map(|value| value.as_str().expect("a string"));
            let [code, detail] = ["code", "detail"].map(|member| text(member).unwrap_or_default().to_owned());
            let for_programs = (error["source"].clone(), error["meta"].clone());
            assert!(errors::for_programs(&code, &detail).contains(&for_programs), "{}", self.summary());
            (self.status, code, detail)
        };
        errors.iter().enumerate().map(one).collect()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.summary()))
    }

    /// The names of an object's members in the order they were sent. The pointer is RFC 6901's.
    #[track_caller]
    pub fn members(&self, pointer: &str) -> Vec<String> {
        let body: Ordered =
            serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.summary()));
        body.members(pointer).unwrap_or_else(|| panic!("no object at {pointer:?}: {}", self.summary()))
    }

    /// `data.id`
    #[track_caller]
    pub fn id(&self) -> String {
        self.json()["data"]["id"].as_str().unwrap_or_else(|| panic!("no id: {}", self.summary())).into()
    }

    /// `data.attributes.<name>`
    #[track_caller]
    pub fn attribute(&self, name: &str) -> Value {
        let json = self.json();
        let attributes = &json["data"]["attributes"];
        attributes.get(name).unwrap_or_else(|| panic!("no {name}: {}", self.summary())).clone()
    }

    /// The same for an attribute that holds a string.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        let value = self.attribute(name);
        value.as_str().unwrap_or_else(|| panic!("{name} is {value}: {}", self.summary())).into()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The items of a comma-separated header, in lower case and sorted.
    pub fn header_list(&self, name: &str) -> Vec<String> {
        let header = self.header(name).unwrap_or_default();
        let mut items: Vec<_> = header
            .split(',')
            .map(|item| item.trim().to_lowercase())
            .filter(|item| !item.is_empty())
            .collect();
        items.sort();
        items
    }

    /// Whole seconds of `Retry-After`.
    #[track_caller]
    pub fn retry_after(&self) -> u64 {
        let header = self.header("Retry-After").and_then(|value| value.parse().ok());
        header.unwrap_or_else(|| panic!("no Retry-After: {}", self.summary()))
    }

    /// From `ddb-read;desc="1 call 1 RRU"` and `ddb-write;desc="2 calls 3.5 WRU"` in `Server-Timing`.
    #[track_caller]
    pub fn calls(&self) -> Calls {
        let header =
            self.header("Server-Timing").unwrap_or_else(|| panic!("no Server-Timing: {}", self.summary()));
        let metric = |name: &str| {
            let entry = header.split(", ").find(|entry| entry.split(';').next() == Some(name));
            let description = entry.and_then(|entry| entry.split('"').nth(1)).unwrap_or("0 calls 0 units");
            let mut words = description.split(' ');
            let calls = words.next().and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("{header}"));
            let units = words.nth(1).and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("{header}"));
            (calls, units)
        };
        let ((reads, read_units), (writes, write_units)) = (metric("ddb-read"), metric("ddb-write"));
        Calls { reads, read_units, writes, write_units }
    }

    /// The answer in readable form, for the messages of failed assertions.
    pub fn summary(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        let body = String::from_utf8_lossy(&self.body);
        format!("{} {}\n{}\n{body:.2000}", self.status, self.reason, headers.collect::<String>())
    }

    /// Reads what a server sent until it closed the connection.
    #[track_caller]
    pub(crate) fn parse(bytes: &[u8], head_only: bool) -> Answer {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let mut status_line = lines.next().unwrap_or_default().splitn(3, ' ').skip(1);
        let status = status_line.next().and_then(|word| word.parse().ok()).expect("a status");
        let reason = status_line.next().unwrap_or_default().into();
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.into(), value.into()));
        let headers = lines.filter_map(header).collect();
        let answer = Answer { status, reason, headers, body: bytes[end + 4..].to_vec() };
        assert_eq!(answer.header("Transfer-Encoding"), None, "answers are sent whole");
        let length = answer.header("Content-Length").map_or(0, |length| length.parse().expect("a length"));
        assert_eq!(answer.body.len(), if head_only { 0 } else { length }, "{}", answer.summary());
        answer
    }
}
