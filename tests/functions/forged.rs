//! Forged access tokens in the authorizer: a decision for each, and never an error.

mod mint;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use ring::hmac;
use serde_json::{Value, json};
use tests::{jwt, merged, without};

use self::mint::{ALLOW, ARN, DENY, Mint};
use tests::handlers;
use tests::rsa_keys::KEYS;

#[tokio::test]
async fn a_valid_token_identifies_the_caller() {
    let mint = Mint::new().await;
    let good = jwt::sign(&mint.header, &mint.claims);
    let response = mint.ask(&format!("Bearer {good}")).await;
    let whole_stage = "arn:aws:execute-api:eu-central-1:123456789012:api123/prod/*";
    assert_eq!(response["policyDocument"]["Statement"][0]["Resource"], json!([whole_stage]));
    assert_eq!(response["principalId"], "DE--25");
    let expires = mint.claims["exp"].to_string();
    assert_eq!(
        response["context"],
        json!({ "reference": "DE--25", "session": "a-session", "expires": expires }),
        "strings, as the gateway would make them anyway"
    );

    let response = mint.ask(&format!("Bearer {good}x")).await;
    assert_eq!(response["policyDocument"]["Statement"][0]["Effect"], DENY);
    assert_eq!(response["context"], json!({}), "a denial names no caller");
}

