//! Sequences that the dice seldom roll: strangers who use the service against the owner of a mailbox.

use super::step::{Burst, By, Defaults, EMAILS, NewEmail, Sequence, Spelled, Step};

/// Nobody's at first: the e-mail of the victim, and the slot of the account that has it.
const VICTIM: usize = EMAILS.len() - 1;

/// Each with a name.
pub fn attacks() -> [(&'static str, Sequence); 4] {
    [
        ("a mail bomb", false, mail_bomb()),
        ("used up", false, used_up()),
        ("filled in", false, filled_in()),
        ("exchanged", true, exchanged()),
    ]
    .map(|(name, requires_confirmation, bursts)| (name, Sequence { requires_confirmation, bursts }))
}

/// The victim's address is registered and erased, and three accounts move their e-mails to it and back.
fn mail_bomb() -> Vec<Burst> {
    let mut bursts = starters();
    for _ in 0..4 {
        bursts.extend([register(VICTIM), forgot(VICTIM), one(61, Step::Erase { by: by(VICTIM) })]);
        for slot in 0..3 {
            bursts.extend([update(slot, VICTIM), forgot(VICTIM), update(slot, slot)]);
        }
    }
    bursts
}

/// Changes of the e-mail and reset requests, before the owner asks for a reset key.
fn used_up() -> Vec<Burst> {
    let confirm = one(0, Step::Confirm { slot: 0, age: 0 });
    let mut bursts = [starters(), vec![confirm]].concat();
    for _ in 0..9 {
        bursts.extend([update(0, VICTIM), update(0, 0)]);
    }
    bursts.extend([forgot(0), restore(0)]);
    bursts.extend((0..9).map(|_| forgot(0)));
    bursts.extend([one(4 * 3_600, Step::Forgot { slot: 0, email: NewEmail::Own }), restore(0)]);
    bursts
}

/// An account under the victim's e-mail, and one that moved to it, with an address each.
fn filled_in() -> Vec<Burst> {
    let mut bursts = [starters(), vec![register(VICTIM), address(VICTIM), forgot(VICTIM)]].concat();
    bursts.extend([restore(VICTIM), one(0, Step::Read { by: by(VICTIM) })]);
    bursts.extend([one(0, Step::Erase { by: by(VICTIM) }), address(0), update(0, VICTIM)]);
    bursts.extend([forgot(VICTIM), restore(0), one(0, Step::Read { by: by(0) })]);
    bursts
}

/// Where only a confirmed e-mail signs in, a confirmed one is exchanged for the victim's, who asks for a reset key and at
/// last opens the link; and for one that somebody else registers meanwhile.
fn exchanged() -> Vec<Burst> {
    let confirm = |slot| one(0, Step::Confirm { slot, age: 0 });
    let mut bursts = starters();
    bursts.extend([confirm(0), update(0, VICTIM), refresh(0), forgot(VICTIM), update(0, 0), refresh(0)]);
    bursts.extend([confirm(0), refresh(0), update(0, 3), register(3), confirm(0), confirm(3)]);
    bursts.extend([update(0, 0), one(0, Step::SignOutEverywhere { by: by(0) }), confirm(0), forgot(VICTIM)]);
    bursts.extend([restore(0), one(0, Step::Read { by: by(0) })]);
    bursts
}

fn starters() -> Vec<Burst> {
    (0..3).map(register).collect()
}

fn register(slot: usize) -> Burst {
    one(0, Step::Register { slot, email: spelled(slot), key: None })
}

fn update(slot: usize, email: usize) -> Burst {
    one(0, Step::Update { by: by(slot), email: Some(NewEmail::Other(spelled(email))), field: None })
}

fn address(slot: usize) -> Burst {
    let defaults = Defaults { shipping: true, billing: true };
    one(0, Step::AddAddress { by: by(slot), city: 0, defaults, key: None })
}

/// A minute later, by the e-mail of that number.
fn forgot(email: usize) -> Burst {
    one(61, Step::Forgot { slot: 0, email: NewEmail::Other(spelled(email)) })
}

fn refresh(slot: usize) -> Burst {
    one(0, Step::Refresh { by: by(slot), age: 0 })
}

fn restore(slot: usize) -> Burst {
    one(0, Step::Restore { slot, age: 0, new: 0 })
}

fn one(wait: u64, step: Step) -> Burst {
    Burst { wait, steps: vec![step] }
}

fn by(slot: usize) -> By {
    By { slot, session: 0 }
}

fn spelled(email: usize) -> Spelled {
    Spelled { email, spelling: 0 }
}
