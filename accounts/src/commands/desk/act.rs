use std::io::Write;

use clap::Args;
use desk::Call;
use desk::answers::Ordered;
use hyper::StatusCode;
use serde_json::json;
use shared::domain::{Action, CustomerReference};

use super::{Asking, Failure, OneCustomer, reference};

#[derive(Args)]
pub(crate) struct ChangeEmail {
    #[arg(value_parser = reference)]
    reference: CustomerReference,

    /// The new address
    email: String,

    #[command(flatten)]
    asking: Asking,
}

#[derive(Args)]
pub(crate) struct Anonymise {
    #[arg(value_parser = reference)]
    reference: CustomerReference,

    /// The reference once more, for scripts; without it, you are asked for it
    #[arg(long, value_name = "REFERENCE")]
    yes: Option<String>,

    #[command(flatten)]
    asking: Asking,
}

pub(super) async fn run(one: OneCustomer, action: Action) -> Result<String, Failure> {
    let OneCustomer { reference, asking } = one;
    act(&asking, &reference, action, String::new()).await
}

pub(super) async fn change_email(arguments: ChangeEmail) -> Result<String, Failure> {
    let ChangeEmail { reference, email, asking } = arguments;
    let document = json!({ "data": { "type": "change-email", "attributes": { "email": email } } });
    act(&asking, &reference, Action::ChangeEmail, document.to_string()).await
}

pub(super) async fn anonymise(arguments: Anonymise) -> Result<String, Failure> {
    let Anonymise { reference, yes, asking } = arguments;
    let again = match yes {
        Some(again) => again,
        None => ask_again(&reference)?,
    };
    if again != reference.as_str() {
        return Err(Failure::Local(
            "That is not the reference of the customer. Nothing was done.".to_owned(),
        ));
    }
    act(&asking, &reference, Action::Anonymise, String::new()).await
}

fn ask_again(reference: &CustomerReference) -> Result<String, Failure> {
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "Erases {reference} for good. Type the reference again: ");
    let _ = stderr.flush();
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    read.map_err(|error| Failure::Local(format!("The answer cannot be read: {error}.")))?;
    Ok(line.trim().to_owned())
}

async fn act(
    asking: &Asking,
    reference: &CustomerReference,
    action: Action,
    body: String,
) -> Result<String, Failure> {
    let call = Call::act(reference, action, body.into());
    match action {
        Action::SendReset => ordered(asking, call, "A reset mail is ordered.").await,
        Action::SendConfirmation => ordered(asking, call, "A confirmation mail is ordered.").await,
        Action::Secure => {
            let text = "Password and mailed keys are void, every session has ended.\n\
                        A reset mail is ordered.";
            done(asking, call, text).await
        }
        Action::SignOut => done(asking, call, "Every session has ended.").await,
        Action::Confirm => done(asking, call, "The e-mail is confirmed.").await,
        Action::ChangeEmail => {
            let text = "The e-mail is changed; the password is void, every session has ended.\n\
                        A notice goes to the old address if it was confirmed, and a confirmation to the new one.";
            done(asking, call, text).await
        }
        Action::Anonymise => done(asking, call, "The customer is anonymised.").await,
    }
}

async fn ordered(asking: &Asking, call: Call, text: &str) -> Result<String, Failure> {
    let said = |Ordered { meta }| match meta.ordered {
        true => Ok(text.to_owned()),
        false => Err(Failure::Refused(
            "the caps on such mails hold it back: enough were mailed lately. Try again later.".to_owned(),
        )),
    };
    asking.ask(call, StatusCode::ACCEPTED, said).await
}

/// For an answer without a body.
async fn done(asking: &Asking, call: Call, text: &str) -> Result<String, Failure> {
    if !asking.send(call, StatusCode::NO_CONTENT).await?.is_empty() {
        return Err(Failure::OtherAnswer);
    }
    Ok(if asking.json { String::new() } else { text.to_owned() })
}
