//! The customer: profile, addresses, and all that changes together with them.

use serde::{Deserialize, Serialize};

use super::address::replace;
use super::{
    Address, AddressId, AddressPatch, CustomerReference, Date, DefaultFlags, Email, Gender, KeyHashes,
    KeyReused, KeyedAddress, KeyedRequest, Language, MailId, MailQuota, Name, NewAddress, NewMail,
    PasswordHash, PendingNotice, Recipient, Salutation, Timestamp,
};

mod email_change;

use email_change::is_false;
pub use email_change::{EmailUndo, PendingEmail};

/// More addresses than this are refused (error 409).
pub const MAX_ADDRESSES: usize = 100;

/// A customer and their addresses: one aggregate, loaded, changed and saved as a whole.
///
/// After anonymising, everything personal is `None` or empty; the reference stays taken. Names and salutation are also
/// `None` after the owner of the mailbox has taken over an account that somebody else may have filled in.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    pub reference: CustomerReference,
    pub email: Option<Email>,
    /// Whether mail to `email` is known to reach the customer.
    #[serde(default)]
    pub confirmed: bool,
    /// Whether the help desk has given the account to `email`: whoever reads mail there is the customer, also before that
    /// is confirmed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub vouched_for: bool,
    /// When `email` was confirmed; `None` if that was by a version that did not note it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// `None` if only a mailed reset key leads into the account.
    pub password_hash: Option<PasswordHash>,
    pub salutation: Option<Salutation>,
    pub first_name: Option<Name>,
    pub last_name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<Date>,
    pub language: Language,
    /// `None` if they never did here: the old shop's file did not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_terms_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// In the order of their creation.
    pub addresses: Vec<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_shipping: Option<AddressId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_billing: Option<AddressId>,
    /// Sessions of an earlier epoch are over.
    pub session_epoch: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_key: Option<KeyHashes>,
    /// The key mailed before that one: good until the mail with the newer one has been sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_reset_key: Option<KeyHashes>,
    /// Confirms `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_key: Option<KeyHashes>,
    /// The e-mail that is to take the place of `email` once it is confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_email: Option<PendingEmail>,
    /// The e-mail that can take the account back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_undo: Option<EmailUndo>,
    /// The last reset request that was mailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub served_reset_request: Option<String>,
    /// What an older version has queued. Always written, like the next one: a function of an older version, as during a
    /// deployment, cannot read an item without them.
    #[serde(default)]
    pub pending_notices: Vec<PendingNotice>,
    /// Always zero.
    #[serde(skip_deserializing)]
    pub mail_quota: MailQuota,
    /// The request that registered the customer, if it may be repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyed_registration: Option<KeyedRequest>,
    /// The addresses whose creation may be repeated, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keyed_addresses: Vec<KeyedAddress>,
    /// The mails that the change at hand calls for. They are written along with the customer, as items of their own.
    #[serde(skip)]
    pub queued_mails: Vec<NewMail>,
}

hidden!(Customer, NewCustomer, CustomerPatch);

/// A customer to be registered.
#[derive(Clone)]
pub struct NewCustomer {
    pub email: Email,
    pub salutation: Salutation,
    pub first_name: Name,
    pub last_name: Name,
    pub gender: Option<Gender>,
    pub date_of_birth: Option<Date>,
}

/// Changes to a profile: `None` leaves a field as it is.
#[derive(Clone)]
pub struct CustomerPatch {
    pub salutation: Option<Salutation>,
    pub first_name: Option<Name>,
    pub last_name: Option<Name>,
    pub gender: Option<Gender>,
    pub date_of_birth: Option<Option<Date>>,
}

/// The customer has [`MAX_ADDRESSES`] already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyAddresses;

impl Customer {
    pub fn register(
        new: NewCustomer,
        reference: CustomerReference,
        language: Language,
        now: Timestamp,
    ) -> Customer {
        Customer {
            email: Some(new.email),
            salutation: Some(new.salutation),
            first_name: Some(new.first_name),
            last_name: Some(new.last_name),
            gender: new.gender,
            date_of_birth: new.date_of_birth,
            accepted_terms_at: Some(now),
            ..Customer::anonymous(reference, language, now)
        }
    }

