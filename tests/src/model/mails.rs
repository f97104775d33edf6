//! Which mails a burst must cause, and what happens to the keys in them.

use std::collections::BTreeMap;

use super::state::{Budgets, InBurst, Label, Model, Span};
use crate::Mail;
use crate::mail::{CONFIRMATION, PASSWORD_RESET};

/// The most mails of these kinds in a day to an address that nobody has confirmed, over all accounts.
const BUDGETS: [(&str, usize); 2] = [(CONFIRMATION, 3), (PASSWORD_RESET, 2)];
const DAY: f64 = 86_400.0;

/// The customers, among those of any of the models, to whom these mails bring reset keys.
pub(super) fn minted(mails: &[Mail], belief: &[Model]) -> Vec<Label> {
    let resets = mails.iter().filter(|mail| mail.kind == PASSWORD_RESET);
    resets.filter_map(|mail| belief.iter().find_map(|model| model.addressee(mail))).collect()
}

impl Model {
    /// Compares the mails sent since `start` with what the burst called for, and records the keys in them.
    ///
    /// The mailer works during or after the burst, on the customer as it is at that moment: an anonymised one gets no
    /// more keys, and a reset key goes to the customer who has the e-mail by then. Only notices go out in any case.
    pub(super) fn take_mails(&mut self, mails: &[Mail], start: &Model, at: Span) -> Result<(), String> {
        let of = |kind: &'static str| mails.iter().filter(move |mail| mail.kind == kind);
        let mut notices = BTreeMap::new();
        for mail in mails.iter().filter(|mail| ![CONFIRMATION, PASSWORD_RESET].contains(&&*mail.kind)) {
            *notices.entry((mail.kind.clone(), mail.to.to_ascii_lowercase())).or_default() += 1;
        }
        if notices != self.burst.notices {
            return Err(format!("the notices {:?} are due, not {notices:?}", self.burst.notices));
        }
        self.take_strangers_mails(mails, start, at)?;
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
                let may_be_over = self.budgets.may_be_exceeded(PASSWORD_RESET, email, at);
                compare_count(PASSWORD_RESET, count, owed, !is_certain || may_be_over)?;
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
            let pending = account.pending_email.as_ref().map(|(email, _)| email.to_ascii_lowercase());
            let may_be_over = account
                .folded()
                .into_iter()
                .chain(pending)
                .any(|email| self.budgets.may_be_exceeded(CONFIRMATION, &email, at));
            account.may_keep_confirmations |= may_be_over && owed > 0;
            let is_voided = in_burst.restored || in_burst.pending_dropped;
            let is_settled = in_burst.erased || is_voided || may_be_over || owed > 1 && !keys.is_empty();
            compare_count(CONFIRMATION, keys.len(), owed, is_settled)?;
            account.registration.mint(keys, at, is_voided, in_burst.erased);
            account.reset.mint(keys_in(&resets), at, in_burst.reset_voided, in_burst.erased);
        }
        Ok(())
    }

    /// Records the mails that count against the budgets of addresses that nobody has confirmed: sent or not, because the
    /// mailer counts before it looks again whether there is anything left to send.
    fn take_strangers_mails(&mut self, mails: &[Mail], start: &Model, at: Span) -> Result<(), String> {
        for (email, count) in &self.burst.confirmations {
            self.budgets.note_due(CONFIRMATION, email, *count, at);
        }
        for email in self.burst.asked.keys() {
            let confirmed =
                |model: &Model| model.owner(email).is_some_and(|(_, account)| account.is_confirmed);
            let was_confirmed = confirmed(start) && confirmed(self) && !self.burst.moved.contains(email);
            if !was_confirmed {
                self.budgets.note_due(PASSWORD_RESET, email, 1, at);
            }
        }
        for mail in mails {
            let email = mail.to.to_ascii_lowercase();
            if let Some((kind, most)) = BUDGETS.into_iter().find(|(kind, _)| *kind == mail.kind)
                && !self.ever_confirmed.contains(&email)
            {
                let sent = self.budgets.sent.entry((kind, email)).or_default();
                sent.push(at);
                let of_the_day = sent.iter().filter(|sent| sent.is_older(DAY, at) == Some(false)).count();
                if of_the_day > most {
                    return Err(format!("{of_the_day} {kind} mails in a day to the stranger {}", mail.to));
                }
            }
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

impl InBurst {
    pub(super) fn notify(&mut self, kind: &str, email: String) {
        *self.notices.entry((kind.to_owned(), email)).or_default() += 1;
    }
}

impl Budgets {
    fn note_due(&mut self, kind: &'static str, email: &str, count: usize, at: Span) {
        let due = self.due.entry((kind, email.to_owned())).or_default();
        due.extend(std::iter::repeat_n(at, count));
    }

    /// Whether more than the day's mails may have been due.
    fn may_be_exceeded(&self, kind: &'static str, email: &str, at: Span) -> bool {
        let most = BUDGETS.into_iter().find(|(known, _)| *known == kind).map_or(0, |(_, most)| most);
        let due = self.due.get(&(kind, email.to_owned())).into_iter().flatten();
        due.filter(|due| due.is_older(DAY, at) != Some(true)).count() > most
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
