//! The mail queue: SQS as a function sees it, in memory.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use serde_json::json;
use shared::{Clock, Random};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// The pause before a message's first retry; it doubles up to the queue's visibility timeout. SQS would wait for that
/// timeout each time, which takes minutes.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The result of an invocation of the function. An error fails the whole batch.
pub(crate) type Outcome = Result<SqsBatchResponse, lambda_http::Error>;

/// What `template.yaml` says about the queue and the function behind it.
#[derive(Clone, Debug)]
pub(crate) struct QueueSettings {
    pub(crate) visibility_timeout: Duration,
    /// Attempts before a message becomes a dead letter.
    pub(crate) max_receive_count: u32,
    pub(crate) function_timeout: Duration,
    /// How many invocations run at once.
    pub(crate) concurrency: usize,
}

/// Delivers each message in a task of its own, so that a failing one delays no other.
pub(crate) struct Queue<D> {
    tasks: Mutex<JoinSet<()>>,
    shared: Arc<Shared<D>>,
}

struct Shared<D> {
    settings: QueueSettings,
    deliver: D,
    clock: Clock,
    random: Random,
    slots: Semaphore,
    /// Messages that are neither delivered nor dead letters.
    pending: watch::Sender<usize>,
    /// How many have been delivered or become dead letters so far.
    finished: AtomicUsize,
    /// Messages that no attempt could deliver.
    dead_letters: Mutex<Vec<Message>>,
}

struct Message {
    id: String,
    /// The stream record or the event of SES, as JSON.
    body: String,
    sent_at_millis: u64,
    receive_count: u32,
}

impl<D, F> Queue<D>
where
    D: Fn(SqsEvent) -> F + Send + Sync + 'static,
    F: Future<Output = Outcome> + Send + 'static,
{
    pub(crate) fn new(settings: QueueSettings, clock: Clock, random: Random, deliver: D) -> Queue<D> {
        let slots = Semaphore::new(settings.concurrency);
        let (pending, _) = watch::channel(0);
        let dead_letters = Mutex::default();
        let finished = AtomicUsize::new(0);
        let shared =
            Arc::new(Shared { settings, deliver, clock, random, slots, pending, finished, dead_letters });
        Queue { tasks: Mutex::default(), shared }
    }

    /// Accepts a message. Must be called within a Tokio runtime.
    pub(crate) fn send(&self, body: String) {
        let shared = Arc::clone(&self.shared);
        let message = Message {
            id: shared.random.uuid().to_string(),
            body,
            sent_at_millis: shared.clock.now().micros() / 1_000,
            receive_count: 0,
        };
        shared.pending.send_modify(|pending| *pending += 1);
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            shared.process(message).await;
            shared.finished.fetch_add(1, Ordering::SeqCst);
            shared.pending.send_modify(|pending| *pending -= 1);
        });
    }

    pub(crate) fn finished(&self) -> usize {
        self.shared.finished.load(Ordering::SeqCst)
    }

    /// Returns once nothing is pending.
    pub(crate) async fn idle(&self) {
        // The sender lives as long as `self`.
        let _ = self.shared.pending.subscribe().wait_for(|pending| *pending == 0).await;
    }

    /// How many dead letters there are.
    pub(crate) fn dead_letters(&self) -> usize {
        self.shared.dead_letters().len()
    }

    /// Moves the dead letters back, as SQS's redrive does.
    pub(crate) fn redrive(&self) {
        let dead = std::mem::take(&mut *self.shared.dead_letters());
        dead.into_iter().for_each(|letter| self.send(letter.body));
    }
}

