//! The binary, as Lambda starts it: without a setting that it needs, or with one that cannot work, it ends at once.

use std::process::Command;

const GOOD: [(&str, &str); 2] =
    [("TABLE_NAME", "accounts"), ("SIGNING_KEYS", "arn:aws:kms:eu-central-1:123456789012:key/1")];

#[test]
fn a_setting_that_is_missing_or_cannot_work_is_named() {
    for (name, value) in [
        ("TABLE_NAME", ""),
        ("SIGNING_KEYS", ""),
        ("SIGNING_KEYS", " , "),
        ("TRUSTED_PROXY_HOPS", "1"),
        ("STOREFRONT_URL", "http://secret.example"),
        ("CORS_ALLOWED_ORIGINS", "https://secret.example/"),
        ("PROXY_SECRET", "secret.example"),
    ] {
        let mut function = Command::new(env!("CARGO_BIN_EXE_tokens"));
        let ended = function.env_clear().envs(GOOD).env(name, value).output().expect("it starts");
        let problem = String::from_utf8_lossy(&ended.stderr);
        assert!(!ended.status.success() && problem.contains(name), "{name}={value}: {problem}");
        assert!(!problem.contains("secret.example"), "{problem}");
    }
}
