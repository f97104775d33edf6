//! The way of a mail order: table stream → pipe → queue → `mailer`.

mod filter;
mod queue;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lambda_events::sqs::SqsEvent;
use embedded::{DynamoDb, Position, Stream};
use serde_json::{Value, json};
use shared::{Clock, Random};
use tokio::sync::{mpsc, oneshot};

pub(crate) use self::filter::Filter;
pub(crate) use self::queue::QueueSettings;
use self::queue::{Outcome, Queue};

/// How long a write may lie in the stream that came past the gateway, which wakes the pipe otherwise.
const POLL_EVERY: Duration = Duration::from_millis(100);

/// Items looked at at a time, while every request waits.
const SCAN_PAGE: usize = 100;

type Deliver = Box<dyn Fn(SqsEvent) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// The running pipe and its queue.
pub(crate) struct Pipe {
    queue: Arc<Queue<Deliver>>,
    wake: mpsc::Sender<Wake>,
    tasks: [tokio::task::JoinHandle<()>; 2],
}

/// Says that there may be something in the stream; the sender hears once it is read.
type Wake = Option<oneshot::Sender<()>>;

impl Pipe {
    /// Starts to move everything that is in the table and everything that will be written to it.
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
        // The database is asked on its own thread, messages are delivered on the server's.
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

    /// Something was written.
    pub(crate) fn wake(&self) {
        // A full channel means that it will look anyway.
        let _ = self.wake.try_send(None);
    }

    /// Returns once everything written before the call is delivered or dead.
    pub(crate) async fn settled(&self) {
        let (reached, read) = oneshot::channel();
        if self.wake.send(Some(reached)).await.is_ok() {
            let _ = read.await;
        }
        self.queue.idle().await;
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

/// What the reader hands to the queue.
enum Passed {
    Record(String),
    /// Every earlier record has been handed over.
    Mark(oneshot::Sender<()>),
}

/// The reading end: the table's stream and what of it passes the filter.
struct Source {
    stream: Stream,
    filter: &'static Filter,
    awake: mpsc::Receiver<Wake>,
    passed: mpsc::UnboundedSender<Passed>,
}

impl Source {
    async fn read(mut self) {
        // The stream's end first: what is written during the scan is seen twice rather than never.
        let mut position = match self.stream.end() {
            Ok(position) => position,
            Err(error) => return eprintln!("The pipe cannot read the table's stream: {error}"),
        };
        if let Err(error) = self.scan(&mut position).await {
            eprintln!("Mail orders of an earlier run could not be looked for: {error}");
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

    /// Passes on what an earlier run of the server left behind, as if it had just been written. The mailer knows
    /// what it has done already.
    ///
    /// The stream is read along: it keeps so many records and no more, and a large table takes its time.
    async fn scan(&self, position: &mut Position) -> Result<(), embedded::Error> {
        let mut behind = None;
        loop {
            let started = Instant::now();
            let (page, next) = self.stream.keys(behind, SCAN_PAGE)?;
            for keys in page {
                self.offer(&json!({
                    "eventName": "INSERT",
                    "eventSource": "aws:dynamodb",
                    "dynamodb": { "Keys": keys, "StreamViewType": "KEYS_ONLY" },
                }));
            }
            behind = next;
            if behind.is_none() {
                return Ok(());
            }
            *position = self.drain(position)?;
            // Requests are answered on this thread, and have as much of it as the scan.
            tokio::time::sleep(started.elapsed()).await;
        }
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
        // Nobody listens any more when the server stops.
        let _ = self.passed.send(passed);
    }
}
