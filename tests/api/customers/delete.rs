//! DELETE /customers/{customerReference}

use serde_json::json;
use tests::errors::{
    AUTHENTICATION_FAILED, BAD_CONFIRMATION_KEY, BAD_RESTORE_KEY, CUSTOMER_NOT_FOUND, INVALID_TOKEN,
    REFRESH_FAILED, UNAUTHORIZED,
};
use tests::mail::{CONFIRMATION, PASSWORD_RESET};
use tests::{NEW_PASSWORD, PASSWORD, Shop};

#[tokio::test]
async fn everything_of_the_customer_becomes_invalid_at_once() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let other_session = shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
    let address = customer.add_address(json!({})).await;
    shop.anonymous().post("/customer-forgotten-password", json!({"email": customer.email})).await.expect(204);
    let restore_key = shop.mail_to(&customer.email, PASSWORD_RESET).await.token();
    let confirmation_key = shop.mail_to(&customer.email, CONFIRMATION).await.token();

    customer.delete(&customer.path()).await.expect(204);

    for session in [&customer, &other_session] {
        session.get(&session.path()).await.assert_error(INVALID_TOKEN);
        session.get("/customers").await.assert_error(INVALID_TOKEN);
        session.get(&session.address_path(&address)).await.assert_error(INVALID_TOKEN);
        session.delete(&session.path()).await.assert_error(INVALID_TOKEN);
        shop.try_refresh(&session.refresh_token).await.assert_error(REFRESH_FAILED);
    }
    shop.try_sign_in(&customer.email, PASSWORD).await.assert_error(AUTHENTICATION_FAILED);
    let attributes =
        json!({"restorePasswordKey": restore_key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    shop.anonymous().patch("/customer-restore-password", attributes).await.assert_error(BAD_RESTORE_KEY);
    let attributes = json!({"registrationKey": confirmation_key});
    shop.anonymous().post("/customer-confirmation", attributes).await.assert_error(BAD_CONFIRMATION_KEY);
    shop.advance(61);
    shop.anonymous().post("/customer-forgotten-password", json!({"email": customer.email})).await.expect(204);
    assert_eq!(shop.count_mails(&customer.email, PASSWORD_RESET).await, 1);
}

#[tokio::test]
async fn the_email_is_free_and_the_reference_is_not() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    customer.delete(&customer.path()).await.expect(204);
    let newcomer = shop.register("JOHN@example.com").await;
    assert_ne!(newcomer.reference, customer.reference);
    newcomer.get(&customer.path()).await.assert_error(CUSTOMER_NOT_FOUND);
    newcomer.delete(&customer.path()).await.assert_error(UNAUTHORIZED);
    customer.get(&customer.path()).await.assert_error(INVALID_TOKEN);
    assert_eq!(newcomer.addresses().await, []);
}

#[tokio::test]
async fn no_other_customer_may() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    john.delete(&jane.path()).await.assert_error(UNAUTHORIZED);
    john.delete("/customers/DE--1").await.assert_error(UNAUTHORIZED);
    assert!(jane.is_signed_in().await);
    assert!(john.is_signed_in().await);
}
