//! Hashes and verifies passwords with Argon2id; also verifies bcrypt hashes imported from Spryker.

use std::ops::RangeInclusive;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::domain::{Password, PasswordHash};
use crate::error::Error;
use crate::runtime::random::Random;

/// Hashes on blocking threads, no more at a time than there are cores: each takes megabytes of memory.
pub struct Hasher {
    argon2: Argon2<'static>,
    random: Random,
    /// Created with the first hash: most functions never hash, and counting the cores reads half a dozen files.
    slots: LazyLock<Arc<Semaphore>>,
}

/// How a password compares with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, but the hash was made with other than the configured parameters, or by bcrypt.
    RightButOutdated,
}

/// How long a request may wait for its turn to hash before it is answered with 503.
const PATIENCE: Duration = Duration::from_secs(3);

/// Each step doubles the work; 15 takes one processor about three seconds.
const BCRYPT_COSTS: RangeInclusive<u32> = 4..=15;
/// Memory times passes: about as long, and tens of times what is recommended.
const MAX_ARGON2_KIB_PASSES: u64 = 1024 * 1024;

impl Hasher {
    pub fn new(params: Params, random: Random) -> Hasher {
        Hasher {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            random,
            slots: LazyLock::new(|| Arc::new(Semaphore::new(cores()))),
        }
    }