    /// A customer of whom nothing personal is known: what anonymising leaves.
    pub fn anonymous(reference: CustomerReference, language: Language, now: Timestamp) -> Customer {
        Customer {
            reference,
            email: None,
            confirmed: false,
            vouched_for: false,
            confirmed_at: None,
            password_hash: None,
            salutation: None,
            first_name: None,
            last_name: None,
            gender: None,
            date_of_birth: None,
            language,
            accepted_terms_at: None,
            created_at: now,
            updated_at: now,
            addresses: Vec::new(),
            default_shipping: None,
            default_billing: None,
            session_epoch: 0,
            reset_key: None,
            former_reset_key: None,
            registration_key: None,
            pending_email: None,
            email_undo: None,
            served_reset_request: None,
            pending_notices: Vec::new(),
            mail_quota: MailQuota::default(),
            keyed_registration: None,
            keyed_addresses: Vec::new(),
            queued_mails: Vec::new(),
        }
    }

    pub fn is_anonymised(&self) -> bool {
        self.email.is_none()
    }

    /// To whom the customer's mail goes, until they are anonymised.
    pub fn recipient(&self) -> Option<Recipient> {
        let email = self.email.clone()?;
        Some(Recipient { email, confirmed: self.confirmed })
    }

    pub fn apply(&mut self, patch: CustomerPatch, now: Timestamp) {
        let CustomerPatch { salutation, first_name, last_name, gender, date_of_birth } = patch;
        replace(&mut self.salutation, salutation.map(Some));
        replace(&mut self.first_name, first_name.map(Some));
        replace(&mut self.last_name, last_name.map(Some));
        replace(&mut self.gender, gender.map(Some));
        replace(&mut self.date_of_birth, date_of_birth);
        self.updated_at = now;
    }

    /// Queues a mail to whatever e-mail the customer has by the time it is sent.
    pub fn queue(&mut self, mail: MailId) {
        self.queued_mails.push(NewMail { id: mail, to: None, device: None });
    }

    /// Queues a notice, unless nobody has ever confirmed the address: then it may be a stranger's.
    pub fn notify(&mut self, mail: MailId, to: Recipient) {
        if to.confirmed {
            self.queued_mails.push(NewMail { id: mail, to: Some(to.email), device: None });
        }
    }

    /// The same for the customer's own address.
    pub fn notify_owner(&mut self, mail: MailId) {
        if let Some(to) = self.recipient() {
            self.notify(mail, to);
        }
    }

    /// The same for a notice about a device, such as `Firefox on Windows`.
    pub fn notify_owner_about(&mut self, mail: MailId, device: Option<String>) {
        let before = self.queued_mails.len();
        self.notify_owner(mail);
        self.queued_mails.iter_mut().skip(before).for_each(|mail| mail.device.clone_from(&device));
    }

    /// Adds a reset key that is about to be mailed for a request. Until that mail is sent, a key that was mailed before
    /// stays good, so that a mail which never arrives voids nothing.
    pub fn add_reset_key(&mut self, request: &str, hash: String, expires_at: Timestamp) {
        let mut previous = self.reset_key.take();
        if let Some(other) = previous.take_if(|previous| !previous.is_of(request)) {
            let was_sent = self.served_reset_request.as_deref().is_some_and(|served| other.is_of(served));
            if was_sent || self.former_reset_key.is_none() {
                self.former_reset_key = Some(other);
            }
        }
        self.reset_key = Some(KeyHashes::with_minted(previous, request, hash, Some(expires_at)));
    }

    /// Whether `hash` is that of a reset key that is good at `now`.
    pub fn accepts_reset_key(&self, hash: &str, now: Timestamp) -> bool {
        let known = [&self.reset_key, &self.former_reset_key];
        known.into_iter().flatten().any(|known| known.accept(hash, now))
    }

    fn void_reset_keys(&mut self) {
        self.reset_key = None;
        self.former_reset_key = None;
    }

    /// Sets a new password: every session ends, and the key that could set another one is void.
    pub fn set_password(&mut self, hash: PasswordHash, now: Timestamp) {
        self.end_sessions();
        self.void_reset_keys();
        self.password_hash = Some(hash);
        self.updated_at = now;
    }

    /// Takes the account out of the hands of whoever has it: no password, no session and no mailed key leads into it, but
    /// for a new reset key, and that of a former e-mail that can take the account back: it is the owner's if this one is the
    /// thief's.
    pub fn secure(&mut self, now: Timestamp) {
        self.end_sessions();
        self.void_reset_keys();
        self.registration_key = None;
        self.password_hash = None;
        self.updated_at = now;
    }

