//! Whatever goes wrong between a function and DynamoDB, at any call: the answer is a success or asks for a retry, and
//! the table is in the state before or after the request.

mod interleaved;
mod operation;
mod state;

use std::sync::Arc;

use tests::faults::{Fault, QUICK_FAULTS};
use tests::{Answer, Shop, Table};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::operation::{OPERATIONS, Operation, Stage};
use self::state::State;

/// What an operation answers, and leaves in the table, when nothing goes wrong.
#[derive(Clone)]
struct Reference {
    status: u16,
    calls: usize,
    before: State,
    after: State,
}

/// A call to DynamoDB that goes wrong, alone or with all calls after it.
#[derive(Clone, Copy)]
struct Case {
    operation: Operation,
    fault: Fault,
    call: usize,
    is_once: bool,
}

/// Each case has its own shop and spends most of its time waiting.
const AT_ONCE: usize = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_fault_goes_unnoticed() {
    let tried = try_all(&QUICK_FAULTS, true).await;
    println!("{tried} operations met a single fault");
    assert!(tried > 250, "{tried}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lasting_fault_is_reported_and_leaves_nothing_half_done() {
    let tried = try_all(&QUICK_FAULTS, false).await;
    println!("{tried} operations met a lasting fault");
    assert!(tried > 250, "{tried}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_answer_counts_as_lost() {
    let tried = try_all(&[Fault::Late], true).await + try_all(&[Fault::Late], false).await;
    println!("{tried} operations met late answers");
    assert!(tried > 80, "{tried}");
}

/// Applies each fault to each call of each operation, and returns the number of combinations.
async fn try_all(faults: &[Fault], is_once: bool) -> usize {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for operation in OPERATIONS {
        let reference = undisturbed(operation).await;
        for fault in faults.iter().copied() {
            for call in 1..=reference.calls {
                let case = Case { operation, fault, call, is_once };
                let (reference, places) = (reference.clone(), Arc::clone(&places));
                running.spawn(async move {
                    let _place = places.acquire_owned().await.expect("it is never closed");
                    (case, disturbed(case, &reference).await)
                });
            }
        }
    }
    let mut table = Table::default();
    let mut tried = 0;
    while let Some(finished) = running.join_next().await {
        let (Case { operation, fault, call, is_once }, problem) = finished.expect("no panic");
        let times = if is_once { "once" } else { "from then on" };
        let Some(problem) = problem else { continue };
        table.check(format!("{operation:?}, {fault:?} at call {call}, {times}"), problem, String::new());
        tried += 1;
    }
    table.finish();
    tried
}

async fn undisturbed(operation: Operation) -> Reference {
    let (shop, _) = Shop::with_faults().await;
    let stage = Stage::set(&shop, operation).await;
    let before = stage.state(&shop).await;
    let answer = stage.perform(&shop, operation).await;
    assert!(answer.status < 500, "{operation:?}: {}", answer.summary());
    let calls = answer.calls();
    let calls = usize::try_from(calls.reads + calls.writes).expect("a few");
    Reference { status: answer.status, calls, before, after: stage.state(&shop).await }
}

/// What is wrong with the answer or with the table after it; `None` if the fault does not apply to such a call.
async fn disturbed(case: Case, reference: &Reference) -> Option<String> {
    let Case { operation, fault, call, is_once } = case;
    let (shop, faults) = Shop::with_faults().await;
    let stage = Stage::set(&shop, operation).await;
    faults.plan(fault, call, if is_once { call } else { usize::MAX });
    let answer = stage.perform(&shop, operation).await;
    if faults.heal() == 0 {
        return None;
    }
    let state = stage.state(&shop).await;
    if answer.status == reference.status {
        return Some(state.difference(&reference.after));
    }
    if is_once || !asks_to_try_again(&answer) {
        return Some(answer.summary());
    }
    let (left, before, after) =
        (state.of_the_request(), reference.before.of_the_request(), reference.after.of_the_request());
    if left != before && left != after {
        return Some(format!("neither before nor after: {}", left.difference(&after)));
    }
    let (is_done, again) = (left == after, stage.perform(&shop, operation).await);
    let expected = operation.status_again().filter(|_| is_done).unwrap_or(reference.status);
    if again.status != expected {
        return Some(format!("a second try: {}, not {expected}", again.summary()));
    }
    if is_done && operation.adds_up() {
        return Some(String::new());
    }
    Some(stage.state(&shop).await.of_the_request().difference(&after))
}

fn asks_to_try_again(answer: &Answer) -> bool {
    answer.status == 503 && answer.retry_after() > 0 && answer.errors().len() == 1
}
