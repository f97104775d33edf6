//! The functions' settings without AWS: those given, those that point to the engine, and those of the environment.

use std::collections::HashMap;
use std::ffi::OsString;

use shared::Config;
use shared::runtime::config::ConfigError;

/// Settings by the names of their environment variables.
#[derive(Default)]
pub struct Settings {
    /// Checked first: what the caller was started with.
    pub given: HashMap<String, String>,
    /// Checked next: what the caller itself provides. The process's own `AWS_…` variables point to a real account and
    /// are never read.
    pub own: HashMap<&'static str, String>,
    /// Checked last, after the process's environment.
    pub defaults: HashMap<&'static str, String>,
}

impl Settings {
    /// # Errors
    ///
    /// A setting that cannot be used.
    pub fn config(&self) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| self.find(name))
    }

    /// The setting, unless it is empty; [`Settings::config`] refuses one that is not UTF-8.
    pub fn get(&self, name: &str) -> Option<String> {
        self.find(name)?.into_string().ok().filter(|value| !value.is_empty())
    }

    /// The table's name.
    ///
    /// # Errors
    ///
    /// Any setting that cannot be used, so that nothing is created with half of them.
    pub fn table_name(&self) -> Result<String, ConfigError> {
        let name = self.config()?.table_name;
        Ok(if name.is_empty() { "customer-accounts".to_owned() } else { name })
    }

    fn find(&self, name: &str) -> Option<OsString> {
        self.find_beside(environment, name)
    }

    fn find_beside(&self, environment: impl Fn(&str) -> Option<OsString>, name: &str) -> Option<OsString> {
        self.given
            .get(name)
            .or_else(|| self.own.get(name))
            .map(OsString::from)
            .or_else(|| if name.starts_with("AWS_") { None } else { environment(name) })
            .or_else(|| self.defaults.get(name).map(OsString::from))
    }
}

#[expect(clippy::disallowed_methods, reason = "the functions' configuration is read through here")]
fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_aws_variables_of_the_process_are_never_read() {
        let environment = |name: &str| Some(OsString::from(name));
        let settings = Settings::default();
        assert_eq!(settings.find_beside(environment, "AWS_PROFILE"), None);
        assert_eq!(settings.find_beside(environment, "MAIL_FROM"), Some("MAIL_FROM".into()));
        assert!(settings.get("PATH").is_some(), "the process's own variables are read");
    }

    #[test]
    fn a_given_setting_comes_first_even_if_it_is_empty() {
        let given = [("TABLE_NAME", "other"), ("STOREFRONT_URL", "")];
        let settings = Settings {
            given: given.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            own: HashMap::from([("TABLE_NAME", "own".to_owned())]),
            defaults: HashMap::from([("STOREFRONT_URL", "http://127.0.0.1".to_owned())]),
        };
        assert_eq!(settings.table_name().expect("usable"), "other");
        assert_eq!(settings.get("STOREFRONT_URL"), None);
    }
}
