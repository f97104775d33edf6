//! Two requests, one of which falls between any two calls to DynamoDB of the other: both answers, and the table after
//! them, are as if one had come after the other.

use std::sync::Arc;

use tests::{Shop, Table};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::AT_ONCE;
use super::operation::{OPERATIONS, Operation, Stage};
use super::state::State;

/// What falls between: whatever changes something, and needs nothing that it does itself.
const INTERRUPTING: [Operation; 13] = [
    Operation::Register,
    Operation::RegisterTaken,
    Operation::UpdateName,
    Operation::UpdateEmail,
    Operation::Anonymise,
    Operation::CreateAddress,
    Operation::DeleteAddress,
    Operation::ChangePassword,
    Operation::Confirm,
    Operation::SignIn,
    Operation::Refresh,
    Operation::SignOutEverywhere,
    Operation::DeskChangeEmail,
];

/// When the other request falls.
#[derive(Clone, Copy)]
enum Falls {
    Before,
    /// Just before this call.
    Between(usize),
    After,
}

/// Both statuses, and the table after both requests.
#[derive(PartialEq)]
struct Outcome(u16, u16, State);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_interleave_are_as_if_one_came_after_the_other() {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    // One of the help desk's changes stands for all: they are made alike.
    let is_alike = |first: &Operation| first.is_desks() && *first != Operation::DeskChangeEmail;
    for first in OPERATIONS.into_iter().filter(|first| !is_alike(first)) {
        let calls = super::undisturbed(first).await.calls;
        // A request of one call has nothing between, and what has ended may be ended once more.
        let others =
            INTERRUPTING.into_iter().filter(|other| calls > 1 && !(first.ends_one() && other.ends_all()));
        for other in others {
            let places = Arc::clone(&places);
            running.spawn(async move {
                let _place = places.acquire_owned().await.expect("it is never closed");
                (first, other, interleaved(first, calls, other).await)
            });
        }
    }
    let (mut table, mut tried) = (Table::default(), 0);
    while let Some(finished) = running.join_next().await {
        let (first, other, problems) = finished.expect("no panic");
        for (call, problem) in problems {
            table.check(format!("{other:?} before call {call} of {first:?}"), problem, String::new());
            tried += 1;
        }
    }
    table.finish();
    println!("{tried} interleavings");
    assert!(tried > 500, "{tried}");
}

/// What is wrong for each of the calls that the first request makes.
async fn interleaved(first: Operation, calls: usize, other: Operation) -> Vec<(usize, String)> {
    let mut problems = Vec::new();
    let serial = [outcome(first, other, Falls::Before).await, outcome(first, other, Falls::After).await];
    for call in 1..=calls {
        let between = outcome(first, other, Falls::Between(call)).await;
        let problem = if serial.contains(&between) { String::new() } else { between.differences(&serial) };
        problems.push((call, problem));
    }
    problems
}

async fn outcome(first: Operation, other: Operation, falls: Falls) -> Outcome {
    let (shop, faults) = Shop::with_faults().await;
    let stage = Stage::set(&shop, first).await;
    let (request, others) = (stage.request(&shop, first), stage.request(&shop, other));
    let (answer, others) = match falls {
        Falls::Before => {
            let others = others.await;
            (request.await, others)
        }
        Falls::Between(call) => faults.interrupt(call, request, others).await,
        Falls::After => (request.await, others.await),
    };
    Outcome(answer.status, others.status, stage.state(&shop).await.of_the_request())
}

impl Outcome {
    fn differences(&self, serial: &[Outcome; 2]) -> String {
        let compare = |Outcome(first, other, state): &Outcome| {
            format!("{:?}, {}", (first, other), self.2.difference(state))
        };
        let [before, after] = serial;
        format!("{:?}; if before: {}; if after: {}", (self.0, self.1), compare(before), compare(after))
    }
}

impl Operation {
    fn ends_one(self) -> bool {
        matches!(self, Operation::SignOut | Operation::EndSession)
    }

    fn ends_all(self) -> bool {
        matches!(self, Operation::Anonymise | Operation::ChangePassword | Operation::SignOutEverywhere)
    }
}
