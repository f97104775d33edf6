//! A customer who has signed in.

use std::ops::Deref;

use serde_json::Value;

use crate::{Answer, Client, address, merged};

/// Presents its access token with every request.
pub struct Customer {
    client: Client,
    pub reference: String,
    pub email: String,
    pub password: String,
    pub access_token: String,
    pub refresh_token: String,
}

impl Customer {
    /// From the answer to a sign-in.
    #[track_caller]
    pub fn new(anonymous: Client, reference: &str, email: &str, password: &str, tokens: &Answer) -> Customer {
        let access_token = tokens.text("accessToken");
        Customer {
            client: anonymous.header("Authorization", &format!("Bearer {access_token}")),
            reference: reference.into(),
            email: email.into(),
            password: password.into(),
            access_token,
            refresh_token: tokens.text("refreshToken"),
        }
    }

    /// `/customers/<reference>`
    pub fn path(&self) -> String {
        format!("/customers/{}", self.reference)
    }

    /// `/customers/<reference>/addresses`
    pub fn addresses_path(&self) -> String {
        format!("{}/addresses", self.path())
    }

    /// `/customers/<reference>/addresses/<id>`
    pub fn address_path(&self, id: &str) -> String {
        format!("{}/{id}", self.addresses_path())
    }

    /// Adds the usual address with these changes and returns its id.
    pub async fn add_address(&self, changes: Value) -> String {
        self.post(&self.addresses_path(), merged(address(), changes)).await.expect(201).id()
    }

    /// The address list as `(id, attributes)`.
    pub async fn addresses(&self) -> Vec<(String, Value)> {
        let list = self.get(&self.addresses_path()).await.expect(200).json();
        let items = list["data"].as_array().expect("a list");
        items
            .iter()
            .map(|item| (String::from(item["id"].as_str().expect("an id")), item["attributes"].clone()))
            .collect()
    }

    pub async fn change_password(&self, current: &str, new: &str) -> Answer {
        let attributes = serde_json::json!({"password": current, "newPassword": new, "confirmPassword": new});
        self.patch("/customer-password", attributes).await
    }

    /// Whether the access token is still accepted. Fails on any answer other than 200 and 401/001.
    pub async fn is_signed_in(&self) -> bool {
        let answer = self.get(&self.path()).await;
        if answer.status != 200 {
            answer.assert_error(crate::errors::INVALID_TOKEN);
        }
        answer.status == 200
    }
}

impl Deref for Customer {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
