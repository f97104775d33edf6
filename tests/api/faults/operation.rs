//! Every operation of the contract, with what it needs beforehand.

use serde_json::{Value, json};
use tests::mail::{CONFIRMATION, EMAIL_CHANGED, PASSWORD_RESET};
use tests::{Answer, Client, Customer, NEW_PASSWORD, PASSWORD, Shop, address, registration};

use super::state::State;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Register,
    RegisterKeyed,
    RegisterTaken,
    List,
    Get,
    UpdateName,
    UpdateNameMatching,
    UpdateEmail,
    Anonymise,
    CreateAddress,
    CreateAddressKeyed,
    ListAddresses,
    GetAddress,
    UpdateAddress,
    UpdateAddressMatching,
    DeleteAddress,
    ChangePassword,
    ChangePasswordWrongly,
    Forget,
    ForgetUnknown,
    Restore,
    Confirm,
    RequestConfirmation,
    RestoreEmail,
    SignIn,
    SignInWrongly,
    OauthSignIn,
    Refresh,
    RefreshUsed,
    OauthRefresh,
    SignOut,
    SignOutEverywhere,
    ListSessions,
    EndSession,
    Export,
    DeskFind,
    DeskShow,
    DeskSendReset,
    DeskSecure,
    DeskChangeEmail,
    DeskAnonymise,
}

pub(crate) const OPERATIONS: [Operation; 41] = [
    Operation::Register,
    Operation::RegisterKeyed,
    Operation::RegisterTaken,
    Operation::List,
    Operation::Get,
    Operation::UpdateName,
    Operation::UpdateNameMatching,
    Operation::UpdateEmail,
    Operation::Anonymise,
    Operation::CreateAddress,
    Operation::CreateAddressKeyed,
    Operation::ListAddresses,
    Operation::GetAddress,
    Operation::UpdateAddress,
    Operation::UpdateAddressMatching,
    Operation::DeleteAddress,
    Operation::ChangePassword,
    Operation::ChangePasswordWrongly,
    Operation::Forget,
    Operation::ForgetUnknown,
    Operation::Restore,
    Operation::Confirm,
    Operation::RequestConfirmation,
    Operation::RestoreEmail,
    Operation::SignIn,
    Operation::SignInWrongly,
    Operation::OauthSignIn,
    Operation::Refresh,
    Operation::RefreshUsed,
    Operation::OauthRefresh,
    Operation::SignOut,
    Operation::SignOutEverywhere,
    Operation::ListSessions,
    Operation::EndSession,
    Operation::Export,
    Operation::DeskFind,
    Operation::DeskShow,
    Operation::DeskSendReset,
    Operation::DeskSecure,
    Operation::DeskChangeEmail,
    Operation::DeskAnonymise,
];

const EMAIL: &str = "john@example.com";
/// Unused before the operation.
const NEW_EMAIL: &str = "jack@example.com";

const IDEMPOTENCY_KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

impl Operation {
    /// The status of a repetition after the operation has succeeded, if it differs from the first one.
    pub(crate) fn status_again(self) -> Option<u16> {
        match self {
            Operation::Register => Some(422),
            Operation::UpdateNameMatching | Operation::UpdateAddressMatching => Some(412),
            Operation::Anonymise | Operation::ChangePassword | Operation::SignOutEverywhere => Some(401),
            Operation::DeleteAddress => Some(404),
            Operation::Restore | Operation::Confirm | Operation::RestoreEmail => Some(422),
            _ => None,
        }
    }

    /// Whether a repetition adds something: another address, another session, or a reset key for a customer who is
    /// already registered. Each call of the help desk is on record.
    pub(crate) fn adds_up(self) -> bool {
        use Operation::{CreateAddress, OauthSignIn, Register, SignIn};
        matches!(self, CreateAddress | OauthSignIn | Register | SignIn) || self.is_desks()
    }

    pub(crate) fn is_desks(self) -> bool {
        format!("{self:?}").starts_with("Desk")
    }
}

/// A customer with an address and two sessions, before the operation.
pub(crate) struct Stage {
    customer: Customer,
    other_session: Customer,
    address: String,
    /// What the operation presents: a mailed key, a tag, or the id of a session.
    presented: String,
}

