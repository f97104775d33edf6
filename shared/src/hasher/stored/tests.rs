use proptest::prelude::*;

use super::*;

const PASSWORD: &str = "rasmuslerdorf";

/// Hashes of [`PASSWORD`], with what made them.
const HASHES: [(&str, &str); 15] = [
    (
        "bcrypt by libxcrypt: crypt(\"rasmuslerdorf\", \"$2y$07$BCryptRequires22Chrcte\")",
        "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq",
    ),
    ("the same in Django's spelling", "bcrypt$$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq"),
    (
        "the bcrypt package of Python over SHA-256 in hex, as Django's BCryptSHA256PasswordHasher",
        "bcrypt_sha256$$2b$04$BCryptRequires22ChrcteHDj19fE1icfSIBsLQpaeoqhOEBGjZ6e",
    ),
    (
        "Django's PBKDF2PasswordHasher",
        "pbkdf2_sha256$1000$seasalt22$ag3kVTCbKHWXVjAqH6lVlpacbIHBhTxQduRa6OagE+Q=",
    ),
    ("Django's PBKDF2SHA1PasswordHasher", "pbkdf2_sha1$1000$seasalt22$JttOe9cjwlCbBte3v1t68y4Gz/A="),
    (
        "Django's ScryptPasswordHasher",
        "scrypt$16$seasalt22$8$5$dq9ouTsetrmhLXiE8NImzqRNV1ZTiqA6c4W5DPCtVq33Jw32sh5cwrojfHJqNF8DrHLqM/tqf6NDS1YHQlU6LA==",
    ),
    (
        "passlib's pbkdf2_sha256",
        "$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFi$j26IgM0MNScyjOz5JUuFLexrQ2K8KvhC3bQcnfAw8e4",
    ),
    ("passlib's pbkdf2_sha1", "$pbkdf2$1000$MDEyMzQ1Njc4OWFi$ThHs91h3vTg6ddO57v51lRnid5M"),
    (
        "passlib's pbkdf2_sha512, which writes . for +",
        "$pbkdf2-sha512$1000$MDEyMzQ1Njc4OWFi$3mpIVKKDxqEilHL3O13HRmakNcS4yXCT1qM4cMn5AraG/b4EmS6qw2FinPkM0Mma4/o1kJSnqpgy1RPS/7.i9g",
    ),
    (
        "hashlib.pbkdf2_hmac in Python, in PHC form",
        "$pbkdf2-sha512$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$ir0Q9h53PNotdP5XExdTXZIJz25SnmOTAGBzsjcx2kfUYF00AOaLWH1tmDMNUGqOQCpx5LJwbAk8aqkojPm6Jw",
    ),
    (
        "passlib's scrypt, which is hashlib.scrypt in PHC form",
        "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFi$5bI4FmRPRUMS4l16LS0QFqUgS2dUh443wVpY8agvIA8",
    ),
    (
        "hashlib.scrypt and hmac in Python, in the format of the scrypt utility",
        "c2NyeXB0AAQAAAAIAAAAAQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4faeEnw9AEcwpAVV7UH4iV1foPHSbhqbpT91NlfqerPqt3krrmzKuVR5aEs2ezmJDR",
    ),
    (
        "passlib's sha512_crypt",
        "$6$rounds=1000$saltstring$P3/O6k7R98HAC/pZIZVJkFyPagHopytaYnj/s0OPMAGzyGrGn5k0.Zh.ktboDWzJT60h5mlcx.V7IKi.oryYp/",
    ),
    (
        "the same with its default of 5000 rounds",
        "$6$saltstring$jRRe28CuYa4mk/iQwLNsE.29duEG6zP5eGsoozlYu/Qi9y6utgXWQQxeFF48eVCDq9b1ysyTDbTk7pLr4P6Kd.",
    ),
    ("passlib's sha256_crypt", "$5$rounds=1000$saltstring$XOerqOmpMSVHU9mNbPaeyQl.ERCF.mzsPRwK2vTfDwD"),
];

fn verdict(hash: &str, password: &str) -> Option<Verdict> {
    match Stored::parse(hash) {
        Ok(Stored::Imported(imported)) => imported.verify(password),
        Ok(Stored::Argon2 { .. }) => panic!("an Argon2 hash"),
        Err(error) => panic!("{hash}: {error}"),
    }
}

