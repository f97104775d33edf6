//! The mails on disk: a file for each, written whole or not at all, that only its owner can read, because keys are in it.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use embedded::private;
use shared::domain::Timestamp;

use super::capture;
use super::inbox::Mail;

const NAME: &str = "mails";
/// The year 10000, in microseconds, which no timestamp reaches.
const FAR_FUTURE: u64 = 253_402_300_800_000_000;

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// That of the mails in the folder `data`.
    pub(super) fn open(data: &Path) -> io::Result<Folder> {
        let path = data.join(NAME);
        private::subfolder(&path)?;
        Ok(Folder { path })
    }

    /// Those that are kept, the newest last.
    pub(super) fn mails(&self) -> io::Result<Vec<Mail>> {
        let names = fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        let mut names: Vec<String> = names.filter_map(io::Result::transpose).collect::<io::Result<_>>()?;
        // They begin with the time.
        names.sort();
        names.into_iter().filter_map(|name| self.mail(&name).transpose()).collect()
    }

    /// A file holds the call that brought the mail, which is read as it was when it came in.
    fn mail(&self, name: &str) -> io::Result<Option<Mail>> {
        let path = self.path.join(name);
        let parts = name.split_once('-').and_then(|(sent_at, id)| Some((sent_at.parse().ok()?, id)));
        let Some((sent_at, id)) = parts.filter(|(sent_at, _)| *sent_at < FAR_FUTURE) else { return Ok(None) };
        // Whatever somebody else has put there.
        if !fs::symlink_metadata(&path)?.is_file() {
            return Ok(None);
        }
        // What a killed process was writing.
        if name.ends_with(private::DRAFT) {
            return fs::remove_file(path).map(|()| None);
        }
        let mut call = Vec::new();
        private::open(&path, File::options().read(true))?.read_to_end(&mut call)?;
        Ok(capture::mail(&call, id, Timestamp::from_micros(sent_at)).ok())
    }

    pub(super) fn keep(&self, mail: &Mail, call: &[u8]) -> io::Result<()> {
        private::replace(&self.file_of(mail), call)
    }

    pub(super) fn remove(&self, mail: &Mail) -> io::Result<()> {
        match fs::remove_file(self.file_of(mail)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    fn file_of(&self, mail: &Mail) -> PathBuf {
        let sent_at = Timestamp::parse(&mail.sent_at).unwrap_or_default();
        self.path.join(format!("{:020}-{}", sent_at.micros(), mail.id))
    }
}
