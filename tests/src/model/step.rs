//! Requests, in terms that keep their meaning when other steps are removed.

use serde::{Deserialize, Serialize};

use crate::Dice;

/// The e-mails that customers compete for: one more than the customers that a sequence begins with, so that there is one
/// to move to.
pub(super) const EMAILS: [&str; 5] =
    ["ann@example.com", "ben@example.com", "cleo@example.com", "dan@example.com", "eve@example.com"];
/// Each customer has one of the e-mails, so there are never more customers.
pub(super) const SLOTS: usize = EMAILS.len();
const STARTERS: usize = 4;
const MOST_STEPS: usize = 6;
/// Seconds: within the grace of a refresh token, beyond it, beyond the minute and the hour of the reset cap.
const WAITS: [u64; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 11, 61, 61, 3_601];

/// Bursts for a shop of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sequence {
    /// Whether only a confirmed e-mail signs in there.
    pub requires_confirmation: bool,
    pub bursts: Vec<Burst>,
}

/// Steps that are sent concurrently.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Burst {
    /// Seconds that pass before it.
    pub wait: u64,
    pub steps: Vec<Step>,
}

/// One request. Indices wrap around.
#[rustfmt::skip]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    Register { slot: usize, email: Spelled, key: Option<usize> },
    Read { by: By },
    Update { by: By, email: Option<NewEmail>, field: Option<Field> },
    Erase { by: By },
    AddAddress { by: By, city: usize, defaults: Defaults, key: Option<usize> },
    ChangeAddress { by: By, address: usize, city: usize, defaults: Defaults },
    DeleteAddress { by: By, address: usize },
    ChangePassword { by: By, right: bool, new: usize },
    Forgot { slot: usize, email: NewEmail },
    /// `age` 0 is the newest key.
    Restore { slot: usize, age: usize, new: usize },
    Confirm { slot: usize, age: usize },
    /// With the password of the slot's customer.
    SignIn { slot: usize, email: NewEmail, right: bool },
    /// `age` 0 is the newest refresh token.
    Refresh { by: By, age: usize },
    SignOut { by: By, whose: By },
    SignOutEverywhere { by: By },
    EndSession { by: By, whose: By },
}

/// A customer, and which of the customer's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct By {
    pub slot: usize,
    /// Among those that are alive, or [`DEAD`].
    pub session: usize,
}

