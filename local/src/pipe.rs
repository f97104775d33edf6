//! The two ways out of the table's stream: a queued mail through a pipe and a queue to `mailer`, an event through a pipe to
//! the event bus. What SES says became of a mail joins at the queue.

mod bus;
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

pub(crate) use self::bus::{Bus, EventPipe};
pub(crate) use self::filter::Filter;
pub(crate) use self::queue::QueueSettings;
use self::queue::{Outcome, Queue};

/// How long a write may wait in the stream if it bypassed the gateway, which wakes the pipe after its own writes.
const POLL_EVERY: Duration = Duration::from_millis(100);

/// Items of an earlier run looked at in one go, while all requests wait.
const PAGE: usize = 100;

type Deliver = Box<dyn Fn(SqsEvent) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// What `template.yaml` says about the pipes and the queue.
#[derive(Debug)]
pub(crate) struct PipeSettings {
    /// What the pipe to the queue passes on.
    pub(crate) mails: Filter,
    pub(crate) queue: QueueSettings,
    pub(crate) events: EventPipe,
}

/// The running pipes and the mail queue: one reader of the stream for both.
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
        settings: &'static PipeSettings,
        bus: Arc<Bus>,
        clock: Clock,
        deliver: D,
    ) -> Pipe
    where
        D: Fn(SqsEvent) -> F + Send + Sync + 'static,
        F: Future<Output = Outcome> + Send + 'static,
    {
        let deliver: Deliver = Box::new(move |event| Box::pin(deliver(event)));
        let queue = settings.queue.clone();
        let queue = Arc::new(Queue::new(queue, clock.clone(), Random::system(), deliver));
        let (wake, awake) = mpsc::channel(1);
        let (passed, mut records) = mpsc::unbounded_channel();
        // The database is read on its own thread, messages are delivered on the server's.
        let source = Source { stream: dynamodb.stream(), settings, bus, clock, awake, passed };
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

    /// Returns once everything written before the call is on the bus, delivered or a dead letter, and so is what that has
    /// led to.
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

/// The reading end: passes on those records of the table's stream that match a filter.
struct Source {
    stream: Stream,
    settings: &'static PipeSettings,
    bus: Arc<Bus>,
    clock: Clock,
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
            eprintln!("The pipe could not read what an earlier run has left behind: {error}");
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
    /// it has already done, and an event may come twice. Only items that expire are looked at: every queued mail and every
    /// event does.
    ///
    /// The stream is read along the way, because it keeps a limited number of records.
    async fn offer_left_behind(&self, position: &mut Position) -> Result<(), embedded::Error> {
        let mut expiring = self.stream.expiring()?.peekable();
        let mut offered = 0;
        while expiring.peek().is_some() {
            for keys in expiring.by_ref().take(PAGE) {
                offered += 1;
                self.offer(&json!({
                    "eventID": Random::system().uuid().simple().to_string(),
                    "eventName": "INSERT",
                    "eventSource": "aws:dynamodb",
                    "dynamodb": {
                        "ApproximateCreationDateTime": self.clock.now().seconds(),
                        "Keys": keys,
                        // Shorter than the stream's, hence earlier.
                        "SequenceNumber": offered.to_string(),
                        "StreamViewType": "KEYS_ONLY",
                    },
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
        if self.settings.mails.passes(record) {
            self.pass(Passed::Record(record.to_string()));
        }
        if self.settings.events.filter.passes(record) {
            match self.settings.events.event(record) {
                Ok(event) => self.bus.put(event),
                Err(error) => eprintln!("The event pipe's input template makes no JSON: {error}"),
            }
        }
    }

    fn pass(&self, passed: Passed) {
        // The receiver is dropped when the server stops.
        let _ = self.passed.send(passed);
    }
}
