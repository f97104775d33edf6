//! What both token endpoints do: open a session with a password, and continue it with a refresh token.

use lambda_http::http::header::USER_AGENT;
use shared::domain::{Email, Password, RefreshToken, Rotation, Session};
use shared::hasher::Verdict;
use shared::store::{Attempt, EmailHash, Login, Rotated};
use shared::tokens::{Claims, secret_hash, session_id, successor};
use shared::{App, Call, Error};

/// What a client gets in exchange for its credentials.
pub(crate) struct TokenPair {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    /// The access token's lifetime in seconds.
    pub(crate) expires_in: u32,
}

/// How many characters of a user agent are stored.
const MAX_DEVICE_LENGTH: usize = 200;

/// Signs in. An unknown e-mail costs the same calls and the same hash as a wrong password.
///
/// # Errors
///
/// [`Error::LockedOut`] before any hashing, [`Error::AuthenticationFailed`] for invalid credentials.
pub(crate) async fn password(
    app: &App,
    call: &Call,
    email: &Email,
    password: &Password,
) -> Result<TokenPair, Error> {
    let email = EmailHash::of(email);
    let reserved = app.store.reserve_attempt(&email, call.source_address(), None);
    let (login, attempt) = tokio::join!(app.store.login(&email), reserved);
    let attempt = attempt?;
    let outcome = match login {
        Ok(login) => sign_in(app, call, &email, login, &attempt, password).await,
        Err(error) => Err(error),
    };
    attempt.settle(outcome).await
}

async fn sign_in(
    app: &App,
    call: &Call,
    email: &EmailHash,
    login: Option<Login>,
    attempt: &Attempt,
    password: &Password,
) -> Result<TokenPair, Error> {
    let stored = login.as_ref().and_then(|login| login.password_hash.as_ref());
    let verdict = app.hasher.verify(password, stored).await?;
    let login = login.filter(|_| verdict != Verdict::Wrong).ok_or(Error::AuthenticationFailed)?;
    if app.config.require_confirmation && !login.confirmed {
        return Err(Error::AuthenticationFailed);
    }
    if verdict == Verdict::RightButOutdated {
        app.store.upgrade_hash(email, &login, &app.hasher.hash(password).await?).await?;
    }
    open_session(app, call, &login, attempt).await
}

/// Continues a session: replaces its refresh token. A client that repeats the request at once gets the same successor.
///
/// # Errors
///
/// [`Error::RefreshFailed`] for a token that is unknown, expired, already used or of an ended session. Reusing a token
/// ends its session.
pub(crate) async fn refresh(app: &App, call: &Call, presented: &str) -> Result<TokenPair, Error> {
    let token = RefreshToken::parse(presented).ok_or(Error::RefreshFailed)?;
    let authenticated = app.store.authenticated(&token.reference, &session_id(&token)).await?;
    let (_, mut session) = authenticated.ok_or(Error::RefreshFailed)?;
    let presented_hash = secret_hash(presented);
    let next = successor(&token, &session.chain_salt);
    loop {
        let now = app.clock.now();
        match session.rotation(&presented_hash, now) {
            Rotation::Repeat => break,
            Rotation::Expired => return Err(Error::RefreshFailed),
            Rotation::Reused => {
                app.store.end_session(&session.reference, &session.id).await?;
                return Err(Error::RefreshFailed);
            }
            Rotation::Rotate => {
                let rotated = Session {
                    token_hash: secret_hash(&next.reveal()),
                    previous_token_hash: Some(session.token_hash.clone()),
                    rotated_at: now,
                    refresh_expires_at: Session::refresh_expiry(session.started_at, now),
                    ..session.clone()
                };
                match app.store.rotate(&session, &rotated).await? {
                    Rotated::Done => break,
                    Rotated::Raced(winner) => session = winner.ok_or(Error::RefreshFailed)?,
                }
            }
        }
    }
    token_pair(app, call, &session, &next).await
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
