//! Stored hashes: this service's own, and those that other shops and identity providers made.

use std::fmt::Write;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

use aes::Aes256;
use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use ctutils::CtEq;
use ring::digest::{SHA256, SHA512, digest};
use ring::{hmac, pbkdf2};
use sha_crypt::{PasswordVerifier, ShaCrypt};
use thiserror::Error;
use zeroize::Zeroizing;

use super::Verdict;
use crate::runtime::config::{MAX_ARGON2_KIB_PASSES, is_affordable, kib_passes};

/// A hash that a sign-in can verify in time, by what made it.
pub(super) enum Stored {
    Argon2 {
        argon2: Argon2<'static>,
        salt: phc::Salt,
        output: phc::Output,
    },
    /// What its shop hashed as it was typed, and is replaced once it has been verified.
    Imported(Imported),
}

/// Why a hash cannot be verified. Quotes nothing of it but its parameters.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unverifiable {
    #[error("{kind} with {parameter}: at most {limit}")]
    TooCostly { kind: &'static str, parameter: String, limit: String },
    #[error("{0} that is damaged, or of an unusual size")]
    Malformed(&'static str),
    #[error("{0}, which cannot be verified here")]
    Unsupported(&'static str),
    #[error("no hash that is known here; a plain-text password is never accepted")]
    Unknown,
}

pub(super) enum Imported {
    Bcrypt {
        hash: String,
        is_of_sha256: bool,
    },
    Pbkdf2 {
        algorithm: pbkdf2::Algorithm,
        iterations: NonZeroU32,
        salt: Vec<u8>,
        output: Vec<u8>,
    },
    Scrypt {
        params: scrypt::Params,
        salt: Vec<u8>,
        check: ScryptCheck,
    },
    /// In the form of crypt(3).
    ShaCrypt {
        hash: String,
    },
}

/// What became of the output of scrypt.
pub(super) enum ScryptCheck {
    /// It is the hash.
    Output(Vec<u8>),
    /// The second half of it authenticates what comes before, as in the files of the scrypt utility, which the npm
    /// package scrypt-kdf, and so Medusa, stores.
    Mac { message: Vec<u8>, tag: Vec<u8> },
    /// The first half of it encrypts the project's signer key (https://github.com/firebase/scrypt).
    Firebase { signer_key: Vec<u8>, encrypted: Vec<u8> },
}

/// Each step doubles the work; 15 takes a processor three to five seconds.
const BCRYPT_COSTS: RangeInclusive<u32> = 4..=15;
const BCRYPT_VERSIONS: [&str; 3] = ["$2y$", "$2b$", "$2a$"];
/// Bcrypt takes no more of a password.
const BCRYPT_BYTES: usize = 72;
/// Two to four seconds; OWASP recommends up to 1,300,000.
const MAX_PBKDF2_BLOCKS: u64 = 5_000_000;
/// Blocks of 128 bytes: half a gigabyte of memory.
const MAX_SCRYPT_BLOCKS: u64 = 1 << 22;
/// About three seconds; with `r` of 8, 1 GiB times the parallelisation, which is work one after the other here.
const MAX_SCRYPT_WORK: u64 = 10 << 20;
/// Far beyond what anybody uses; their product is memory, too.
const MAX_SCRYPT_R: u32 = 32;
const MAX_SCRYPT_P: u32 = 64;
/// A second with the longest password.
const MAX_SHA_CRYPT_ROUNDS: u32 = 1_000_000;
/// The work of SHA-crypt grows with the length of the password that somebody presents. A new password of this API has no
/// more characters.
const MAX_SHA_CRYPT_PASSWORD: usize = 128;
/// Nothing makes longer ones.
const MAX_HASH_LENGTH: usize = 1024;
const OUTPUT_BYTES: RangeInclusive<usize> = 16..=64;
const MAX_SALT_BYTES: usize = 128;

/// Kinds that are recognised only to say so.
const UNSUPPORTED: [(&str, &str); 16] = [
    ("$1$", "md5-crypt"),
    ("$apr1$", "md5-crypt"),
    ("$P$", "phpass"),
    ("$H$", "phpass"),
    ("$S$", "Drupal's SHA-512"),
    ("$2x$", "bcrypt of a PHP that had it wrong"),
    ("$bcrypt-sha256$", "passlib's bcrypt of SHA-256"),
    ("$wp$", "WordPress's bcrypt of an HMAC"),
    ("$y$", "yescrypt"),
    ("$gy$", "gost-yescrypt"),
    ("$7$", "scrypt in crypt(3)'s form"),
    ("$sha1$", "sha1-crypt"),
    ("{", "a hash of LDAP"),
    ("md5$", "Django's MD5"),
    ("sha1$", "Django's SHA-1"),
    ("!", "an unusable password of Django"),
];

impl Stored {
    /// Reads a stored hash.
    ///
    /// # Errors
    ///
    /// A hash that nothing can have made, or that takes a sign-in too long: verifying one with bcrypt's cost of 31 would
    /// take days.
    pub(super) fn parse(hash: &str) -> Result<Stored, Unverifiable> {
        if hash.len() > MAX_HASH_LENGTH {
            return Err(Unverifiable::Unknown);
        }
        if let Some(phc) = hash.strip_prefix("argon2$") {
            return argon2(&format!("${phc}"));
        }
        if hash.starts_with("$argon2") {
            return argon2(hash);
        }
        Imported::parse(hash).map(Stored::Imported)
    }

    /// About how long verifying takes a processor of Lambda's, with a password that takes longest: bcrypt tries one of more
    /// than 72 bytes twice, and Argon2 one that Unicode can compose.
    pub(super) fn expected_time(&self) -> Duration {
        let micros = match self {
            Stored::Argon2 { argon2, .. } => kib_passes(argon2.params()) * 2,
            Stored::Imported(Imported::Bcrypt { hash, .. }) => 150 << bcrypt_cost(hash).unwrap_or_default(),
            Stored::Imported(Imported::Pbkdf2 { algorithm, iterations, output, .. }) => {
                blocks(*algorithm, *iterations, output) / 2
            }
            Stored::Imported(Imported::Scrypt { params, .. }) => {
                scrypt_work(params.log_n(), params.r(), params.p()) * 4 / 15
            }
            Stored::Imported(Imported::ShaCrypt { hash }) => {
                let nanos = if hash.starts_with("$5$") { 1_400 } else { 1_000 };
                u64::from(rounds(hash).unwrap_or_default()) * nanos / 1_000
            }
        };
        Duration::from_micros(micros)
    }
}

impl Imported {
    fn parse(hash: &str) -> Result<Imported, Unverifiable> {
        let django = |kind: &str| hash.strip_prefix(kind).and_then(|rest| rest.strip_prefix('$'));
        if let Some(bcrypt) = django("bcrypt") {
            return self::bcrypt(bcrypt, false);
        }
        if let Some(bcrypt) = django("bcrypt_sha256") {
            return self::bcrypt(bcrypt, true);
        }
        // Django's are never cut.
        let whole = |output: &str, length: usize| base64(output).filter(|output| output.len() == length);
        for (kind, algorithm, length) in
            [("pbkdf2_sha256", pbkdf2::PBKDF2_HMAC_SHA256, 32), ("pbkdf2_sha1", pbkdf2::PBKDF2_HMAC_SHA1, 20)]
        {
            if let Some(rest) = django(kind) {
                let [iterations, salt, output] = parts(rest, PBKDF2)?;
                let salt = salt.as_bytes().to_vec();
                return self::pbkdf2(algorithm, iterations, Some(salt), whole(output, length));
            }
        }
        if let Some(rest) = django("scrypt") {
            let [n, salt, r, p, output] = parts(rest, SCRYPT)?;
            let n: u64 = n.parse().map_err(|_| Unverifiable::Malformed(SCRYPT))?;
            let ln = if n.is_power_of_two() { n.trailing_zeros().to_string() } else { String::new() };
            let check = whole(output, 64).map(ScryptCheck::Output);
            return self::scrypt([&ln, r, p], Some(salt.as_bytes().to_vec()), check);
        }
        if BCRYPT_VERSIONS.iter().any(|version| hash.starts_with(version)) {
            return self::bcrypt(hash, false);
        }
        if hash.starts_with("$5$") || hash.starts_with("$6$") {
            return sha_crypt(hash);
        }
        if let Some(rest) = hash.strip_prefix("$scrypt$") {
            let [parameters, salt, output] = parts(rest, SCRYPT)?;
            let parameters = ["ln", "r", "p"].map(|name| parameter(parameters, name).unwrap_or_default());
            return self::scrypt(parameters, base64(salt), base64(output).map(ScryptCheck::Output));
        }
        if let Some(rest) = hash.strip_prefix("$firebase-scrypt$") {
            return firebase(rest);
        }
        if let Some((kind, rest)) = hash.strip_prefix("$pbkdf2").and_then(|rest| rest.split_once('$')) {
            let algorithm = match kind {
                "" | "-sha1" => pbkdf2::PBKDF2_HMAC_SHA1,
                "-sha256" => pbkdf2::PBKDF2_HMAC_SHA256,
                "-sha512" => pbkdf2::PBKDF2_HMAC_SHA512,
                _ => return Err(Unverifiable::Unsupported("PBKDF2 with another hash function")),
            };
            let [iterations, salt, output] = parts(rest, PBKDF2)?;
            let iterations = parameter(iterations, "i").unwrap_or(iterations);
            return self::pbkdf2(algorithm, iterations, base64(salt), base64(output));
        }
        if let Some(bytes) = base64(hash).filter(|bytes| bytes.len() == 96 && bytes.starts_with(b"scrypt\0"))
        {
            return scrypt_file(&bytes);
        }
        let is_known = |(prefix, _): &&(&str, &str)| hash.starts_with(prefix);
        if let Some((_, kind)) = UNSUPPORTED.iter().find(is_known) {
            return Err(Unverifiable::Unsupported(kind));
        }
        let is_hex = hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        Err(match hash.len() {
            32 if is_hex => Unverifiable::Unsupported("an MD5 in hex"),
            40 if is_hex => Unverifiable::Unsupported("a SHA-1 in hex"),
            64 if is_hex => Unverifiable::Unsupported("a SHA-256 in hex"),
            128 if is_hex => Unverifiable::Unsupported("a SHA-512 in hex"),
            _ => Unverifiable::Unknown,
        })
    }

    /// Compares a password as it was typed; `None` if the hash turns out to be one that nothing can have made.
    pub(super) fn verify(&self, password: &str) -> Option<Verdict> {
        let is_right = match self {
            Imported::Bcrypt { hash, is_of_sha256: false } => return bcrypt_verdict(password, hash),
            Imported::Bcrypt { hash, is_of_sha256: true } => {
                let mut hex = Zeroizing::new(String::with_capacity(64));
                for byte in digest(&SHA256, password.as_bytes()).as_ref() {
                    write!(hex, "{byte:02x}").expect("a string takes any text");
                }
                ::bcrypt::verify(&*hex, hash).ok()?
            }
            Imported::Pbkdf2 { algorithm, iterations, salt, output } => {
                pbkdf2::verify(*algorithm, *iterations, salt, password.as_bytes(), output).is_ok()
            }
            Imported::Scrypt { params, salt, check } => {
                let mut derived = Zeroizing::new([0; 64]);
                let derived = &mut derived[..check.derived_bytes()];
                ::scrypt::scrypt(password.as_bytes(), salt, params, derived).ok()?;
                check.is_met(derived)
            }
            Imported::ShaCrypt { hash } => {
                if password.len() > MAX_SHA_CRYPT_PASSWORD {
                    return None;
                }
                match ShaCrypt::SHA512.verify_password(password.as_bytes(), hash.as_str()) {
                    Ok(()) => true,
                    Err(sha_crypt::password_hash::Error::PasswordInvalid) => false,
                    Err(_) => return None,
                }
            }
        };
        Some(if is_right { Verdict::RightButOutdated } else { Verdict::Wrong })
    }
}

impl ScryptCheck {
    fn derived_bytes(&self) -> usize {
        match self {
            ScryptCheck::Output(output) => output.len(),
            ScryptCheck::Mac { .. } => 64,
            ScryptCheck::Firebase { .. } => 32,
        }
    }

    /// In constant time.
    fn is_met(&self, derived: &[u8]) -> bool {
        match self {
            ScryptCheck::Output(output) => is_same(derived, output),
            ScryptCheck::Mac { message, tag } => {
                hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &derived[32..]), message, tag).is_ok()
            }
            ScryptCheck::Firebase { signer_key, encrypted } => {
                let mut computed = signer_key.clone();
                let key = derived.try_into().expect("scrypt derived 32 bytes for it");
                Ctr128BE::<Aes256>::new(key, &[0; 16].into()).apply_keystream(&mut computed);
                is_same(&computed, encrypted)
            }
        }
    }
}

