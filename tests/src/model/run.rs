//! A sequence from its first burst to its last, or to the first answer that has no explanation.

use std::collections::BTreeMap;
use std::time::Instant;

use super::apply::Scene;
use super::call::{Call, attempts_of, resolve};
use super::mails;
use super::observe::Facts;
use super::rest::add;
use super::search::explanations;
use super::state::{Label, Model, Span, State};
use super::step::{Burst, EMAILS, Sequence};
use super::told::Told;
use crate::Shop;
use serde_json::Value;

/// What ran, and the answers by operation and status.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub bursts: usize,
    pub steps: usize,
    pub answers: BTreeMap<(&'static str, u16), usize>,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.bursts += other.bursts;
        self.steps += other.steps;
        for (answer, count) in other.answers {
            *self.answers.entry(answer).or_default() += count;
        }
    }
}

/// Something that the contract does not allow.
#[derive(Clone, Debug)]
pub struct Find {
    /// The burst after which it was seen.
    pub burst: usize,
    pub calls: Vec<String>,
    pub reason: String,
}

/// Labels of one burst: its steps, then the sessions that the quiet point opens.
const LABELS: usize = 32;
const OBSERVERS: usize = 16;
/// Seconds. A failed attempt counts for ten minutes.
const ATTEMPTS_FORGOTTEN: u64 = 601;
const MOST_ATTEMPTS: usize = 9;
/// Seconds after which the clock moves to a new day, long before an access token expires.
const LONG_DAY: f64 = 20_000.0;
const NEXT_DAY: u64 = 86_460;
/// The most notices to one address in a day.
const MOST_NOTICES: usize = 20;

/// Runs `sequence` in a shop of its own.
pub async fn run(sequence: &Sequence) -> (Tally, Result<(), Find>) {
    let required = sequence.requires_confirmation.to_string();
    let shop = Shop::with(&[("REQUIRE_CONFIRMATION", &required)]).await;
    let mut run = Run::new(shop, sequence.requires_confirmation);
    let mut result = Ok(());
    for (number, burst) in sequence.bursts.iter().enumerate() {
        result = run.burst(number, burst).await;
        if result.is_err() {
            break;
        }
    }
    run.shop.stop().await;
    (run.tally, result)
}

struct Run {
    shop: Shop,
    started: Instant,
    advanced: u64,
    day_began: f64,
    /// The possible states: mostly one.
    belief: Vec<Model>,
    /// Failed attempts that may still count, by e-mail.
    attempts: BTreeMap<&'static str, usize>,
    mails_seen: usize,
    /// The id of the last event seen.
    event_seen: Option<String>,
    /// By address.
    mails_of_day: BTreeMap<String, usize>,
    tally: Tally,
}

impl Run {
    fn new(shop: Shop, requires_confirmation: bool) -> Run {
        Run {
            shop,
            started: Instant::now(),
            advanced: 0,
            day_began: 0.0,
            belief: vec![Model { requires_confirmation, ..Model::default() }],
            attempts: BTreeMap::new(),
            mails_seen: 0,
            event_seen: None,
            mails_of_day: BTreeMap::new(),
            tally: Tally::default(),
        }
    }

    async fn burst(&mut self, number: usize, burst: &Burst) -> Result<(), Find> {
        let find = |calls: &[(Call, Told)], reason: String| {
            let line = |(index, (call, told)): (usize, &(Call, Told))| {
                let by = call.caller.as_ref().map_or(String::new(), |caller| {
                    format!(" by session {} of customer {}", caller.session, caller.account)
                });
                format!("{index}: {:?}{by} -> {}", call.act, told.summary())
            };
            let calls = calls.iter().enumerate().map(line).collect();
            Find { burst: number, calls, reason }
        };
        self.advance(burst.wait);
        self.keep_clear_of_limits(&self.calls(number, burst)).await.map_err(|reason| find(&[], reason))?;
        let calls = self.calls(number, burst);
        let from = self.now();
        let tasks: Vec<_> = calls
            .iter()
            .map(|call| {
                let (client, request) = (call.client(self.shop.anonymous()), call.request());
                tokio::spawn(async move { Told::new(&client.send(request).await) })
            })
            .collect();
        let mut answered = Vec::new();
        for (call, task) in calls.into_iter().zip(tasks) {
            let told = task.await.map_err(|panic| find(&answered, format!("{:?}: {panic}", call.act)))?;
            *self.tally.answers.entry((call.act.operation(), told.status)).or_default() += 1;
            answered.push((call, told));
        }
        self.tally.bursts += 1;
        self.tally.steps += answered.len();
        self.quiet_point(number, &answered, from).await.map_err(|reason| find(&answered, reason))
    }

