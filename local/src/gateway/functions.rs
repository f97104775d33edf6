//! The functions behind the routes, called in this process.

use std::sync::Arc;

use lambda_http::Request;
use shared::{App, Reply};

/// A crate that answers requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Addresses,
    Customers,
    Fallback,
    Passwords,
    Tokens,
}

impl Function {
    /// By the crate's name, as the template's build properties spell it.
    pub(crate) fn of_crate(name: &str) -> Option<Function> {
        match name {
            "addresses" => Some(Function::Addresses),
            "customers" => Some(Function::Customers),
            "fallback" => Some(Function::Fallback),
            "passwords" => Some(Function::Passwords),
            "tokens" => Some(Function::Tokens),
            _ => None,
        }
    }

    pub(crate) async fn handle(self, app: Arc<App>, request: Request) -> Reply {
        match self {
            Function::Addresses => addresses::handle(app, request).await,
            Function::Customers => customers::handle(app, request).await,
            Function::Fallback => fallback::handle(app, request).await,
            Function::Passwords => passwords::handle(app, request).await,
            Function::Tokens => tokens::handle(app, request).await,
        }
    }
}
