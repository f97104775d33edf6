//! HTTP messages between a function and DynamoDB, as a proxy reads, changes and invents them.

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// One HTTP message, head and body; `None` at the end of the connection.
pub(super) async fn read(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().expect("a length"));
            if bytes.len() >= end + 4 + length {
                return Some(bytes);
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

/// A batch of which only the first key reaches DynamoDB.
pub(super) struct Part {
    pub(super) request: Vec<u8>,
    /// What is returned unprocessed.
    rest: Value,
}

impl Part {
    /// `None` if the call is not a batch or cannot be divided.
    pub(super) fn of(request: &[u8]) -> Option<Part> {
        let (head, mut body) = split(request)?;
        if !head.contains("BatchGetItem\r\n") {
            return None;
        }
        let mut rest = body["RequestItems"].clone();
        for (tables, keep) in [(&mut body["RequestItems"], 0..1), (&mut rest, 1..usize::MAX)] {
            let table = tables.as_object_mut()?.values_mut().next()?;
            let all = table["Keys"].as_array_mut()?;
            if all.len() < 2 {
                return None;
            }
            let mut number = 0..;
            all.retain(|_| number.next().is_some_and(|number| keep.contains(&number)));
        }
        let head = head.split("\r\n").filter(|line| !line.to_lowercase().starts_with("content-length:"));
        let head: Vec<&str> = head.collect();
        let body = body.to_string();
        let request = format!("{}\r\nContent-Length: {}\r\n\r\n{body}", head.join("\r\n"), body.len());
        Some(Part { request: request.into_bytes(), rest })
    }

    /// Turns DynamoDB's answer to the part into one to the whole batch.
    pub(super) fn answer(self, answer_to_part: &[u8]) -> Vec<u8> {
        let (_, mut body) = split(answer_to_part).expect("DynamoDB answers in JSON");
        body["UnprocessedKeys"] = self.rest;
        answer(200, &body)
    }
}

/// The head, and the body as JSON; `None` if it is not JSON.
fn split(message: &[u8]) -> Option<(&str, Value)> {
    let (head, body) = std::str::from_utf8(message).ok()?.split_once("\r\n\r\n")?;
    Some((head, serde_json::from_str(body).ok()?))
}

/// A read outside a transaction conflicts with no other.
pub(super) fn is_read(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    ["GetItem", "Query"].iter().any(|operation| text.contains(&format!("{operation}\r\n")))
}

/// As DynamoDB reports it: a transaction is cancelled as a whole, with a reason for each of its writes.
pub(super) fn conflict(request: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(request);
    if !text.contains("TransactWriteItems") {
        return refusal("TransactionConflictException");
    }
    let writes = text.matches("\"TableName\"").count();
    let reasons = vec![json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing" }); writes];
    answer(
        400,
        &json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "CancellationReasons": reasons,
        }),
    )
}

pub(super) fn refusal(code: &str) -> Vec<u8> {
    answer(
        400,
        &json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "provoked by the test" }),
    )
}

pub(super) fn answer(status: u16, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status} Fault\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
