//! What both token endpoints do: open a session with a password, and continue it with a refresh token.

use std::time::Duration;

use lambda_http::http::header::USER_AGENT;
use shared::domain::{Email, MailKind, Password, RefreshToken, Rotation, Session, device_label};
use shared::hasher::Verdict;
use shared::store::{Attempt, EmailHash, Login, PasswordOf, Rotated, Stored};
use shared::tokens::{Claims, newest, secret_hash, session_id, successor};
use shared::{App, Call, Error};
use tokio::time::Instant;

/// What a client gets in exchange for its credentials.
pub(crate) struct TokenPair {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    /// The access token's lifetime in seconds.
    pub(crate) expires_in: u32,
}

/// How many characters of a user agent are stored.
const MAX_DEVICE_LENGTH: usize = 200;

/// Signs in. An unknown e-mail costs the same calls as a wrong password and is answered after the same time, which for a
/// refusal does not depend on how the stored hash was made.
///
/// # Errors
///
/// [`Error::LockedOut`] before any hashing, [`Error::AuthenticationFailed`] for invalid credentials,
/// [`Error::NotConfirmed`] for valid ones of an e-mail that has to be confirmed first.
pub(crate) async fn password(
    app: &App,
    call: &Call,
    email: &Email,
    password: &Password,
) -> Result<TokenPair, Error> {
    let email = EmailHash::of(email);
    no_sooner_refused(app.config.sign_in_floor, attempt_to_sign_in(app, call, &email, password)).await
}

async fn attempt_to_sign_in(
    app: &App,
    call: &Call,
    email: &EmailHash,
    password: &Password,
) -> Result<TokenPair, Error> {
    let login = app.store.login(email).await?;
    let at = login.as_ref().map_or(PasswordOf::Nobody(email), |login| PasswordOf::Customer(&login.reference));
    let attempt = app.store.reserve_attempt(at, call.source_address()).await?;
    let outcome = sign_in(app, call, email, login.as_ref(), &attempt, password).await;
    attempt.settle(outcome).await
}

/// The outcome; if it is a refusal, no earlier than `floor` after the start.
async fn no_sooner_refused<T>(
    floor: Duration,
    judged: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let earliest = Instant::now() + floor;
    let outcome = judged.await;
    if matches!(outcome, Err(Error::AuthenticationFailed)) {
        tokio::time::sleep_until(earliest).await;
    }
    outcome
}

async fn sign_in(
    app: &App,
    call: &Call,
    email: &EmailHash,
    login: Option<&Login>,
    attempt: &Attempt,
    password: &Password,
) -> Result<TokenPair, Error> {
    let stored = login.and_then(|login| login.password_hash.as_ref());
    let verdict = app.hasher.verify(password, stored).await?;
    let login = login.filter(|_| verdict != Verdict::Wrong).ok_or(Error::AuthenticationFailed)?;
    if !app.admits(login.confirmed) {
        return Err(Error::NotConfirmed);
    }
    if verdict == Verdict::RightButOutdated {
        app.store.upgrade_hash(email, login, &app.hasher.hash(password).await?).await?;
    }
    open_session(app, call, login, attempt).await
}

/// Continues a session: replaces its refresh token. A token that was replaced a moment ago gets the newest successor, so
/// that neither a repeated request nor a slow tab signs anybody out.
///
/// # Errors
///
/// [`Error::RefreshFailed`] for a token that is unknown, expired, already used or of an ended session. Reusing a token
/// ends its session, and the customer is told.
pub(crate) async fn refresh(app: &App, call: &Call, presented: &str) -> Result<TokenPair, Error> {
    let token = RefreshToken::parse(presented).ok_or(Error::RefreshFailed)?;
    let authenticated = app.store.authenticated(&token.reference, &session_id(&token)).await?;
    let (stored, mut session) = authenticated.ok_or(Error::RefreshFailed)?;
    if !app.admits(stored.customer.confirmed) {
        return Err(Error::RefreshFailed);
    }
    let refreshed = loop {
        let now = app.clock.now();
        let (age, newest) = newest(&token, &session).unzip();
        match (session.rotation(age, now), newest) {
            (Rotation::Repeat, Some(newest)) => break newest,
            (Rotation::Rotate, _) => {
                let next = successor(&token, &session.chain_salt);
                let rotated = session.rotated(secret_hash(&next.reveal()), now);
                match app.store.rotate(&session, &rotated).await? {
                    Rotated::Done => break next,
                    Rotated::Raced(winner) => session = winner.ok_or(Error::RefreshFailed)?,
                }
            }
            (Rotation::Expired, _) => return Err(Error::RefreshFailed),
            (Rotation::Reused | Rotation::Repeat, _) => return Err(end_reused(app, stored, &session).await),
        }
    };
    token_pair(app, call, &session, &refreshed).await
}

