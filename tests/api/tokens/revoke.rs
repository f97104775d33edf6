//! DELETE /refresh-tokens/{refreshToken} and /refresh-tokens/mine

use tests::errors::{INVALID_TOKEN, REFRESH_FAILED};
use tests::{Customer, Shop};

#[tokio::test]
async fn ends_the_session_of_the_token_and_no_other() {
    let shop = Shop::start().await;
    let first = shop.register("john@example.com").await;
    let second = again(&shop, &first).await;
    first.delete(&format!("/refresh-tokens/{}", second.refresh_token)).await.expect(204);
    assert!(!second.is_signed_in().await);
    shop.try_refresh(&second.refresh_token).await.assert_error(REFRESH_FAILED);
    assert!(first.is_signed_in().await);
    // Its own session, as when signing out.
    first.delete(&format!("/refresh-tokens/{}", first.refresh_token)).await.expect(204);
    first.delete(&format!("/refresh-tokens/{}", first.refresh_token)).await.assert_error(INVALID_TOKEN);
    shop.try_refresh(&first.refresh_token).await.assert_error(REFRESH_FAILED);
}

#[tokio::test]
async fn a_rotated_token_still_names_its_session() {
    let shop = Shop::start().await;
    let first = shop.register("john@example.com").await;
    let second = again(&shop, &first).await;
    let successor = shop.try_refresh(&second.refresh_token).await.expect(201).text("refreshToken");
    first.delete(&format!("/refresh-tokens/{successor}")).await.expect(204);
    assert!(!second.is_signed_in().await);
    shop.try_refresh(&successor).await.assert_error(REFRESH_FAILED);
}

#[tokio::test]
async fn unknown_foreign_and_revoked_tokens_are_answered_alike_and_end_nothing() {
    let shop = Shop::start().await;
    let john = shop.register("john@example.com").await;
    let jane = shop.register("jane@example.com").await;
    let revoked = again(&shop, &john).await;
    revoked.delete(&format!("/refresh-tokens/{}", revoked.refresh_token)).await.expect(204);
    for token in
        [jane.refresh_token.as_str(), &revoked.refresh_token, "x", "DE--1.x.y", "%F0%9F%98%80", "%00"]
    {
        john.delete(&format!("/refresh-tokens/{token}")).await.expect(204);
    }
    assert!(john.is_signed_in().await && jane.is_signed_in().await);
    shop.try_refresh(&john.refresh_token).await.expect(201);
    shop.try_refresh(&jane.refresh_token).await.expect(201);
}

#[tokio::test]
async fn mine_ends_all_of_the_callers_sessions() {
    let shop = Shop::start().await;
    let first = shop.register("john@example.com").await;
    let second = again(&shop, &first).await;
    let stranger = shop.register("jane@example.com").await;
    first.delete("/refresh-tokens/mine").await.expect(204);
    for session in [&first, &second] {
        assert!(!session.is_signed_in().await);
        shop.try_refresh(&session.refresh_token).await.assert_error(REFRESH_FAILED);
    }
    assert!(stranger.is_signed_in().await);
    let third = again(&shop, &first).await;
    assert!(third.is_signed_in().await);
    shop.try_refresh(&third.refresh_token).await.expect(201);
}

async fn again(shop: &Shop, customer: &Customer) -> Customer {
    shop.sign_in(&customer.reference, &customer.email, &customer.password).await
}
