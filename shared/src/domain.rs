//! The domain in plain values: no HTTP, no JSON, no DynamoDB, no clock.
//!
//! Every type here is made by parsing, so its values need no further checks. The `serde` derives define how the store
//! writes a value; clients see another form.

mod address;
mod attempts;
mod audit;
mod choice;
mod common_passwords;
mod country;
mod customer;
mod date;
mod device;
mod email;
mod event;
mod fate;
mod idempotency;
mod keys;
mod language;
mod mail;
mod password;
mod reference;
mod session;
mod text;
mod timestamp;
mod violation;

pub use address::{Address, AddressId, AddressPatch, DefaultFlags, NewAddress};
pub(crate) use attempts::{Attempts, MAX_ATTEMPTS, Refusal, Scope};
pub use attempts::{FailedAttempts, Lockout};
pub use audit::{Action, AuditEntry};
pub use choice::{Gender, Salutation};
pub use country::CountryCode;
pub use customer::{
    Customer, CustomerPatch, EmailUndo, MAX_ADDRESSES, NewCustomer, PendingEmail, TooManyAddresses,
};
pub use date::Date;
pub use device::device_label;
pub use email::Email;
pub use event::Event;
pub use fate::{Fate, MailState};
pub use idempotency::{KeyReused, KeyedAddress, KeyedRequest};
pub use keys::{CustomerKey, KeyHashes};
pub use language::Language;
pub(crate) use mail::CountedMails;
pub use mail::{MailBudget, MailId, MailKind, MailQuota, NewMail, PendingNotice, Recipient};
pub use password::{Password, PasswordHash, PasswordPolicy};
pub use reference::CustomerReference;
pub use session::{RefreshToken, Rotation, Session, SessionId};
pub use text::{City, CountryText, Line, Name, RequiredLine, Text, ZipCode};
pub use timestamp::Timestamp;
pub use violation::{Parsed, Violation};