const ARGON2: &str = "an Argon2 hash";
const BCRYPT: &str = "a bcrypt hash";
const PBKDF2: &str = "a PBKDF2 hash";
const SCRYPT: &str = "a scrypt hash";
const FIREBASE: &str = "a hash of Firebase";
const SHA_CRYPT: &str = "a SHA-crypt hash";

fn argon2(hash: &str) -> Result<Stored, Unverifiable> {
    if hash.contains("keyid=") {
        return Err(Unverifiable::Unsupported("Argon2 with a secret key"));
    }
    let parse = || {
        let hash = phc::PasswordHash::new(hash).ok()?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
        let version = hash.version.map(Version::try_from).transpose().ok()?.unwrap_or(Version::V0x10);
        let argon2 = Argon2::new(algorithm, version, Params::try_from(&hash).ok()?);
        let salt = hash.salt.filter(|salt| salt.len() >= argon2::MIN_SALT_LEN)?;
        Some((argon2, salt, hash.hash?))
    };
    let (argon2, salt, output) = parse().ok_or(Unverifiable::Malformed(ARGON2))?;
    let params = argon2.params();
    if !is_affordable(params) {
        return Err(Unverifiable::TooCostly {
            kind: "Argon2",
            parameter: format!("m={},t={}", params.m_cost(), params.t_cost()),
            limit: format!("m times t {MAX_ARGON2_KIB_PASSES}"),
        });
    }
    Ok(Stored::Argon2 { argon2, salt, output })
}

