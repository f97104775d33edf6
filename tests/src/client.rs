//! An HTTP/1.1 client that sends exactly the given bytes, so that it can also send what no well-behaved client would.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Answer, document};

/// A client: the server's address, and the headers that are sent with every request.
#[derive(Clone)]
pub struct Client {
    base_url: String,
    headers: Vec<(String, String)>,
}

impl Client {
    pub fn new(base_url: &str) -> Client {
        // A page of another origin, so that every answer must carry its CORS headers.
        Client::service(base_url).header("Origin", "https://shop.example")
    }

    /// A program's client, without what a browser adds.
    pub fn service(base_url: &str) -> Client {
        Client { base_url: base_url.into(), headers: Vec::new() }
    }

    /// The same client with one more header, which replaces any of the same name.
    pub fn header(mut self, name: &str, value: &str) -> Client {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::new("GET", path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Request::new("DELETE", path)).await
    }

    /// Attributes in their envelope; `data.type` is the resource that the path names.
    pub async fn post(&self, path: &str, attributes: Value) -> Answer {
        self.send(Request::new("POST", path).attributes(attributes)).await
    }

    pub async fn patch(&self, path: &str, attributes: Value) -> Answer {
        self.send(Request::new("PATCH", path).attributes(attributes)).await
    }

    /// `application/x-www-form-urlencoded`, as OAuth requires. The form must already be encoded.
    pub async fn form(&self, path: &str, form: &str) -> Answer {
        self.send(
            Request::new("POST", path).header("Content-Type", "application/x-www-form-urlencoded").body(form),
        )
        .await
    }

    pub async fn send(&self, request: Request) -> Answer {
        let inherited = self.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes()));
        let head_only = request.method == "HEAD";
        let bytes = request.into_bytes(self.authority(), inherited.collect());
        Answer::parse(&self.exchange(&bytes).await, head_only)
    }

    /// `127.0.0.1:<port>`
    pub fn authority(&self) -> &str {
        self.base_url.trim_start_matches("http://")
    }

    /// Sends these bytes and reads until the server closes the connection.
    pub async fn exchange(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.authority()).await.expect("the server listens");
        // A server may answer and close the connection before it has read all of a body that it refuses.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        let in_time = tokio::time::timeout(std::time::Duration::from_secs(30), reading).await;
        in_time.expect("the server answers in time").ok();
        answer
    }
}

/// One request; nothing in it is checked or normalised.
#[derive(Clone)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Request {
        Request { method: method.into(), path: path.into(), headers: Vec::new(), body: None }
    }

    /// Adds a header, even if there is already one of the same name.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Request {
        self.headers.push((name.into(), value.as_ref().to_vec()));
        self
    }

    pub fn body(mut self, body: impl AsRef<[u8]>) -> Request {
        self.body = Some(body.as_ref().to_vec());
        self
    }

    pub fn json(self, body: &Value) -> Request {
        self.header("Content-Type", "application/vnd.api+json").body(body.to_string())
    }

    pub fn attributes(self, attributes: Value) -> Request {
        let body = document(resource_type(&self.path), attributes);
        self.json(&body)
    }

    /// The same request for another target.
    pub fn at(self, path: &str) -> Request {
        Request { path: path.into(), ..self }
    }

    /// The same request with another value of a header, or without it.
    pub fn altered(mut self, name: &str, value: Option<&str>) -> Request {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// The first value of a header.
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut own = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        own.next().and_then(|(_, value)| str::from_utf8(value).ok())
    }

    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    pub(crate) fn content(&self) -> &[u8] {
        self.body.as_deref().unwrap_or_default()
    }

    fn into_bytes(self, authority: &str, inherited: Vec<(String, Vec<u8>)>) -> Vec<u8> {
        let own = |name: &str| self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        let mut bytes =
            format!("{} {} HTTP/1.1\r\nConnection: close\r\n", self.method, self.path).into_bytes();
        if !own("Host") {
            bytes.extend(format!("Host: {authority}\r\n").bytes());
        }
        if let Some(body) = &self.body {
            bytes.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
        }
        let inherited = inherited.iter().filter(|(name, _)| !own(name));
        for (name, value) in inherited.chain(&self.headers) {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(b"\r\n");
        bytes.extend(self.body.unwrap_or_default());
        bytes
    }
}

/// `addresses` for any path below a customer's addresses, otherwise the first segment.
fn resource_type(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or_default();
    let mut segments = path.trim_start_matches('/').split('/');
    let first = segments.next().unwrap_or_default();
    if segments.nth(1) == Some("addresses") { "addresses" } else { first }
}