#[tokio::test]
async fn signatures() {
    let mint = Mint::new().await;
    let with = |changes: Value| merged(mint.header.clone(), changes);
    let good = jwt::sign(&mint.header, &mint.claims);
    let (signed, signature) = good.rsplit_once('.').expect("three parts");
    let unsigned = |header: Value| jwt::unsigned(&header, &mint.claims);
    let by_other = |header: Value| {
        let signed = unsigned(header);
        let signature = URL_SAFE_NO_PAD.encode(KEYS[0].sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    };
    let by_hmac = |secret: &[u8]| {
        let signed = unsigned(with(json!({ "alg": "HS256" })));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    };
    let other_jwk =
        json!({ "kty": "RSA", "alg": "RS256", "n": URL_SAFE_NO_PAD.encode([0xc5; 256]), "e": "AQAB" });
    let other_header = with(json!({ "jwk": other_jwk }));
    let anybody = merged(mint.claims.clone(), json!({ "sub": "DE--1" }));
    let replaced = |index: usize, part: &str| {
        let mut parts: Vec<_> = good.split('.').collect();
        parts[index] = part;
        parts.join(".")
    };
    let payload_of_another = URL_SAFE_NO_PAD.encode(anybody.to_string());
    let rows = [
        ("alg none, no signature", format!("{}.", unsigned(with(json!({ "alg": "none" })))), DENY),
        ("alg None, no signature", format!("{}.", unsigned(with(json!({ "alg": "None" })))), DENY),
        (
            "alg none, old signature",
            format!("{}.{signature}", unsigned(with(json!({ "alg": "none" })))),
            DENY,
        ),
        ("alg none, signed by us", jwt::sign(&with(json!({ "alg": "none" })), &mint.claims), DENY),
        ("HS256 keyed with the modulus", by_hmac(&mint.modulus), DENY),
        ("HS256 keyed with the modulus as published", by_hmac(mint.published_modulus.as_bytes()), DENY),
        ("HS256 keyed with the JWKS", by_hmac(mint.jwks.to_string().as_bytes()), DENY),
        ("HS256 keyed with nothing", by_hmac(b""), DENY),
        ("RS512 in name", jwt::sign(&with(json!({ "alg": "RS512" })), &mint.claims), DENY),
        ("PS256 in name", jwt::sign(&with(json!({ "alg": "PS256" })), &mint.claims), DENY),
        ("rs256 in small letters", jwt::sign(&with(json!({ "alg": "rs256" })), &mint.claims), DENY),
        ("another key with our kid", by_other(mint.header.clone()), DENY),
        ("another key with its own kid", by_other(with(json!({ "kid": "another" }))), DENY),
        ("another key in the header", by_other(other_header), DENY),
        ("another key under jku", by_other(with(json!({ "jku": "https://evil.example/jwks" }))), DENY),
        ("another key under x5u", by_other(with(json!({ "x5u": "https://evil.example/x" }))), DENY),
        ("another key in x5c", by_other(with(json!({ "x5c": ["MIIB"] }))), DENY),
        (
            "our key, jku beside it",
            jwt::sign(&with(json!({ "jku": "https://x.example" })), &mint.claims),
            ALLOW,
        ),
        ("unknown kid", jwt::sign(&with(json!({ "kid": "unknown" })), &mint.claims), DENY),
        ("empty kid", jwt::sign(&with(json!({ "kid": "" })), &mint.claims), DENY),
        (
            "kid with more behind it",
            jwt::sign(&with(json!({ "kid": format!("{}\0", mint.kid()) })), &mint.claims),
            DENY,
        ),
        ("kid of another type", jwt::sign(&with(json!({ "kid": [mint.kid()] })), &mint.claims), DENY),
        ("no kid", jwt::sign(&without(mint.header.clone(), "kid"), &mint.claims), DENY),
        ("no alg", jwt::sign(&without(mint.header.clone(), "alg"), &mint.claims), DENY),
        (
            "crit exp",
            jwt::sign(&with(json!({ "crit": ["exp"], "exp": 4_102_444_800_u64 })), &mint.claims),
            DENY,
        ),
        ("crit empty", jwt::sign(&with(json!({ "crit": [] })), &mint.claims), DENY),
        ("unencoded payload", jwt::sign(&with(json!({ "crit": ["b64"], "b64": false })), &mint.claims), DENY),
        ("another payload", replaced(1, &payload_of_another), DENY),
        ("another header", replaced(0, &URL_SAFE_NO_PAD.encode(with(json!({ "a": 1 })).to_string())), DENY),
        ("empty signature", format!("{signed}."), DENY),
        ("zeros for a signature", format!("{signed}.{}", URL_SAFE_NO_PAD.encode([0; 256])), DENY),
        ("signature cut short", good[..good.len() - 4].to_owned(), DENY),
        ("signature with a byte more", format!("{good}AA"), DENY),
        ("bits beyond the signature's end", mint::with_spare_bits(&good), DENY),
    ];
    mint.check(rows.map(|(row, token, effect)| (row, format!("Bearer {token}"), effect))).await;
}

#[tokio::test]
async fn claims() {
    let mint = Mint::new().await;
    // The leeway is 60 seconds. The rows leave some room for a slow machine, where time can make a difference.
    let now = mint.app.clock.now().seconds();
    let with = |changes: Value| jwt::sign(&mint.header, &merged(mint.claims.clone(), changes));
    let typed = |typ: Value| jwt::sign(&merged(mint.header.clone(), json!({ "typ": typ })), &mint.claims);
    let issuer = mint.claims["iss"].as_str().expect("text");
    let untyped = jwt::sign(&without(mint.header.clone(), "typ"), &mint.claims);
    let mut rows = vec![
        ("expired beyond the leeway", with(json!({ "exp": now - 61 })), DENY),
        ("expired within the leeway", with(json!({ "exp": now - 50 })), ALLOW),
        ("not valid yet, beyond the leeway", with(json!({ "nbf": now + 70 })), DENY),
        ("not valid yet, within the leeway", with(json!({ "nbf": now + 59 })), ALLOW),
        ("expired in 1970", with(json!({ "exp": 0 })), DENY),
        ("expires before time began", with(json!({ "exp": -1 })), DENY),
        ("expires at the end of time", with(json!({ "exp": u64::MAX })), ALLOW),
        ("valid from the end of time on", with(json!({ "nbf": u64::MAX })), DENY),
        ("exp as text", with(json!({ "exp": (now + 60).to_string() })), DENY),
        ("exp null", with(json!({ "exp": null })), DENY),
        ("exp with a fraction", with(json!({ "exp": now as f64 + 60.5 })), DENY),
        ("nbf as text", with(json!({ "nbf": "0" })), DENY),
        ("another stage's issuer", with(json!({ "iss": issuer.replace("prod", "test") })), DENY),
        ("another API's issuer", with(json!({ "iss": issuer.replace("api123", "api124") })), DENY),
        ("issuer with a slash", with(json!({ "iss": format!("{issuer}/") })), DENY),
        ("issuer in a list", with(json!({ "iss": [issuer] })), DENY),
        ("another audience", with(json!({ "aud": "another-api" })), DENY),
        ("our audience among others", with(json!({ "aud": ["storefront-api", "another-api"] })), DENY),
        ("empty audience", with(json!({ "aud": "" })), DENY),
        ("subject as a number", with(json!({ "sub": 25 })), DENY),
        ("subject null", with(json!({ "sub": null })), DENY),
        ("a claim more", with(json!({ "roles": ["admin"], "deep": [[[[]]]] })), ALLOW),
        ("an identity token", typed(json!("JWT")), DENY),
        ("typ of another type", typed(json!(["at+jwt"])), DENY),
        ("typ empty", typed(json!("")), DENY),
        ("typ in capitals", typed(json!("AT+JWT")), ALLOW),
        ("no typ", untyped, DENY),
    ];
    let all = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "client_id", "scope", "sid"];
    for claim in all {
        rows.push((claim, jwt::sign(&mint.header, &without(mint.claims.clone(), claim)), DENY));
    }
    assert_eq!(mint.claims.as_object().map(serde_json::Map::len), Some(all.len()), "no claim is left out");
    mint.check(rows.into_iter().map(|(row, token, effect)| (row, format!("Bearer {token}"), effect))).await;
}

