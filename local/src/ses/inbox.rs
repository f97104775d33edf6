//! The mails that were sent, and the failures to simulate.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::fate::{self, Fate};
use super::folder::Folder;

/// How many mails are kept; the oldest are dropped first.
const CAPACITY: usize = 1_000;

/// A captured e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// What SES called it when it took it.
    pub id: String,
    /// All recipients, comma-separated.
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// What the sender calls this kind of mail, such as `confirmation`.
    pub kind: String,
    /// RFC 3339, UTC.
    pub sent_at: String,
    /// What it was sent through.
    pub configuration_set: Option<String>,
    /// What the sender told SES about it.
    pub tags: BTreeMap<String, String>,
    /// The message as it was sent (RFC 5322).
    #[serde(skip)]
    pub source: Arc<[u8]>,
}

/// How sending can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The account sends too fast: a retry can succeed.
    Throttled,
    /// SES will never accept a message to this recipient.
    Rejected,
    /// SES takes the sender's address for malformed.
    Sender,
    /// SES answers 503.
    Down,
}

/// The captured mails, newest last, and the failures that tests ask for.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Without one, the mails are lost when the server stops.
    folder: Option<Folder>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    mails: VecDeque<Mail>,
    next: VecDeque<Failure>,
    by_recipient: HashMap<String, Failure>,
    fates: HashMap<String, Vec<Fate>>,
}

impl Inbox {
    /// With the mails that are kept in the folder `data`.
    pub(crate) fn open(data: Option<&Path>) -> io::Result<Inbox> {
        let Some(data) = data else { return Ok(Inbox::default()) };
        let folder = Folder::open(data)?;
        let mut mails = VecDeque::from(folder.mails()?);
        for old in mails.drain(..mails.len().saturating_sub(CAPACITY)) {
            folder.remove(&old)?;
        }
        Ok(Inbox { folder: Some(folder), state: Mutex::new(State { mails, ..State::default() }) })
    }

    pub fn all(&self) -> Vec<Mail> {
        self.state().mails.iter().cloned().collect()
    }

    /// Those to one address, newest last.
    pub fn to(&self, address: &str) -> Vec<Mail> {
        self.state().mails.iter().filter(|mail| mail.to == address).cloned().collect()
    }

    pub(crate) fn with_id(&self, id: &str) -> Option<Mail> {
        self.state().mails.iter().find(|mail| mail.id == id).cloned()
    }

    /// Deletes the mails that are asked for, and returns how many there were.
    pub(crate) fn delete(&self, is_asked_for: impl Fn(&Mail) -> bool) -> io::Result<usize> {
        let mut state = self.state();
        let asked_for: Vec<_> = state.mails.iter().filter(|mail| is_asked_for(mail)).cloned().collect();
        for mail in &asked_for {
            self.folder.as_ref().map_or(Ok(()), |folder| folder.remove(mail))?;
        }
        state.mails.retain(|mail| !is_asked_for(mail));
        Ok(asked_for.len())
    }

    /// Makes the next `count` attempts to send anything fail.
    pub fn fail_next(&self, count: usize, failure: Failure) {
        self.state().next.extend(std::iter::repeat_n(failure, count));
    }

    /// Makes every attempt to send to `address` fail.
    pub fn fail_for(&self, address: &str, failure: Failure) {
        self.state().by_recipient.insert(address.to_owned(), failure);
    }

    /// Makes every mail to `address` end like this, in this order.
    pub fn fate_for(&self, address: &str, fates: &[Fate]) {
        self.state().fates.insert(address.to_owned(), fates.to_vec());
    }

    /// Cancels every failure that was asked for.
    pub fn recover(&self) {
        let mut state = self.state();
        state.next.clear();
        state.by_recipient.clear();
    }

    /// How the next message to `to` fails, if it does.
    pub(super) fn next_failure(&self, to: &str) -> Option<Failure> {
        let mut state = self.state();
        state.by_recipient.get(to).copied().or_else(|| state.next.pop_front())
    }

    pub(super) fn fates_of(&self, mail: &Mail) -> impl Iterator<Item = Fate> {
        let asked_for = self.state().fates.get(&mail.to).cloned();
        asked_for.unwrap_or_else(|| fate::simulated(&mail.to)).into_iter()
    }

    /// Keeps a mail that came in this call of SES's.
    pub(super) fn keep(&self, mail: Mail, call: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        if let Some(folder) = &self.folder {
            folder.keep(&mail, call)?;
        }
        state.mails.push_back(mail);
        if state.mails.len() > CAPACITY
            && let Some(oldest) = state.mails.pop_front()
            && let Some(folder) = &self.folder
        {
            folder.remove(&oldest)?;
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(subject: usize) -> Mail {
        let text = String::new;
        Mail {
            id: subject.to_string(),
            to: "sonia@example.com".to_owned(),
            subject: subject.to_string(),
            text: text(),
            html: text(),
            kind: text(),
            sent_at: text(),
            configuration_set: None,
            tags: BTreeMap::new(),
            source: Arc::default(),
        }
    }

    #[test]
    fn the_newest_thousand_stay_in_order() {
        let inbox = Inbox::default();
        (0..=CAPACITY).for_each(|subject| inbox.keep(mail(subject), b"").expect("it is kept"));
        let subjects: Vec<String> = inbox.all().into_iter().map(|mail| mail.subject).collect();
        assert_eq!(subjects.len(), CAPACITY);
        assert_eq!(subjects.first().map(String::as_str), Some("1"));
        assert_eq!(subjects.last().map(String::as_str), Some("1000"));
    }

    #[test]
    fn failures_happen_once_each_and_those_of_an_address_every_time() {
        let inbox = Inbox::default();
        inbox.fail_next(2, Failure::Throttled);
        inbox.fail_for("bad@example.com", Failure::Rejected);
        let next: Vec<_> = ["a", "bad@example.com", "b", "c", "bad@example.com"]
            .into_iter()
            .map(|to| inbox.next_failure(to))
            .collect();
        let (throttled, rejected) = (Some(Failure::Throttled), Some(Failure::Rejected));
        assert_eq!(next, [throttled, rejected, throttled, None, rejected]);
    }
}
