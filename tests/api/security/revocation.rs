//! What ends a session ends it at once, whatever the gateway has cached for its token, and whatever races with it.

use serde_json::json;
use tests::errors::{INVALID_TOKEN, REFRESH_FAILED};
use tests::mail::PASSWORD_RESET;
use tests::{Customer, NEW_PASSWORD, PASSWORD, Request, Shop};

#[derive(Clone, Copy, Debug)]
enum End {
    PasswordChange,
    Restore,
    Anonymisation,
    EverySession,
    OneSession,
}

const ENDS: [End; 5] =
    [End::PasswordChange, End::Restore, End::Anonymisation, End::EverySession, End::OneSession];

#[tokio::test]
async fn the_authorizers_cached_answer_grants_no_access() {
    for end in ENDS {
        let shop = Shop::start().await;
        let customer = shop.register("john@example.com").await;
        let address = customer.add_address(json!({})).await;
        // From now on the gateway uses the authorizer's cached answer, for five minutes.
        assert!(customer.is_signed_in().await, "{end:?}");
        let actor = shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
        apply(end, &shop, &actor, &customer).await;
        for (method, path) in [
            ("GET", "/customers".to_owned()),
            ("GET", customer.path()),
            ("PATCH", customer.path()),
            ("DELETE", customer.path()),
            ("GET", customer.addresses_path()),
            ("POST", customer.addresses_path()),
            ("GET", customer.address_path(&address)),
            ("PATCH", customer.address_path(&address)),
            ("DELETE", customer.address_path(&address)),
            ("PATCH", "/customer-password".to_owned()),
            ("DELETE", "/refresh-tokens/mine".to_owned()),
            ("DELETE", format!("/refresh-tokens/{}", customer.refresh_token)),
        ] {
            let answer = customer.send(Request::new(method, &path).attributes(json!({}))).await;
            assert_eq!(
                answer.errors(),
                [(401, "001".into(), INVALID_TOKEN.2.into())],
                "{end:?}: {method} {path}"
            );
        }
        shop.try_refresh(&customer.refresh_token).await.assert_error(REFRESH_FAILED);
    }
}

#[tokio::test]
async fn a_refresh_that_races_with_the_end_grants_no_access_beyond_it() {
    for end in ENDS {
        for _ in 0..4 {
            let shop = Shop::start().await;
            let customer = shop.register("john@example.com").await;
            let actor = shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
            let refresh = shop.try_refresh(&customer.refresh_token);
            let (refreshed, ()) = tokio::join!(refresh, apply(end, &shop, &actor, &customer));
            if refreshed.status == 201 {
                let access_token = refreshed.text("accessToken");
                shop.bearer(&access_token).get("/customers").await.assert_error(INVALID_TOKEN);
                let next = refreshed.text("refreshToken");
                shop.try_refresh(&next).await.assert_error(REFRESH_FAILED);
            } else {
                refreshed.assert_error(REFRESH_FAILED);
            }
            assert!(!customer.is_signed_in().await, "{end:?}");
            shop.try_refresh(&customer.refresh_token).await.assert_error(REFRESH_FAILED);
        }
    }
}

#[tokio::test]
async fn a_change_that_races_with_the_end_is_complete_or_refused() {
    for end in ENDS {
        for _ in 0..4 {
            let shop = Shop::start().await;
            let customer = shop.register("john@example.com").await;
            let actor = shop.sign_in(&customer.reference, &customer.email, PASSWORD).await;
            let path = customer.path();
            let change = customer.patch(&path, json!({"lastName": "Raced"}));
            let (changed, ()) = tokio::join!(change, apply(end, &shop, &actor, &customer));
            if changed.status != 200 {
                changed.assert_error(INVALID_TOKEN);
            }
            assert!(!customer.is_signed_in().await, "{end:?}: an earlier save does not undo the end");
            if matches!(end, End::Anonymisation) {
                let record = shop.item("CUSTOMER").await.to_string();
                assert!(!record.contains("Raced"), "{record}");
            }
        }
    }
}

/// Ends the sessions of `victim`, who is the same customer as `actor` with another session.
async fn apply(end: End, shop: &Shop, actor: &Customer, victim: &Customer) {
    match end {
        End::PasswordChange => actor.change_password(PASSWORD, NEW_PASSWORD).await.expect(204),
        End::Restore => {
            let email = json!({"email": victim.email});
            shop.anonymous().post("/customer-forgotten-password", email).await.expect(204);
            let key = shop.mail_to(&victim.email, PASSWORD_RESET).await.token();
            let attributes =
                json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
            shop.anonymous().patch("/customer-restore-password", attributes).await.expect(204)
        }
        End::Anonymisation => actor.delete(&actor.path()).await.expect(204),
        End::EverySession => actor.delete("/refresh-tokens/mine").await.expect(204),
        End::OneSession => {
            actor.delete(&format!("/refresh-tokens/{}", victim.refresh_token)).await.expect(204)
        }
    };
}
