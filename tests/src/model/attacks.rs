//! Sequences that the dice seldom roll: strangers who use the service against the owner of a mailbox.

use super::step::{Burst, By, Defaults, EMAILS, NewEmail, Spelled, Step};

/// Nobody's at first: the e-mail of the victim, and the slot of the account that has it.
const VICTIM: usize = EMAILS.len() - 1;

/// Each with a name.
pub fn attacks() -> [(&'static str, Vec<Burst>); 3] {
    [("a mail bomb", mail_bomb()), ("used up", used_up()), ("filled in", filled_in())]
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
