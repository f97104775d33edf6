//! Every operation of the contract, with what it needs beforehand.

use serde_json::{Value, json};
use tests::mail::{CONFIRMATION, PASSWORD_RESET};
use tests::{Answer, Customer, NEW_PASSWORD, PASSWORD, Shop, address, registration};

use super::state::State;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Register,
    RegisterTaken,
    List,
    Get,
    UpdateName,
    UpdateEmail,
    Anonymise,
    CreateAddress,
    ListAddresses,
    GetAddress,
    UpdateAddress,
    DeleteAddress,
    ChangePassword,
    ChangePasswordWrongly,
    Forget,
    ForgetUnknown,
    Restore,
    Confirm,
    SignIn,
    SignInWrongly,
    OauthSignIn,
    Refresh,
    OauthRefresh,
    SignOut,
    SignOutEverywhere,
}

pub(crate) const OPERATIONS: [Operation; 25] = [
    Operation::Register,
    Operation::RegisterTaken,
    Operation::List,
    Operation::Get,
    Operation::UpdateName,
    Operation::UpdateEmail,
    Operation::Anonymise,
    Operation::CreateAddress,
    Operation::ListAddresses,
    Operation::GetAddress,
    Operation::UpdateAddress,
    Operation::DeleteAddress,
    Operation::ChangePassword,
    Operation::ChangePasswordWrongly,
    Operation::Forget,
    Operation::ForgetUnknown,
    Operation::Restore,
    Operation::Confirm,
    Operation::SignIn,
    Operation::SignInWrongly,
    Operation::OauthSignIn,
    Operation::Refresh,
    Operation::OauthRefresh,
    Operation::SignOut,
    Operation::SignOutEverywhere,
];

const EMAIL: &str = "john@example.com";
/// Nobody's before the operation.
const NEW_EMAIL: &str = "jack@example.com";

/// A customer with an address, two sessions and a key, before the operation.
pub(crate) struct Stage {
    customer: Customer,
    other_session: Customer,
    address: String,
    key: String,
}

impl Stage {
    pub(crate) async fn set(shop: &Shop, operation: Operation) -> Stage {
        let customer = shop.register(EMAIL).await;
        let other_session = shop.sign_in(&customer.reference, EMAIL, PASSWORD).await;
        let address = customer.add_address(json!({})).await;
        let confirmation = shop.mail_to(EMAIL, CONFIRMATION).await.token();
        let key = if operation == Operation::Restore {
            shop.anonymous().post("/customer-forgotten-password", json!({"email": EMAIL})).await.expect(204);
            shop.mail_to(EMAIL, PASSWORD_RESET).await.token()
        } else {
            confirmation
        };
        shop.mail_settled().await;
        Stage { customer, other_session, address, key }
    }

    pub(crate) async fn state(&self, shop: &Shop) -> State {
        State::of(shop, &[EMAIL, NEW_EMAIL], &self.customer.reference).await
    }

    pub(crate) async fn perform(&self, shop: &Shop, operation: Operation) -> Answer {
        let (anonymous, customer) = (shop.anonymous(), &self.customer);
        let path = customer.path();
        match operation {
            Operation::Register => anonymous.post("/customers", registration(NEW_EMAIL)).await,
            Operation::RegisterTaken => anonymous.post("/customers", registration(EMAIL)).await,
            Operation::List => customer.get("/customers").await,
            Operation::Get => customer.get(&format!("{path}?include=addresses")).await,
            Operation::UpdateName => customer.patch(&path, json!({"lastName": "Johnson"})).await,
            Operation::UpdateEmail => customer.patch(&path, json!({"email": NEW_EMAIL})).await,
            Operation::Anonymise => customer.delete(&path).await,
            Operation::CreateAddress => customer.post(&customer.addresses_path(), address()).await,
            Operation::ListAddresses => customer.get(&customer.addresses_path()).await,
            Operation::GetAddress => customer.get(&customer.address_path(&self.address)).await,
            Operation::UpdateAddress => {
                customer.patch(&customer.address_path(&self.address), json!({"city": "Hamburg"})).await
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
                    "restorePasswordKey": self.key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD,
                });
                anonymous.patch("/customer-restore-password", body).await
            }
            Operation::Confirm => {
                anonymous.post("/customer-confirmation", json!({"registrationKey": self.key})).await
            }
            Operation::SignIn => usable(shop, shop.try_sign_in(EMAIL, PASSWORD).await).await,
            Operation::SignInWrongly => shop.try_sign_in(EMAIL, "wrong").await,
            Operation::OauthSignIn => {
                let form = format!("grant_type=password&username={EMAIL}&password={PASSWORD}");
                usable(shop, anonymous.form("/token", &form).await).await
            }
            Operation::Refresh => usable(shop, shop.try_refresh(&customer.refresh_token).await).await,
            Operation::OauthRefresh => {
                let form = format!("grant_type=refresh_token&refresh_token={}", customer.refresh_token);
                usable(shop, anonymous.form("/token", &form).await).await
            }
            Operation::SignOut => {
                self.other_session.delete(&format!("/refresh-tokens/{}", customer.refresh_token)).await
            }
            Operation::SignOutEverywhere => customer.delete("/refresh-tokens/mine").await,
        }
    }
}

/// The answer itself, once it is known that its tokens are worth something.
async fn usable(shop: &Shop, answer: Answer) -> Answer {
    if answer.status < 300 {
        let document = answer.json();
        let attributes = &document["data"]["attributes"];
        let token = |names: [&str; 2]| -> Option<Value> {
            names.iter().find_map(|name| attributes.get(name).or(document.get(name)).cloned())
        };
        let access_token = token(["accessToken", "access_token"]).expect("a token");
        // A lasting fault strikes here too; what it may not do is let a token be refused.
        let status = shop.bearer(access_token.as_str().expect("a string")).get("/customers").await.status;
        assert!(status == 200 || status == 503, "{status}");
    }
    answer
}
