//! Finds the operation for a method and a path. The raw path decides, not the route that a gateway matched.

use std::fmt;

use lambda_http::http::Method;
use percent_encoding::percent_decode_str;

use crate::domain::{Action, CustomerReference};
use crate::error::Error;

/// An operation with the ids from its path. They are decoded, and parsed and checked later.
#[derive(Clone, PartialEq, Eq)]
pub enum Route {
    CreateCustomer,
    ListCustomers,
    GetCustomer { reference: String },
    UpdateCustomer { reference: String },
    DeleteCustomer { reference: String },
    ExportCustomer { reference: String },
    ListSessions { reference: String },
    EndSession { reference: String, session: String },
    CreateAddress { reference: String },
    ListAddresses { reference: String },
    GetAddress { reference: String, address: String },
    UpdateAddress { reference: String, address: String },
    DeleteAddress { reference: String, address: String },
    ChangePassword { reference: Option<String> },
    ForgotPassword,
    RestorePassword,
    ConfirmCustomer,
    RequestConfirmation,
    RestoreEmail,
    CreateAccessToken,
    CreateRefreshToken,
    DeleteRefreshToken { token: String },
    DeleteMyRefreshTokens,
    OauthToken,
    Jwks,
    OpenidConfiguration,
    OauthServerMetadata,
    FindCustomers,
    ShowCustomer { reference: String },
    GetCustomerRecord { reference: String },
    ActOnCustomer { reference: String, action: Action },
}

impl Route {
    /// # Errors
    ///
    /// [`Error::NotFound`] for what the API does not have, and the contract's errors for a known path without its id.
    pub fn parse(method: &Method, path: &str) -> Result<Route, Error> {
        let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        if let ["admin", rest @ ..] = segments.as_slice() {
            return desk(method, rest);
        }
        match method.as_str() {
            "GET" => get(without_trailing_slash(&segments)),
            "POST" => post(without_trailing_slash(&segments)),
            "PATCH" => patch(&segments),
            "DELETE" => delete(without_trailing_slash(&segments)),
            _ => Err(Error::NotFound),
        }
    }

    /// The customer that the help desk's operation is about.
    pub(crate) fn reference(&self) -> Option<CustomerReference> {
        match self {
            Route::ShowCustomer { reference }
            | Route::GetCustomerRecord { reference }
            | Route::ActOnCustomer { reference, .. } => CustomerReference::parse(reference),
            _ => None,
        }
    }

    /// The operation's name in logs.
    pub fn operation(&self) -> &'static str {
        match self {
            Route::CreateCustomer => "CreateCustomer",
            Route::ListCustomers => "ListCustomers",
            Route::GetCustomer { .. } => "GetCustomer",
            Route::UpdateCustomer { .. } => "UpdateCustomer",
            Route::DeleteCustomer { .. } => "DeleteCustomer",
            Route::ExportCustomer { .. } => "ExportCustomer",
            Route::ListSessions { .. } => "ListSessions",
            Route::EndSession { .. } => "EndSession",
            Route::CreateAddress { .. } => "CreateAddress",
            Route::ListAddresses { .. } => "ListAddresses",
            Route::GetAddress { .. } => "GetAddress",
            Route::UpdateAddress { .. } => "UpdateAddress",
            Route::DeleteAddress { .. } => "DeleteAddress",
            Route::ChangePassword { .. } => "ChangePassword",
            Route::ForgotPassword => "ForgotPassword",
            Route::RestorePassword => "RestorePassword",
            Route::ConfirmCustomer => "ConfirmCustomer",
            Route::RequestConfirmation => "RequestConfirmation",
            Route::RestoreEmail => "RestoreEmail",
            Route::CreateAccessToken => "CreateAccessToken",
            Route::CreateRefreshToken => "CreateRefreshToken",
            Route::DeleteRefreshToken { .. } => "DeleteRefreshToken",
            Route::DeleteMyRefreshTokens => "DeleteMyRefreshTokens",
            Route::OauthToken => "OauthToken",
            Route::Jwks => "Jwks",
            Route::OpenidConfiguration => "OpenidConfiguration",
            Route::OauthServerMetadata => "OauthServerMetadata",
            Route::FindCustomers => "FindCustomers",
            Route::ShowCustomer { .. } => "ShowCustomer",
            Route::GetCustomerRecord { .. } => "GetCustomerRecord",
            Route::ActOnCustomer { action, .. } => action.operation(),
        }
    }
}