impl Stage {
    pub(crate) async fn set(shop: &Shop, operation: Operation) -> Stage {
        let customer = shop.register(EMAIL).await;
        let other_session = shop.sign_in(&customer.reference, EMAIL, PASSWORD).await;
        let address = customer.add_address(json!({})).await;
        let confirmation = shop.mail_to(EMAIL, CONFIRMATION).await.token();
        if ![Operation::Confirm, Operation::RequestConfirmation].contains(&operation) {
            let attributes = json!({"registrationKey": confirmation});
            shop.anonymous().post("/customer-confirmation", attributes).await.expect(204);
        }
        let presented = match operation {
            Operation::Restore => {
                let attributes = json!({"email": EMAIL});
                shop.anonymous().post("/customer-forgotten-password", attributes).await.expect(204);
                shop.mail_to(EMAIL, PASSWORD_RESET).await.token()
            }
            Operation::RestoreEmail => {
                shop.advance(3_600);
                customer.patch(&customer.path(), json!({"email": NEW_EMAIL})).await.expect(200);
                shop.mail_to(EMAIL, EMAIL_CHANGED).await.token()
            }
            Operation::RefreshUsed => {
                shop.try_refresh(&customer.refresh_token).await.expect(201);
                shop.advance(11);
                confirmation
            }
            Operation::UpdateNameMatching => tag(&customer.get(&customer.path()).await),
            Operation::UpdateAddressMatching => tag(&customer.get(&customer.address_path(&address)).await),
            Operation::EndSession => {
                let sessions = customer.get(&format!("{}/sessions", customer.path())).await.expect(200);
                sessions.json()["data"][0]["id"].as_str().expect("an id").to_owned()
            }
            _ => confirmation,
        };
        shop.mail_settled().await;
        Stage { customer, other_session, address, presented }
    }

    pub(crate) async fn state(&self, shop: &Shop) -> State {
        State::of(shop, &[EMAIL, NEW_EMAIL], &self.customer.reference).await
    }

    /// The answer, after checking that any tokens in it are valid.
    pub(crate) async fn perform(&self, shop: &Shop, operation: Operation) -> Answer {
        let answer = self.request(shop, operation).await;
        let gives_tokens =
            [Operation::SignIn, Operation::OauthSignIn, Operation::Refresh, Operation::OauthRefresh];
        if gives_tokens.contains(&operation) && answer.status < 300 {
            check_token(shop, &answer).await;
        }
        answer
    }

