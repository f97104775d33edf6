//! What the shop has told other systems.

use serde_json::Value;

use crate::Shop;

impl Shop {
    /// All events so far, oldest first, once everything written so far has been told.
    pub async fn events(&self) -> Vec<Value> {
        self.server().mail_settled().await;
        let mut events = self.server().events();
        events.reverse();
        events
    }
}
