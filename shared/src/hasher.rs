//! Hashes and verifies passwords with Argon2id; also verifies the hashes of other shops.

mod stored;

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::{self, ParamsString};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use self::stored::Stored;
pub use self::stored::Unverifiable;
use crate::domain::{Password, PasswordHash};
use crate::error::Error;
use crate::runtime::random::Random;

/// Hashes on blocking threads, no more at a time than there are cores: each takes megabytes of memory.
pub struct Hasher {
    argon2: Argon2<'static>,
    memory: Memory,
    random: Random,
    /// Created with the first hash: most functions never hash, and counting the cores reads half a dozen files.
    slots: LazyLock<Slots>,
}

/// One permit for each core, and one for each request that has such a permit or waits for it.
struct Slots {
    cores: Arc<Semaphore>,
    places: Semaphore,
}

/// The memory that hashes fill, kept from one to the next: the page faults of fresh memory take a fifth of a hash.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<Vec<Block>>>>);

/// How a password compares with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, but the hash was made with other than the configured parameters, or imported.
    RightButOutdated,
}

const ALGORITHM: Algorithm = Algorithm::Argon2id;
const VERSION: Version = Version::V0x13;

/// How many requests may wait for each core; more are answered with 503 at once. On Lambda none waits, because a container
/// serves one request at a time.
const QUEUE_LENGTH: usize = 24;

impl Hasher {
    pub fn new(params: Params, random: Random) -> Hasher {
        Hasher {
            argon2: Argon2::new(ALGORITHM, VERSION, params),
            memory: Memory::default(),
            random,
            slots: LazyLock::new(|| Slots {
                cores: Arc::new(Semaphore::new(cores())),
                places: Semaphore::new(cores() * (1 + QUEUE_LENGTH)),
            }),
        }
    }

    /// A hash in PHC string format, with a salt of its own.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, Error> {
        self.hash_with_salt(password, self.random.bytes()).await
    }

    /// The same with a given salt, which must not be used for any other password.
    pub async fn hash_with_salt(&self, password: &Password, salt: [u8; 16]) -> Result<PasswordHash, Error> {
        let (argon2, memory) = (self.argon2.clone(), self.memory.clone());
        let password = normalised(password);
        self.run(move || {
            let hash = memory.hash(&argon2, &password, &salt).map_err(Error::unexpected)?;
            let hash = phc::PasswordHash {
                algorithm: ALGORITHM.ident(),
                version: Some(VERSION.into()),
                params: ParamsString::try_from(argon2.params()).map_err(Error::unexpected)?,
                salt: Some(phc::Salt::new(&salt).map_err(Error::unexpected)?),
                hash: Some(hash),
            };
            Ok(PasswordHash::new(hash.to_string()))
        })
        .await?
    }

    /// Compares a password with a stored hash. Without one, or with one that nothing can have made or that costs too
    /// much, it does the same work, so that neither its outcome nor its duration tells the account from an unknown one.
    pub async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict, Error> {
        let hash = stored.map(PasswordHash::as_str).unwrap_or_default();
        let verdict = match Stored::parse(hash) {
            Ok(Stored::Argon2 { argon2, salt, output }) => {
                let is_current = hash.starts_with(&prefix(self.argon2.params()));
                return self.verify_argon2(password, argon2, salt, output, is_current).await;
            }
            Ok(Stored::Imported(imported)) => {
                let typed = password.clone();
                self.run(move || imported.verify(typed.reveal())).await?
            }
            Err(_) => None,
        };
        match verdict {
            Some(verdict) => Ok(verdict),
            None => self.hash(password).await.map(|_| Verdict::Wrong),
        }
    }

    async fn verify_argon2(
        &self,
        password: &Password,
        argon2: Argon2<'static>,
        salt: phc::Salt,
        output: phc::Output,
        is_current: bool,
    ) -> Result<Verdict, Error> {
        // The memory for other parameters may be many times as large, so it is not kept.
        let memory = if is_current { self.memory.clone() } else { Memory::default() };
        let mut spellings = vec![normalised(password)];
        // Other shops hash what is typed, perhaps with the same parameters.
        if spellings[0].as_str() != password.reveal() {
            spellings.push(Zeroizing::new(password.reveal().to_owned()));
        }
        self.run(move || {
            for (index, spelling) in spellings.into_iter().enumerate() {
                // This comparison takes constant time.
                if memory.hash(&argon2, &spelling, &salt).map_err(Error::unexpected)? == output {
                    let is_own = is_current && index == 0;
                    return Ok(if is_own { Verdict::Right } else { Verdict::RightButOutdated });
                }
            }
            Ok(Verdict::Wrong)
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let place = self.slots.places.try_acquire();
        let _place = place.map_err(|_| Error::unavailable("too many passwords to hash at once"))?;
        let slot = Arc::clone(&self.slots.cores).acquire_owned().await.map_err(Error::unexpected)?;
        tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work()
        })
        .await
        // The error itself quotes the panic's message.
        .map_err(|_| Error::unexpected("hashing a password panicked"))
    }
}

