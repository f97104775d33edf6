//! An answer, reduced to what the model predicts.

use serde_json::Value;

use crate::Answer;
use crate::errors::Error;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) status: u16,
    /// Code and detail of an error.
    error: (String, String),
    /// Null where there is none, or where it was not seen.
    pub(super) body: Value,
}

impl Told {
    pub(super) fn new(answer: &Answer) -> Told {
        let error = match answer.status {
            400.. => {
                let mut errors = answer.errors();
                assert_eq!(errors.len(), 1, "{}", answer.summary());
                errors.pop().map(|(_, code, detail)| (code, detail)).unwrap_or_default()
            }
            _ => Default::default(),
        };
        let body = if answer.body.is_empty() { Value::Null } else { answer.json() };
        Told { status: answer.status, error, body }
    }

    /// The answer that a request would have got that was carried out but answered with 503.
    pub(super) fn unseen(status: u16) -> Told {
        Told { status, error: Default::default(), body: Value::Null }
    }

    pub(super) fn expect(&self, status: u16) -> Result<(), String> {
        if self.status == status { Ok(()) } else { Err(format!("{status} is due")) }
    }

    pub(super) fn is(&self, (status, code, detail): Error) -> bool {
        self.status == status && self.error.0 == code && self.error.1 == detail
    }

    pub(super) fn expect_error(&self, error: Error) -> Result<(), String> {
        if self.is(error) { Ok(()) } else { Err(format!("{} {} is due", error.0, error.1)) }
    }

    /// `data.attributes.<name>`
    pub(super) fn text(&self, name: &str) -> String {
        self.body["data"]["attributes"][name].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn id(&self) -> String {
        self.body["data"]["id"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn summary(&self) -> String {
        match self.status {
            400.. => format!("{} {} {}", self.status, self.error.0, self.error.1),
            _ if self.body.is_null() => self.status.to_string(),
            _ => format!("{} {}", self.status, self.body["data"]),
        }
    }
}
