//! What the dev server's own address serves: its pages and the API.

use std::net::IpAddr;
use std::sync::Arc;

use desk::Page;
use embedded::Door;
use hyper::Request;
use hyper::body::Incoming;
use shared::App;

use crate::gateway::Gateway;
use crate::http::Reply;
use crate::pages;
use crate::pipe::Bus;
use crate::ses::Inbox;

pub(crate) struct Front {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) bus: Arc<Bus>,
    pub(crate) app: Arc<App>,
    /// The settings, as the page at `/` shows them.
    pub(crate) configuration: Vec<(&'static str, String)>,
    pub(crate) door: Door,
    pub(crate) desk: Page,
}

impl Front {
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Reply {
        let (method, path) = (request.method(), request.uri().path());
        if !pages::are_asked_for(method, path, request.headers()) {
            self.gateway.answer(request, peer).await
        } else if !self.door.is_own(request.uri(), request.headers()) {
            pages::foreign()
        } else if let Some(path) = pages::of_the_desk(path).map(str::to_owned) {
            self.desk.answer(&path, request).await
        } else {
            let headers = request.headers();
            pages::answer(
                method,
                path,
                headers,
                &self.inbox,
                &self.bus,
                &self.app.config,
                &self.configuration,
            )
        }
    }
}
