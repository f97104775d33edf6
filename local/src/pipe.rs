//! The path of a queued mail: table stream → pipe → queue → `mailer`. What SES says became of it joins at the queue.

mod filter;
mod queue;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::SqsEvent;
use embedded::{DynamoDb, Position, Stream};
use serde_json::{Value, json};
use shared::{Clock, Random};
use tokio::sync::{mpsc, oneshot};

pub(crate) use self::filter::Filter;
pub(crate) use self::queue::QueueSettings;
use self::queue::{Outcome, Queue};

/// How long a write may wait in the stream if it bypassed the gateway, which wakes the pipe after its own writes.
const POLL_EVERY: Duration = Duration::from_millis(100);

/// Items of an earlier run looked at in one go, while all requests wait.
const PAGE: usize = 100;

type Deliver = Box<dyn Fn(SqsEvent) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// The running pipe and its queue.
pub(crate) struct Pipe {
    queue: Arc<Queue<Deliver>>,
    wake: mpsc::Sender<Wake>,
    tasks: [tokio::task::JoinHandle<()>; 2],
}

/// Signals that there may be something in the stream, and notifies the sender, if it asks for that, once it is read.
type Wake = Option<oneshot::Sender<()>>;

impl Pipe {
    /// Starts passing on everything that is in the table, and everything that is written to it from now on.
    pub(crate) fn start<D, F>(
        dynamodb: &DynamoDb,
        filter: &'static Filter,
        queue: QueueSettings,
        clock: Clock,
        deliver: D,
    ) -> Pipe
    where
        D: Fn(SqsEvent) -> F + Send + Sync + 'static,
        F: Future<Output = Outcome> + Send + 'static,
    {
        let deliver: Deliver = Box::new(move |event| Box::pin(deliver(event)));
        let queue = Arc::new(Queue::new(queue, clock, Random::system(), deliver));
        let (wake, awake) = mpsc::channel(1);
        let (passed, mut records) = mpsc::unbounded_channel();
        // The database is read on its own thread, messages are delivered on the server's.
        let source = Source { stream: dynamodb.stream(), filter, awake, passed };
        let reader = dynamodb.spawn(source.read());
        let target = Arc::clone(&queue);
        let sender = tokio::spawn(async move {
            while let Some(record) = records.recv().await {
                match record {
                    Passed::Record(record) => target.send(record),
                    Passed::Mark(reached) => drop(reached.send(())),
                }
            }
        });
        Pipe { queue, wake, tasks: [reader, sender] }
    }

    /// Makes the pipe read the stream, after a write.
    pub(crate) fn wake(&self) {
        // If the channel is full, the pipe is about to read the stream anyway.
        let _ = self.wake.try_send(None);
    }

    /// Returns once everything written before the call is delivered or a dead letter, and so is what that has led to.
    pub(crate) async fn settled(&self) {
        loop {
            let before = self.queue.finished();
            let (reached, read) = oneshot::channel();
            if self.wake.send(Some(reached)).await.is_ok() {
                let _ = read.await;
            }
            self.queue.idle().await;
            // A message that was finished since may have led to another, which the stream was not asked for yet.
            if self.queue.finished() == before {
                return;
            }
        }
    }

    /// Queues what does not come from the stream: an event of SES, which on AWS comes from a rule of EventBridge.
    pub(crate) fn queue(&self, body: String) {
        self.queue.send(body);
    }

    pub(crate) fn dead_letters(&self) -> usize {
        self.queue.dead_letters()
    }

    pub(crate) fn redrive(&self) {
        self.queue.redrive();
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// What the reader passes to the queue.
enum Passed {
    Record(String),
    /// Every earlier record has been passed on.
    Mark(oneshot::Sender<()>),
}

/// The reading end: passes on those records of the table's stream that match the filter.
struct Source {
    stream: Stream,
    filter: &'static Filter,
    awake: mpsc::Receiver<Wake>,
    passed: mpsc::UnboundedSender<Passed>,
}

impl Source {
    async fn read(mut self) {
        // The stream's end is taken first, so that what is written meanwhile is seen twice rather than never.
        let mut position = match self.stream.end() {
            Ok(position) => position,
            Err(error) => return eprintln!("The pipe cannot read the table's stream: {error}"),
        };
        if let Err(error) = self.offer_left_behind(&mut position).await {
            eprintln!("The pipe could not read the mails queued by an earlier run: {error}");
        }
        loop {
            let mark = match tokio::time::timeout(POLL_EVERY, self.awake.recv()).await {
                Ok(Some(mark)) => mark,
                Ok(None) => return,
                Err(_) => None,
            };
            match self.drain(&position) {
                Ok(next) => position = next,
                Err(error) => eprintln!("The pipe could not read the table's stream: {error}"),
            }
            if let Some(mark) = mark {
                self.pass(Passed::Mark(mark));
            }
        }
    }

    /// Passes on what an earlier run of the server left behind, as if it had just been written. The mailer skips what
    /// it has already done. Only items that expire are looked at: every queued mail does.
    ///
    /// The stream is read along the way, because it keeps a limited number of records.
    async fn offer_left_behind(&self, position: &mut Position) -> Result<(), embedded::Error> {
        let mut expiring = self.stream.expiring()?.peekable();
        while expiring.peek().is_some() {
            for keys in expiring.by_ref().take(PAGE) {
                self.offer(&json!({
                    "eventName": "INSERT",
                    "eventSource": "aws:dynamodb",
                    "dynamodb": { "Keys": keys, "StreamViewType": "KEYS_ONLY" },
                }));
            }
            *position = self.drain(position)?;
            // Requests are answered on this thread too.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Reads the stream to its end and returns where that is.
    fn drain(&self, position: &Position) -> Result<Position, embedded::Error> {
        self.stream.read(position, |record| self.offer(record))
    }

    fn offer(&self, record: &Value) {
        if self.filter.passes(record) {
            self.pass(Passed::Record(record.to_string()));
        }
    }

    fn pass(&self, passed: Passed) {
        // The receiver is dropped when the server stops.
        let _ = self.passed.send(passed);
    }
}