fn bcrypt(hash: &str, is_of_sha256: bool) -> Result<Imported, Unverifiable> {
    let is_known = BCRYPT_VERSIONS.iter().any(|version| hash.starts_with(version));
    let cost = bcrypt_cost(hash).filter(|cost| is_known && cost >= BCRYPT_COSTS.start());
    match cost.ok_or(Unverifiable::Malformed(BCRYPT))? {
        cost if BCRYPT_COSTS.contains(&cost) => Ok(Imported::Bcrypt { hash: hash.to_owned(), is_of_sha256 }),
        cost => Err(Unverifiable::TooCostly {
            kind: "bcrypt",
            parameter: format!("cost {cost}"),
            limit: BCRYPT_COSTS.end().to_string(),
        }),
    }
}

fn bcrypt_cost(hash: &str) -> Option<u32> {
    let is_number = hash.get(4..6)?.bytes().all(|byte| byte.is_ascii_digit());
    hash.parse::<::bcrypt::HashParts>().ok().filter(|_| is_number).map(|parts| parts.get_cost())
}

/// Bcrypt takes 72 bytes. Symfony, and so Spryker, replaces a longer password by its SHA-512; PHP's `password_hash` cuts
/// it off. In that case nobody knows what comes after, so it must not become part of a new hash.
fn bcrypt_verdict(password: &str, hash: &str) -> Option<Verdict> {
    if password.len() > BCRYPT_BYTES || password.contains('\0') {
        let replaced = Zeroizing::new(STANDARD.encode(digest(&SHA512, password.as_bytes())));
        if ::bcrypt::verify(&*replaced, hash).ok()? {
            return Some(Verdict::RightButOutdated);
        }
    }
    // One of 72 bytes may be the beginning of the customer's.
    let is_whole = password.len() < BCRYPT_BYTES && !password.contains('\0');
    Some(match ::bcrypt::verify(password, hash).ok()? {
        true if is_whole => Verdict::RightButOutdated,
        true => Verdict::Right,
        false => Verdict::Wrong,
    })
}

