//! The service's state at a quiet point, observed through the API.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::state::{Label, Model, State};
use super::step::EMAILS;
use crate::errors::{AUTHENTICATION_FAILED, INVALID_TOKEN, NOT_CONFIRMED, REFRESH_FAILED};
use crate::{Answer, Mail, Shop};

pub(super) struct Facts {
    /// The customer that each e-mail, in lower case, signs in to.
    pub(super) owners: BTreeMap<&'static str, Option<Seen>>,
    /// Sessions that are new or may have ended; with their ids if they are alive.
    pub(super) sessions: BTreeMap<(Label, Label), Option<String>>,
    /// Sent since the last quiet point.
    pub(super) mails: Vec<Mail>,
    /// The kind and the customer of each event since the last quiet point.
    pub(super) events: Vec<(String, String)>,
    /// The number of failed sign-ins.
    pub(super) attempts: BTreeMap<&'static str, usize>,
}

/// A customer, observed through a session opened for that.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) reference: String,
    pub(super) password: String,
    pub(super) access_token: String,
    pub(super) refresh_token: String,
    /// Id of that session.
    pub(super) session: String,
    /// The customer's export.
    pub(super) export: Value,
}

impl Facts {
    /// An error contradicts every model.
    pub(super) async fn gather(
        shop: &Shop,
        mails: Vec<Mail>,
        events: Vec<(String, String)>,
        start: &[Model],
        candidates: &[Model],
    ) -> Result<Facts, String> {
        let mut facts = Facts {
            owners: BTreeMap::new(),
            sessions: BTreeMap::new(),
            mails,
            events,
            attempts: BTreeMap::new(),
        };
        for (key, (reference, access, refresh)) in unsettled_sessions(candidates) {
            let id = live_session(shop, &reference, &access, &refresh).await?;
            facts.sessions.insert(key, id);
        }
        for email in EMAILS {
            let passwords_of = |models: &[Model]| -> BTreeSet<String> {
                let owners = models.iter().filter_map(|model| model.owner(email));
                owners.map(|(_, account)| account.password.clone()).collect()
            };
            // A former password must not open an e-mail that has changed hands.
            let passwords = passwords_of(candidates).into_iter().chain(passwords_of(&start[..1]));
            let mut seen = None;
            let mut failed = 0;
            for password in passwords {
                let answer = shop.try_sign_in(email, &password).await;
                if answer.status == 201 {
                    seen = Some(look(shop, password, &answer).await?);
                    failed = 0;
                    break;
                }
                // The right one, which does not count.
                if expect_error(&answer, NOT_CONFIRMED, "").is_ok() {
                    continue;
                }
                expect_error(&answer, AUTHENTICATION_FAILED, &format!("signing in with {email}"))?;
                failed += 1;
            }
            facts.owners.insert(email, seen);
            facts.attempts.insert(email, failed);
        }
        Ok(facts)
    }
}

/// Where to send the request, and with which access and refresh token.
type Probe = (String, String, String);

fn unsettled_sessions(candidates: &[Model]) -> BTreeMap<(Label, Label), Probe> {
    let mut probes = BTreeMap::new();
    for (label, account) in candidates.iter().flat_map(|model| &model.accounts) {
        for (number, session) in &account.sessions {
            let is_new = session.id.is_empty() && session.state != State::Ended;
            let tokens = (session.access_tokens.last(), session.refresh_tokens.last());
            if let (Some(access), Some(refresh)) = tokens
                && (is_new || session.state == State::EndedInBurst)
            {
                let probe = (account.reference.clone(), access.clone(), refresh.clone());
                probes.insert((*label, *number), probe);
            }
        }
    }
    probes
}

/// Its id, if it is alive; both tokens must agree if it is not.
async fn live_session(
    shop: &Shop,
    reference: &str,
    access: &str,
    refresh: &str,
) -> Result<Option<String>, String> {
    let answer = shop.bearer(access).get(&format!("/customers/{reference}/sessions")).await;
    if answer.status == 200 {
        return Ok(Some(current(&answer.json()["data"])?));
    }
    expect_error(&answer, INVALID_TOKEN, "the access token of a session")?;
    expect_error(&shop.try_refresh(refresh).await, REFRESH_FAILED, "the refresh token of a dead session")?;
    Ok(None)
}

async fn look(shop: &Shop, password: String, tokens: &Answer) -> Result<Seen, String> {
    let (access_token, refresh_token) = (tokens.text("accessToken"), tokens.text("refreshToken"));
    // `<customer reference>.<session secret>.<rotating secret>`
    let reference = refresh_token.split('.').next().unwrap_or_default().to_owned();
    let client = shop.bearer(&access_token);
    let mut export = expect_ok(client.get(&format!("/customers/{reference}/export")).await)?;
    // Sessions that have ended count towards a page, so it takes no hundred that are alive to fill the first one.
    let mut link = export["data"]["relationships"]["sessions"]["links"]["related"].take();
    while let Some(path) = link.as_str().and_then(|link| link.strip_prefix(shop.base_url())) {
        let mut page = expect_ok(client.get(path).await)?;
        link = page["links"]["next"].take();
        let listed = page["data"].as_array().into_iter().flatten().cloned();
        export["included"].as_array_mut().expect("the first page").extend(listed);
    }
    let session = current(&export["included"])?;
    Ok(Seen { reference, password, access_token, refresh_token, session, export })
}

fn expect_ok(answer: Answer) -> Result<Value, String> {
    if answer.status != 200 {
        return Err(format!("what a customer who has just signed in is shown: {}", answer.summary()));
    }
    Ok(answer.json())
}

fn current(resources: &Value) -> Result<String, String> {
    let mut resources = resources.as_array().into_iter().flatten();
    let current = resources.find(|resource| resource["attributes"]["isCurrent"] == true);
    let id = current.and_then(|resource| resource["id"].as_str());
    id.map(str::to_owned).ok_or_else(|| "a session that is alive is not listed".to_owned())
}

fn expect_error(answer: &Answer, error: crate::errors::Error, what: &str) -> Result<(), String> {
    let (status, code, _) = error;
    if answer.status == status && answer.errors().iter().all(|(_, found, _)| found == code) {
        return Ok(());
    }
    Err(format!("{what} is answered with {}, not {status} {code}", answer.summary()))
}