#[test]
fn a_hash_of_each_kind_verifies_its_password_only_and_is_outdated() {
    for (maker, hash) in HASHES {
        assert_eq!(verdict(hash, PASSWORD), Some(Verdict::RightButOutdated), "{maker}");
        for wrong in ["rasmuslerdor", "rasmuslerdorf1", "Rasmuslerdorf"] {
            assert_eq!(verdict(hash, wrong), Some(Verdict::Wrong), "{maker}: {wrong}");
        }
    }
}

#[test]
fn the_example_of_firebases_own_repository_verifies() {
    // https://github.com/firebase/scrypt#password-hashing
    let hash = "$firebase-scrypt$ln=14,r=8,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
    let url_safe = hash.replace('+', "-").replace("5/s", "5_s");
    for hash in [hash, &url_safe] {
        assert_eq!(verdict(hash, "user1password"), Some(Verdict::RightButOutdated));
        assert_eq!(verdict(hash, "user2password"), Some(Verdict::Wrong));
    }
}

#[test]
fn a_hash_that_is_refused_is_named_with_the_reason() {
    let bcrypt = "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq";
    let pbkdf2 = "$pbkdf2-sha256$i=1000$MDEyMzQ1Njc4OWFi$j26IgM0MNScyjOz5JUuFLexrQ2K8KvhC3bQcnfAw8e4";
    let scrypt = "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFi$5bI4FmRPRUMS4l16LS0QFqUgS2dUh443wVpY8agvIA8";
    let argon2 = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let unknown = "no hash that is known here; a plain-text password is never accepted";
    for (hash, reason) in [
        (&*bcrypt.replace("$07$", "$16$"), "bcrypt with cost 16: at most 15"),
        (&bcrypt.replace("$07$", "$+7$"), "a bcrypt hash that is damaged, or of an unusual size"),
        (
            &format!("bcrypt${}", bcrypt.replace("$2y$", "$2x$")),
            "a bcrypt hash that is damaged, or of an unusual size",
        ),
        (&argon2.replace("p=1", "p=1,keyid=AAAA"), "Argon2 with a secret key, which cannot be verified here"),
        (
            "pbkdf2_sha256$1000$0123456789ab$j26IgM0MNScyjOz5JUuFLexrQ2K8KvhC",
            "a PBKDF2 hash that is damaged, or of an unusual size",
        ),
        (&bcrypt.replace("$07$", "$03$"), "a bcrypt hash that is damaged, or of an unusual size"),
        ("$2y$07$tooshort", "a bcrypt hash that is damaged, or of an unusual size"),
        (&argon2.replace("m=256", "m=4194304"), "Argon2 with m=4194304,t=2: at most m times t 1048576"),
        (&argon2.replace("c29tZXNhbHQ", "c2FsdA"), "an Argon2 hash that is damaged, or of an unusual size"),
        (&pbkdf2.replace("i=1000", "i=5000001"), "PBKDF2 with 5000001 iterations: at most 5000000"),
        (&pbkdf2.replace("i=1000", "i=0"), "a PBKDF2 hash that is damaged, or of an unusual size"),
        (
            &pbkdf2.replace("sha256", "sha3"),
            "PBKDF2 with another hash function, which cannot be verified here",
        ),
        (
            &scrypt.replace("ln=4", "ln=20"),
            "scrypt with ln=20,r=8,p=1: at most 512 MiB of memory, about 1 GiB over all p, r of 32 and p of 64",
        ),
        (&scrypt.replace("ln=4", "ln=0"), "a scrypt hash that is damaged, or of an unusual size"),
        (
            &scrypt.replace("r=8,p=1", "r=65536,p=65536"),
            "scrypt with ln=4,r=65536,p=65536: at most 512 MiB of memory, about 1 GiB over all p, r of 32 and p of 64",
        ),
        (
            "$6$salt_!tring$jRRe28CuYa4mk/iQwLNsE.29duEG6zP5eGsoozlYu/Qi9y6utgXWQQxeFF48eVCDq9b1ysyTDbTk7pLr4P6Kd.",
            "a SHA-crypt hash that is damaged, or of an unusual size",
        ),
        (
            "$6$rounds=999999999$jRRe28CuYa4mk/iQwLNsE.29duEG6zP5eGsoozlYu/Qi9y6utgXWQQxeFF48eVCDq9b1ysyTDbTk7pLr4P6Kd.",
            "a SHA-crypt hash that is damaged, or of an unusual size",
        ),
        (
            &format!(
                "$pbkdf2-sha256${}1000$MDEyMzQ1Njc4OWFi$j26IgM0MNScyjOz5JUuFLexrQ2K8KvhC3bQcnfAw8e4",
                "0".repeat(2_000)
            ),
            unknown,
        ),
        (
            "$6$rounds=999999999$saltstring$jRRe28CuYa4mk/iQwLNsE.29duEG6zP5eGsoozlYu/Qi9y6utgXWQQxeFF48eVCDq9b1ysyTDbTk7pLr4P6Kd.",
            "SHA-crypt with 999999999 rounds: at most 1000000",
        ),
        ("$P$BIRXVj/ZG0YRiBH8gnRy0x72BXxl4Y1", "phpass, which cannot be verified here"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "an MD5 in hex, which cannot be verified here"),
        ("", unknown),
        ("change123", unknown),
    ] {
        let refused = Stored::parse(hash).err().map(|error| error.to_string());
        assert_eq!(refused.as_deref(), Some(reason), "{hash}");
    }
}