/// An ended session, if there is one.
pub(super) const DEAD: usize = 9;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spelled {
    pub email: usize,
    pub spelling: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum NewEmail {
    /// The customer's own, as it is spelled now.
    Own,
    Recased(usize),
    Other(Spelled),
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub name: usize,
    pub value: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Defaults {
    pub shipping: bool,
    pub billing: bool,
}

impl Spelled {
    pub(super) fn text(self) -> String {
        spell(EMAILS[self.email % EMAILS.len()], self.spelling)
    }
}

/// One of three spellings of the same e-mail.
pub(super) fn spell(email: &str, spelling: usize) -> String {
    let small = email.to_ascii_lowercase();
    match spelling % 3 {
        0 => small,
        1 => small[..1].to_ascii_uppercase() + &small[1..],
        _ => small.to_ascii_uppercase(),
    }
}

/// Registrations, then this many bursts. Every other seed is for a shop that requires confirmation; there, confirmations
/// come in between. In every fourth sequence, somebody has the tokens of one customer and guesses the password.
pub fn sequence(seed: u64, bursts: usize) -> Sequence {
    let mut dice = Dice::new(seed);
    // Neighbouring seeds start with similar numbers.
    for _ in 0..8 {
        dice.roll(2);
    }
    let starters = (0..STARTERS).map(|slot| {
        let email = Spelled { email: slot, spelling: dice.roll(3) };
        Step::Register { slot, email, key: maybe(&mut dice, 3) }
    });
    let first = Burst { wait: 0, steps: starters.collect() };
    let requires_confirmation = seed.is_multiple_of(2);
    let confirm = (0..STARTERS).map(|slot| Step::Confirm { slot, age: 0 });
    let second = requires_confirmation.then(|| Burst { wait: 0, steps: confirm.collect() });
    let is_theft = seed % 4 == 3;
    let rest = (0..bursts).map(|_| if is_theft { theft(&mut dice) } else { burst(&mut dice) });
    Sequence { requires_confirmation, bursts: [first].into_iter().chain(second).chain(rest).collect() }
}

/// Most steps of a burst are about one customer and one matter: requests that do not meet cannot race.
fn burst(dice: &mut Dice) -> Burst {
    let wait = WAITS[dice.roll(WAITS.len())];
    let (focus, matter) = (dice.roll(STARTERS), dice.roll(8));
    let count = 1 + dice.roll(MOST_STEPS);
    let one = |dice: &mut Dice| match (dice.roll(4), matter) {
        (0, _) | (_, 0..=1) => any(dice, focus),
        (_, 2..=4) => about_profiles(dice, focus),
        (_, 5) => about_addresses(dice, focus),
        (_, 6) => about_passwords(dice, focus),
        _ => about_sessions(dice, focus),
    };
    Burst { wait, steps: (0..count).map(|_| one(dice)).collect() }
}

/// Guesses, with a new e-mail now and then, and tabs that refresh old tokens.
fn theft(dice: &mut Dice) -> Burst {
    let wait = [0, 0, 0, 3, 5, 61][dice.roll(6)];
    let one = |dice: &mut Dice| {
        let by = By { slot: 0, session: dice.roll(4) };
        match dice.roll(20) {
            0..=2 => Step::Update { by, email: Some(NewEmail::Other(spelled(dice))), field: None },
            3 => Step::ChangePassword { by, right: true, new: dice.roll(3) },
            4..=7 => Step::Refresh { by, age: dice.roll(4) },
            _ => Step::ChangePassword { by, right: false, new: dice.roll(3) },
        }
    };
    Burst { wait, steps: (0..3 + dice.roll(3)).map(|_| one(dice)).collect() }
}

fn any(dice: &mut Dice, focus: usize) -> Step {
    match dice.roll(8) {
        0..=2 => about_profiles(dice, focus),
        3 | 4 => about_addresses(dice, focus),
        5 | 6 => about_passwords(dice, focus),
        _ => about_sessions(dice, focus),
    }
}

fn about_profiles(dice: &mut Dice, focus: usize) -> Step {
    let by = by(dice, focus);
    match dice.roll(24) {
        0..=3 => Step::Register { slot: dice.roll(SLOTS), email: spelled(dice), key: maybe(dice, 3) },
        4 => Step::Read { by },
        5 => Step::Erase { by },
        _ => {
            let email = match dice.roll(8) {
                0 => None,
                1 | 2 => Some(NewEmail::Own),
                3 => Some(NewEmail::Recased(dice.roll(3))),
                _ => Some(NewEmail::Other(spelled(dice))),
            };
            let field = Field { name: dice.roll(5), value: dice.roll(3) };
            Step::Update { by, email, field: (email.is_none() || dice.roll(3) == 0).then_some(field) }
        }
    }
}

fn about_addresses(dice: &mut Dice, focus: usize) -> Step {
    let by = by(dice, focus);
    let (address, city, defaults) = (dice.roll(4), dice.roll(4), defaults(dice));
    match dice.roll(8) {
        0 => Step::Read { by },
        1..=3 => Step::AddAddress { by, city, defaults, key: maybe(dice, 3) },
        4..=6 => Step::ChangeAddress { by, address, city, defaults },
        _ => Step::DeleteAddress { by, address },
    }
}

fn about_passwords(dice: &mut Dice, focus: usize) -> Step {
    let by = by(dice, focus);
    let slot = by.slot;
    match dice.roll(8) {
        0 | 1 => Step::ChangePassword { by, right: dice.roll(4) > 0, new: dice.roll(3) },
        2 | 3 => Step::Forgot { slot, email: known_email(dice) },
        4 | 5 => Step::Restore { slot, age: age(dice), new: dice.roll(3) },
        6 => Step::Confirm { slot, age: age(dice) },
        _ => Step::SignIn { slot, email: known_email(dice), right: dice.roll(5) > 0 },
    }
}

fn about_sessions(dice: &mut Dice, focus: usize) -> Step {
    let by = by(dice, focus);
    match dice.roll(8) {
        0 | 1 => Step::SignIn { slot: by.slot, email: known_email(dice), right: dice.roll(5) > 0 },
        2..=4 => Step::Refresh { by, age: age(dice) },
        5 => Step::SignOut { by, whose: target(dice, by) },
        6 if dice.roll(2) == 0 => Step::SignOutEverywhere { by },
        _ => Step::EndSession { by, whose: target(dice, by) },
    }
}

/// Mostly the customer's own.
fn known_email(dice: &mut Dice) -> NewEmail {
    match dice.roll(4) {
        0 => NewEmail::Other(spelled(dice)),
        1 => NewEmail::Recased(dice.roll(3)),
        _ => NewEmail::Own,
    }
}

fn by(dice: &mut Dice, focus: usize) -> By {
    let slot = if dice.roll(5) < 3 { focus } else { dice.roll(SLOTS) };
    By { slot, session: if dice.roll(20) == 0 { DEAD } else { dice.roll(4) } }
}

/// Mostly another session of the same customer.
fn target(dice: &mut Dice, by: By) -> By {
    let slot = if dice.roll(4) > 0 { by.slot } else { dice.roll(SLOTS) };
    By { slot, session: dice.roll(4) }
}

fn spelled(dice: &mut Dice) -> Spelled {
    Spelled { email: dice.roll(EMAILS.len()), spelling: dice.roll(3) }
}

fn defaults(dice: &mut Dice) -> Defaults {
    Defaults { shipping: dice.roll(2) == 0, billing: dice.roll(2) == 0 }
}

/// Mostly the newest.
fn age(dice: &mut Dice) -> usize {
    dice.roll(5).saturating_sub(2)
}

fn maybe(dice: &mut Dice, sides: usize) -> Option<usize> {
    (dice.roll(2) == 0).then(|| dice.roll(sides))
}
