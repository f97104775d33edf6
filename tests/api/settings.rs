//! A setting that cannot work is refused at the start, by its name and never by its value.

use local::{Options, Server};

const UNUSABLE: [(&str, &[&str]); 10] = [
    (
        "CORS_ALLOWED_ORIGINS",
        &[
            "https://secret.example/",
            "https://secret.example/shop",
            "secret.example",
            "https://Secret.example",
            "https://secret.example:443",
            "ws://secret.example",
            "null",
            ",",
        ],
    ),
    ("STOREFRONT_URL", URLS),
    ("PUBLIC_BASE_URL", URLS),
    ("TOKEN_ISSUER", URLS),
    ("MAIL_FROM", &["Secret <secret@example.com>", "secret@example.com, other@example.com", "secret"]),
    ("MAIL_CONFIGURATION_SET", &["secret set", "secret.set", LONG]),
    ("TRUSTED_PROXY_HOPS", &["1", "-1", "secret"]),
    ("PROXY_SECRET", &["x9-too-short", "x9 with spaces, and otherwise long enough"]),
    ("CONTRACT_PROFILE", &["secret"]),
    ("TABLE_NAME", &["secret table", "secret/table"]),
];

const LONG: &str = "a-name-of-sixty-five-letters-is-one-letter-longer-than-SES-allows";

const URLS: &[&str] = &[
    "http://secret.example",
    "https://secret@shop.example",
    "https://shop.example/?secret",
    "https://shop.example/#secret",
    "secret.example",
    "ftp://secret.example",
    "https://",
];

#[tokio::test]
async fn what_cannot_work_is_refused_by_name() {
    for (name, values) in UNUSABLE {
        for value in values {
            let problem = match start(&[(name, value)]).await {
                Err(error) => error.to_string(),
                Ok(_) => panic!("{name}={value} is accepted"),
            };
            assert!(problem.contains(name), "{problem}");
            assert!(value.len() < 6 || value == &"https://" || !problem.contains(value), "{problem}");
        }
    }
}

#[tokio::test]
async fn what_works_is_accepted() {
    for (name, value) in [
        ("CORS_ALLOWED_ORIGINS", "*"),
        ("CORS_ALLOWED_ORIGINS", "https://shop.example, http://localhost:5173"),
        ("STOREFRONT_URL", "https://shop.example/de/"),
        ("STOREFRONT_URL", "http://localhost:3000"),
        ("PUBLIC_BASE_URL", "http://[::1]:3000"),
        ("TOKEN_ISSUER", "https://accounts.example/prod"),
        ("MAIL_FROM", "no-reply@mail.shop.example"),
        ("MAIL_CONFIGURATION_SET", "customer-accounts-Mail_1"),
        ("TRUSTED_PROXY_HOPS", "0"),
        ("PROXY_SECRET", "0123456789abcdef0123456789abcdef"),
        ("SIGNING_KEYS", ""),
    ] {
        let server = start(&[(name, value)]).await.unwrap_or_else(|error| panic!("{name}={value}: {error}"));
        server.stop().await;
    }
}

async fn start(settings: &[(&str, &str)]) -> Result<Server, local::StartError> {
    let key = [("SIGNING_KEY_PKCS8", tests::jwt::SIGNING_KEY)];
    let settings = settings.iter().chain(&key);
    let settings = settings.map(|(name, value)| (String::from(*name), String::from(*value))).collect();
    Server::start(Options { settings, ..Options::default() }).await
}