impl Memory {
    /// Hashes in the memory of an earlier hash, if there is any, and erases it afterwards: from what a hash leaves in
    /// memory, its password could be guessed at next to no cost.
    fn hash(&self, argon2: &Argon2<'_>, password: &str, salt: &[u8]) -> argon2::Result<phc::Output> {
        let params = argon2.params();
        let mut blocks = self.unused().pop().unwrap_or_default();
        let missing = params.block_count().saturating_sub(blocks.len());
        blocks.try_reserve_exact(missing).map_err(|_| argon2::Error::OutOfMemory)?;
        blocks.resize(params.block_count(), Block::default());
        let mut output = [0; phc::Output::MAX_LENGTH];
        let output = &mut output[..params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
        let hashed = argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, &mut blocks);
        // A quarter faster than the volatile writes of `zeroize`, and not left out, because the memory stays in reach.
        blocks.fill(Block::default());
        self.unused().push(blocks);
        hashed.map(|()| phc::Output::new(output).expect("the length is within its bounds"))
    }

    fn unused(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// NFC, so that a password stays the same when typed on another keyboard.
fn normalised(password: &Password) -> Zeroizing<String> {
    Zeroizing::new(password.reveal().nfc().collect())
}

/// About how long a sign-in takes to verify this hash. The import asks before it stores one.
///
/// # Errors
///
/// Why a sign-in cannot verify it.
pub fn expected_time(hash: &str) -> Result<Duration, Unverifiable> {
    Stored::parse(hash).map(|stored| stored.expected_time())
}

/// How hashes made with these parameters begin.
fn prefix(params: &Params) -> String {
    format!("${}$v={}${params}$", ALGORITHM, u32::from(VERSION))
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use ring::digest::{SHA512, digest};

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
    async fn the_message_of_a_panic_is_not_in_the_cause() {
        let ended = hasher(8).run(|| panic!("change123")).await;
        let error = ended.map(|()| "no panic").expect_err("it panics");
        assert_eq!(error.cause().map(ToString::to_string).as_deref(), Some("hashing a password panicked"));
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
    async fn a_hash_of_the_reference_implementation_verifies() {
        // From the tests of https://github.com/P-H-C/phc-winner-argon2.
        let stored = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let stored = PasswordHash::new(stored.to_owned());
        let hasher = Hasher::new(Params::new(256, 2, 1, None).expect("valid"), Random::system());
        for (presented, verdict) in [("password", Verdict::Right), ("passwort", Verdict::Wrong)] {
            assert_eq!(hasher.verify(&password(presented), Some(&stored)).await.expect("verifies"), verdict);
        }
        // Its first version wrote none.
        let stored = "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ";
        let stored = PasswordHash::new(stored.to_owned());
        for (presented, verdict) in [("password", Verdict::RightButOutdated), ("passwort", Verdict::Wrong)] {
            assert_eq!(hasher.verify(&password(presented), Some(&stored)).await.expect("verifies"), verdict);
        }
    }

    #[tokio::test]
    async fn what_another_shop_hashed_as_it_was_typed_verifies_whatever_its_parameters() {
        let typed = "o\u{308}sterreich";
        for memory_kib in [8, 16] {
            let argon2 = Argon2::new(ALGORITHM, VERSION, Params::new(memory_kib, 1, 1, None).expect("valid"));
            let stored: phc::PasswordHash =
                argon2.hash_password_with_salt(typed.as_bytes(), b"0123456789abcdef").expect("hashes");
            let stored = PasswordHash::new(stored.to_string());
            let verify =
                async |raw: &str| hasher(8).verify(&password(raw), Some(&stored)).await.expect("verifies");
            assert_eq!(verify(typed).await, Verdict::RightButOutdated);
            assert_eq!(verify("o\u{308}sterreicher").await, Verdict::Wrong);
        }
    }

    #[tokio::test]
    async fn seventy_two_bytes_may_be_the_beginning_of_a_password_and_replace_no_hash() {
        let stored = PasswordHash::new(bcrypt::hash("a".repeat(72), 4).expect("hashes"));
        for (length, expected) in [(71, Verdict::Wrong), (72, Verdict::Right), (80, Verdict::Right)] {
            let verdict = hasher(8).verify(&password(&"a".repeat(length)), Some(&stored)).await;
            assert_eq!(verdict.expect("verifies"), expected, "{length}");
        }
    }

    #[tokio::test]
    async fn hashes_share_memory_one_piece_a_core_and_leave_nothing_in_it() {
        let hasher = hasher(64);
        let outdated = self::hasher(128).hash(&password("change123")).await.expect("hashes");
        let stored = hasher.hash(&password("change123")).await.expect("hashes");
        for _ in 0..4 {
            let password = password("change123");
            let sixteen = (0..16).map(|_| hasher.verify(&password, Some(&stored)));
            futures_util::future::join_all(sixteen).await;
        }
        hasher.verify(&password("change123"), Some(&outdated)).await.expect("verifies");
        let unused = hasher.memory.unused();
        assert!((1..=cores()).contains(&unused.len()), "{}", unused.len());
        let is_erased = |block: &Block| block.as_ref().iter().all(|word| *word == 0);
        assert!(unused.iter().all(|blocks| blocks.len() == 64 && blocks.iter().all(is_erased)));
    }

    #[tokio::test]
    async fn a_hash_of_another_algorithm_or_version_is_outdated() {
        let params = Params::new(8, 1, 1, None).expect("valid");
        for (algorithm, version) in [
            (Algorithm::Argon2i, Version::V0x13),
            (Algorithm::Argon2d, Version::V0x13),
            (ALGORITHM, Version::V0x10),
        ] {
            let argon2 = Argon2::new(algorithm, version, params.clone());
            let stored: phc::PasswordHash =
                argon2.hash_password_with_salt(b"change123", b"0123456789abcdef").expect("hashes");
            let stored = PasswordHash::new(stored.to_string());
            let verdict = hasher(8).verify(&password("change123"), Some(&stored)).await.expect("verifies");
            assert_eq!(verdict, Verdict::RightButOutdated, "{}", stored.as_str());
        }
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
    }

    #[tokio::test]
    async fn a_password_too_long_for_bcrypt_verifies_as_symfony_and_php_hashed_it() {
        let hasher = hasher(8);
        let stored = |plain: &str| PasswordHash::new(bcrypt::hash(plain, 4).expect("hashes"));
        let long = "пароль".repeat(10);
        let sha512 = STANDARD.encode(digest(&SHA512, long.as_bytes()));
        let of_symfony = stored(&sha512);
        let verdict = hasher.verify(&password(&long), Some(&of_symfony)).await.expect("verifies");
        assert_eq!(verdict, Verdict::RightButOutdated);
        let mistyped = format!("{long}x");
        let verdict = hasher.verify(&password(&mistyped), Some(&of_symfony)).await.expect("verifies");
        assert_eq!(verdict, Verdict::Wrong);
        // An upgrade would make the mistyped end part of the password.
        let of_php = stored(&long);
        for presented in [&long, &mistyped] {
            let verdict = hasher.verify(&password(presented), Some(&of_php)).await.expect("verifies");
            assert_eq!(verdict, Verdict::Right);
        }
    }

    #[tokio::test]
    async fn a_hash_that_nothing_can_have_made_or_that_costs_too_much_is_wrong() {
        let hasher = hasher(8);
        let bcrypt = "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq";
        for stored in [
            "$2y$07$tooshort",
            &bcrypt.replace("$07$", "$31$"),
            &bcrypt.replace("$07$", "$03$"),
            &bcrypt.replace("BCrypt", "BCr!pt"),
            "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        ] {
            let hash = PasswordHash::new(stored.to_owned());
            let verdict = hasher.verify(&password("rasmuslerdorf"), Some(&hash)).await.expect("an outcome");
            assert_eq!(verdict, Verdict::Wrong, "{stored}");
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