/// SHA-crypt's work grows with the square of the password's length.
#[test]
fn no_password_is_long_enough_to_keep_sha_crypt_busy() {
    let hash = "$6$saltstring$jRRe28CuYa4mk/iQwLNsE.29duEG6zP5eGsoozlYu/Qi9y6utgXWQQxeFF48eVCDq9b1ysyTDbTk7pLr4P6Kd.";
    assert_eq!(verdict(hash, &"a".repeat(128)), Some(Verdict::Wrong));
    assert_eq!(verdict(hash, &"a".repeat(129)), None);
}

#[test]
fn what_costs_more_is_expected_to_take_longer() {
    let bcrypt = |cost: &str| format!("$2y${cost}$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq");
    let time = |hash: &str| Stored::parse(hash).map(|stored| stored.expected_time()).expect("a hash");
    assert!(time(&bcrypt("10")) < Duration::from_millis(300), "{:?}", time(&bcrypt("10")));
    assert!(time(&bcrypt("13")) > Duration::from_millis(300));
    let todays = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let sha_crypt = "$6$rounds=656000$saltstring$jRRe28CuYa4mk/iQwLNsE.29duEG6zP5eGsoozlYu/Qi9y6utgXWQQxeFF48eVCDq9b1ysyTDbTk7pLr4P6Kd.";
    assert!(time(sha_crypt) > Duration::from_millis(600));
    let scrypt = |parameters: &str| {
        format!("$scrypt${parameters}$MDEyMzQ1Njc4OWFi$5bI4FmRPRUMS4l16LS0QFqUgS2dUh443wVpY8agvIA8")
    };
    assert!(time(&scrypt("ln=16,r=2,p=32")) > time(&scrypt("ln=14,r=8,p=32")));
    assert!(time(todays) < Duration::from_millis(100), "{:?}", time(todays));
}

proptest! {
    #[test]
    fn no_text_panics_or_costs_more_than_a_hash_may(
        prefix in proptest::sample::select(vec![
            "", "$", "argon2$", "bcrypt$", "bcrypt_sha256$", "pbkdf2_sha256$", "scrypt$", "$2y$", "$argon2id$", "$scrypt$",
            "$pbkdf2-sha512$", "$firebase-scrypt$", "$5$", "$6$rounds=",
        ]),
        rest in "[ -~]{0,80}|[0-9a-z=,$/+.]{0,120}",
    ) {
        if let Ok(stored) = Stored::parse(&format!("{prefix}{rest}")) {
            prop_assert!(stored.expected_time() < Duration::from_secs(8));
        }
    }

    /// One byte of a hash is another: it is refused, or verified within the bounds.
    #[test]
    fn no_altered_hash_panics_or_accepts_the_password(
        (_, hash) in proptest::sample::select(HASHES.to_vec()),
        at in any::<proptest::sample::Index>(),
        byte in b' '..=b'~',
    ) {
        let mut altered = hash.as_bytes().to_vec();
        let at = at.index(altered.len());
        prop_assume!(altered[at] != byte);
        altered[at] = byte;
        let altered = String::from_utf8(altered).expect("ASCII");
        if let Ok(stored) = Stored::parse(&altered) {
            prop_assert!(stored.expected_time() < Duration::from_secs(8), "{altered}");
        }
    }
}
