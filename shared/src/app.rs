//! What every handler works with.

use std::sync::LazyLock;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::domain::{Customer, Email, MailId, MailKind, PasswordPolicy};
use crate::hasher::Hasher;
use crate::runtime::aws;
use crate::runtime::clock::Clock;
use crate::runtime::config::{Config, Profile, Service};
use crate::runtime::log::Log;
use crate::runtime::random::Random;
use crate::store::Store;
use crate::tokens::SigningKeys;

/// The configuration and everything that depends on it, created once per container.
pub struct App {
    pub config: Config,
    pub clock: Clock,
    pub random: Random,
    /// Creating its client takes more than half of the start-up time, so it is created when first needed, or by
    /// [`lambda::serve`](crate::lambda::serve) before the first request.
    pub store: LazyLock<Store, Box<dyn FnOnce() -> Store + Send + Sync>>,
    pub hasher: Hasher,
    pub keys: SigningKeys,
    pub log: Log,
    http_client: SharedHttpClient,
}

impl App {
    pub fn new(config: Config, clock: Clock, random: Random) -> App {
        let http_client = aws::http_client();
        let dynamodb = aws::sdk_config(&config, http_client.clone(), Service::DynamoDb);
        let kms = aws::sdk_config(&config, http_client.clone(), Service::Kms);
        let store = {
            let (table, clock, random) = (config.table_name.clone(), clock.clone(), random.clone());
            move || Store::new(&dynamodb, table, clock, random)
        };
        App {
            store: LazyLock::new(Box::new(store)),
            hasher: Hasher::new(config.argon2.clone(), random.clone()),
            keys: SigningKeys::new(&config.signing_keys, kms, clock.clone()),
            log: Log::stdout(),
            config,
            clock,
            random,
            http_client,
        }
    }

    /// Gives a customer another e-mail, with what the settings say about the former one. The new one gets a mail if it has
    /// to be confirmed.
    pub fn move_to(&self, customer: &mut Customer, email: Email, is_confirmed: bool) {
        let now = self.clock.now();
        let notice = self.mail_id(MailKind::EmailChanged);
        customer.move_to(email, is_confirmed, notice, self.config.email_undo, now);
        self.ask_to_confirm(customer);
    }

    /// The same for the help desk.
    pub fn hand_over(&self, customer: &mut Customer, email: Email) {
        customer.hand_over(email, self.mail_id(MailKind::EmailChanged), self.clock.now());
        self.ask_to_confirm(customer);
    }

    fn ask_to_confirm(&self, customer: &mut Customer) {
        if !customer.confirmed {
            customer.ask_to_confirm(self.mail_id(MailKind::Confirmation));
        }
    }

    /// Forgets everything about a customer, and tells them.
    pub fn anonymise(&self, customer: &mut Customer) {
        if let Some(former) = customer.anonymise(self.clock.now()) {
            customer.notify(self.mail_id(MailKind::AccountErased), former);
        }
    }

    /// A new id for a mail to be queued.
    pub fn mail_id(&self, kind: MailKind) -> MailId {
        MailId { kind, unique: self.random.uuid().simple().to_string() }
    }

    /// Whether an account may be used, depending on whether its e-mail is confirmed.
    pub fn admits(&self, is_confirmed: bool) -> bool {
        is_confirmed || !self.config.require_confirmation
    }

    /// The rules for new passwords.
    pub fn password_policy(&self) -> PasswordPolicy {
        PasswordPolicy {
            min_length: self.config.password_min_length,
            character_set: self.config.profile == Profile::Current,
            deny_common: self.config.deny_common_passwords,
        }
    }

    /// Settings for the client of a service that only one function uses.
    pub fn sdk_config(&self, service: Service) -> SdkConfig {
        aws::sdk_config(&self.config, self.http_client.clone(), service)
    }
}
