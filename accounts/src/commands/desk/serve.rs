use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use desk::Page;
use embedded::Door;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use shared::Random;
use tokio::net::{TcpListener, TcpStream};

use super::{Api, Failure};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    api: Api,

    /// The port on 127.0.0.1; 0 picks a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
}

/// The page, and who may see it: this computer's user, who has been told the path. Other users of the computer can
/// reach the port, but do not know it.
struct Server {
    page: Page,
    door: Door,
    /// Without a slash at its end.
    root: String,
}

/// Serves until the process is stopped.
pub(super) async fn run(arguments: Arguments) -> Result<String, Failure> {
    let Arguments { api, port } = arguments;
    let page = Page::new(api.client()?);
    let local = |error: std::io::Error| Failure::Local(format!("Port {port} cannot be used: {error}."));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(local)?;
    let address = listener.local_addr().map_err(local)?;
    let root = format!("/{}", Random::system().secret());
    let server = Arc::new(Server { page, door: Door::new([]), root });
    super::print(&format!(
        "The help desk is at http://{address}{}/\nWhoever knows this address acts in your name. Press Ctrl-C to stop.",
        server.root
    ))?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, Arc::clone(&server)))),
            // Most likely out of file descriptors, which passes as connections end.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, server: Arc<Server>) {
    let service = service_fn(|request| {
        let server = Arc::clone(&server);
        async move { Ok::<_, Infallible>(server.answer(request).await) }
    });
    // Errors are the client's: it disconnected, or did not speak HTTP, which hyper has answered.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Server {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if !self.door.is_own(request.uri(), request.headers()) {
            return refused(
                StatusCode::FORBIDDEN,
                "This address answers only to this computer's own pages.\n",
            );
        }
        let path = request.uri().path().strip_prefix(&*self.root).filter(|path| path.starts_with('/'));
        match path.map(str::to_owned) {
            Some(path) => self.page.answer(&path, request).await,
            None => refused(
                StatusCode::NOT_FOUND,
                "Open the whole address that `accounts serve` printed, with its last slash.\n",
            ),
        }
    }
}

fn refused(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}
