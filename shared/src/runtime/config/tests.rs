use super::*;

fn with(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_lookup(|name| {
        settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn the_defaults_are_the_owners_contract_with_safe_values() {
    let config = with(&[]).expect("defaults are valid");
    assert_eq!(config.profile, Profile::Classic);
    assert_eq!(config.password_min_length, 7);
    assert_eq!(config.access_token_lifetime, 28_800);
    assert_eq!(config.allowed_origins, AllowedOrigins::Any);
    assert!(config.endpoint(Service::Ses).is_none());
}

#[test]
fn the_current_profile_requires_longer_passwords_unless_configured() {
    assert_eq!(with(&[("CONTRACT_PROFILE", "current")]).expect("valid").password_min_length, 12);
    let own = with(&[("CONTRACT_PROFILE", "current"), ("PASSWORD_MIN_LENGTH", "20")]).expect("valid");
    assert_eq!(own.password_min_length, 20);
}

#[test]
fn unusable_values_name_their_variable() {
    for (name, value) in [
        ("CONTRACT_PROFILE", "modern"),
        ("ACCESS_TOKEN_LIFETIME", "30000"),
        ("ACCESS_TOKEN_LIFETIME", "soon"),
        ("PASSWORD_MIN_LENGTH", "0"),
        ("REQUIRE_CONFIRMATION", "maybe"),
        ("REAUTHENTICATE_FOR", "email,password"),
        ("REAUTHENTICATE_FOR", ","),
        ("REAUTHENTICATE_FOR", " "),
        ("BRAND_NAME", " "),
        ("TOKEN_AUDIENCE", "\t"),
        ("REAUTHENTICATION_SECONDS", "0"),
        ("EMAIL_CHANGE", "never"),
        ("EMAIL_UNDO_HOURS", "721"),
        ("SIGN_IN_FLOOR_MS", "10001"),
        ("DENY_COMMON_PASSWORDS", "1"),
        ("TRUSTED_PROXY_HOPS", "1"),
        ("TRUSTED_PROXY_HOPS", "-1"),
        ("PROXY_SECRET", "0123456789abcdef0123456789abcde"),
        ("PROXY_SECRET", "0123456789abcdef 0123456789abcdef"),
        ("PROXY_SECRET", "0123456789abcdef0123456789abcdeü"),
        ("ARGON2_MEMORY_KIB", "1"),
        ("ARGON2_MEMORY_KIB", "4294967296"),
        ("ARGON2_ITERATIONS", "0"),
        ("ARGON2_PARALLELISM", "0"),
        ("ARGON2_PARALLELISM", "two"),
        ("TABLE_NAME", "my table"),
        ("TABLE_NAME", "ab"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "localhost:8000"),
        ("AWS_ENDPOINT_URL_SES", "/"),
        ("CUSTOMER_REFERENCE_PREFIX", "D#"),
        ("BRAND_COLOR", "red"),
        ("BRAND_COLOR", "#1f57c3;"),
        ("SIGNING_KEY_PKCS8", "%"),
        ("SIGNING_KEY_PKCS8", "bm8ga2V5"),
    ] {
        assert_eq!(with(&[(name, value)]).err().map(|error| error.name), Some(name), "{name}={value}");
    }
}

#[test]
fn hashes_that_no_sign_in_would_verify_are_refused() {
    let argon2 = |memory, iterations| {
        with(&[("ARGON2_MEMORY_KIB", memory), ("ARGON2_ITERATIONS", iterations)])
            .err()
            .map(|error| error.name)
    };
    for (memory, iterations) in [("8", "1"), ("19456", "53"), ("1048576", "1"), ("8", "131072")] {
        assert_eq!(argon2(memory, iterations), None, "{memory} KiB, {iterations} passes");
    }
    for (memory, iterations) in [("19456", "54"), ("1048577", "1"), ("4294967295", "1"), ("8", "131073")] {
        assert!(argon2(memory, iterations).is_some(), "{memory} KiB, {iterations} passes");
    }
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf_8_is_refused_and_not_taken_as_unset() {
    use std::os::unix::ffi::OsStringExt;

    let asked = std::cell::RefCell::new(Vec::new());
    Config::from_lookup(|name| {
        asked.borrow_mut().push(name.to_owned());
        None::<OsString>
    })
    .expect("defaults are valid");
    let asked = asked.into_inner();
    assert!(asked.len() > 30, "{asked:?}");
    for variable in asked {
        let latin_1 = |name: &str| (name == variable).then(|| OsString::from_vec(b"stra\xdfe".to_vec()));
        let problem = Config::from_lookup(latin_1).err().map(|error| error.to_string());
        assert_eq!(problem, Some(format!("{variable} is not UTF-8: it must be text in that encoding")));
    }
}

#[test]
fn a_number_or_a_choice_that_is_refused_says_what_to_write() {
    let problem = |name, value| with(&[(name, value)]).err().expect("refused").to_string();
    for (name, range) in [
        ("PASSWORD_MIN_LENGTH", "from 1 to 128"),
        ("ARGON2_MEMORY_KIB", "from 8 to 1048576"),
        ("ARGON2_ITERATIONS", "from 1 to 131072"),
        ("ARGON2_PARALLELISM", "from 1 to 131072"),
        ("SIGN_IN_FLOOR_MS", "milliseconds from 0 to 10000"),
        ("ACCESS_TOKEN_LIFETIME", "seconds from 1 to 29999"),
        ("EMAIL_UNDO_HOURS", "hours from 0 to 720"),
        ("REAUTHENTICATION_SECONDS", "seconds from 1 to 86400"),
        ("REQUIRE_CONFIRMATION", "neither `true` nor `false`"),
        ("DENY_COMMON_PASSWORDS", "neither `true` nor `false`"),
    ] {
        for value in ["secret", "-1", "99999999999999999999999"] {
            let problem = problem(name, value);
            assert!(problem.starts_with(name) && problem.ends_with(range), "{problem}");
        }
    }
    let lanes = problem("ARGON2_PARALLELISM", "2433");
    assert_eq!(lanes, "ARGON2_MEMORY_KIB is less than 8 times ARGON2_PARALLELISM");
}

#[test]
fn the_endpoint_of_one_service_overrides_the_common_one() {
    let config =
        with(&[("AWS_ENDPOINT_URL", "http://all"), ("AWS_ENDPOINT_URL_SES", "http://ses")]).expect("valid");
    assert_eq!(config.endpoint(Service::Ses), Some("http://ses"));
    assert_eq!(config.endpoint(Service::DynamoDb), Some("http://all"));
}

#[test]
fn a_base_of_links_is_https_or_on_this_computer_and_nothing_more() {
    for name in ["PUBLIC_BASE_URL", "STOREFRONT_URL", "TOKEN_ISSUER"] {
        for good in [
            "https://shop.example",
            "https://shop.example/",
            "https://Shop.example:8443/a/b",
            "https://[2001:db8::1]/",
            "http://localhost:3000",
            "http://127.0.0.1:3000/_local/shop",
            "http://[::1]:3000",
        ] {
            assert!(with(&[(name, good)]).is_ok(), "{name}={good}");
        }
        for bad in [
            "shop.example",
            "//shop.example",
            "http://shop.example",
            "http://localhost.shop.example",
            "http://127.0.0.1@shop.example",
            "https://user@shop.example",
            "https://user:password@shop.example",
            "https://",
            "https:///path",
            "https://..",
            "https://shop..example",
            "https://.shop.example",
            "https://shop.example:99999",
            "https://shop.example?a=b",
            "https://shop.example/?",
            "https://shop.example/#/shop",
            "https://shop.example/a b",
            "https://shop.example/\u{e4}",
            "https://shop.example\nhttps://other.example",
            "javascript:alert(1)",
            "ftp://shop.example",
            "*",
        ] {
            assert_eq!(with(&[(name, bad)]).err().map(|error| error.name), Some(name), "{name}={bad}");
        }
    }
    let config = with(&[("STOREFRONT_URL", "https://shop.example/")]).expect("valid");
    assert_eq!(config.storefront_url, "https://shop.example");
    let config = with(&[("TOKEN_ISSUER", "https://shop.example/")]).expect("valid");
    assert_eq!(config.issuer(&Gateway::default()), "https://shop.example/");
}

#[test]
fn origins_are_spelled_as_browsers_spell_them() {
    let allowed = |value: &str| with(&[("CORS_ALLOWED_ORIGINS", value)]).map(|config| config.allowed_origins);
    let these = |origins: &[&str]| {
        AllowedOrigins::These(origins.iter().map(|origin| String::from(*origin)).collect())
    };
    assert_eq!(allowed(" * "), Ok(AllowedOrigins::Any));
    assert_eq!(allowed("https://shop.example, *"), Ok(AllowedOrigins::Any));
    assert_eq!(
        allowed("https://shop.example,http://localhost:5173, http://[::1]"),
        Ok(these(&["https://shop.example", "http://localhost:5173", "http://[::1]"]))
    );
    let apps = ["capacitor://localhost", "ionic://localhost", "tauri://localhost"];
    assert_eq!(allowed(&apps.join(",")), Ok(these(&apps)));
    for bad in [
        ",",
        "null",
        "shop.example",
        "https://shop.example/",
        "https://shop.example/shop",
        "https://Shop.example",
        "HTTPS://shop.example",
        "https://shop.example:443",
        "http://shop.example:80",
        "https://shop.example:",
        "https://user@shop.example",
        "https://*.shop.example",
        "ftp://shop.example",
        "capacitor://shop.example",
        "capacitor://localhost/",
        "capacitor://localhost:80",
        "Capacitor://localhost",
        "https://..",
        "https://shop.example https://other.example",
    ] {
        assert_eq!(allowed(bad).err().map(|error| error.name), Some("CORS_ALLOWED_ORIGINS"), "{bad}");
    }
}

#[test]
fn mail_comes_from_exactly_one_address() {
    for bad in [
        "Shop <no-reply@example.com>",
        "a@example.com, b@example.com",
        "example.com",
        "a@example.com\r\nBcc: b@example.com",
    ] {
        assert_eq!(with(&[("MAIL_FROM", bad)]).err().map(|error| error.name), Some("MAIL_FROM"), "{bad}");
    }
}

#[test]
fn only_a_function_that_needs_a_setting_fails_for_lack_of_it() {
    let missing = |needs: &[Need], settings: &[(&str, &str)]| {
        with(settings).and_then(|config| config.require(needs)).err().map(|error| error.name)
    };
    assert_eq!(missing(&[], &[]), None);
    assert_eq!(missing(&[Need::Table], &[]), Some("TABLE_NAME"));
    assert_eq!(missing(&[Need::Table], &[("TABLE_NAME", "accounts")]), None);
    for nothing in ["", ",", " , "] {
        assert_eq!(missing(&[Need::SigningKeys], &[("SIGNING_KEYS", nothing)]), Some("SIGNING_KEYS"));
    }
    assert_eq!(missing(&[Need::SigningKeys], &[("SIGNING_KEYS", "arn:aws:kms:eu-central-1:1:key/1")]), None);
}

#[test]
fn the_former_number_of_proxies_may_still_be_none() {
    assert!(with(&[("TRUSTED_PROXY_HOPS", "0")]).is_ok());
    let problem = with(&[("TRUSTED_PROXY_HOPS", "1")]).err().expect("refused").to_string();
    assert!(problem.contains("PROXY_SECRET") && problem.contains("X-Client-Address"), "{problem}");
}
