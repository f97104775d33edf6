//! HTTP on loopback, for the stand-ins of AWS services.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::net::Ipv4Addr;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1 as client;
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

/// Serves `answer` until the test's runtime ends. Returns the address as `http://127.0.0.1:<port>`.
pub async fn serve<F>(answer: impl Fn(Request<Bytes>) -> F + Clone + Send + 'static) -> String
where
    F: Future<Output = Response<Bytes>> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = answer.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let answer = answer.clone();
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await?.to_bytes();
                    let response = answer(Request::from_parts(parts, body)).await;
                    Ok::<_, hyper::Error>(response.map(Full::new))
                }
            });
            tokio::spawn(server::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
        Ok::<_, Infallible>(())
    });
    format!("http://{address}")
}

/// Sends a request to `endpoint` as it is.
pub async fn send(endpoint: &str, request: Request<Bytes>) -> Response<Bytes> {
    let authority = endpoint.trim_start_matches("http://");
    let stream = TcpStream::connect(authority).await.expect("the service listens");
    let (mut sender, connection) = client::handshake(TokioIo::new(stream)).await.expect("it speaks HTTP");
    tokio::spawn(connection);
    let response = sender.send_request(request.map(Full::new)).await.expect("it answers");
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::TRANSFER_ENCODING);
    Response::from_parts(parts, body.collect().await.expect("the whole answer").to_bytes())
}

/// The header Authorization of a call with these settings' credentials. Stand-ins do not check the signature.
pub fn signature(settings: &HashMap<&'static str, String>) -> String {
    let id = &settings["AWS_ACCESS_KEY_ID"];
    format!(
        "AWS4-HMAC-SHA256 Credential={id}/20260101/eu-central-1/any/aws4_request, SignedHeaders=host, Signature=0"
    )
}

/// The operation and the input of a call in AWS's JSON protocols: `X-Amz-Target: <service>.<operation>`.
pub fn aws_call(request: &Request<Bytes>) -> (String, Value) {
    let target = request.headers()["x-amz-target"].to_str().expect("text");
    let (_, operation) = target.split_once('.').expect("a service and an operation");
    (operation.to_owned(), serde_json::from_slice(request.body()).expect("JSON"))
}
