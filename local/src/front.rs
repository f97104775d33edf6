//! What the dev server's own address serves: its pages and the API.

use std::net::IpAddr;
use std::sync::Arc;

use embedded::Door;
use hyper::Request;
use hyper::body::Incoming;
use serde_json::Value;
use shared::App;

use crate::gateway::Gateway;
use crate::http::Reply;
use crate::pages;
use crate::ses::Inbox;

pub(crate) struct Front {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) app: Arc<App>,
    /// What the start page says about the settings.
    pub(crate) configuration: Value,
    pub(crate) door: Door,
}

impl Front {
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Reply {
        let path = request.uri().path();
        let is_page = path.strip_prefix(pages::PREFIX);
        if is_page.is_none_or(|rest| !rest.is_empty() && !rest.starts_with('/')) {
            self.gateway.answer(request, peer).await
        } else if self.door.is_own(request.uri(), request.headers()) {
            pages::answer(request.method(), path, &self.inbox, &self.app.config, &self.configuration)
        } else {
            pages::foreign()
        }
    }
}
