//! Whether a row can be imported, by the rules and by the rows before it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use serde_json::Value;
use shared::App;
use shared::domain::Customer;

use crate::error::AccountsError;
use crate::form::{self, Defaults, Row};
use crate::map::REFERENCE;
use crate::references::References;

const CONTROL_CHARACTER: &str = "customerReference => This value should have no control characters.";

/// Gives new references, too, if the customers are to have them.
pub(super) struct Judge<'a> {
    app: &'a App,
    defaults: Defaults,
    references: Option<References>,
    seen: Seen,
    /// Customers who came without a usable hash.
    without_hash: u64,
}

impl Judge<'_> {
    pub(super) fn new(app: &App, defaults: Defaults, references: Option<References>) -> Judge<'_> {
        Judge { app, defaults, references, seen: Seen::default(), without_hash: 0 }
    }

    /// The customer, or all reasons against the row.
    ///
    /// # Errors
    ///
    /// The pair of references cannot be written.
    pub(super) fn judge(
        &mut self,
        line: u64,
        mut row: Row,
    ) -> Result<Result<Customer, Vec<String>>, AccountsError> {
        // This and the e-mail are noted before the row is judged: the addresses of a reference belong to its first row.
        let repeated = row.reference().and_then(|reference| self.seen.reference(line, reference));
        let old = self.replace_reference(&mut row);
        let names = Arc::clone(&row.names);
        let judged = form::parse(row, &self.defaults);
        let again = judged.as_ref().ok().and_then(|customer| self.seen.email(line, customer));
        // The file of pairs is one pair per line, so that the end of a killed import can be cut off.
        let broken = old.as_ref().filter(|old| old.contains(char::is_control));
        let broken = broken.map(|_| CONTROL_CHARACTER.to_owned());
        let found: Vec<String> =
            repeated.into_iter().chain(again).chain(broken).map(|problem| names.apply(&problem)).collect();
        let customer = match judged {
            Err(problems) => return Ok(Err([problems, found].concat())),
            Ok(_) if !found.is_empty() => return Ok(Err(found)),
            Ok(customer) => customer,
        };
        if !self.app.store.has_room_for(&customer) {
            return Ok(Err(vec!["The customer's record is larger than 64 KB.".to_owned()]));
        }
        if let (Some(references), Some(old)) = (&mut self.references, &old) {
            references.keep(old, &customer.reference)?;
        }
        let has_placeholder =
            customer.password_hash.is_some() && customer.password_hash == self.defaults.password_hash;
        self.without_hash += u64::from(has_placeholder);
        Ok(Ok(customer))
    }

    /// What to tell after the last row.
    pub(super) fn note(&self) -> Option<String> {
        (self.without_hash > 0).then(|| {
            format!(
                "Customers without a usable password hash, who need \"Forgot password\": {}.",
                self.without_hash
            )
        })
    }

    /// What the new reference is paired with, if the row gets one.
    fn replace_reference(&self, row: &mut Row) -> Option<String> {
        let references = self.references.as_ref()?;
        let old = match row.attributes.get(REFERENCE) {
            None | Some(Value::Null) => row.text("email"),
            Some(_) => row.reference(),
        };
        let old = old?.to_owned();
        let new = references.of(&old, self.app).to_string();
        row.attributes.insert(REFERENCE.to_owned(), new.into());
        Some(old)
    }
}

/// The lines on which references and e-mails have been seen. Two customers cannot have the same.
#[derive(Default)]
struct Seen {
    references: HashMap<String, u64>,
    emails: HashMap<String, u64>,
}

impl Seen {
    fn reference(&mut self, line: u64, reference: &str) -> Option<String> {
        note(&mut self.references, line, reference.to_owned(), "customerReference")
    }

    fn email(&mut self, line: u64, customer: &Customer) -> Option<String> {
        note(&mut self.emails, line, customer.email.as_ref()?.folded(), "email")
    }
}

/// The problem of a key that an earlier line has.
fn note(seen: &mut HashMap<String, u64>, line: u64, key: String, field: &str) -> Option<String> {
    match seen.entry(key) {
        Entry::Occupied(earlier) => Some(format!("{field} => Line {} has it already.", earlier.get())),
        Entry::Vacant(entry) => {
            entry.insert(line);
            None
        }
    }
}
