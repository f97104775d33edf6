//! A minimal HTTP/1.1 server on a listener.

use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long requests may take to finish once the server stops.
const GRACE: Duration = Duration::from_secs(5);

pub(crate) type Reply = Response<Full<Bytes>>;

/// Serves `answer` until `stop` becomes true, then lets running requests finish.
pub(crate) async fn serve<A, F>(listener: TcpListener, mut stop: watch::Receiver<bool>, answer: A)
where
    A: Fn(Request<Incoming>, IpAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                // To a listener for both, a client of IPv4 has an address of IPv6.
                let peer = peer.ip().to_canonical();
                connections.spawn(connection(stream, peer, stop.clone(), answer.clone()));
            }
            // Most likely out of file descriptors, which passes as connections end.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    // Connections that are still open after that are cut off when the set is dropped.
    let _ = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

async fn connection<A, F>(stream: TcpStream, peer: IpAddr, mut stop: watch::Receiver<bool>, answer: A)
where
    A: Fn(Request<Incoming>, IpAddr) -> F,
    F: Future<Output = Reply>,
{
    // Without it, small answers can wait 40 ms for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let reply = answer(request, peer);
        async move { Ok::<_, std::convert::Infallible>(reply.await) }
    });
    let mut connection =
        pin!(http1::Builder::new().half_close(true).serve_connection(TokioIo::new(stream), service));
    // Errors are the client's: it disconnected, or did not speak HTTP, which hyper has answered.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Resolves when the server stops or is dropped.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Why a request's body could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    TooLarge,
    /// The client disconnected in the middle of it.
    Broken,
}

/// The whole body if it has at most `limit` bytes. Part of the excess of a larger one is read and discarded, because a
/// client that is still writing when the answer arrives would see a broken connection instead of the answer.
pub(crate) async fn read_body(
    mut body: impl Body<Data = Bytes> + Unpin,
    limit: usize,
) -> Result<Vec<u8>, BodyError> {
    let patience = limit.saturating_mul(4);
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(expected.min(limit));
    let mut seen = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen > patience {
            break;
        }
        if seen <= limit {
            bytes.extend_from_slice(&data);
        }
    }
    if seen <= limit { Ok(bytes) } else { Err(BodyError::TooLarge) }
}

pub(crate) fn reply(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    reply
}