impl<D, F> Shared<D>
where
    D: Fn(SqsEvent) -> F,
    F: Future<Output = Outcome> + Send + 'static,
{
    /// Tries until the message is delivered or becomes a dead letter.
    async fn process(&self, mut message: Message) {
        let mut pause = FIRST_PAUSE;
        loop {
            message.receive_count += 1;
            if self.attempt(&message).await {
                return;
            }
            if message.receive_count >= self.settings.max_receive_count {
                break;
            }
            tokio::time::sleep(pause.min(self.settings.visibility_timeout)).await;
            pause = pause.saturating_mul(2);
        }
        eprintln!(
            "Mail message {} became a dead letter after {} attempts.",
            message.id, message.receive_count
        );
        self.dead_letters().push(message);
    }

    fn dead_letters(&self) -> MutexGuard<'_, Vec<Message>> {
        self.dead_letters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One invocation of the function. An error, a panic and a time-out are failures.
    async fn attempt(&self, message: &Message) -> bool {
        let Ok(_slot) = self.slots.acquire().await else { return false };
        // A set of one, because dropping a set cancels its tasks.
        let mut invocation = JoinSet::new();
        invocation.spawn((self.deliver)(event(message, self.clock.now().micros() / 1_000)));
        match tokio::time::timeout(self.settings.function_timeout, invocation.join_next()).await {
            Ok(Some(Ok(Ok(response)))) => response.batch_item_failures.is_empty(),
            _ => false,
        }
    }
}

/// The event that Lambda's queue poller passes on: through JSON, as in production.
fn event(message: &Message, now_millis: u64) -> SqsEvent {
    let event = json!({
        "Records": [{
            "messageId": message.id,
            "receiptHandle": format!("{}-{}", message.id, message.receive_count),
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": message.receive_count.to_string(),
                "SentTimestamp": message.sent_at_millis.to_string(),
                "SenderId": "pipe",
                "ApproximateFirstReceiveTimestamp": now_millis.to_string(),
            },
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:local:000000000000:MailQueue",
            "awsRegion": "local",
        }]
    });
    serde_json::from_value(event).expect("the event has the shape of its type")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn settings() -> QueueSettings {
        QueueSettings {
            visibility_timeout: Duration::from_millis(1),
            max_receive_count: 5,
            function_timeout: Duration::from_millis(50),
            concurrency: 2,
        }
    }

    fn failed(event: &SqsEvent) -> Outcome {
        let id = event.records[0].message_id.as_deref();
        Ok(serde_json::from_value(json!({ "batchItemFailures": [{ "itemIdentifier": id }] }))?)
    }

    fn delivered() -> Outcome {
        Ok(SqsBatchResponse::default())
    }

    fn queue<D, F>(deliver: D) -> Queue<D>
    where
        D: Fn(SqsEvent) -> F + Send + Sync + 'static,
        F: Future<Output = Outcome> + Send + 'static,
    {
        Queue::new(settings(), Clock::system(), Random::system(), deliver)
    }

    #[tokio::test]
    async fn a_failed_message_is_retried_until_it_is_delivered() {
        let attempts = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&attempts);
        let queue = queue(move |event| {
            let attempt = seen.fetch_add(1, Ordering::Relaxed);
            async move { if attempt < 3 { failed(&event) } else { delivered() } }
        });
        queue.send("mail".to_owned());
        queue.idle().await;
        assert_eq!(attempts.load(Ordering::Relaxed), 4);
        assert_eq!(queue.dead_letters(), 0);
    }

    #[tokio::test]
    async fn failures_panics_and_time_outs_end_in_a_dead_letter_and_delay_no_other_message() {
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&arrived);
        let queue = queue(move |event: SqsEvent| {
            let seen = Arc::clone(&seen);
            async move {
                match event.records[0].body.as_deref() {
                    Some("fails") => failed(&event),
                    Some("errs") => Err("provoked by the test".into()),
                    Some("panics") => panic!("provoked by the test"),
                    Some("hangs") => std::future::pending().await,
                    body => {
                        seen.lock().unwrap().push(body.map(str::to_owned));
                        delivered()
                    }
                }
            }
        });
        for body in ["fails", "panics", "good", "errs", "hangs", "also good"] {
            queue.send(body.to_owned());
        }
        queue.idle().await;
        let mut dead: Vec<_> =
            queue.shared.dead_letters().iter().map(|dead| (dead.body.clone(), dead.receive_count)).collect();
        dead.sort();
        assert_eq!(
            dead,
            ["errs", "fails", "hangs", "panics"].map(|body| (body.to_owned(), 5)),
            "each was tried five times"
        );
        assert_eq!(arrived.lock().unwrap().len(), 2);
    }
}
