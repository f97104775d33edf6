//! Logins: what an e-mail signs in to.

use serde::{Deserialize, Serialize};

use super::item::{decode, text};
use super::{EmailHash, Key, Store, failed, old_item_of_update};
use crate::domain::CustomerReference;
use crate::error::Error;

/// What is known of an e-mail at sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    pub reference: CustomerReference,
    pub password_hash: String,
    pub session_epoch: u64,
    /// Whether somebody has shown that mail to the address reaches them.
    pub confirmed: bool,
}

impl Store {
    /// One read.
    pub async fn login(&self, email: &EmailHash) -> Result<Option<Login>, Error> {
        let output = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(Key::login(email).attributes()))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed)?;
        output.item.map(decode).transpose()
    }

    /// Replaces a hash by a better one of the same password, unless the login has changed meanwhile. One write.
    pub async fn upgrade_hash(&self, email: &EmailHash, login: &Login, new_hash: &str) -> Result<(), Error> {
        let result = self
            .settled(|| {
                self.client
                    .update_item()
                    .table_name(&self.table)
                    .set_key(Some(Key::login(email).attributes()))
                    .update_expression("SET password_hash = :new")
                    .condition_expression("#reference = :reference AND password_hash = :old")
                    .expression_attribute_names("#reference", "reference")
                    .expression_attribute_values(":reference", text(login.reference.as_str()))
                    .expression_attribute_values(":old", text(&login.password_hash))
                    .expression_attribute_values(":new", text(new_hash))
                    .send()
            })
            .await;
        match result {
            Err(error) if old_item_of_update(&error).is_some() => Ok(()),
            other => other.map(drop).map_err(failed),
        }
    }
}