#[tokio::test]
async fn forms() {
    let mint = Mint::new().await;
    let good = jwt::sign(&mint.header, &mint.claims);
    let parts: Vec<&str> = good.split('.').collect();
    let raw = |header: &str, payload: &[u8]| {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        mint::sign_text(&signed)
    };
    let (header, claims) = (mint.header.to_string(), mint.claims.to_string());
    let twice = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    let large = json!({ "filler": "x".repeat(5_000) });
    let secret = "s".repeat(43);
    let nested = format!(r#"{{"a":{}{}}}"#, "[".repeat(900), "]".repeat(900));
    let rows = [
        ("good", good.clone(), ALLOW),
        ("nothing", String::new(), DENY),
        ("one dot", ".".to_owned(), DENY),
        ("two dots", "..".to_owned(), DENY),
        ("many dots", ".".repeat(100_000), DENY),
        ("two parts", format!("{}.{}", parts[0], parts[1]), DENY),
        ("four parts", format!("{good}.{}", parts[2]), DENY),
        ("a dot behind", format!("{good}."), DENY),
        ("a dot before", format!(".{good}"), DENY),
        ("five parts, as if encrypted", format!("{good}.{}.{}", parts[1], parts[2]), DENY),
        ("twice", format!("{good} {good}"), DENY),
        ("two in a list", format!("{good},{good}"), DENY),
        ("a refresh token", format!("DE--25.{secret}.{secret}"), DENY),
        ("a megabyte", "a".repeat(1_000_000), DENY),
        ("a megabyte in three parts", format!("{0}.{0}.{0}", "a".repeat(333_333)), DENY),
        ("large and signed by us", jwt::sign(&mint.header, &merged(mint.claims.clone(), large)), DENY),
        ("padded", mint.re_encoded(&URL_SAFE), DENY),
        ("standard alphabet", mint.re_encoded(&STANDARD_NO_PAD), DENY),
        ("a second space before", format!(" {good}"), ALLOW),
        ("a space behind", format!("{good} "), DENY),
        ("a tab behind", format!("{good}\t"), DENY),
        ("a line break behind", format!("{good}\r\n"), DENY),
        ("a line break within", good.replacen('.', ".\n", 1), DENY),
        ("NUL behind", format!("{good}\0"), DENY),
        ("in quotes", format!("\"{good}\""), DENY),
        ("full-width letters", "ｅｙＪ.ｅｙＪ.ｅｙＪ".to_owned(), DENY),
        ("alg twice", raw(&twice(&header, r#""alg":"none""#), claims.as_bytes()), DENY),
        ("sub twice", raw(&header, twice(&claims, r#""sub":"DE--1""#).as_bytes()), DENY),
        ("exp twice", raw(&header, twice(&claims, r#""exp":4102444800"#).as_bytes()), DENY),
        ("payload a list", raw(&header, b"[]"), DENY),
        ("payload a text", raw(&header, br#""claims""#), DENY),
        ("payload null", raw(&header, b"null"), DENY),
        ("payload empty", raw(&header, b""), DENY),
        ("payload not JSON", raw(&header, b"{\"iss\":"), DENY),
        ("payload with more behind it", raw(&header, format!("{claims}{claims}").as_bytes()), DENY),
        ("payload not UTF-8", raw(&header, b"{\"iss\":\"\xff\xfe\"}"), DENY),
        ("payload nested", raw(&header, nested.as_bytes()), DENY),
        ("header nested", raw(&nested, claims.as_bytes()), DENY),
        ("header a list", raw("[]", claims.as_bytes()), DENY),
        ("header not JSON", raw("alg=RS256", claims.as_bytes()), DENY),
    ];
    mint.check(rows.map(|(row, token, effect)| (row, format!("Bearer {token}"), effect))).await;
}

#[tokio::test]
async fn schemes() {
    let mint = Mint::new().await;
    let good = jwt::sign(&mint.header, &mint.claims);
    let rows = [
        ("Bearer", format!("Bearer {good}"), ALLOW),
        ("bearer", format!("bearer {good}"), ALLOW),
        ("BEARER", format!("BEARER {good}"), ALLOW),
        ("two spaces", format!("Bearer  {good}"), ALLOW),
        ("a tab", format!("Bearer\t{good}"), DENY),
        ("no space", format!("Bearer{good}"), DENY),
        ("a space before", format!(" Bearer {good}"), DENY),
        ("no scheme", good.clone(), DENY),
        ("twice", format!("Bearer Bearer {good}"), DENY),
        ("Basic", format!("Basic {good}"), DENY),
        ("Token", format!("Token {good}"), DENY),
        ("DPoP", format!("DPoP {good}"), DENY),
        ("the scheme alone", "Bearer".to_owned(), DENY),
        ("the scheme and a space", "Bearer ".to_owned(), DENY),
        ("nothing", String::new(), DENY),
        ("after another one", format!("Basic am9objpkb2U=, Bearer {good}"), DENY),
    ];
    mint.check(rows).await;
}

#[tokio::test]
async fn events_without_a_token_or_an_arn_are_denied() {
    let mint = Mint::new().await;
    let good = format!("Bearer {}", jwt::sign(&mint.header, &mint.claims));
    for event in [
        json!({ "type": "TOKEN", "methodArn": ARN }),
        json!({ "type": "TOKEN", "methodArn": ARN, "authorizationToken": null }),
        json!({ "type": "TOKEN", "authorizationToken": good }),
        json!({ "type": "TOKEN", "authorizationToken": good, "methodArn": "" }),
        json!({ "type": "TOKEN", "authorizationToken": good, "methodArn": "arn:aws:execute-api:::api124/prod/GET/" }),
    ] {
        let response = handlers::authorize(&mint.app, &event.to_string()).await.expect("a decision");
        assert_eq!(json!(response)["policyDocument"]["Statement"][0]["Effect"], DENY, "{event}");
    }
}
