//! A proxy between a function and DynamoDB that simulates what can go wrong there.

mod message;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use self::message::{Part, answer, conflict, is_read, refusal};

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// DynamoDB refuses the call for lack of capacity.
    Throttled,
    /// DynamoDB answers 500.
    ServerError,
    /// Another transaction is in progress on an item to be written.
    TransactionConflict,
    /// DynamoDB processes the first part of a batch and returns the rest.
    Unprocessed,
    /// The connection ends, and new ones are refused.
    Refused,
    /// The connection ends before the call reaches DynamoDB.
    CutBefore,
    /// DynamoDB executes the call, and the answer is lost.
    CutAfter,
    /// Another transaction conflicts first; then DynamoDB executes the call, and the answer is lost.
    CutAfterConflict,
    /// DynamoDB executes the call, and answers after the client has given up.
    Late,
    /// The call waits while something else happens: [`Faults::interrupt`].
    Held,
}

/// Every fault that needs no waiting.
pub const QUICK_FAULTS: [Fault; 8] = [
    Fault::Throttled,
    Fault::ServerError,
    Fault::TransactionConflict,
    Fault::Unprocessed,
    Fault::Refused,
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::CutAfterConflict,
];

/// Longer than the SDK waits for an attempt.
const LATE: Duration = Duration::from_millis(2_300);

/// Shorter than the SDK waits before a retry.
const MOMENT: Duration = Duration::from_millis(20);

/// A proxy that forwards every call until a fault is planned.
#[derive(Clone)]
pub struct Faults {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    is_open: watch::Sender<bool>,
    is_held: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    upstream: Option<SocketAddr>,
    plan: Option<Plan>,
    /// Calls since the plan was made, including retries.
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
        let (is_open, is_held) = (watch::Sender::new(true), watch::Sender::new(false));
        let faults = Faults { address, state: Arc::default(), is_open, is_held };
        tokio::spawn(faults.clone().accept(listener));
        faults
    }

    /// The endpoint at which functions reach DynamoDB through the proxy.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn lead_to(&self, upstream: SocketAddr) {
        self.state.lock().expect("unpoisoned").upstream = Some(upstream);
    }

    /// Makes the calls from the `from`-th to the `until`-th go wrong; the next call is the first.
    pub fn plan(&self, fault: Fault, from: usize, until: usize) {
        let mut state = self.state.lock().expect("unpoisoned");
        (state.plan, state.calls, state.struck) = (Some(Plan { fault, from, until }), 0, 0);
    }

    /// Forwards every call again; returns how many went wrong.
    pub fn heal(&self) -> usize {
        let mut state = self.state.lock().expect("unpoisoned");
        state.plan = None;
        self.is_open.send_replace(true);
        state.struck
    }

    /// Does something else just before a request's `call`-th call, or after the request if it makes fewer. Returns what
    /// both return.
    pub async fn interrupt<A, B>(
        &self,
        call: usize,
        request: impl Future<Output = A>,
        other: impl Future<Output = B>,
    ) -> (A, B) {
        self.plan(Fault::Held, call, call);
        let interrupted = async {
            let answer = request.await;
            self.is_held.send_replace(true);
            answer
        };
        let between = async {
            let _ = self.is_held.subscribe().wait_for(|is_held| *is_held).await;
            let answer = other.await;
            self.is_held.send_replace(false);
            answer
        };
        let answers = tokio::join!(interrupted, between);
        self.is_held.send_replace(false);
        self.heal();
        answers
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

    /// Refuses connections: for a moment if only this call is to go wrong, otherwise until [`Faults::heal`].
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

    /// The fault for this call, if there is one.
    fn next(&self, request: &[u8]) -> Option<Fault> {
        let mut state = self.state.lock().expect("unpoisoned");
        state.calls += 1;
        let Plan { fault, from, until } = state.plan?;
        let is_first = state.calls == from;
        let fault = match fault {
            Fault::CutAfterConflict if is_first => Fault::TransactionConflict,
            Fault::CutAfterConflict if state.struck > 0 && state.calls <= until.max(from + 1) => {
                Fault::CutAfter
            }
            Fault::CutAfterConflict => return None,
            fault if (from..=until).contains(&state.calls) => fault,
            _ => return None,
        };
        let applies = match fault {
            Fault::TransactionConflict => !is_read(request),
            Fault::Unprocessed => Part::of(request).is_some(),
            _ => true,
        };
        if !applies {
            return None;
        }
        state.struck += 1;
        Some(fault)
    }

    async fn serve(self, mut client: TcpStream) {
        let upstream = self.state.lock().expect("unpoisoned").upstream.expect("the proxy has an upstream");
        let Ok(mut dynamodb) = TcpStream::connect(upstream).await else { return };
        let _ = dynamodb.set_nodelay(true);
        while let Some(request) = message::read(&mut client).await {
            let fault = self.next(&request);
            if fault == Some(Fault::Held) {
                self.is_held.send_replace(true);
                let _ = self.is_held.subscribe().wait_for(|is_held| !is_held).await;
            }
            let part = Part::of(&request).filter(|_| fault == Some(Fault::Unprocessed));
            let answer = match fault {
                Some(Fault::Refused) => return self.close(),
                Some(Fault::CutBefore) => return,
                Some(Fault::Throttled) => refusal("ProvisionedThroughputExceededException"),
                Some(Fault::ServerError) => answer(500, &json!({ "__type": "InternalServerError" })),
                Some(Fault::TransactionConflict) => conflict(&request),
                _ => {
                    let request = part.as_ref().map_or(&request, |part| &part.request);
                    if dynamodb.write_all(request).await.is_err() {
                        return;
                    }
                    let Some(answer) = message::read(&mut dynamodb).await else { return };
                    part.map_or_else(|| answer.clone(), |part| part.answer(&answer))
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