/// Without ids: one may be a refresh token.
impl fmt::Debug for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.operation())
    }
}

/// The help desk's paths are no client's to guess: no other spelling leads there.
fn desk(method: &Method, segments: &[&str]) -> Result<Route, Error> {
    match (method.as_str(), segments) {
        ("GET", ["customers"]) => Ok(Route::FindCustomers),
        ("GET", ["customers", reference]) if !reference.is_empty() => {
            Ok(Route::ShowCustomer { reference: id(reference) })
        }
        ("GET", ["customers", reference, "record"]) if !reference.is_empty() => {
            Ok(Route::GetCustomerRecord { reference: id(reference) })
        }
        ("POST", ["customers", reference, action]) if !reference.is_empty() => {
            let action = Action::parse(action).ok_or(Error::NotFound)?;
            Ok(Route::ActOnCustomer { reference: id(reference), action })
        }
        _ => Err(Error::NotFound),
    }
}

fn get(segments: &[&str]) -> Result<Route, Error> {
    match *segments {
        ["customers"] => Ok(Route::ListCustomers),
        ["customers", reference] if !reference.is_empty() => {
            Ok(Route::GetCustomer { reference: id(reference) })
        }
        ["customers", "", "addresses" | "sessions" | "export"] | ["customers", "", "addresses", _] => {
            Err(Error::ReferenceMissing)
        }
        ["customers", reference, "export"] => Ok(Route::ExportCustomer { reference: id(reference) }),
        ["customers", reference, "sessions"] => Ok(Route::ListSessions { reference: id(reference) }),
        ["customers", reference, "addresses"] => Ok(Route::ListAddresses { reference: id(reference) }),
        ["customers", reference, "addresses", address] if !address.is_empty() => {
            Ok(Route::GetAddress { reference: id(reference), address: id(address) })
        }
        [".well-known", "jwks.json"] => Ok(Route::Jwks),
        [".well-known", "openid-configuration"] => Ok(Route::OpenidConfiguration),
        [".well-known", "oauth-authorization-server"] => Ok(Route::OauthServerMetadata),
        _ => Err(Error::NotFound),
    }
}

fn post(segments: &[&str]) -> Result<Route, Error> {
    match *segments {
        ["customers"] => Ok(Route::CreateCustomer),
        ["customers", "", "addresses"] | ["customers", "", "addresses", _] => Err(Error::Unauthorized),
        ["customers", reference, "addresses"] => Ok(Route::CreateAddress { reference: id(reference) }),
        ["customer-forgotten-password"] => Ok(Route::ForgotPassword),
        ["customer-confirmation"] => Ok(Route::ConfirmCustomer),
        ["customer-confirmation-requests"] => Ok(Route::RequestConfirmation),
        ["customer-email-restoration"] => Ok(Route::RestoreEmail),
        ["access-tokens"] => Ok(Route::CreateAccessToken),
        ["refresh-tokens"] => Ok(Route::CreateRefreshToken),
        ["token"] => Ok(Route::OauthToken),
        _ => Err(Error::NotFound),
    }
}

