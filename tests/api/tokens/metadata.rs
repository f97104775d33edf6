//! GET /.well-known/jwks.json, /.well-known/openid-configuration and /.well-known/oauth-authorization-server

use tests::{Shop, jwt};

#[tokio::test]
async fn publishes_the_public_keys_and_nothing_private() {
    let shop = Shop::start().await;
    let answer = shop.anonymous().get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert_cacheable(answer.header("Cache-Control"));
    let jwks = answer.json();
    let keys = jwks["keys"].as_array().expect("keys");
    assert_eq!(keys.len(), 1);
    for key in keys {
        assert_eq!(key["kty"], "RSA");
        assert_eq!(key["e"], "AQAB");
        assert_eq!(key["kid"], jwt::thumbprint(key));
        for private in ["d", "p", "q", "dp", "dq", "qi"] {
            assert!(key.get(private).is_none(), "{private}");
        }
    }
}

#[tokio::test]
async fn publishes_where_the_endpoints_are() {
    let shop = Shop::start().await;
    let mut documents = Vec::new();
    for name in ["oauth-authorization-server", "openid-configuration"] {
        let answer = shop.anonymous().get(&format!("/.well-known/{name}")).await.expect(200);
        assert_eq!(answer.header("Content-Type"), Some("application/json"));
        assert_cacheable(answer.header("Cache-Control"));
        let metadata = answer.json();
        assert!(metadata["issuer"].as_str().is_some_and(|issuer| !issuer.is_empty()), "{metadata}");
        assert_eq!(metadata["jwks_uri"], format!("{}/.well-known/jwks.json", shop.base_url()));
        assert_eq!(metadata["token_endpoint"], format!("{}/token", shop.base_url()));
        documents.push(metadata);
    }
    // What only OpenID Connect knows is left out of OAuth's.
    let [oauth, openid] = &documents[..] else { panic!("two documents") };
    for name in ["subject_types_supported", "id_token_signing_alg_values_supported"] {
        assert!(oauth.get(name).is_none() && openid[name].is_array(), "{name}");
    }
    for (name, value) in oauth.as_object().expect("an object") {
        assert_eq!(openid[name], *value, "{name}");
    }
}

fn assert_cacheable(cache_control: Option<&str>) {
    let value = cache_control.unwrap_or_default();
    assert!(value.contains("max-age=") && !value.contains("no-store"), "{value}");
}
