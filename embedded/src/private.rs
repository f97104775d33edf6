//! Files and folders that only their owner can read, whatever the umask: they hold hashes and keys.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file with `options`; one that others could read so far is tightened.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Creates a folder with its parents; an existing one is tightened, with the files in it whose names start with one of
/// `names`.
///
/// # Errors
///
/// An existing folder that everybody may write to, such as `/tmp`: it must stay open to others.
pub(crate) fn folder(path: &Path, names: &[&str]) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    #[cfg(unix)]
    tighten(path, names)?;
    #[cfg(not(unix))]
    let _ = names;
    Ok(())
}

#[cfg(unix)]
fn tighten(folder: &Path, names: &[&str]) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let is_shared = fs::metadata(folder)?.permissions().mode() & 0o1000 != 0;
    if is_shared {
        return Err(io::Error::other("everybody may write to it; choose a folder of your own"));
    }
    fs::set_permissions(folder, PermissionsExt::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_own = names.iter().any(|name| entry.file_name().to_string_lossy().starts_with(name));
        if is_own && entry.file_type()?.is_file() {
            match fs::set_permissions(entry.path(), PermissionsExt::from_mode(0o600)) {
                // SQLite has removed it: another process is just closing the database.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it exists").permissions().mode() & 0o777
    }

    #[test]
    fn what_was_open_is_tightened_and_what_belongs_to_others_is_left_alone() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let (data, open) = (parent.path().join("data"), PermissionsExt::from_mode(0o755));
        fs::create_dir(&data).expect("a folder");
        fs::set_permissions(&data, open).expect("its own folder");
        for name in ["database", "database-wal", "notes"] {
            fs::write(data.join(name), "").expect("a file");
            fs::set_permissions(data.join(name), PermissionsExt::from_mode(0o644)).expect("its own file");
        }
        folder(&data, &["database"]).expect("a private folder");
        assert_eq!(mode(&data), 0o700);
        assert_eq!(
            ["database", "database-wal", "notes"].map(|name| mode(&data.join(name))),
            [0o600, 0o600, 0o644]
        );
        drop(self::open(&data.join("notes"), File::options().append(true)).expect("a file"));
        assert_eq!(mode(&data.join("notes")), 0o600);
    }

    #[test]
    fn a_folder_for_everybody_is_refused() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        fs::set_permissions(parent.path(), PermissionsExt::from_mode(0o1777)).expect("its own folder");
        assert!(folder(parent.path(), &[]).is_err());
        assert_eq!(mode(parent.path()), 0o777);
        folder(&parent.path().join("a/b"), &[]).expect("a folder in it is private");
        assert_eq!(mode(&parent.path().join("a/b")), 0o700);
    }
}
