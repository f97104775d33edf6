//! The RSA key that signs access tokens in place of KMS.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use embedded::private;
use rsa::pkcs8::EncodePrivateKey;
use rsa::rand_core::{TryCryptoRng, TryRng};
use shared::Random;
use zeroize::Zeroizing;

const FILE: &str = "signing-key.pkcs8";

const BITS: usize = 2_048;

/// The key as base64 of PKCS#8, the form of `SIGNING_KEY_PKCS8`: from the folder `data`, where it is created the first
/// time, or one that all servers of this process share. Creating one takes 20 to 300 ms.
pub(crate) fn load(data: Option<&Path>) -> std::io::Result<Zeroizing<String>> {
    static SHARED: OnceLock<Zeroizing<Vec<u8>>> = OnceLock::new();
    let key = match data {
        None => SHARED.get_or_init(generate).clone(),
        Some(folder) => kept(folder)?,
    };
    Ok(Zeroizing::new(STANDARD.encode(&*key)))
}

fn kept(folder: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let path = folder.join(FILE);
    match private::open(&path, fs::File::options().read(true)) {
        Ok(mut file) => {
            let mut key = Zeroizing::new(Vec::new());
            file.read_to_end(&mut key)?;
            return Ok(key);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let key = generate();
    private::replace(&path, &key)?;
    Ok(key)
}

fn generate() -> Zeroizing<Vec<u8>> {
    let key = rsa::PrivateKey::new(&mut Generator(Random::system()), BITS).expect("2048 bits make a key");
    let document = key.to_pkcs8_der().expect("a fresh key can be written");
    Zeroizing::new(document.as_bytes().to_vec())
}

/// The random source in the form that the `rsa` crate requires.
struct Generator(Random);

impl TryRng for Generator {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_le_bytes(self.0.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from_le_bytes(self.0.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(8) {
            let random: [u8; 8] = self.0.bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Generator {}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_keeps_a_key_of_its_own() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let first = load(Some(folder.path())).expect("a new key");
        let second = load(Some(folder.path())).expect("the same key");
        assert_eq!(*first, *second);
        let mode = fs::metadata(folder.path().join(FILE)).expect("the key's file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_ne!(*load(None).expect("a key in memory"), *first);
    }
}