    /// Once nothing is in flight, the answers must have an explanation that ends in the observed state, and the table must
    /// break no rule.
    async fn quiet_point(
        &mut self,
        burst: usize,
        answered: &[(Call, Told)],
        from: f64,
    ) -> Result<(), String> {
        self.shop.mail_settled().await;
        let broken = self.shop.broken_rules().await;
        if !broken.is_empty() {
            self.shop.break_on_purpose();
            return Err(format!("the table breaks rules: {broken:#?}"));
        }
        let at = Span { from, to: self.now() };
        let mails = self.shop.mails().await.split_off(self.mails_seen);
        self.mails_seen += mails.len();
        let events = self.new_events().await;

        let scene = Scene { at, minted: mails::minted(&mails, &self.belief) };
        let candidates = explanations(&self.belief, answered, &scene)?;
        let facts = Facts::gather(&self.shop, mails, events, &self.belief, &candidates).await?;
        let start = self.belief[0].clone();
        for mail in &facts.mails {
            *self.mails_of_day.entry(mail.to.to_ascii_lowercase()).or_default() += 1;
        }
        let mut belief: Vec<Model> = Vec::new();
        let mut refusals = Vec::new();
        for mut model in candidates {
            let agrees = model
                .take_mails(&facts.mails, &start, at)
                .and_then(|()| model.compare_events(&facts.events))
                .and_then(|()| model.compare(&facts));
            match agrees {
                Ok(()) => {
                    model.come_to_rest(&facts, burst * LABELS + OBSERVERS, at);
                    add(&mut belief, model);
                }
                Err(reason) => refusals.push(format!("  {reason}")),
            }
        }
        if belief.is_empty() {
            refusals.sort();
            refusals.dedup();
            let refusals = refusals.join("\n");
            return Err(format!("the answers can be explained, but not what is there now:\n{refusals}"));
        }
        self.belief = belief;
        self.note_attempts(answered, &facts, &start);
        self.sign_observers_out(&facts).await
    }

    /// The kind and the customer of each event since the last call. The server keeps a limited number.
    async fn new_events(&mut self) -> Vec<(String, String)> {
        let mut events = self.shop.events().await;
        let id = |event: &Value| event["detail"]["id"].as_str().map(str::to_owned);
        let seen = events.iter().rposition(|event| id(event) == self.event_seen);
        events.drain(..seen.map_or(0, |index| index + 1));
        self.event_seen = events.last().and_then(id).or(self.event_seen.take());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        events.iter().map(|event| (text(&event["detail-type"]), text(&event["detail"]["resource"]))).collect()
    }

    fn calls(&self, number: usize, burst: &Burst) -> Vec<Call> {
        let steps = burst.steps.iter().take(OBSERVERS).enumerate();
        steps.filter_map(|(index, step)| resolve(step, number * LABELS + index, &self.belief[0])).collect()
    }

    fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64() + self.advanced as f64
    }

    fn advance(&mut self, seconds: u64) {
        self.shop.advance(seconds);
        self.advanced += seconds;
    }

    /// Lets time pass before a lockout or the day's budget of notices could take effect.
    async fn keep_clear_of_limits(&mut self, calls: &[Call]) -> Result<(), String> {
        // A customer may just have moved, and then attempts with every e-mail count together.
        let known: usize = self.attempts.values().sum();
        let too_many = |email: &&'static str| {
            // The quiet point makes some more.
            known + attempts_of(calls, email, &self.belief[0]) + 2 > MOST_ATTEMPTS
        };
        if EMAILS.iter().any(too_many) {
            self.advance(ATTEMPTS_FORGOTTEN);
            self.attempts.clear();
        }
        let ordered: usize = calls.iter().map(|call| call.act.mails()).sum();
        let most = self.mails_of_day.values().max().copied().unwrap_or_default();
        if most + ordered <= MOST_NOTICES && self.now() - self.day_began < LONG_DAY {
            return Ok(());
        }
        self.advance(NEXT_DAY);
        self.day_began = self.now();
        self.mails_of_day.clear();
        self.attempts.clear();
        self.refresh_all().await
    }

    /// A session outlives its access tokens.
    async fn refresh_all(&mut self) -> Result<(), String> {
        let at = |run: &Run| Span { from: run.now(), to: run.now() };
        let alive: Vec<(Label, Label, String)> = self.belief[0]
            .accounts
            .iter()
            .flat_map(|(label, account)| {
                let alive = account.sessions.iter().filter(|(_, session)| session.state == State::Alive);
                alive.filter_map(|(number, session)| {
                    Some((*label, *number, session.refresh_tokens.last()?.clone()))
                })
            })
            .collect();
        for (label, number, token) in alive {
            let answer = self.shop.try_refresh(&token).await;
            if answer.status != 201 {
                return Err(format!("the day after, a refresh is answered with {}", answer.summary()));
            }
            let rotated = at(self);
            for model in &mut self.belief {
                let account = model.accounts.get_mut(&label).expect("all models know the same customers");
                let session = account.sessions.get_mut(&number).expect("and their sessions");
                session.refresh_tokens.push(answer.text("refreshToken"));
                session.access_tokens = [answer.text("accessToken")].into();
                session.replaced.push(rotated);
            }
        }
        self.belief.iter_mut().for_each(Model::spend_keys);
        Ok(())
    }

    /// Keeps the sessions that the quiet point opened only for customers who have few others.
    async fn sign_observers_out(&mut self, facts: &Facts) -> Result<(), String> {
        for seen in facts.owners.values().flatten() {
            let is_kept = |model: &Model| {
                let mut accounts = model.accounts.values();
                accounts.any(|account| account.sessions.values().any(|session| session.id == seen.session))
            };
            if self.belief.iter().any(is_kept) {
                continue;
            }
            let path = format!("/customers/{}/sessions/{}", seen.reference, seen.session);
            let answer = self.shop.bearer(&seen.access_token).delete(&path).await;
            if answer.status != 204 {
                return Err(format!("one's own session is ended with {}", answer.summary()));
            }
        }
        Ok(())
    }

    fn note_attempts(&mut self, answered: &[(Call, Told)], facts: &Facts, start: &Model) {
        let calls: Vec<Call> = answered.iter().map(|(call, _)| call.clone()).collect();
        for email in EMAILS {
            let attempts = self.attempts.entry(email).or_default();
            *attempts += attempts_of(&calls, email, start);
            *attempts += facts.attempts[email];
            if facts.owners[email].is_some() {
                *attempts = 0;
            }
        }
    }
}
