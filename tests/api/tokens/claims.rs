//! What an access token says (RFC 9068), and that no other token is accepted.

use serde_json::{Value, json};
use tests::errors::INVALID_TOKEN;
use tests::{PASSWORD, Shop, Table, jwt};

#[tokio::test]
async fn names_the_customer_and_the_lifetime_and_nothing_personal() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let (header, claims) = jwt::decode(&customer.access_token);
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(header["alg"], "RS256");
    let jwks = shop.anonymous().get("/.well-known/jwks.json").await.expect(200).json();
    assert!(jwt::is_signed_by(&customer.access_token, &jwks));

    assert_eq!(claims["sub"], Value::from(customer.reference.clone()));
    let seconds = |name: &str| claims[name].as_u64().unwrap_or_else(|| panic!("{name}: {claims}"));
    assert_eq!(seconds("exp") - seconds("iat"), 28800);
    assert!(seconds("nbf") <= seconds("iat"));
    for name in ["iss", "aud", "jti", "client_id", "scope"] {
        assert!(claims[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {claims}");
    }
    let metadata = shop.anonymous().get("/.well-known/openid-configuration").await.expect(200).json();
    assert_eq!(claims["iss"], metadata["issuer"]);
    let text = claims.to_string().to_lowercase();
    for personal in ["john", "doe", "example.com", "male"] {
        assert!(!text.contains(personal), "{claims}");
    }

    let other =
        jwt::decode(&shop.sign_in(&customer.reference, &customer.email, PASSWORD).await.access_token).1;
    assert_ne!(claims["jti"], other["jti"]);
    let known = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "client_id", "scope"];
    let same = |(name, value): (&String, &Value)| known.contains(&name.as_str()) || other[name] == *value;
    let names_the_session = !claims.as_object().expect("claims").iter().all(same);
    assert!(names_the_session, "{claims} {other}");
}

#[tokio::test]
async fn issuer_and_audience_are_configurable() {
    let settings = [("TOKEN_ISSUER", "https://issuer.example"), ("TOKEN_AUDIENCE", "the-shop")];
    let shop = Shop::with(&settings).await;
    let customer = shop.register("john@example.com").await;
    let claims = jwt::decode(&customer.access_token).1;
    assert_eq!(claims["iss"], "https://issuer.example");
    assert_eq!(claims["aud"], "the-shop");
    assert!(customer.is_signed_in().await);
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    shop.advance(28800 - 60);
    assert!(customer.is_signed_in().await);
    shop.advance(60 + 61);
    let answer = customer.get("/customers").await;
    answer.assert_error(INVALID_TOKEN);
}

/// All of these are signed with the server's own key, so only what they say can be wrong.
#[tokio::test]
async fn refuses_every_other_token() {
    let shop = Shop::start().await;
    let customer = shop.register("john@example.com").await;
    let other = shop.register("jane@example.com").await;
    let (header, claims) = jwt::decode(&customer.access_token);
    let strangers = jwt::decode(&other.access_token).1;
    let now = claims["iat"].as_u64().expect("seconds");
    let with = |base: &Value, name: &str, value: Value| {
        let mut changed = base.clone();
        changed[name] = value;
        changed
    };
    let without = |base: &Value, name: &str| tests::without(base.clone(), name);
    let honest = jwt::sign(&header, &claims);
    let unsigned = with(&header, "alg", json!("none"));
    let (signed, signature) = honest.rsplit_once('.').expect("three parts");
    let hmac = {
        let header = with(&header, "alg", json!("HS256"));
        let text = jwt::unsigned(&header, &claims);
        format!("{text}.{signature}")
    };

    let mut rows = vec![
        ("no signature", format!("{signed}.")),
        ("two parts", signed.into()),
        ("four parts", format!("{honest}.x")),
        ("alg none", format!("{}.", jwt::unsigned(&unsigned, &claims))),
        ("alg none with the signature", format!("{}.{signature}", jwt::unsigned(&unsigned, &claims))),
        ("alg HS256", hmac),
        ("alg RS512", jwt::sign(&with(&header, "alg", json!("RS512")), &claims)),
        ("typ JWT", jwt::sign(&with(&header, "typ", json!("JWT")), &claims)),
        ("no typ", jwt::sign(&without(&header, "typ"), &claims)),
        ("other kid", jwt::sign(&with(&header, "kid", json!("x")), &claims)),
        ("no kid", jwt::sign(&without(&header, "kid"), &claims)),
        ("other issuer", jwt::sign(&header, &with(&claims, "iss", json!("https://evil.example")))),
        ("other audience", jwt::sign(&header, &with(&claims, "aud", json!("evil")))),
        ("other subject", jwt::sign(&header, &with(&claims, "sub", json!(other.reference)))),
        ("unknown subject", jwt::sign(&header, &with(&claims, "sub", json!("DE--1")))),
        ("expired", jwt::sign(&header, &with(&claims, "exp", json!(now - 61)))),
        ("exp as text", jwt::sign(&header, &with(&claims, "exp", json!("soon")))),
        ("not yet valid", jwt::sign(&header, &with(&claims, "nbf", json!(now + 3600)))),
        (
            "claims of another, signature of this",
            format!("{}.{signature}", jwt::unsigned(&header, &strangers)),
        ),
        ("signature cut", honest[..honest.len() - 4].into()),
        ("the refresh token", customer.refresh_token.clone()),
        ("not even a token", "x".into()),
        ("empty object", jwt::sign(&header, &json!({}))),
        ("claims are not an object", jwt::sign(&header, &json!([]))),
        ("header is not an object", jwt::sign(&json!(1), &claims)),
    ];
    for name in claims.as_object().expect("claims").keys() {
        if !["iat", "nbf", "jti", "client_id", "scope"].contains(&name.as_str()) {
            rows.push(("a claim is missing", jwt::sign(&header, &without(&claims, name))));
            rows.push(("a claim is a list", jwt::sign(&header, &with(&claims, name, json!([{}])))));
        }
        let known = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "client_id", "scope"];
        if !known.contains(&name.as_str()) && claims[name].is_string() {
            rows.push(("an unknown session", jwt::sign(&header, &with(&claims, name, json!("x")))));
            rows.push((
                "the session of another",
                jwt::sign(&header, &with(&claims, name, strangers[name].clone())),
            ));
        }
    }

    let mut table = Table::default();
    table.check("the same token signed again", shop.bearer(&honest).get("/customers").await.status, 200);
    for (row, token) in rows {
        let answer = shop.bearer(&token).get("/customers").await;
        table.check(
            format!("{row}: {token}"),
            answer.errors(),
            [(401, "001".into(), "Invalid access token.".into())],
        );
    }
    table.finish();
}

#[tokio::test]
async fn a_token_of_another_shop_is_not_accepted() {
    let here = Shop::start().await;
    let there = Shop::with(&[("TOKEN_ISSUER", "https://elsewhere.example")]).await;
    let customer = there.register("john@example.com").await;
    here.bearer(&customer.access_token).get("/customers").await.assert_error(INVALID_TOKEN);
    here.try_refresh(&customer.refresh_token).await.assert_error(tests::errors::REFRESH_FAILED);
}
