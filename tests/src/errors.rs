//! Section 5 of the contract: every error that a client can provoke, as `(status, code, detail)`.

use serde_json::{Value, json};

/// The code is empty if the contract has none.
pub type Error = (u16, &'static str, &'static str);

pub const INVALID_TOKEN: Error = (401, "001", "Invalid access token.");
pub const MISSING_TOKEN: Error = (403, "002", "Missing access token.");
pub const AUTHENTICATION_FAILED: Error = (401, "003", "Failed to authenticate user.");
pub const NOT_CONFIRMED: Error = (401, "008", "Please confirm your e-mail address first.");
pub const REFRESH_FAILED: Error = (401, "004", "Failed to refresh token.");
pub const SIGN_IN_TOO_OLD: Error = (401, "007", "Please sign in again to do this.");
pub const EMAIL_TAKEN: Error = (
    422,
    "400",
    "If this email address is already in use, you will receive a password reset link. Otherwise you must first validate \
     your e-mail address to finish registration. Please check your e-mail.",
);
pub const CUSTOMER_NOT_FOUND: Error = (404, "402", "Customer not found.");
pub const ADDRESS_NOT_FOUND: Error = (404, "404", "Address was not found.");
pub const REFERENCE_MISSING: Error = (400, "405", "Customer reference is missing.");
pub const REFERENCE_NOT_SPECIFIED: Error = (400, "405", "Resource id is not specified.");
pub const ADDRESS_ID_NOT_SPECIFIED: Error = (400, "412", "Resource id is not specified.");
pub const ID_NOT_SPECIFIED: Error = (400, "", "Resource id is not specified.");
pub const PASSWORDS_DIFFER: Error =
    (422, "406", "Value in field password should be identical to value in the confirmPassword field.");
pub const NEW_PASSWORDS_DIFFER: Error =
    (422, "406", "Value in field newPassword should be identical to value in the confirmPassword field.");
pub const WRONG_PASSWORD: Error = (400, "408", "Invalid password");
pub const ADDRESS_NOT_SAVED: Error = (400, "409", "Failed to save customer address.");
pub const CUSTOMER_NOT_SAVED: Error = (400, "410", "Failed to save customer.");
pub const PRECONDITION_FAILED: Error = (412, "006", "If-Match header value is invalid.");
pub const BAD_IDEMPOTENCY_KEY: Error =
    (400, "", "The Idempotency-Key header must be 1 to 255 visible ASCII characters.");
pub const IDEMPOTENCY_KEY_REUSED: Error =
    (422, "", "The Idempotency-Key was used for a request with another body.");
pub const INVALID_PAGE: Error = (400, "", "The query parameter page[after] must be the id of a session.");
pub const UNAUTHORIZED: Error = (403, "411", "Unauthorized request.");
pub const BAD_GENDER: Error = (422, "414", "Gender is not valid. Possible options are: Male, Female");
pub const BAD_RESTORE_KEY: Error = (422, "415", "Restore password key is not valid.");
pub const EMAIL_TOO_LONG: Error = (422, "417", "Email is too long. It should have 100 characters or less.");
pub const TERMS_NOT_ACCEPTED: Error = (422, "422", "Terms of service were not accepted.");
pub const BAD_CONFIRMATION_KEY: Error =
    (422, "423", "This email confirmation code is invalid or has been already used.");
pub const INVALID_TYPE: Error = (400, "", "Invalid type.");
pub const INVALID_DATA: Error = (400, "", "Post data is invalid.");
pub const NOT_FOUND: Error = (404, "", "Not Found");

/// Code 901 for one problem of one field; its detail is `<field> => <message>`.
pub const fn validation(detail: &'static str) -> Error {
    (422, "901", detail)
}

/// What an error says for programs besides its code, `(source, meta)`: the ways in which that can be. `Null` stands for an
/// absent member.
pub fn for_programs(code: &str, detail: &str) -> Vec<(Value, Value)> {
    let attribute = |name: &str| json!({ "pointer": format!("/data/attributes/{name}") });
    let rule = |rule: &str| json!({ "rule": rule });
    let one = |name: &str, meta: Value| vec![(attribute(name), meta)];
    match code {
        "400" => one("email", rule("taken")),
        "406" => one("confirmPassword", rule("same")),
        "408" => one("password", rule("currentPassword")),
        "409" => vec![
            (attribute("iso2Code"), rule("country")),
            (Value::Null, json!({ "rule": "addresses", "limit": 100 })),
            (Value::Null, Value::Null),
        ],
        "414" => one("gender", rule("choice")),
        "415" => one("restorePasswordKey", rule("key")),
        "417" => one("email", json!({ "rule": "max", "limit": 100 })),
        "422" => one("acceptedTerms", rule("true")),
        "423" => ["registrationKey", "restoreEmailKey"].map(|name| (attribute(name), rule("key"))).into(),
        "901" => {
            let (field, message) = detail.split_once(" => ").expect("a field and a message");
            let source = match field {
                // The help desk's are no attributes.
                "filter" => json!({ "parameter": field }),
                "reason" => return vec![(Value::Null, Value::Null)],
                attribute_name => attribute(attribute_name),
            };
            vec![(source, broken(message))]
        }
        _ => vec![(Value::Null, Value::Null)],
    }
}

/// The rule whose message it is, by the words that no other has.
fn broken(message: &str) -> Value {
    let limit: String = message.chars().filter(char::is_ascii_digit).collect();
    let limited = |rule: &str| json!({ "rule": rule, "limit": limit.parse::<u64>().expect("a limit") });
    let rules = [
        ("is missing", "required"),
        ("of type string", "string"),
        ("be blank", "notBlank"),
        ("valid email", "email"),
        ("valid choice", "choice"),
        ("be true", "true"),
        ("of type bool", "boolean"),
        ("valid date", "date"),
        ("uppercase letter", "passwordCharacters"),
        ("listed as common", "commonPassword"),
    ];
    match rules.iter().find(|(words, _)| message.contains(words)) {
        Some((_, rule)) => json!({ "rule": rule }),
        None if message.contains("too short") => limited("min"),
        None => limited("max"),
    }
}

/// The detail of 4401.
pub fn locked_for(minutes: u64) -> String {
    format!("Too many log in attempts from your address. Please wait {minutes} minutes before trying again.")
}
