//! What a client may send about a customer.

use serde_json::{Map, Value};
use shared::domain::{
    CustomerPatch, Date, Email, Gender, Name, NewCustomer, Password, PasswordPolicy, Salutation,
};
use shared::error::{Error, Problem};
use shared::http::input::{Input, is_blank};
use shared::runtime::config::Profile;

/// A parsed registration.
pub(crate) struct Registration {
    pub(crate) customer: NewCustomer,
    pub(crate) password: Password,
}

/// # Errors
///
/// All field errors at once; then, one at a time, passwords that differ and an e-mail that is too long.
pub(crate) fn registration(
    attributes: &Map<String, Value>,
    profile: Profile,
    policy: PasswordPolicy,
) -> Result<Registration, Error> {
    let mut input = Input::new(attributes);
    let email = input.required("email", Email::parse);
    let gender = match profile {
        Profile::Classic => input.optional("gender", Gender::parse),
        Profile::Current => input.required("gender", Gender::parse),
    };
    let salutation = input.required("salutation", Salutation::parse);
    let first_name = input.required("firstName", Name::parse);
    let last_name = input.required("lastName", Name::parse);
    let password = input.required("password", |raw| Password::parse_new(raw, policy));
    let confirmation = input.required("confirmPassword", |raw| Password::parse_confirmation(raw, policy));
    input.accepted("acceptedTerms");
    let date_of_birth = date_of_birth(&mut input);
    if attributes.get("acceptedTerms").is_some_and(|accepted| *accepted != Value::Bool(true)) {
        input.owners_problem(Problem::TermsNotAccepted);
    }
    note_gender(&mut input);

    let (registration, confirmation) = input
        .finish(|| {
            let customer = NewCustomer {
                email: email?,
                salutation: salutation?,
                first_name: first_name?,
                last_name: last_name?,
                gender,
                date_of_birth: date_of_birth.flatten(),
            };
            Some((Registration { customer, password: password? }, confirmation?))
        })
        .map_err(Error::Invalid)?;
    if registration.password != confirmation {
        return Err(Error::PasswordsDiffer("password"));
    }
    if registration.customer.email.is_too_long() {
        return Err(Error::EmailTooLong);
    }
    Ok(registration)
}

/// A parsed profile change.
pub(crate) struct Change {
    pub(crate) email: Option<Email>,
    pub(crate) patch: CustomerPatch,
    /// Password and confirmation, which change nothing but must be valid and identical.
    passwords: (Option<Password>, Option<Password>),
}

/// # Errors
///
/// All field errors at once.
pub(crate) fn change(attributes: &Map<String, Value>, policy: PasswordPolicy) -> Result<Change, Error> {
    let mut input = Input::new(attributes);
    let email = input.optional("email", Email::parse);
    let gender = input.optional("gender", Gender::parse);
    let salutation = input.optional("salutation", Salutation::parse);
    let first_name = input.optional("firstName", Name::parse);
    let last_name = input.optional("lastName", Name::parse);
    let password = input.optional("password", |raw| Password::parse_new(raw, policy));
    let confirmation = input.optional("confirmPassword", |raw| Password::parse_confirmation(raw, policy));
    let date_of_birth = date_of_birth(&mut input);
    note_gender(&mut input);
    let patch = CustomerPatch { salutation, first_name, last_name, gender, date_of_birth };
    input
        .finish(|| Some(Change { email, patch, passwords: (password, confirmation) }))
        .map_err(Error::Invalid)
}

impl Change {
    /// # Errors
    ///
    /// Passwords that differ, then an e-mail that is too long.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let (Some(password), Some(confirmation)) = &self.passwords
            && password != confirmation
        {
            return Err(Error::PasswordsDiffer("password"));
        }
        if self.email.as_ref().is_some_and(Email::is_too_long) {
            return Err(Error::EmailTooLong);
        }
        Ok(())
    }
}

/// `""` and `null` clear it.
fn date_of_birth(input: &mut Input<'_>) -> Option<Option<Date>> {
    match input.value("dateOfBirth") {
        Some(Value::String(text)) if text.is_empty() => Some(None),
        _ => input.clearable("dateOfBirth", Date::parse),
    }
}

/// For a gender that is neither blank nor one of the choices, the owner's document has a code of its own besides 901.
fn note_gender(input: &mut Input<'_>) {
    let is_choice = |value: &Value| value.as_str().is_some_and(|text| Gender::parse(text).is_ok());
    if input.value("gender").is_some_and(|value| !is_blank(value) && !is_choice(value)) {
        input.owners_problem(Problem::InvalidGender);
    }
}