fn pbkdf2(
    algorithm: pbkdf2::Algorithm,
    iterations: &str,
    salt: Option<Vec<u8>>,
    output: Option<Vec<u8>>,
) -> Result<Imported, Unverifiable> {
    let iterations = iterations.parse::<NonZeroU32>().ok();
    let (Some(iterations), Some(salt), Some(output)) = (iterations, salt, output) else {
        return Err(Unverifiable::Malformed(PBKDF2));
    };
    check_lengths(PBKDF2, &salt, &output)?;
    if blocks(algorithm, iterations, &output) > MAX_PBKDF2_BLOCKS {
        return Err(Unverifiable::TooCostly {
            kind: "PBKDF2",
            parameter: format!("{iterations} iterations"),
            limit: (MAX_PBKDF2_BLOCKS * u64::from(iterations.get()) / blocks(algorithm, iterations, &output))
                .to_string(),
        });
    }
    Ok(Imported::Pbkdf2 { algorithm, iterations, salt, output })
}

/// How many times the hash function's output is computed: a longer hash takes all iterations once more.
fn blocks(algorithm: pbkdf2::Algorithm, iterations: NonZeroU32, output: &[u8]) -> u64 {
    let lengths = [(pbkdf2::PBKDF2_HMAC_SHA512, 64), (pbkdf2::PBKDF2_HMAC_SHA256, 32)];
    let length = lengths.iter().find(|(known, _)| *known == algorithm).map_or(20, |(_, length)| *length);
    u64::from(iterations.get()) * output.len().div_ceil(length) as u64
}

