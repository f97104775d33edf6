//! Passwords, and the keys that are mailed.

use serde_json::Value;

use super::super::call::Caller;
use super::super::state::{Account, Guess, Label, MOST_GUESSES, Model, Span, State};
use super::super::told::Told;
use super::{DAY, Scene};
use crate::errors::{BAD_CONFIRMATION_KEY, BAD_RESTORE_KEY, WRONG_PASSWORD};
use crate::mail::PASSWORD_CHANGED;

const LOCKED_OUT: u16 = 429;
/// Seconds for which a reset key is valid.
const KEY_LIFETIME: f64 = 7_200.0;
/// The caps on reset requests: how many in how many seconds.
const CAPS: [(usize, f64); 3] = [(1, 60.0), (3, 3_600.0), (6, 86_400.0)];
/// Beyond the last of them, one more is let through when the newest is so old.
const RESTED: f64 = 14_400.0;

impl Model {
    pub(super) fn change_password(
        &mut self,
        caller: &Caller,
        current: &str,
        new: &str,
        told: &Told,
        scene: &Scene,
    ) -> Result<(), String> {
        let account = self.account_mut(caller);
        let (certain, possible) = account.recent_guesses(scene.at);
        if told.status == LOCKED_OUT && possible >= MOST_GUESSES {
            return Ok(());
        }
        if certain >= MOST_GUESSES {
            return Err(format!("429 is due: {certain} guesses were judged in ten minutes"));
        }
        if current != account.password {
            told.expect_error(WRONG_PASSWORD)?;
            account.guesses.push(Guess { at: scene.at, is_certain: true });
            return Ok(());
        }
        told.expect(204)?;
        account.set_password(new);
        account.guesses.clear();
        let own = account.folded().filter(|_| account.is_confirmed);
        own.into_iter().for_each(|own| self.burst.notify(PASSWORD_CHANGED, own));
        Ok(())
    }

    /// Whether a request is accepted does not depend on whether the e-mail is known.
    pub(super) fn request_reset(&mut self, email: &str, scene: &Scene) {
        let folded = email.to_ascii_lowercase();
        let let_through = self.reset_requests.entry(folded.clone()).or_default();
        let is_old_enough = |(count, seconds): (usize, f64)| {
            let nth_last = let_through.iter().rev().nth(count - 1);
            nth_last.map_or(Some(true), |at: &Span| at.is_older(seconds, scene.at))
        };
        let [minute, hour, day] = CAPS.map(is_old_enough);
        let rested = let_through.last().map_or(Some(true), |at| at.is_older(RESTED, scene.at));
        if [minute, hour].contains(&Some(false)) || [day, rested] == [Some(false); 2] {
            return;
        }
        let_through.push(scene.at);
        let is_certain = [day, rested].contains(&Some(true)) && [minute, hour] == [Some(true); 2];
        self.burst.asked.insert(folded, is_certain);
    }

    pub(super) fn restore(&mut self, key: &str, new: &str, told: &Told, scene: &Scene) -> Result<(), String> {
        let Some((label, mailed)) = self.mailed(|account| account.reset.was_mailed(key)) else {
            return told.expect_error(BAD_RESTORE_KEY);
        };
        let is_old = mailed.is_older(KEY_LIFETIME, scene.at);
        let account = self.accounts.get_mut(&label).expect("it was just found");
        if told.is(BAD_RESTORE_KEY) {
            // A key mailed in this burst may have replaced it, at any moment.
            let may_be_bad =
                account.reset.may_be_bad(key) || scene.minted.contains(&label) || is_old != Some(false);
            account.reset.good.remove(&Some(key.to_owned()));
            if account.reset.good.is_empty() {
                account.reset.void();
            }
            return if may_be_bad { Ok(()) } else { Err("204 is due: the key is good".to_owned()) };
        }
        if !account.reset.may_be_good(key) || is_old == Some(true) {
            return Err("422 415 is due: the key is not good".to_owned());
        }
        told.expect(204)?;
        if !account.is_confirmed {
            account.start_over();
            self.forget_registration(label);
        }
        let account = self.accounts.get_mut(&label).expect("it was just found");
        account.set_password(new);
        // It also confirms the e-mail, so the other key has no use any more.
        account.is_confirmed = true;
        account.registration.void();
        account.in_burst.restored = true;
        let own = account.folded().expect("an erased customer has no key");
        self.ever_confirmed.insert(own.clone());
        self.burst.notify(PASSWORD_CHANGED, own);
        Ok(())
    }

    pub(super) fn confirm(&mut self, key: &str, told: &Told, scene: &Scene) -> Result<(), String> {
        let Some((label, mailed)) = self.mailed(|account| account.registration.was_mailed(key)) else {
            return told.expect_error(BAD_CONFIRMATION_KEY);
        };
        let account = &self.accounts[&label];
        // Whether a new e-mail that waits can move no more.
        let is_too_late = match &account.pending_email {
            None => Some(false),
            Some((email, session)) => {
                let is_alive = account.sessions.get(session).is_some_and(|known| known.state == State::Alive);
                let is_taken = self.owner(email).is_some();
                if !is_alive || is_taken { Some(true) } else { mailed.is_older(DAY, scene.at) }
            }
        };
        let account = self.accounts.get_mut(&label).expect("it was just found");
        if told.is(BAD_CONFIRMATION_KEY) {
            let may_be_bad = account.registration.may_be_bad(key) || is_too_late != Some(false);
            if is_too_late == Some(false) {
                account.registration.good.remove(&Some(key.to_owned()));
            }
            return if may_be_bad { Ok(()) } else { Err("204 is due: the key is good".to_owned()) };
        }
        if !account.registration.may_be_good(key) || is_too_late == Some(true) {
            return Err("422 423 is due: the key is not good".to_owned());
        }
        told.expect(204)?;
        account.registration.void();
        let old = account.folded();
        match account.pending_email.take() {
            Some((new, _)) => {
                account.profile.insert("email".to_owned(), new.clone().into());
                self.moved(label, old, new.to_ascii_lowercase(), true);
            }
            None => account.is_confirmed = true,
        }
        self.ever_confirmed.extend(self.accounts[&label].folded());
        Ok(())
    }

    /// Whose key it is, and when it was mailed.
    fn mailed(&self, when: impl Fn(&Account) -> Option<Span>) -> Option<(Label, Span)> {
        self.accounts.iter().find_map(|(label, account)| Some((*label, when(account)?)))
    }
}

impl Account {
    /// Whoever filled it in may not have been the owner of the mailbox.
    fn start_over(&mut self) {
        for name in ["firstName", "lastName", "salutation", "gender", "dateOfBirth"] {
            self.profile.insert(name.to_owned(), Value::Null);
        }
        self.addresses.clear();
        (self.shipping, self.billing) = (None, None);
        self.keyed_addresses.clear();
    }

    fn set_password(&mut self, new: &str) {
        self.password = new.to_owned();
        self.end_sessions();
        self.reset.void();
        self.in_burst.new_password = true;
        self.in_burst.reset_voided = true;
    }
}
