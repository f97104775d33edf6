//! From one quiet point to the next: settles what was in flux, and forgets what no longer matters.

use std::collections::BTreeSet;

use super::observe::{Facts, Seen};
use super::state::{ATTEMPTS_WINDOW, Account, Label, Model, Session, Span, State};
use super::step::{EMAILS, SLOTS};

/// The least number of sessions per customer, so that there is one to act through.
const FEWEST_SESSIONS: usize = 2;
/// The number of ended sessions that are remembered.
const MOST_DEAD: usize = 3;

impl Model {
    /// `observers` is the first label of the sessions that the quiet point opened.
    pub(super) fn come_to_rest(&mut self, facts: &Facts, observers: Label, at: Span) {
        for (number, email) in EMAILS.iter().enumerate() {
            let (Some(seen), Some((label, _))) = (&facts.owners[email], self.owner(email)) else { continue };
            let account = self.accounts.get_mut(&label).expect("it was just found");
            let alive = account.sessions.values().filter(|session| session.state == State::Alive).count();
            if alive < FEWEST_SESSIONS {
                account.sessions.insert(observers + number, Session::observer(seen));
            }
        }
        for (label, account) in &mut self.accounts {
            for (number, session) in &mut account.sessions {
                if let Some(Some(id)) = facts.sessions.get(&(*label, *number)) {
                    session.id.clone_from(id);
                }
                if session.state == State::EndedInBurst {
                    session.state = State::Ended;
                }
            }
            account.forget_dead_sessions();
            account.guesses.retain(|guess| guess.at.is_older(ATTEMPTS_WINDOW, at) != Some(true));
            account.in_burst = Default::default();
        }
        self.burst = Default::default();
        self.fill_slots();
    }

    /// A key that the service has forgotten is not used again.
    pub(super) fn spend_keys(&mut self) {
        self.spent_keys.extend(std::mem::take(&mut self.keyed).into_keys());
    }

    /// New customers take the slot they asked for, or a free one; an erased customer frees its slot.
    fn fill_slots(&mut self) {
        let newcomers: Vec<(Label, usize)> = self
            .accounts
            .iter()
            .filter(|(label, _)| !self.slots.contains(&Some(**label)))
            .map(|(label, account)| (*label, account.slot))
            .collect();
        for (label, wanted) in newcomers {
            let is_free = |slot: &usize| self.in_slot(*slot).is_none_or(|(_, there)| there.email().is_none());
            let free = (0..SLOTS).map(|step| (wanted + step) % SLOTS).find(is_free);
            self.slots[free.expect("there are no more customers than e-mails")] = Some(label);
        }
        let slots = self.slots;
        self.accounts.retain(|label, _| slots.contains(&Some(*label)));
    }

    /// Everything except which keys may be valid.
    fn without_keys(&self) -> Model {
        let mut model = self.clone();
        for account in model.accounts.values_mut() {
            account.reset.good.clear();
            account.registration.good.clear();
        }
        model
    }
}

impl Account {
    fn forget_dead_sessions(&mut self) {
        let dead = self.sessions.iter().filter(|(_, session)| session.state != State::Alive);
        let dead: Vec<Label> = dead.map(|(number, _)| *number).collect();
        for number in dead.iter().rev().skip(MOST_DEAD) {
            self.sessions.remove(number);
        }
    }
}

impl Session {
    fn observer(seen: &Seen) -> Session {
        Session {
            id: seen.session.clone(),
            refresh_tokens: vec![seen.refresh_token.clone()],
            replaced: Vec::new(),
            access_tokens: BTreeSet::from([seen.access_token.clone()]),
            state: State::Alive,
        }
    }
}

/// Adds a possible state. States that differ only in which keys may be valid become one.
pub(super) fn add(belief: &mut Vec<Model>, model: Model) {
    let bare = model.without_keys();
    let Some(known) = belief.iter_mut().find(|known| known.without_keys() == bare) else {
        return belief.push(model);
    };
    for (label, account) in model.accounts {
        let known = known.accounts.get_mut(&label).expect("they are the same but for keys");
        known.reset.good.extend(account.reset.good);
        known.registration.good.extend(account.registration.good);
    }
}