/// `ln`, `r` and `p` as RFC 7914 and the PHC string format name them.
fn scrypt(
    [ln, r, p]: [&str; 3],
    salt: Option<Vec<u8>>,
    check: Option<ScryptCheck>,
) -> Result<Imported, Unverifiable> {
    let parameters = (ln.parse::<u8>(), r.parse::<u32>(), p.parse::<u32>());
    let ((Ok(ln), Ok(r), Ok(p)), Some(salt), Some(check)) = (parameters, salt, check) else {
        return Err(Unverifiable::Malformed(SCRYPT));
    };
    if let ScryptCheck::Output(output) = &check {
        check_lengths(SCRYPT, &salt, output)?;
    }
    let blocks = 1_u64.checked_shl(ln.into()).and_then(|n| n.checked_mul(r.into())).unwrap_or(u64::MAX);
    if blocks > MAX_SCRYPT_BLOCKS
        || scrypt_work(ln, r, p) > MAX_SCRYPT_WORK
        || r > MAX_SCRYPT_R
        || p > MAX_SCRYPT_P
    {
        return Err(Unverifiable::TooCostly {
            kind: "scrypt",
            parameter: format!("ln={ln},r={r},p={p}"),
            limit: format!(
                "512 MiB of memory, about 1 GiB over all p, r of {MAX_SCRYPT_R} and p of {MAX_SCRYPT_P}"
            ),
        });
    }
    let params = ::scrypt::Params::new(ln, r, p).ok().filter(|params| params.log_n() > 0);
    let params = params.ok_or(Unverifiable::Malformed(SCRYPT))?;
    Ok(Imported::Scrypt { params, salt, check })
}

/// Small blocks take a processor longer to find than to mix.
fn scrypt_work(ln: u8, r: u32, p: u32) -> u64 {
    let n = 1_u64.checked_shl(ln.into()).unwrap_or(u64::MAX);
    n.saturating_mul(u64::from(r) + 2).saturating_mul(p.into())
}

/// The header of a file that the scrypt utility writes.
fn scrypt_file(bytes: &[u8]) -> Result<Imported, Unverifiable> {
    let (header, tag) = bytes.split_at(64);
    let (checked, checksum) = header.split_at(48);
    let number = |at: usize| {
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]).to_string()
    };
    if !is_same(&digest(&SHA256, checked).as_ref()[..16], checksum) {
        return Err(Unverifiable::Malformed(SCRYPT));
    }
    let parameters = [header[7].to_string(), number(8), number(12)];
    let check = ScryptCheck::Mac { message: header.to_vec(), tag: tag.to_vec() };
    scrypt(parameters.each_ref().map(String::as_str), Some(header[16..48].to_vec()), Some(check))
}