    /// Sets a password with a mailed key, which shows that mail to the e-mail arrives.
    ///
    /// If nothing had shown that before, and the help desk does not vouch for it, whoever filled the account in may be
    /// somebody else than the owner of the mailbox, who takes over an empty one.
    pub fn restore(&mut self, hash: PasswordHash, now: Timestamp) {
        if !self.confirmed && !self.vouched_for {
            self.forget_profile();
            self.keyed_registration = None;
        }
        let own = self.email.as_ref().map(Email::folded);
        if let Some(undo) = self.email_undo.as_mut().filter(|undo| Some(undo.email.folded()) != own) {
            undo.starts_over = true;
        }
        self.set_password(hash, now);
        self.confirm(now);
    }

    /// Ends every session. An e-mail that one of them asked for and nobody has confirmed is dropped.
    pub fn end_sessions(&mut self) {
        self.session_epoch += 1;
        self.pending_email = None;
    }

    /// Forgets everything about the person and ends every session. Returns the former e-mail.
    ///
    /// The registration stays on record: its hashes reveal nothing, and a repetition must not undo the erasure.
    pub fn anonymise(&mut self, now: Timestamp) -> Option<Recipient> {
        let former = self.recipient();
        self.give_up_email(now);
        self.forget_profile();
        self.email_undo = None;
        self.served_reset_request = None;
        self.pending_notices.clear();
        former
    }

    fn forget_profile(&mut self) {
        self.salutation = None;
        self.first_name = None;
        self.last_name = None;
        self.gender = None;
        self.date_of_birth = None;
        self.addresses.clear();
        self.default_shipping = None;
        self.default_billing = None;
        self.keyed_addresses.clear();
    }

    pub fn address(&self, id: AddressId) -> Option<&Address> {
        self.addresses.iter().find(|address| address.id == id)
    }

    /// Returns the new address's id and defaults. Adding it again changes nothing, as when the answer to the write that
    /// added it was lost.
    pub fn add_address(&mut self, new: NewAddress) -> Result<(AddressId, DefaultFlags), TooManyAddresses> {
        let id = new.address.id;
        if self.address(id).is_some() {
            return Ok((id, self.defaults_of(id)));
        }
        if self.addresses.len() >= MAX_ADDRESSES {
            return Err(TooManyAddresses);
        }
        self.addresses.push(new.address);
        self.move_defaults(id, new.defaults);
        Ok((id, self.defaults_of(id)))
    }

    /// The same for a request that may be repeated. A repetition changes nothing and returns the id and defaults that the
    /// first request got.
    pub fn add_keyed_address(
        &mut self,
        new: NewAddress,
        request: &KeyedRequest,
    ) -> Result<Result<(AddressId, DefaultFlags), TooManyAddresses>, KeyReused> {
        if let Some(known) = KeyedAddress::find(&self.keyed_addresses, request)? {
            return Ok(Ok((known.id, known.defaults)));
        }
        Ok(self.add_address(new).map(|(id, defaults)| {
            let new = KeyedAddress { request: request.clone(), id, defaults };
            KeyedAddress::remember(&mut self.keyed_addresses, new);
            (id, defaults)
        }))
    }

    /// Which defaults an address is.
    pub(crate) fn defaults_of(&self, id: AddressId) -> DefaultFlags {
        DefaultFlags {
            shipping: self.default_shipping == Some(id),
            billing: self.default_billing == Some(id),
        }
    }

    /// The address after the change; `None` if the customer has no such address.
    pub fn patch_address(&mut self, id: AddressId, patch: AddressPatch) -> Option<&Address> {
        let index = self.addresses.iter().position(|address| address.id == id)?;
        self.move_defaults(id, patch.defaults);
        self.addresses[index].apply(patch);
        Some(&self.addresses[index])
    }

    /// Removes an address. If it was a default, there is none afterwards: no other address is promoted.
    pub fn remove_address(&mut self, id: AddressId) -> Option<Address> {
        let index = self.addresses.iter().position(|address| address.id == id)?;
        self.default_shipping.take_if(|default| *default == id);
        self.default_billing.take_if(|default| *default == id);
        Some(self.addresses.remove(index))
    }

    /// A default moves to the address that asks for it; where there is none, it falls to whichever was touched last.
    fn move_defaults(&mut self, id: AddressId, asked: DefaultFlags) {
        if asked.shipping || self.default_shipping.is_none() {
            self.default_shipping = Some(id);
        }
        if asked.billing || self.default_billing.is_none() {
            self.default_billing = Some(id);
        }
    }
}

#[cfg(test)]
mod tests;
