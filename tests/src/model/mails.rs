//! Which mails a burst must cause, and what happens to the keys in them.

use super::state::{Label, Model, Span};
use crate::Mail;
use crate::mail::{CONFIRMATION, EMAIL_CHANGED, PASSWORD_CHANGED, PASSWORD_RESET};

/// The customers, among those of any of the models, to whom these mails bring reset keys.
pub(super) fn minted(mails: &[Mail], belief: &[Model]) -> Vec<Label> {
    let resets = mails.iter().filter(|mail| mail.kind == PASSWORD_RESET);
    resets.filter_map(|mail| belief.iter().find_map(|model| model.addressee(mail))).collect()
}

impl Model {
    /// Compares the mails sent since `start` with what the burst called for, and records the keys in them.
    ///
    /// The mailer works during or after the burst, on the customer as it is at that moment: an anonymised one gets no
    /// more mail, and a reset key goes to the customer who has the e-mail by then.
    pub(super) fn take_mails(&mut self, mails: &[Mail], start: &Model, at: Span) -> Result<(), String> {
        let of = |kind: &'static str| mails.iter().filter(move |mail| mail.kind == kind);
        let may_be_fewer = self.burst.erasures > 0;
        for (kind, owed) in
            [(EMAIL_CHANGED, self.burst.email_changes), (PASSWORD_CHANGED, self.burst.password_changes)]
        {
            compare_count(kind, of(kind).count(), owed, may_be_fewer)?;
        }
        for mail in of(PASSWORD_RESET) {
            let email = mail.to.to_ascii_lowercase();
            if !self.burst.asked.contains_key(&email) {
                return Err(format!("no request asked for a reset key for {email}"));
            }
            let addressee = self.addressee(mail);
            let owners = [start.owner(&email), self.owner(&email)].map(|owner| owner.map(|(label, _)| label));
            if addressee.is_none() || !self.burst.moved.contains(&email) && !owners.contains(&addressee) {
                return Err(format!("a reset key that went to {email} is that of {addressee:?}"));
            }
        }
        for (email, is_certain) in &self.burst.asked {
            let count = of(PASSWORD_RESET).filter(|mail| mail.to.eq_ignore_ascii_case(email)).count();
            let owed = self.owner(email).map_or(0, |_| 1);
            if self.burst.moved.contains(email) {
                compare_count(PASSWORD_RESET, count, 1, true)?;
            } else {
                compare_count(PASSWORD_RESET, count, owed, !is_certain)?;
            }
        }
        let (confirmations, resets) =
            (self.addressed(of(CONFIRMATION).collect())?, self.addressed(of(PASSWORD_RESET).collect())?);
        for (label, account) in &mut self.accounts {
            let keys_in = |mails: &[(Label, String)]| -> Vec<String> {
                mails.iter().filter(|(to, _)| to == label).map(|(_, key)| key.clone()).collect()
            };
            let in_burst = &account.in_burst;
            let keys = keys_in(&confirmations);
            // Of several the newest is sent, and none once the e-mail is confirmed by other means.
            let owed = in_burst.confirmations_owed;
            let is_settled = in_burst.erased || in_burst.restored || owed > 1 && !keys.is_empty();
            compare_count(CONFIRMATION, keys.len(), owed, is_settled)?;
            account.registration.mint(keys, at, in_burst.restored, in_burst.erased);
            account.reset.mint(keys_in(&resets), at, in_burst.reset_voided, in_burst.erased);
        }
        Ok(())
    }

    fn addressed(&self, mails: Vec<&Mail>) -> Result<Vec<(Label, String)>, String> {
        let addressed = mails.into_iter().map(|mail| {
            let label =
                self.addressee(mail).ok_or_else(|| format!("a {} for an unknown address", mail.kind))?;
            Ok((label, mail.token()))
        });
        addressed.collect()
    }

    /// Whose the key in a mail is: `<customer reference>.<secret>`
    fn addressee(&self, mail: &Mail) -> Option<Label> {
        let token = mail.token();
        let (reference, _) = token.split_once('.')?;
        self.accounts.iter().find(|(_, account)| account.reference == reference).map(|(label, _)| *label)
    }
}

impl super::state::Keys {
    /// Keys that were mailed during a burst replace the one before. If the burst also invalidated keys, that may have
    /// happened before or after.
    fn mint(&mut self, keys: Vec<String>, at: Span, was_voided: bool, is_erased: bool) {
        self.mailed.extend(keys.iter().map(|key| (key.clone(), at)));
        if keys.is_empty() || is_erased {
            return;
        }
        self.good = keys.into_iter().map(Some).chain(was_voided.then_some(None)).collect();
    }
}

fn compare_count(kind: &str, sent: usize, owed: usize, may_be_fewer: bool) -> Result<(), String> {
    if sent == owed || may_be_fewer && sent < owed {
        return Ok(());
    }
    Err(format!("{owed} mails of the kind {kind} are due, not {sent}"))
}
