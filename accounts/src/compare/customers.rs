//! The file of customers: NDJSON, each line a customer and how to get access tokens.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use shared::digest::sha256;
use shared::domain::CustomerReference;

use super::CompareError;

/// Each side needs a token, or e-mail and password to sign in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Customer {
    pub(super) customer_reference: Option<CustomerReference>,
    pub(super) email: Option<String>,
    pub(super) password: Option<String>,
    pub(super) old_token: Option<String>,
    pub(super) new_token: Option<String>,
    /// In the file, counted from 1.
    #[serde(skip)]
    pub(super) line: usize,
}

pub(super) struct Sample {
    pub(super) customers: Vec<Customer>,
    /// How many customers the file has.
    pub(super) of: usize,
}

/// In the order of a hash, so that every run takes the same customers, and those of a smaller sample first.
pub(super) fn sample(file: &Path, size: usize) -> Result<Sample, CompareError> {
    let name = file.display().to_string();
    let text = fs::read(file).map_err(|error| CompareError::Read(name.clone(), error))?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let lines = (1..).zip(text.split(|byte| *byte == b'\n'));
    let mut customers = Vec::new();
    for (line, text) in lines.filter(|(_, text)| !text.trim_ascii().is_empty()) {
        let customer = parse(text, line).map_err(|reason| CompareError::Line(name.clone(), line, reason))?;
        customers.push(customer);
    }
    let of = customers.len();
    if of == 0 {
        return Err(CompareError::NoCustomers(name));
    }
    customers.sort_by_cached_key(|customer| sha256(customer.identity().as_bytes()));
    customers.truncate(size);
    Ok(Sample { customers, of })
}

fn parse(text: &[u8], line: usize) -> Result<Customer, String> {
    // The parser's own message may quote the text.
    let customer: Customer =
        serde_json::from_slice(text).map_err(|_| "This is no JSON object of a customer.".to_owned())?;
    let customer = Customer { line, ..customer };
    if let Some(reference) = &customer.customer_reference
        && CustomerReference::parse(reference.as_str()).is_none()
    {
        return Err("customerReference => This is no customer reference.".to_owned());
    }
    let can_sign_in = customer.email.is_some() && customer.password.is_some();
    let has_tokens = customer.old_token.is_some() && customer.new_token.is_some();
    if !can_sign_in && !has_tokens {
        return Err("This line has neither email and password nor oldToken and newToken.".to_owned());
    }
    for (name, token) in [("oldToken", &customer.old_token), ("newToken", &customer.new_token)] {
        if token
            .as_ref()
            .is_some_and(|token| token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            return Err(format!("{name} => This is no token."));
        }
    }
    if customer.customer_reference.is_none() && customer.email.is_none() {
        return Err("This line has neither customerReference nor email.".to_owned());
    }
    Ok(customer)
}

impl Customer {
    fn identity(&self) -> String {
        match &self.customer_reference {
            Some(reference) => reference.to_string(),
            None => self.email.as_deref().unwrap_or_default().to_lowercase(),
        }
    }

    /// What outputs call a customer: an e-mail must not be in them.
    pub(super) fn label(&self) -> String {
        match &self.customer_reference {
            Some(reference) => reference.to_string(),
            None => format!("line {}", self.line),
        }
    }
}
