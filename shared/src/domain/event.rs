//! Events: what other systems are told about a change of a customer.

use super::Customer;

/// A name is never used again for something else: consumers go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Registered,
    Confirmed,
    Updated,
    AddressesChanged,
    EmailChanged,
    /// Mail to the customer's e-mail has come back.
    Unreachable,
    Anonymised,
}

impl Event {
    pub const ALL: [Event; 7] = [
        Event::Registered,
        Event::Confirmed,
        Event::Updated,
        Event::AddressesChanged,
        Event::EmailChanged,
        Event::Unreachable,
        Event::Anonymised,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Event::Registered => "CustomerRegistered",
            Event::Confirmed => "CustomerConfirmed",
            Event::Updated => "CustomerUpdated",
            Event::AddressesChanged => "CustomerAddressesChanged",
            Event::EmailChanged => "CustomerEmailChanged",
            Event::Unreachable => "CustomerUnreachable",
            Event::Anonymised => "CustomerAnonymised",
        }
    }

    pub fn parse(raw: &str) -> Option<Event> {
        Event::ALL.into_iter().find(|event| event.as_str() == raw)
    }

    /// What there is to tell of a change: nothing if it concerns only how the customer signs in.
    pub fn between(before: &Customer, after: &Customer) -> Vec<Event> {
        let Some(email) = &after.email else {
            return Vec::from_iter(before.email.is_some().then_some(Event::Anonymised));
        };
        let events = [
            (before.email.is_some() && before.is_another_email(email), Event::EmailChanged),
            (after.confirmed && !before.confirmed, Event::Confirmed),
            (profile(before) != profile(after), Event::Updated),
            (addresses(before) != addresses(after), Event::AddressesChanged),
        ];
        events.into_iter().filter_map(|(is_so, event)| is_so.then_some(event)).collect()
    }
}

fn profile(of: &Customer) -> impl PartialEq {
    (&of.salutation, &of.first_name, &of.last_name, of.gender, &of.date_of_birth)
}

fn addresses(of: &Customer) -> impl PartialEq {
    (&of.addresses, of.default_shipping, of.default_billing)
}

#[cfg(test)]
mod tests;
