//! The mails that the shop sends to its customers.

use serde_json::json;
use tests::mail::{ACCOUNT_ERASED, CONFIRMATION, EMAIL_CHANGED, Mail, PASSWORD_CHANGED, PASSWORD_RESET};
use tests::{NEW_PASSWORD, PASSWORD, Shop, merged, registration};

#[tokio::test]
async fn an_accounts_whole_life_sends_these_mails_and_no_others() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    shop.mail_to("john@example.com", CONFIRMATION).await;
    shop.anonymous()
        .post("/customer-forgotten-password", json!({"email": "john@example.com"}))
        .await
        .expect(204);
    let key = shop.mail_to("john@example.com", PASSWORD_RESET).await.token();
    let attributes =
        json!({"restorePasswordKey": key, "password": NEW_PASSWORD, "confirmPassword": NEW_PASSWORD});
    shop.anonymous().patch("/customer-restore-password", attributes).await.expect(204);
    shop.mail_to("john@example.com", PASSWORD_CHANGED).await;
    let customer = shop.sign_in(&customer.reference, "john@example.com", NEW_PASSWORD).await;
    customer.patch(&customer.path(), json!({"email": "jack@example.com"})).await.expect(200);
    shop.mail_to("john@example.com", EMAIL_CHANGED).await;
    shop.confirm("jack@example.com").await;
    customer.change_password(NEW_PASSWORD, PASSWORD).await.expect(204);
    shop.mail_to("jack@example.com", PASSWORD_CHANGED).await;
    let customer = shop.sign_in(&customer.reference, "jack@example.com", PASSWORD).await;
    customer.add_address(json!({})).await;
    customer.patch(&customer.path(), json!({"lastName": "Quiet"})).await.expect(200);
    customer.delete(&customer.path()).await.expect(204);

    shop.mail_settled().await;
    let mut kinds = Vec::new();
    for mail in shop.mails().await {
        assert_well_formed(&mail);
        kinds.push((mail.to, mail.kind));
    }
    kinds.sort();
    let expected = [
        ("jack@example.com", ACCOUNT_ERASED),
        ("jack@example.com", CONFIRMATION),
        ("jack@example.com", PASSWORD_CHANGED),
        ("john@example.com", CONFIRMATION),
        ("john@example.com", EMAIL_CHANGED),
        ("john@example.com", PASSWORD_CHANGED),
        ("john@example.com", PASSWORD_RESET),
    ];
    assert_eq!(kinds, expected.map(|(to, kind)| (to.into(), kind.into())));
}

#[tokio::test]
async fn mails_are_in_the_best_language_of_the_registration() {
    let shop = Shop::start().await;
    for (number, (languages, tag, subject)) in [
        ("en-GB", "en", "Please confirm your e-mail address"),
        ("de-CH, fr;q=0.9", "de", "Bitte bestätigen Sie Ihre E-Mail-Adresse"),
        ("fr-FR, fr;q=0.9, en;q=0.8", "fr", "Veuillez confirmer votre adresse e-mail"),
        ("es-MX", "es", "Confirme su dirección de correo electrónico"),
        ("sv, it;q=0.5", "it", "Confermi il suo indirizzo e-mail"),
        ("nl", "nl", "Bevestig uw e-mailadres"),
        ("pl, *;q=0.5", "pl", "Prosimy o potwierdzenie adresu e-mail"),
        ("sv", "en", "Please confirm your e-mail address"),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("john{number}@example.com");
        let client = shop.anonymous().header("Accept-Language", languages);
        let reference = client.post("/customers", registration(&email)).await.expect(201).id();
        let mail = shop.mail_to(&email, CONFIRMATION).await;
        assert_well_formed(&mail);
        assert!(mail.subject.starts_with(subject), "{languages}: {}", mail.subject);
        assert!(mail.html.contains(&format!("<html lang=\"{tag}\">")), "{languages}");
        let customer = shop.sign_in(&reference, &email, PASSWORD).await;
        let export = customer.get(&format!("{}/export", customer.path())).await.expect(200).json();
        assert_eq!(export["meta"]["language"], tag, "{languages}");
    }
}

#[tokio::test]
async fn a_language_stays_with_every_change() {
    let shop = Shop::start().await;
    let french = shop.anonymous().header("Accept-Language", "fr");
    let reference = french.post("/customers", registration("jean@example.com")).await.expect(201).id();
    shop.confirm("jean@example.com").await;
    let jean = shop.sign_in(&reference, "jean@example.com", PASSWORD).await;
    jean.change_password(PASSWORD, NEW_PASSWORD).await.expect(204);
    let mail = shop.mail_to("jean@example.com", PASSWORD_CHANGED).await;
    assert!(mail.text.starts_with("Bonjour "), "{}", mail.text);
    // Version 0.1 reads the one and knows nothing of the other.
    let item = shop.item("CUSTOMER").await;
    assert_eq!((&item["language"]["S"], &item["mail_language"]["S"]), (&json!("en"), &json!("fr")));
}

#[tokio::test]
async fn a_confirmed_customer_is_greeted_by_name() {
    let shop = Shop::start().await;
    let names = json!({"firstName": "Seán", "lastName": "O'Neill"});
    shop.anonymous().post("/customers", merged(registration("john@example.com"), names)).await.expect(201);
    shop.confirm("john@example.com").await;
    let forgotten = json!({"email": "john@example.com"});
    shop.anonymous().post("/customer-forgotten-password", forgotten).await.expect(204);
    let mail = shop.mail_to("john@example.com", PASSWORD_RESET).await;
    assert_well_formed(&mail);
    assert!(mail.text.starts_with("Hello Seán O'Neill,\n"), "{}", mail.text);
    assert!(mail.html.contains("Hello Seán O&#39;Neill,"), "{}", mail.html);
}

#[tokio::test]
async fn links_lead_to_the_configured_storefront() {
    let shop = Shop::with(&[("STOREFRONT_URL", "https://storefront.example/shop/")]).await;
    shop.anonymous()
        .header("Host", "evil.example")
        .header("X-Forwarded-Host", "evil.example")
        .post("/customers", registration("john@example.com"))
        .await
        .expect(201);
    let mail = shop.mail_to("john@example.com", CONFIRMATION).await;
    let start = "https://storefront.example/shop/register/confirm?token=";
    assert!(mail.link().starts_with(start), "{}", mail.text);
    assert!(!mail.text.contains("evil") && !mail.html.contains("evil"));
}

#[tokio::test]
async fn the_notice_to_the_old_address_has_no_key() {
    let shop = Shop::start().await;
    let customer = shop.register_confirmed("john@example.com").await;
    customer.patch(&customer.path(), json!({"email": "jack@example.com"})).await.expect(200);
    let notice = shop.mail_to("john@example.com", EMAIL_CHANGED).await;
    assert!(!notice.text.contains("token=") && !notice.html.contains("token="), "{}", notice.text);
}

#[track_caller]
fn assert_well_formed(mail: &Mail) {
    assert!(!mail.subject.is_empty() && !mail.subject.contains(['\r', '\n']), "{mail:?}");
    assert!(!mail.text.trim().is_empty(), "{mail:?}");
    assert!(mail.html.contains("</html>"), "{mail:?}");
    for secret in [PASSWORD, NEW_PASSWORD] {
        assert!(!mail.text.contains(secret) && !mail.html.contains(secret), "{mail:?}");
    }
}
