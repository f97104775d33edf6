//! The functions behind the routes, called in this process.

use std::pin::Pin;
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

    /// Boxed: the futures are large, and nested in the server's they would be too deep for the compiler.
    pub(crate) fn handle(
        self,
        app: Arc<App>,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        match self {
            Function::Addresses => Box::pin(addresses::handle(app, request)),
            Function::Customers => Box::pin(customers::handle(app, request)),
            Function::Fallback => Box::pin(fallback::handle(app, request)),
            Function::Passwords => Box::pin(passwords::handle(app, request)),
            Function::Tokens => Box::pin(tokens::handle(app, request)),
        }
    }
}