    pub(crate) async fn request(&self, shop: &Shop, operation: Operation) -> Answer {
        let (anonymous, customer) = (shop.anonymous(), &self.customer);
        let path = customer.path();
        match operation {
            Operation::Register => anonymous.post("/customers", registration(NEW_EMAIL)).await,
            Operation::RegisterKeyed => {
                let client = anonymous.header("Idempotency-Key", IDEMPOTENCY_KEY);
                client.post("/customers", registration(NEW_EMAIL)).await
            }
            Operation::RegisterTaken => anonymous.post("/customers", registration(EMAIL)).await,
            Operation::List => customer.get("/customers").await,
            Operation::Get => customer.get(&format!("{path}?include=addresses")).await,
            Operation::UpdateName => customer.patch(&path, json!({"lastName": "Johnson"})).await,
            Operation::UpdateNameMatching => {
                self.matching().patch(&path, json!({"lastName": "Johnson"})).await
            }
            Operation::UpdateEmail => customer.patch(&path, json!({"email": NEW_EMAIL})).await,
            Operation::Anonymise => customer.delete(&path).await,
            Operation::CreateAddress => customer.post(&customer.addresses_path(), address()).await,
            Operation::CreateAddressKeyed => {
                let client = (**customer).clone().header("Idempotency-Key", IDEMPOTENCY_KEY);
                client.post(&customer.addresses_path(), address()).await
            }
            Operation::ListAddresses => customer.get(&customer.addresses_path()).await,
            Operation::GetAddress => customer.get(&customer.address_path(&self.address)).await,
            Operation::UpdateAddress => {
                customer.patch(&customer.address_path(&self.address), json!({"city": "Hamburg"})).await
            }
            Operation::UpdateAddressMatching => {
                let path = customer.address_path(&self.address);
                self.matching().patch(&path, json!({"city": "Hamburg"})).await
            }
            Operation::DeleteAddress => customer.delete(&customer.address_path(&self.address)).await,
            Operation::ChangePassword => customer.change_password(PASSWORD, NEW_PASSWORD).await,
            Operation::ChangePasswordWrongly => customer.change_password("wrong", NEW_PASSWORD).await,
            Operation::Forget => {
                anonymous.post("/customer-forgotten-password", json!({"email": EMAIL})).await
            }
            Operation::ForgetUnknown => {
                anonymous.post("/customer-forgotten-password", json!({"email": NEW_EMAIL})).await
            }
            Operation::Restore => {
                let body = json!({
                    "restorePasswordKey": self.presented, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD,
                });
                anonymous.patch("/customer-restore-password", body).await
            }
            Operation::Confirm => {
                anonymous.post("/customer-confirmation", json!({"registrationKey": self.presented})).await
            }
            Operation::RequestConfirmation => {
                anonymous.post("/customer-confirmation-requests", json!({"email": EMAIL})).await
            }
            Operation::RestoreEmail => {
                anonymous
                    .post("/customer-email-restoration", json!({"restoreEmailKey": self.presented}))
                    .await
            }
            Operation::SignIn => shop.try_sign_in(EMAIL, PASSWORD).await,
            Operation::SignInWrongly => shop.try_sign_in(EMAIL, "wrong").await,
            Operation::OauthSignIn => {
                let form = format!("grant_type=password&username={EMAIL}&password={PASSWORD}");
                anonymous.form("/token", &form).await
            }
            Operation::Refresh => shop.try_refresh(&customer.refresh_token).await,
            Operation::RefreshUsed => shop.try_refresh(&customer.refresh_token).await,
            Operation::OauthRefresh => {
                let form = format!("grant_type=refresh_token&refresh_token={}", customer.refresh_token);
                anonymous.form("/token", &form).await
            }
            Operation::SignOut => {
                self.other_session.delete(&format!("/refresh-tokens/{}", customer.refresh_token)).await
            }
            Operation::SignOutEverywhere => customer.delete("/refresh-tokens/mine").await,
            Operation::ListSessions => customer.get(&format!("{path}/sessions")).await,
            Operation::EndSession => {
                self.other_session.delete(&format!("{path}/sessions/{}", self.presented)).await
            }
            Operation::Export => customer.get(&format!("{path}/export")).await,
            Operation::DeskFind => shop.desk("anna").find("prefix", "joh").await,
            Operation::DeskShow => shop.desk("anna").show(&customer.reference).await,
            Operation::DeskSendReset => self.act(shop, "send-reset").await,
            Operation::DeskSecure => self.act(shop, "secure").await,
            Operation::DeskChangeEmail => {
                shop.desk("anna").change_email(&customer.reference, NEW_EMAIL).await
            }
            Operation::DeskAnonymise => self.act(shop, "anonymise").await,
        }
    }

    async fn act(&self, shop: &Shop, action: &str) -> Answer {
        shop.desk("anna").act(&self.customer.reference, action).await
    }

    fn matching(&self) -> Client {
        (*self.customer).clone().header("If-Match", &self.presented)
    }
}

async fn check_token(shop: &Shop, answer: &Answer) {
    let document = answer.json();
    let attributes = &document["data"]["attributes"];
    let token = |names: [&str; 2]| -> Option<Value> {
        names.iter().find_map(|name| attributes.get(name).or(document.get(name)).cloned())
    };
    let access_token = token(["accessToken", "access_token"]).expect("a token");
    // A lasting fault applies here too, but must not cause a token to be refused.
    let status = shop.bearer(access_token.as_str().expect("a string")).get("/customers").await.status;
    assert!(status == 200 || status == 503, "{status}");
}

fn tag(answer: &Answer) -> String {
    answer.header("ETag").unwrap_or_else(|| panic!("no tag: {}", answer.summary())).to_owned()
}