    /// A hash in PHC string format, with a salt of its own.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, Error> {
        self.hash_with_salt(password, self.random.bytes()).await
    }

    /// The same with a given salt, which must not be used for any other password.
    pub async fn hash_with_salt(&self, password: &Password, salt: [u8; 16]) -> Result<PasswordHash, Error> {
        let argon2 = self.argon2.clone();
        let password = normalised(password);
        self.run(move || {
            let hash: Result<phc::PasswordHash, _> =
                argon2.hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash| PasswordHash::new(hash.to_string()))
                .map_err(|error| Error::unexpected(error.to_string()))
        })
        .await?
    }

    /// Compares a password with a stored hash. Without one it does the same work, so that its duration reveals nothing.
    pub async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, Error> {
        let Some(stored) = stored.map(|hash| hash.as_str().to_owned()) else {
            return self.hash(password).await.map(|_| Verdict::Wrong);
        };
        if is_bcrypt(&stored) {
            return self.verify_bcrypt(password, stored).await;
        }
        let argon2 = self.argon2.clone();
        let password = normalised(password);
        self.run(move || {
            let stored = phc::PasswordHash::new(&stored)
                .map_err(|_| Error::unexpected("a stored hash is malformed"))?;
            if argon2.verify_password(password.as_bytes(), &stored).is_err() {
                return Ok(Verdict::Wrong);
            }
            let params = Params::try_from(&stored).ok();
            let is_current = params.is_some_and(|params| is_same_cost(&params, argon2.params()));
            Ok(if is_current { Verdict::Right } else { Verdict::RightButOutdated })
        })
        .await?
    }

    /// Like PHP's `password_verify`: the password as it was typed, of which bcrypt uses the first 72 bytes.
    async fn verify_bcrypt(&self, password: &Password, stored: String) -> Result<Verdict, Error> {
        let password = password.clone();
        self.run(move || match bcrypt::verify(password.reveal(), &stored) {
            Ok(true) => Ok(Verdict::RightButOutdated),
            Ok(false) => Ok(Verdict::Wrong),
            Err(_) => Err(Error::unexpected("a stored bcrypt hash is malformed")),
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let slot = tokio::time::timeout(PATIENCE, Arc::clone(&*self.slots).acquire_owned())
            .await
            .map_err(|_| Error::unavailable("too many passwords to hash at once"))?
            .map_err(Error::unexpected)?;
        tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        })
        .await
        .map_err(Error::unexpected)
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// NFC, so that a password stays the same when typed on another keyboard.
fn normalised(password: &Password) -> Zeroizing<String> {
    Zeroizing::new(password.reveal().nfc().collect())
}

/// Whether a sign-in can verify this hash in time: it is bcrypt's or Argon2id's, and not too costly.
///
/// The import checks every hash before storing it: verifying one with bcrypt's cost of 31 would take days.
pub fn is_verifiable(hash: &str) -> bool {
    if is_bcrypt(hash) {
        return hash.parse::<bcrypt::HashParts>().is_ok_and(|parts| BCRYPT_COSTS.contains(&parts.get_cost()));
    }
    phc::PasswordHash::new(hash).is_ok_and(|parsed| {
        let is_complete = parsed.salt.is_some() && parsed.hash.is_some();
        let params = Params::try_from(&parsed);
        let is_affordable = params.is_ok_and(|params| {
            u64::from(params.m_cost()) * u64::from(params.t_cost()) <= MAX_ARGON2_KIB_PASSES
        });
        parsed.algorithm == Algorithm::Argon2id.ident() && is_complete && is_affordable
    })
}

fn is_bcrypt(stored: &str) -> bool {
    ["$2y$", "$2b$", "$2a$"].iter().any(|version| stored.starts_with(version))
}

fn is_same_cost(one: &Params, other: &Params) -> bool {
    (one.m_cost(), one.t_cost(), one.p_cost()) == (other.m_cost(), other.t_cost(), other.p_cost())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(memory_kib: u32) -> Hasher {
        Hasher::new(Params::new(memory_kib, 1, 1, None).expect("valid"), Random::system())
    }

    fn password(raw: &str) -> Password {
        Password::parse_presented(raw).expect("not blank")
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let hasher = hasher(8);
        let hash = hasher.hash(&password("change123")).await.expect("hashes");
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{}", hash.as_str());
        assert_eq!(
            hasher.verify(&password("change123"), Some(&hash)).await.expect("verifies"),
            Verdict::Right
        );
        for wrong in ["change12", "change1234", "Change123"] {
            assert_eq!(hasher.verify(&password(wrong), Some(&hash)).await.expect("verifies"), Verdict::Wrong);
        }
        assert_eq!(hasher.verify(&password("change123"), None).await.expect("hashes"), Verdict::Wrong);
    }

    #[tokio::test]
    async fn equal_passwords_have_different_hashes() {
        let hasher = hasher(8);
        let (one, other) =
            (hasher.hash(&password("change123")).await, hasher.hash(&password("change123")).await);
        assert_ne!(one.expect("hashes"), other.expect("hashes"));
    }

    #[tokio::test]
    async fn a_hash_with_other_parameters_is_outdated() {
        let old = hasher(8).hash(&password("change123")).await.expect("hashes");
        let verdict = hasher(16).verify(&password("change123"), Some(&old)).await.expect("verifies");
        assert_eq!(verdict, Verdict::RightButOutdated);
    }

    #[tokio::test]
    async fn a_bcrypt_hash_of_php_verifies_and_is_outdated() {
        let hasher = hasher(8);
        // Made by libxcrypt: crypt("rasmuslerdorf", "$2y$07$BCryptRequires22Chrcte").
        let stored =
            PasswordHash::new("$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq".to_owned());
        let verdict = hasher.verify(&password("rasmuslerdorf"), Some(&stored)).await.expect("verifies");
        assert_eq!(verdict, Verdict::RightButOutdated);
        for wrong in ["rasmuslerdor", "rasmuslerdorf1", "Rasmuslerdorf"] {
            let verdict = hasher.verify(&password(wrong), Some(&stored)).await.expect("verifies");
            assert_eq!(verdict, Verdict::Wrong, "{wrong}");
        }
        let malformed = PasswordHash::new("$2y$07$tooshort".to_owned());
        assert!(hasher.verify(&password("rasmuslerdorf"), Some(&malformed)).await.is_err());
    }

    #[tokio::test]
    async fn only_hashes_that_a_sign_in_can_verify_are_verifiable() {
        let own = hasher(8).hash(&password("change123")).await.expect("hashes");
        let own = own.as_str();
        let bcrypt = "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq";
        assert!(is_verifiable(own) && is_verifiable(bcrypt));
        for other in [
            "",
            "change123",
            "$2y$07$tooshort",
            &bcrypt.replace("$07$", "$31$"),
            &bcrypt.replace("$07$", "$03$"),
            &bcrypt.replace("$2y$", "$1$"),
            &own.replace("argon2id", "argon2i"),
            &own.replace("m=8,", "m=4194304,"),
            own.rsplit_once('$').expect("parts").0,
            "5f4dcc3b5aa765d61d8327deb882cf99",
        ] {
            assert!(!is_verifiable(other), "{other}");
        }
    }

    #[tokio::test]
    async fn a_long_password_of_many_scripts_verifies_and_its_beginning_does_not() {
        let hasher = hasher(8);
        let long: String = "pässwörd-пароль-密码-🔑".chars().cycle().take(128).collect();
        let hash = hasher.hash(&password(&long)).await.expect("hashes");
        assert_eq!(hasher.verify(&password(&long), Some(&hash)).await.expect("verifies"), Verdict::Right);
        let beginning: String = long.chars().take(127).collect();
        assert_eq!(
            hasher.verify(&password(&beginning), Some(&hash)).await.expect("verifies"),
            Verdict::Wrong
        );
    }

    #[tokio::test]
    async fn composed_and_decomposed_letters_are_the_same_password() {
        let hasher = hasher(8);
        let hash = hasher.hash(&password("pa\u{df}w\u{f6}rt")).await.expect("hashes");
        let verdict = hasher.verify(&password("pa\u{df}wo\u{308}rt"), Some(&hash)).await.expect("verifies");
        assert_eq!(verdict, Verdict::Right);
    }
}