/// Ends a session one of whose tokens was used again, and tells the customer, in one write. A token that never was one
/// but has the session's secret counts too: who knows the secret has seen a token.
async fn end_reused(app: &App, stored: Stored, session: &Session) -> Error {
    let mail = app.mail_id(MailKind::SessionReused);
    let device = session.device.as_deref().and_then(device_label);
    let ended = app.store.save_and_end(stored, session, |customer| {
        customer.notify_owner_about(mail.clone(), device.clone());
        Ok(())
    });
    match ended.await {
        // It may have ended meanwhile, by itself or with all others.
        Ok(()) | Err(Error::InvalidAccessToken) => Error::RefreshFailed,
        Err(error) => error,
    }
}

async fn open_session(app: &App, call: &Call, login: &Login, attempt: &Attempt) -> Result<TokenPair, Error> {
    let now = app.clock.now();
    let user_agent = call.header(USER_AGENT);
    let token = RefreshToken::new(login.reference.clone(), app.random.secret(), app.random.secret());
    let session = Session {
        reference: login.reference.clone(),
        id: session_id(&token),
        token_hash: secret_hash(&token.reveal()),
        previous_token_hash: None,
        rotated_at: now,
        earlier_rotations: Vec::new(),
        chain_salt: app.random.secret(),
        epoch: login.session_epoch,
        started_at: now,
        refresh_expires_at: Session::refresh_expiry(now, now),
        device: user_agent.map(|agent| agent.chars().take(MAX_DEVICE_LENGTH).collect()),
    };
    app.store.open_session(&session, attempt).await?;
    token_pair(app, call, &session, &token).await
}

async fn token_pair(
    app: &App,
    call: &Call,
    session: &Session,
    token: &RefreshToken,
) -> Result<TokenPair, Error> {
    let lifetime = app.config.access_token_lifetime;
    let claims = Claims::new(
        app.config.issuer(&call.gateway),
        app.config.token_audience.clone(),
        &session.reference,
        &session.id,
        app.clock.now(),
        lifetime,
        app.random.uuid().to_string(),
    );
    Ok(TokenPair {
        access_token: app.keys.sign(&claims).await?,
        refresh_token: token.reveal(),
        expires_in: lifetime,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Duration = Duration::from_millis(300);

    /// When the outcome of so long a judgement is answered.
    async fn answered_after(judging: Duration, outcome: Result<(), Error>) -> Duration {
        let started = Instant::now();
        let judged = async {
            tokio::time::sleep(judging).await;
            outcome
        };
        let _ = no_sooner_refused(FLOOR, judged).await;
        started.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_takes_as_long_however_long_its_hash_takes() {
        let refused = || Err(Error::AuthenticationFailed);
        for judging in [0, 1, 30, 250, 300].map(Duration::from_millis) {
            assert_eq!(answered_after(judging, refused()).await, FLOOR);
        }
        let slow = Duration::from_millis(301);
        assert_eq!(answered_after(slow, refused()).await, slow);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_else_is_delayed() {
        let judging = Duration::from_millis(30);
        for other in [Ok(()), Err(Error::unavailable("too many passwords to hash at once"))] {
            assert_eq!(answered_after(judging, other).await, judging);
        }
    }
}
