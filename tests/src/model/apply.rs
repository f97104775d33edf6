//! What the contract says a request does, and which answers it allows.

mod addresses;
mod passwords;
mod profile;
mod sessions;

use super::call::{Act, Call, Caller};
use super::state::{Guess, Label, Model, Span, State};
use super::told::Told;
use crate::errors::{INVALID_TOKEN, WRONG_PASSWORD};

/// What the mails and the clock add to the answers of a burst.
pub(super) struct Scene {
    pub(super) at: Span,
    /// Customers who were mailed a reset key during the burst.
    pub(super) minted: Vec<Label>,
}

/// Seconds for which a request with an `Idempotency-Key` is remembered.
const DAY: f64 = 86_400.0;

impl Model {
    /// The possible states after `call` got this answer; an error says which answer was expected.
    pub(super) fn after(&self, call: &Call, told: &Told, scene: &Scene) -> Result<Vec<Model>, String> {
        let apply = |told: &Told| {
            let mut model = self.clone();
            model.apply(call, told, scene).map(|()| model)
        };
        if told.status != 503 {
            return Ok(vec![apply(told)?]);
        }
        // The outcome is unknown: done, or not done. Something created cannot be guessed, and shows up as unknown at
        // the quiet point.
        let done = match call.act {
            Act::Update { .. } | Act::ChangeAddress { .. } => apply(&Told::unseen(200)).ok(),
            Act::Register { .. } | Act::AddAddress { .. } | Act::SignIn { .. } | Act::Refresh { .. } => None,
            _ => apply(&Told::unseen(204)).ok(),
        };
        Ok([self.clone()].into_iter().chain(done).collect())
    }

    fn apply(&mut self, call: &Call, told: &Told, scene: &Scene) -> Result<(), String> {
        let before = self.accounts.clone();
        self.carry_out(call, told, scene)?;
        self.note_events(&before);
        Ok(())
    }

    fn carry_out(&mut self, call: &Call, told: &Told, scene: &Scene) -> Result<(), String> {
        let Some(caller) = &call.caller else { return self.apply_anonymous(call, told, scene) };
        if self.accounts[&caller.account].sessions[&caller.session].state != State::Alive {
            return self.refuse(caller, &call.act, told, scene);
        }
        match &call.act {
            Act::Read => self.read(caller, told),
            Act::Update { changes } => self.update(caller, changes, told),
            Act::Erase => self.erase(caller, told),
            Act::AddAddress { attributes, key } => {
                self.add_address(caller, attributes, key.as_deref(), told, scene)
            }
            Act::ChangeAddress { id, changes } => self.change_address(caller, id, changes, told),
            Act::DeleteAddress { id } => self.delete_address(caller, id, told),
            Act::ChangePassword { current, new } => self.change_password(caller, current, new, told, scene),
            Act::SignOut { token } => self.sign_out(caller, token, told),
            Act::SignOutEverywhere => self.sign_out_everywhere(caller, told),
            Act::EndSession { id } => self.end_session(caller, id, told),
            act => unreachable!("{act:?} needs no token"),
        }
    }

    fn apply_anonymous(&mut self, call: &Call, told: &Told, scene: &Scene) -> Result<(), String> {
        match &call.act {
            Act::Register { slot, attributes, key } => {
                self.register(call.label, *slot, attributes, key.as_deref(), told, scene)
            }
            Act::Forgot { email } => {
                self.request_reset(email, scene);
                told.expect(204)
            }
            Act::Restore { key, new } => self.restore(key, new, told, scene),
            Act::Confirm { key } => self.confirm(key, told, scene),
            Act::SignIn { email, password } => self.sign_in(call.label, email, password, told),
            Act::Refresh { account, session, token } => {
                self.refresh((*account, *session), token, told, scene)
            }
            act => unreachable!("{act:?} needs a token"),
        }
    }

    /// An ended session.
    fn refuse(&mut self, caller: &Caller, act: &Act, told: &Told, scene: &Scene) -> Result<(), String> {
        let account = self.account_mut(caller);
        let died_just_now = account.sessions[&caller.session].state == State::EndedInBurst;
        match act {
            // A password is compared after the session was checked, so a request that loses a race for one password may
            // be refused because the password is no longer current, which is as true as that the session has ended.
            Act::ChangePassword { current, .. }
                if died_just_now
                    && account.in_burst.new_password
                    && account.email().is_some()
                    && *current != account.password
                    && told.is(WRONG_PASSWORD) =>
            {
                account.guesses.push(Guess { at: scene.at, is_certain: false });
                Ok(())
            }
            // The caller's session is checked before the other one is ended, so two requests that end each other's sessions
            // may both succeed; both sessions end all the same.
            Act::SignOut { token } if died_just_now && told.status == 204 => {
                self.sign_out(caller, token, told)
            }
            Act::EndSession { id } if died_just_now && told.status == 204 => {
                self.end_session(caller, id, told)
            }
            _ => told.expect_error(INVALID_TOKEN),
        }
    }
}
