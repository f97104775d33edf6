//! The customer's e-mail: changing it, confirming it, and taking an account back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Customer;
use crate::domain::{Email, KeyHashes, MailId, Recipient, SessionId, Timestamp};

/// An e-mail that waits for its confirmation, with the keys mailed to it, and the session that asked for it: once that has
/// ended, nothing moves.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingEmail {
    pub email: Email,
    pub session: SessionId,
    pub keys: KeyHashes,
}

/// A former e-mail that can take the account back, with the keys mailed to it. It can until they expire.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailUndo {
    pub email: Email,
    /// When that e-mail was confirmed; `None` if that was by a version that did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    pub keys: KeyHashes,
    /// Whether the account has been somebody else's meanwhile, whose data nobody else gets.
    #[serde(default, skip_serializing_if = "is_false")]
    pub starts_over: bool,
}

pub(super) fn is_false(value: &bool) -> bool {
    !value
}

hidden!(EmailUndo, PendingEmail);

impl EmailUndo {
    /// Whether it lets this e-mail take the account back.
    fn is_of(&self, email: &Email, now: Timestamp) -> bool {
        self.email.folded() == email.folded() && !self.keys.have_expired(now)
    }
}

impl Customer {
    /// Whether an e-mail is another one than the customer's, in more than its spelling.
    pub fn is_another_email(&self, email: &Email) -> bool {
        self.email.as_ref().is_none_or(|own| own.folded() != email.folded())
    }

    /// Gives the customer another e-mail, which may be confirmed already. The keys mailed to the former one are void. If
    /// that one was confirmed, it gets a notice.
    ///
    /// If it was confirmed for as long as `undo`, it can take the account back for so long, unless one before it still
    /// can: what a thief moves twice goes back to its owner, and what was confirmed just now gives no way back. An e-mail
    /// that comes back while it can take the account back is as confirmed as it was, and its key stays good.
    pub fn move_to(
        &mut self,
        email: Email,
        is_confirmed: bool,
        notice: MailId,
        undo: Duration,
        now: Timestamp,
    ) {
        self.vouched_for = false;
        let (former, confirmed_at) = (self.recipient(), self.confirmed_at.take());
        let known = self.email_undo.as_ref().filter(|undo| undo.is_of(&email, now) && !undo.starts_over);
        (self.confirmed, self.confirmed_at) = match known {
            Some(undo) => (true, undo.confirmed_at),
            None => (is_confirmed, is_confirmed.then_some(now)),
        };
        self.email = Some(email);
        self.void_reset_keys();
        self.registration_key = None;
        self.pending_email = None;
        self.updated_at = now;
        let Some(former) = former else { return };
        let expires_at = Some(now.plus(undo));
        match &mut self.email_undo {
            // It came back and leaves again, and its owner has a key.
            Some(known) if known.is_of(&former.email, now) => known.keys.expires_at = expires_at,
            Some(other) if !other.keys.have_expired(now) => {}
            _ => {
                let is_known = former.confirmed && confirmed_at.is_none_or(|at| now.since(at) >= undo);
                let (email, keys) = (former.email.clone(), KeyHashes::awaiting(&notice, expires_at));
                self.email_undo = (is_known && !undo.is_zero()).then_some(EmailUndo {
                    email,
                    confirmed_at,
                    keys,
                    starts_over: false,
                });
            }
        }
        self.notify(notice, former);
    }

    /// Until when a former e-mail can take the account back, if one can at `now`.
    pub fn can_be_taken_back_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.email_undo.as_ref().filter(|undo| !undo.keys.have_expired(now))?.keys.expires_at
    }

    /// Gives the account to another e-mail because the help desk says so. Nothing that led into it before does any more, and
    /// no former e-mail can take it back: it may be the one of whoever had stolen the account.
    pub fn hand_over(&mut self, email: Email, notice: MailId, now: Timestamp) {
        self.secure(now);
        self.email_undo = None;
        self.move_to(email, false, notice, Duration::ZERO, now);
        self.vouched_for = true;
    }

    /// Gives the account back to a former e-mail. Whoever had it meanwhile keeps neither a session nor the password, and is
    /// told.
    pub fn take_back(&mut self, undo: EmailUndo, notice: MailId, now: Timestamp) {
        if undo.starts_over {
            self.forget_profile();
        }
        if let Some(former) = self.recipient() {
            self.notify(notice, former);
        }
        self.give_up_email(now);
        self.email = Some(undo.email);
        self.confirmed = true;
        self.confirmed_at = undo.confirmed_at;
        self.email_undo = None;
    }

    pub(super) fn give_up_email(&mut self, now: Timestamp) {
        self.vouched_for = false;
        self.end_sessions();
        self.email = None;
        self.confirmed = false;
        self.confirmed_at = None;
        self.password_hash = None;
        self.void_reset_keys();
        self.registration_key = None;
        self.updated_at = now;
    }

    /// Forgets e-mails that can neither be confirmed nor take the account back any more.
    pub(crate) fn forget_expired_emails(&mut self, now: Timestamp) {
        self.pending_email.take_if(|pending| pending.keys.have_expired(now));
        self.email_undo.take_if(|undo| undo.keys.have_expired(now));
    }

    /// Queues a mail that asks to confirm the e-mail. It replaces any queued before, and their keys.
    pub fn ask_to_confirm(&mut self, mail: MailId) {
        self.registration_key = Some(KeyHashes::awaiting(&mail, None));
        self.queue(mail);
    }

    /// The same for an e-mail that is to take the place of the customer's by then.
    pub fn ask_to_move_to(&mut self, email: Email, session: SessionId, mail: MailId, expires_at: Timestamp) {
        let keys = KeyHashes::awaiting(&mail, Some(expires_at));
        self.pending_email = Some(PendingEmail { email, session, keys });
        self.queue(mail);
    }

    /// To whom a mail goes that asks to confirm an e-mail; `None` if a newer one has taken the place of this mail, or there
    /// is nothing left to confirm.
    pub fn asked_to_confirm(&self, mail: &str) -> Option<Recipient> {
        let own = self.registration_key.as_ref().filter(|keys| keys.is_of(mail));
        let pending = self.pending_email.as_ref().filter(|pending| pending.keys.is_of(mail));
        let email = match pending {
            Some(pending) => pending.email.clone(),
            None => own.and(self.email.clone())?,
        };
        Some(Recipient { email, confirmed: false })
    }

    /// Adds a key that is about to be sent with that mail.
    pub fn add_registration_key(&mut self, mail: &str, hash: String) {
        let pending = self.pending_email.as_mut().map(|pending| &mut pending.keys);
        let asked = self.registration_key.as_mut().into_iter().chain(pending);
        asked.filter(|keys| keys.is_of(mail)).for_each(|keys| keys.add(hash.clone()));
    }

    /// Records that mail to the e-mail arrives. The key that shows it is used up.
    pub fn confirm(&mut self, now: Timestamp) {
        if !self.confirmed {
            self.confirmed_at = Some(now);
        }
        self.confirmed = true;
        self.vouched_for = false;
        self.registration_key = None;
    }

    /// Adds a key that is about to be mailed with a notice; `false` if the notice goes to an e-mail that cannot take the
    /// account back.
    pub fn add_undo_key(&mut self, notice: &str, hash: String) -> bool {
        let Some(undo) = self.email_undo.as_mut().filter(|undo| undo.keys.is_of(notice)) else {
            return false;
        };
        undo.keys.add(hash);
        true
    }
}