fn patch(segments: &[&str]) -> Result<Route, Error> {
    match *segments {
        // On these two paths a trailing slash counts as an empty id.
        ["customer-password"] => Ok(Route::ChangePassword { reference: None }),
        ["customer-password", ""] => Err(NO_REFERENCE),
        ["customer-password", reference] | ["customer-password", reference, ""] => {
            Ok(Route::ChangePassword { reference: Some(id(reference)) })
        }
        ["customer-restore-password"] => Ok(Route::RestorePassword),
        ["customer-restore-password", ""] => Err(Error::ResourceIdMissing(None)),
        ["customer-restore-password", _] | ["customer-restore-password", _, ""] => Ok(Route::RestorePassword),
        _ => match *without_trailing_slash(segments) {
            ["customers", reference] if !reference.is_empty() => {
                Ok(Route::UpdateCustomer { reference: id(reference) })
            }
            ["customers", reference, "addresses", address]
                if !reference.is_empty() && !address.is_empty() =>
            {
                Ok(Route::UpdateAddress { reference: id(reference), address: id(address) })
            }
            ref others => Err(missing_id(others)),
        },
    }
}

fn delete(segments: &[&str]) -> Result<Route, Error> {
    match *segments {
        ["customers", reference] if !reference.is_empty() => {
            Ok(Route::DeleteCustomer { reference: id(reference) })
        }
        ["customers", reference, "addresses", address] if !reference.is_empty() && !address.is_empty() => {
            Ok(Route::DeleteAddress { reference: id(reference), address: id(address) })
        }
        ["customers", reference, "sessions", session] if !reference.is_empty() && !session.is_empty() => {
            Ok(Route::EndSession { reference: id(reference), session: id(session) })
        }
        ["customers", "", "sessions"] | ["customers", "", "sessions", _] => Err(NO_REFERENCE),
        ["customers", _, "sessions"] => Err(Error::ResourceIdMissing(None)),
        ["refresh-tokens", "mine"] => Ok(Route::DeleteMyRefreshTokens),
        ["refresh-tokens", token] if !token.is_empty() => Ok(Route::DeleteRefreshToken { token: id(token) }),
        ["refresh-tokens"] | ["refresh-tokens", ""] => Err(Error::ResourceIdMissing(None)),
        ref others => Err(missing_id(others)),
    }
}

const NO_REFERENCE: Error = Error::ResourceIdMissing(Some("405"));

/// The error for a PATCH or DELETE without the id of a customer or an address. A missing reference comes first.
fn missing_id(segments: &[&str]) -> Error {
    match *segments {
        ["customers"]
        | ["customers", ""]
        | ["customers", "", "addresses"]
        | ["customers", "", "addresses", _] => NO_REFERENCE,
        ["customers", _, "addresses"] | ["customers", _, "addresses", ""] => {
            Error::ResourceIdMissing(Some("412"))
        }
        _ => Error::NotFound,
    }
}

