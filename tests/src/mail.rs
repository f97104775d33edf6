//! The dev server's inbox, where every mail that the shop sends can be read.

use std::time::{Duration, Instant};

use local::Inbox;
use serde_json::{Value, json};

use crate::{Client, STOREFRONT, Shop};

#[derive(Debug, Clone)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub kind: String,
}

/// What is known about a mail that was sent.
#[derive(Debug, Clone)]
pub struct SentMail {
    pub state: String,
    pub detail: Option<String>,
    pub item: Value,
}

impl Mail {
    /// The token in the mail's link, which stands alone on its line in the text part.
    #[track_caller]
    pub fn token(&self) -> String {
        let link = self.link();
        let (_, token) = link.split_once("?token=").unwrap_or_else(|| panic!("no token in {link}"));
        let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        let token = token.replace("%7C", "|");
        assert!(
            !token.is_empty() && token.chars().all(|character| plain(character) || character == '|'),
            "{token}"
        );
        token
    }

    #[track_caller]
    pub fn link(&self) -> String {
        let mut links =
            self.text.lines().filter(|line| line.starts_with(STOREFRONT) && line.contains("token="));
        let link = links.next().unwrap_or_else(|| panic!("no link on a line of its own:\n{}", self.text));
        assert!(links.all(|other| other == link), "one link:\n{}", self.text);
        link.into()
    }
}

impl Shop {
    /// All mails sent so far, oldest first.
    pub async fn mails(&self) -> Vec<Mail> {
        let answer = Client::service(self.base_url()).get("/_local/mail").await.expect(200);
        let mails = answer.json();
        let text = |mail: &Value, name: &str| {
            String::from(mail[name].as_str().unwrap_or_else(|| panic!("{name}: {mail}")))
        };
        let mail = |mail| Mail {
            to: text(mail, "to"),
            subject: text(mail, "subject"),
            text: text(mail, "text"),
            html: text(mail, "html"),
            kind: text(mail, "kind"),
        };
        mails.as_array().expect("a list of mails").iter().map(mail).collect()
    }

    /// Waits for the next mail of a kind to an address. Each mail is handed out once.
    pub async fn mail_to(&self, address: &str, kind: &str) -> Mail {
        let start = Instant::now();
        loop {
            let mails = self.mails().await;
            let next = mails.iter().enumerate().find(|(index, mail)| {
                mail.to == address
                    && mail.kind == kind
                    && !self.mails_read.lock().expect("unpoisoned").contains(index)
            });
            if let Some((index, mail)) = next {
                self.mails_read.lock().expect("unpoisoned").push(index);
                return mail.clone();
            }
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "no {kind} mail to {address} among {mails:#?}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How many mails of a kind an address has received, once every mail queued so far has been sent.
    pub async fn count_mails(&self, address: &str, kind: &str) -> usize {
        self.mail_settled().await;
        self.mails().await.iter().filter(|mail| mail.to == address && mail.kind == kind).count()
    }

    /// Confirms an address with the key from the next confirmation mail to it.
    pub async fn confirm(&self, address: &str) {
        let key = self.mail_to(address, CONFIRMATION).await.token();
        self.anonymous().post("/customer-confirmation", json!({"registrationKey": key})).await.expect(204);
    }

    /// The inbox, which can also make SES fail.
    pub fn ses(&self) -> &Inbox {
        self.server().mail()
    }

    /// How many mails are in the dead-letter queue.
    pub fn dead_letters(&self) -> usize {
        self.server().dead_letters()
    }

    /// Moves the dead letters back into the queue, as an operator would.
    pub fn redrive_mail(&self) {
        self.server().redrive_mail();
    }

    /// What is known about the newest mail of a kind to a customer, once everything is settled.
    pub async fn sent_mail(&self, reference: &str, kind: &str) -> Option<SentMail> {
        self.mail_settled().await;
        let items = self.items().await;
        let prefix = format!("{kind}#");
        let is_its = |item: &&Value| {
            item["pk"]["S"] == format!("SENT#{reference}")
                && item["sk"]["S"].as_str().is_some_and(|key| key.starts_with(&prefix))
        };
        let at = |item: &Value| item["at"]["N"].as_str().and_then(|at| at.parse::<u64>().ok());
        items.iter().filter(is_its).max_by_key(|item| at(item)).map(|item| SentMail {
            state: item["state"]["S"].as_str().expect("a state").to_owned(),
            detail: item["detail"]["S"].as_str().map(str::to_owned),
            item: item.clone(),
        })
    }

    /// Returns once every mail queued so far is sent or a dead letter.
    pub async fn mail_settled(&self) {
        self.server().mail_settled().await;
    }
}

/// The kinds of mail, as the inbox names them.
pub const CONFIRMATION: &str = "confirmation";
pub const PASSWORD_RESET: &str = "password-reset";
pub const PASSWORD_CHANGED: &str = "password-changed";
pub const EMAIL_CHANGED: &str = "email-changed";
pub const SESSION_REUSED: &str = "session-reused";
pub const ACCOUNT_ERASED: &str = "account-erased";
