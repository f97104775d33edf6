//! The functions' settings where there is no AWS: what somebody asked for, what leads to the engine, the environment.

use std::collections::HashMap;

use shared::Config;
use shared::runtime::config::ConfigError;

/// Settings by the names of their environment variables.
#[derive(Default)]
pub struct Settings {
    /// Asked first: what the caller was started with.
    pub given: HashMap<String, String>,
    /// Then what the caller itself provides. The process's own `AWS_…` variables lead to a real account and are not
    /// asked at all.
    pub own: HashMap<&'static str, String>,
    /// Asked last, after the process's environment.
    pub defaults: HashMap<&'static str, String>,
}

impl Settings {
    /// # Errors
    ///
    /// A setting that cannot be used.
    pub fn config(&self) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| self.find(name))
    }

    /// The setting, unless it is empty.
    pub fn get(&self, name: &str) -> Option<String> {
        self.find(name).filter(|value| !value.is_empty())
    }

    /// What the table is called.
    pub fn table_name(&self) -> String {
        self.get("TABLE_NAME").unwrap_or_else(|| "customer-accounts".to_owned())
    }

    fn find(&self, name: &str) -> Option<String> {
        self.find_beside(environment, name)
    }

    fn find_beside(&self, environment: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
        self.given
            .get(name)
            .or_else(|| self.own.get(name))
            .cloned()
            .or_else(|| if name.starts_with("AWS_") { None } else { environment(name) })
            .or_else(|| self.defaults.get(name).cloned())
    }
}

#[expect(clippy::disallowed_methods, reason = "the functions' configuration asks for it through here")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processs_own_aws_account_is_never_asked() {
        let environment = |name: &str| Some(name.to_owned());
        let settings = Settings::default();
        assert_eq!(settings.find_beside(environment, "AWS_PROFILE"), None);
        assert_eq!(settings.find_beside(environment, "MAIL_FROM").as_deref(), Some("MAIL_FROM"));
        assert!(settings.get("PATH").is_some(), "the process's own variables are read");
    }

    #[test]
    fn what_is_given_comes_first_even_if_it_is_empty() {
        let given = [("TABLE_NAME", "other"), ("STOREFRONT_URL", "")];
        let settings = Settings {
            given: given.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            own: HashMap::from([("TABLE_NAME", "own".to_owned())]),
            defaults: HashMap::from([("STOREFRONT_URL", "http://127.0.0.1".to_owned())]),
        };
        assert_eq!(settings.table_name(), "other");
        assert_eq!(settings.get("STOREFRONT_URL"), None);
    }
}
