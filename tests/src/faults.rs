//! What can go wrong between a function and DynamoDB: a proxy that stands there and does it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// One thing that goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// DynamoDB refuses for want of capacity.
    Throttled,
    /// DynamoDB answers 500.
    ServerError,
    /// Another transaction is under way with an item that is to be written.
    TransactionConflict,
    /// The connection ends, and new ones are refused.
    Refused,
    /// The connection ends before DynamoDB has heard of the call.
    CutBefore,
    /// DynamoDB has done it, and the answer is lost on the way.
    CutAfter,
    /// DynamoDB does it, and answers when nobody waits any longer.
    Late,
}

/// Every fault that ends by itself, without waiting.
pub const QUICK_FAULTS: [Fault; 6] = [
    Fault::Throttled,
    Fault::ServerError,
    Fault::TransactionConflict,
    Fault::Refused,
    Fault::CutBefore,
    Fault::CutAfter,
];

/// Longer than the SDK waits for an attempt.
const LATE: Duration = Duration::from_millis(2_300);

/// Shorter than the SDK waits before it tries again.
const MOMENT: Duration = Duration::from_millis(20);

/// A proxy that hands every call on until it is told to do otherwise.
#[derive(Clone)]
pub struct Faults {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    is_open: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    upstream: Option<SocketAddr>,
    plan: Option<Plan>,
    /// Calls since the plan was made, retries included.
    calls: usize,
    struck: usize,
}

#[derive(Clone, Copy)]
struct Plan {
    fault: Fault,
    /// From this call on, counted from 1.
    from: usize,
    /// Up to and including this one.
    until: usize,
}

impl Faults {
    pub async fn start() -> Faults {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let faults = Faults { address, state: Arc::default(), is_open: watch::Sender::new(true) };
        tokio::spawn(faults.clone().accept(listener));
        faults
    }

    /// Where functions find DynamoDB by way of the proxy.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn lead_to(&self, upstream: SocketAddr) {
        self.state.lock().expect("unpoisoned").upstream = Some(upstream);
    }

    /// Lets the calls from the `from`-th to the `until`-th go wrong; the next call is the first.
    pub fn plan(&self, fault: Fault, from: usize, until: usize) {
        let mut state = self.state.lock().expect("unpoisoned");
        (state.plan, state.calls, state.struck) = (Some(Plan { fault, from, until }), 0, 0);
    }

    /// Hands every call on again; says how many went wrong.
    pub fn heal(&self) -> usize {
        let mut state = self.state.lock().expect("unpoisoned");
        state.plan = None;
        self.is_open.send_replace(true);
        state.struck
    }

    async fn accept(self, mut listener: TcpListener) {
        let mut is_open = self.is_open.subscribe();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => Some(accepted),
                _ = is_open.wait_for(|is_open| !is_open) => None,
            };
            match accepted {
                Some(Ok((stream, _))) => {
                    let _ = stream.set_nodelay(true);
                    tokio::spawn(self.clone().serve(stream));
                }
                Some(Err(_)) => {}
                None => {
                    drop(listener);
                    let _ = is_open.wait_for(|is_open| *is_open).await;
                    listener = TcpListener::bind(self.address).await.expect("the port is still free");
                }
            }
        }
    }

    /// Refuses connections: for a moment if only this call is to go wrong, else until it is healed.
    fn close(&self) {
        self.is_open.send_replace(false);
        let plan = self.state.lock().expect("unpoisoned").plan;
        if plan.is_some_and(|plan| plan.from == plan.until) {
            let is_open = self.is_open.clone();
            tokio::spawn(async move {
                tokio::time::sleep(MOMENT).await;
                is_open.send_replace(true);
            });
        }
    }

    /// The fault for the call that comes now, if there is one.
    fn next(&self, request: &[u8]) -> Option<Fault> {
        let mut state = self.state.lock().expect("unpoisoned");
        state.calls += 1;
        let plan = state.plan.filter(|plan| (plan.from..=plan.until).contains(&state.calls))?;
        if plan.fault == Fault::TransactionConflict && is_read(request) {
            return None;
        }
        state.struck += 1;
        Some(plan.fault)
    }

    async fn serve(self, mut client: TcpStream) {
        let upstream = self.state.lock().expect("unpoisoned").upstream.expect("the proxy leads somewhere");
        let Ok(mut dynamodb) = TcpStream::connect(upstream).await else { return };
        let _ = dynamodb.set_nodelay(true);
        while let Some(request) = message(&mut client).await {
            let fault = self.next(&request);
            let answer = match fault {
                Some(Fault::Refused) => return self.close(),
                Some(Fault::CutBefore) => return,
                Some(Fault::Throttled) => refusal("ProvisionedThroughputExceededException"),
                Some(Fault::ServerError) => answer(500, &json!({ "__type": "InternalServerError" })),
                Some(Fault::TransactionConflict) => conflict(&request),
                None | Some(Fault::CutAfter | Fault::Late) => {
                    if dynamodb.write_all(&request).await.is_err() {
                        return;
                    }
                    let Some(answer) = message(&mut dynamodb).await else { return };
                    answer
                }
            };
            match fault {
                Some(Fault::CutAfter) => return,
                Some(Fault::Late) => tokio::time::sleep(LATE).await,
                _ => {}
            }
            if client.write_all(&answer).await.is_err() {
                return;
            }
        }
    }
}

/// One HTTP message, head and body; `None` at the end of the connection.
async fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
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

/// A read that is no transaction conflicts with none.
fn is_read(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    ["GetItem", "Query"].iter().any(|operation| text.contains(&format!("{operation}\r\n")))
}

/// As DynamoDB says it: a transaction is cancelled as a whole, with a reason for each of its writes.
fn conflict(request: &[u8]) -> Vec<u8> {
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

fn refusal(code: &str) -> Vec<u8> {
    answer(
        400,
        &json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "as the test wants" }),
    )
}

fn answer(status: u16, body: &serde_json::Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status} Fault\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
