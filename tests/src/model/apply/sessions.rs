//! Signing in, refreshing, signing out.

use std::collections::BTreeSet;

use super::super::call::Caller;
use super::super::state::{Label, Model, Session, State};
use super::super::told::Told;
use super::Scene;
use crate::errors::{AUTHENTICATION_FAILED, NOT_CONFIRMED, REFRESH_FAILED};
use crate::mail::SESSION_REUSED;

/// Seconds for which a replaced refresh token still yields its newest successor.
const GRACE: f64 = 10.0;
const ROTATIONS_REMEMBERED: usize = 16;

impl Model {
    /// The Login is read once. Anything that ends all sessions after that ends this one too, even if it has not been
    /// opened yet, so a sign-in that races a new password may be answered with 201 and a session that has ended.
    pub(super) fn sign_in(
        &mut self,
        label: Label,
        email: &str,
        password: &str,
        told: &Told,
    ) -> Result<(), String> {
        let owner = self.owner(email).filter(|(_, account)| account.password == password);
        let Some((owner, account)) = owner else { return told.expect_error(AUTHENTICATION_FAILED) };
        if self.signs_in(email).is_none() {
            return told.expect_error(NOT_CONFIRMED);
        }
        told.expect(201)?;
        let token = told.text("refreshToken");
        if !token.starts_with(&format!("{}.", account.reference)) {
            return Err(format!("the session should be {}'s", account.reference));
        }
        let session = Session {
            id: String::new(),
            refresh_tokens: vec![token],
            replaced: Vec::new(),
            access_tokens: BTreeSet::from([told.text("accessToken")]),
            state: State::Alive,
        };
        self.accounts.get_mut(&owner).expect("it was just found").sessions.insert(label, session);
        Ok(())
    }

    pub(super) fn refresh(
        &mut self,
        (account, session): (Label, Label),
        token: &str,
        told: &Told,
        scene: &Scene,
    ) -> Result<(), String> {
        let account = self.accounts.get_mut(&account).expect("its session is known");
        let session = account.sessions.get_mut(&session).expect("it is known");
        if session.state != State::Alive {
            return told.expect_error(REFRESH_FAILED);
        }
        let index = session.refresh_tokens.iter().rposition(|known| known == token);
        let replaced = index.map(|index| (session.replaced.get(index), session.replaced.len() - index));
        let is_late = match replaced {
            Some((None, _)) => {
                told.expect(201)?;
                let successor = told.text("refreshToken");
                if session.refresh_tokens.contains(&successor) {
                    return Err("a refresh gives a new token".to_owned());
                }
                session.refresh_tokens.push(successor);
                session.replaced.push(scene.at);
                session.access_tokens.insert(told.text("accessToken"));
                return Ok(());
            }
            Some((Some(replaced), 1..=ROTATIONS_REMEMBERED)) => replaced.is_older(GRACE, scene.at),
            _ => Some(true),
        };
        if told.is(REFRESH_FAILED) && is_late != Some(false) {
            session.end();
            let own = account.folded().filter(|_| account.is_confirmed);
            own.into_iter().for_each(|own| self.burst.notify(SESSION_REUSED, own));
            return Ok(());
        }
        if is_late == Some(true) {
            return told.expect_error(REFRESH_FAILED);
        }
        told.expect(201)?;
        if session.refresh_tokens.last() != Some(&told.text("refreshToken")) {
            return Err("a token replaced a moment ago gets the newest successor".to_owned());
        }
        session.access_tokens.insert(told.text("accessToken"));
        Ok(())
    }

    /// Any token that a session ever had names it.
    pub(super) fn sign_out(&mut self, caller: &Caller, token: &str, told: &Told) -> Result<(), String> {
        told.expect(204)?;
        let sessions = self.account_mut(caller).sessions.values_mut();
        sessions
            .filter(|session| session.refresh_tokens.iter().any(|known| known == token))
            .for_each(Session::end);
        Ok(())
    }

    pub(super) fn sign_out_everywhere(&mut self, caller: &Caller, told: &Told) -> Result<(), String> {
        told.expect(204)?;
        self.account_mut(caller).end_sessions();
        Ok(())
    }

    pub(super) fn end_session(&mut self, caller: &Caller, id: &str, told: &Told) -> Result<(), String> {
        told.expect(204)?;
        self.account_mut(caller)
            .sessions
            .values_mut()
            .filter(|session| session.id == id)
            .for_each(Session::end);
        Ok(())
    }
}
