//! What is on the disk: enough to continue after a restart, and nothing that grants access.

use std::path::Path;

use serde_json::json;
use tests::mail::{CONFIRMATION, PASSWORD_RESET};
use tests::{NEW_PASSWORD, PASSWORD, Shop};

#[tokio::test]
async fn what_was_acknowledged_survives_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let shop = Shop::with_data(folder.path(), &[]).await;
    let customer = shop.register("john@example.com").await;
    customer.add_address(json!({"city": "Hamburg"})).await;
    let before = customer.get(&format!("{}?include=addresses", customer.path())).await.expect(200).json();
    let (reference, refresh_token) = (customer.reference.clone(), customer.refresh_token.clone());
    let old_url = String::from(shop.base_url());
    shop.stop().await;

    let shop = Shop::with_data(folder.path(), &[]).await;
    let customer = shop.sign_in(&reference, "john@example.com", PASSWORD).await;
    let after = customer.get(&format!("{}?include=addresses", customer.path())).await.expect(200).json();
    let moved = before.to_string().replace(&old_url, shop.base_url());
    assert_eq!(after.to_string(), moved);
    shop.try_refresh(&refresh_token).await.expect(201);
}

#[tokio::test]
async fn neither_tokens_nor_keys_nor_passwords_are_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let shop = Shop::with_data(folder.path(), &[]).await;
    let customer = shop.register("john@example.com").await;
    let confirmation = shop.mail_to("john@example.com", CONFIRMATION).await.token();
    shop.anonymous()
        .post("/customer-forgotten-password", json!({"email": "john@example.com"}))
        .await
        .expect(204);
    let restore = shop.mail_to("john@example.com", PASSWORD_RESET).await.token();
    let next = shop.try_refresh(&customer.refresh_token).await.expect(201);
    shop.try_sign_in("john@example.com", "wrong-password").await.expect(401);
    let tokens = [
        customer.access_token.clone(),
        customer.refresh_token.clone(),
        next.text("accessToken"),
        next.text("refreshToken"),
        confirmation,
        restore,
    ];
    // The reference at the start of a key is not secret, nor is a header that all tokens share.
    let parts = tokens.iter().flat_map(|token| token.split('.').skip(1));
    let secrets: Vec<_> =
        parts.chain([PASSWORD, NEW_PASSWORD, "wrong-password"]).map(str::as_bytes).collect();
    shop.stop().await;

    let stored = contents(folder.path());
    let holds = |secret: &[u8]| stored.windows(secret.len()).any(|window| window == secret);
    assert!(holds(b"john@example.com"), "the right files are searched");
    for secret in secrets {
        assert!(!holds(secret), "{} is stored", String::from_utf8_lossy(secret));
    }
}

/// The contents of all files below a folder.
fn contents(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        bytes.extend(if path.is_dir() { contents(&path) } else { std::fs::read(&path).expect("a file") });
    }
    bytes
}
