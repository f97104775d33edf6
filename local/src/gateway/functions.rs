//! The functions behind the routes, called in this process.

use std::pin::Pin;
use std::sync::Arc;

use lambda_http::Request;
use shared::http::answer::answer;
use shared::{App, Reply};

/// A crate that answers requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Addresses,
    Admin,
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
            "admin" => Some(Function::Admin),
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
            Function::Addresses => Box::pin(answer(app, request, addresses::dispatch)),
            Function::Admin => Box::pin(answer(app, request, admin::dispatch)),
            Function::Customers => Box::pin(answer(app, request, customers::dispatch)),
            Function::Fallback => Box::pin(answer(app, request, fallback::dispatch)),
            Function::Passwords => Box::pin(answer(app, request, passwords::dispatch)),
            Function::Tokens => Box::pin(answer(app, request, tokens::dispatch)),
        }
    }
}