/// `ln=<mem_cost>,r=<rounds>,ss=<salt separator>,sk=<signer key>$<salt>$<hash>`, with the project's parameters and the
/// account's salt and hash as Firebase exports them.
fn firebase(rest: &str) -> Result<Imported, Unverifiable> {
    let [parameters, salt, encrypted] = parts(rest, FIREBASE)?;
    let named = |name| parameter(parameters, name).unwrap_or_default();
    let decoded = [salt, named("ss"), named("sk"), encrypted].map(base64);
    let [Some(mut salt), Some(separator), Some(signer_key), Some(encrypted)] = decoded else {
        return Err(Unverifiable::Malformed(FIREBASE));
    };
    salt.extend(separator);
    check_lengths(FIREBASE, &salt, &encrypted)?;
    if signer_key.len() != encrypted.len() {
        return Err(Unverifiable::Malformed(FIREBASE));
    }
    let check = ScryptCheck::Firebase { signer_key, encrypted };
    scrypt([named("ln"), named("r"), "1"], Some(salt), Some(check))
}

fn sha_crypt(hash: &str) -> Result<Imported, Unverifiable> {
    let rounds = rounds(hash).ok_or(Unverifiable::Malformed(SHA_CRYPT))?;
    if rounds > MAX_SHA_CRYPT_ROUNDS {
        return Err(Unverifiable::TooCostly {
            kind: "SHA-crypt",
            parameter: format!("{rounds} rounds"),
            limit: MAX_SHA_CRYPT_ROUNDS.to_string(),
        });
    }
    Ok(Imported::ShaCrypt { hash: hash.to_owned() })
}

/// `None` if it is no hash of crypt(3).
fn rounds(hash: &str) -> Option<u32> {
    let fields: Vec<&str> = hash.get(3..)?.split('$').collect();
    let (rounds, salt, output) = match *fields {
        [salt, output] => (sha_crypt::Params::RECOMMENDED_ROUNDS, salt, output),
        [rounds, salt, output] => (rounds.strip_prefix("rounds=")?.parse().ok()?, salt, output),
        _ => return None,
    };
    let length = if hash.starts_with("$5$") { 43 } else { 86 };
    let is_valid =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./".contains(&byte));
    let is_valid = rounds >= sha_crypt::Params::ROUNDS_MIN
        && (1..=16).contains(&salt.len())
        && output.len() == length
        && is_valid(salt)
        && is_valid(output);
    is_valid.then_some(rounds)
}

fn check_lengths(kind: &'static str, salt: &[u8], output: &[u8]) -> Result<(), Unverifiable> {
    let is_valid = OUTPUT_BYTES.contains(&output.len()) && salt.len() <= MAX_SALT_BYTES;
    if is_valid { Ok(()) } else { Err(Unverifiable::Malformed(kind)) }
}

fn parts<'a, const N: usize>(text: &'a str, kind: &'static str) -> Result<[&'a str; N], Unverifiable> {
    text.split('$').collect::<Vec<_>>().try_into().map_err(|_| Unverifiable::Malformed(kind))
}

fn parameter<'a>(list: &'a str, name: &str) -> Option<&'a str> {
    list.split(',').find_map(|parameter| parameter.strip_prefix(name)?.strip_prefix('='))
}

/// Base64 of any producer: either alphabet, passlib's with `.` for `+`, with or without padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireNone);
    const UNPADDED: GeneralPurpose = GeneralPurpose::new(&ALPHABET, CONFIG);
    let usual = |character| match character {
        '-' | '.' => '+',
        '_' => '/',
        other => other,
    };
    let text: String = text.trim_end_matches('=').chars().map(usual).collect();
    UNPADDED.decode(text).ok()
}

/// In constant time for equal lengths.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).to_bool()
}

#[cfg(test)]
mod tests;