/// An id as it is stored. RFC 3986 has a client encode the `|` of a reference; a slash that is encoded stays in the id.
fn id(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

fn without_trailing_slash<'a, 'b>(segments: &'a [&'b str]) -> &'a [&'b str] {
    match segments {
        [rest @ .., ""] if !rest.is_empty() => rest,
        all => all,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcome(method: &str, path: &str) -> String {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        match Route::parse(&method, path) {
            Ok(route) => format!("{route:?}"),
            Err(error) => {
                let objects = error.objects();
                format!("{}/{}", objects[0].status, objects[0].code.unwrap_or("-"))
            }
        }
    }

    #[test]
    fn a_trailing_slash_is_ignored() {
        for (method, path) in [
            ("GET", "/customers"),
            ("GET", "/customers/DE--1"),
            ("PATCH", "/customers/DE--1"),
            ("POST", "/customers/DE--1/addresses"),
            ("DELETE", "/customers/DE--1/addresses/a"),
            ("POST", "/token"),
            ("DELETE", "/refresh-tokens/mine"),
            ("PATCH", "/customer-password/DE--1"),
            ("PATCH", "/customer-restore-password/x"),
            ("GET", "/.well-known/jwks.json"),
        ] {
            let parsed = |path: &str| {
                Route::parse(&Method::from_bytes(method.as_bytes()).expect("a method"), path).ok()
            };
            assert!(parsed(path).is_some(), "{method} {path} is known");
            assert_eq!(parsed(path), parsed(&format!("{path}/")), "{method} {path}");
        }
    }

    #[test]
    fn a_known_path_without_its_id_is_a_bad_request() {
        for (method, path, answer) in [
            ("PATCH", "/customers", "400/405"),
            ("PATCH", "/customers/", "400/405"),
            ("DELETE", "/customers", "400/405"),
            ("DELETE", "/customers/", "400/405"),
            ("PATCH", "/customer-password/", "400/405"),
            ("PATCH", "/customers/DE--1/addresses", "400/412"),
            ("DELETE", "/customers/DE--1/addresses/", "400/412"),
            ("PATCH", "/customer-restore-password/", "400/-"),
            ("DELETE", "/customers/DE--1/sessions", "400/-"),
            ("DELETE", "/customers/DE--1/sessions/", "400/-"),
            ("DELETE", "/customers//sessions/a", "400/405"),
            ("GET", "/customers//sessions", "400/405"),
            ("GET", "/customers//export", "400/405"),
            ("DELETE", "/refresh-tokens", "400/-"),
            ("DELETE", "/refresh-tokens/", "400/-"),
            ("GET", "/customers//addresses", "400/405"),
            ("GET", "/customers//addresses/", "400/405"),
            ("GET", "/customers//addresses/a", "400/405"),
            ("PATCH", "/customers//addresses", "400/405"),
            ("DELETE", "/customers//addresses/a", "400/405"),
            ("POST", "/customers//addresses", "403/411"),
            ("POST", "/customers//addresses/a", "403/411"),
        ] {
            assert_eq!(outcome(method, path), answer, "{method} {path}");
        }
    }

    #[test]
    fn everything_else_is_not_found() {
        for (method, path) in [
            ("GET", "/"),
            ("GET", ""),
            ("GET", "/nowhere"),
            ("HEAD", "/customers"),
            ("PUT", "/customers/DE--1"),
            ("OPTIONS", "/customers"),
            ("POST", "/customers/DE--1"),
            ("GET", "/customer-password"),
            ("DELETE", "/customer-password/"),
            ("PATCH", "/access-tokens"),
            ("GET", "/customers/a/b"),
            ("GET", "/customers/a/addresses/b/c"),
            ("GET", "/customers/a/sessions/b"),
            ("PATCH", "/customers/a/sessions/b"),
            ("POST", "/customers/a/sessions"),
            ("GET", "/customers/a/export/b"),
            ("POST", "/customers/a/export"),
            ("DELETE", "/customers/a/export"),
            ("GET", "//customers"),
            ("PATCH", "/customer-password/a/b"),
            ("GET", "/refresh-tokens/x"),
            ("GET", "/Customers"),
            ("GET", "/admin"),
            ("GET", "/admin/customers/"),
            ("GET", "/admin//customers"),
            ("GET", "//admin/customers"),
            ("GET", "/Admin/customers"),
            ("GET", "/%61dmin/customers"),
            ("POST", "/admin/customers"),
            ("GET", "/admin/customers/DE--1/"),
            ("GET", "/admin/customers//record"),
            ("GET", "/admin/customers/DE--1/secure"),
            ("POST", "/admin/customers/DE--1"),
            ("POST", "/admin/customers/DE--1/record"),
            ("POST", "/admin/customers/DE--1/found"),
            ("POST", "/admin/customers/DE--1/set-password"),
            ("POST", "/admin/customers/DE--1/secure/"),
            ("POST", "/admin/customers//secure"),
            ("DELETE", "/admin/customers/DE--1"),
        ] {
            assert_eq!(outcome(method, path), "404/-", "{method} {path}");
        }
    }

    proptest! {
        #[test]
        fn any_path_has_an_answer(method in "GET|POST|PATCH|DELETE|PUT", path in "(/(customers|addresses|customer-password|refresh-tokens||[^/]{0,4})){0,6}") {
            outcome(&method, &path);
        }
    }
}
