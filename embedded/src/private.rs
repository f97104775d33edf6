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

/// Creates a folder with its parents, for a `database` that is guarded by the file `lock`. An existing one is tightened,
/// with the files of the database in it.
///
/// # Errors
///
/// An existing folder with other files and no database, which must keep its permissions, and one that everybody may
/// write to, such as `/tmp`.
pub(crate) fn folder(path: &Path, database: &str, lock: &str) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name()));
    let names = entries.collect::<io::Result<Vec<_>>>()?;
    // A process that is killed, or has not got further yet, leaves the lock alone.
    if !names.iter().any(|name| name == database) && names.iter().any(|name| name != lock) {
        return Err(io::Error::other("it has other files and no database; choose a new or an empty folder"));
    }
    #[cfg(unix)]
    tighten(path, database)?;
    Ok(())
}

#[cfg(unix)]
fn tighten(folder: &Path, database: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let is_shared = fs::metadata(folder)?.permissions().mode() & 0o1000 != 0;
    if is_shared {
        return Err(io::Error::other("everybody may write to it; choose a folder of your own"));
    }
    fs::set_permissions(folder, PermissionsExt::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_own = entry.file_name().to_string_lossy().starts_with(database);
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
        folder(&data, "database", "lock").expect("a private folder");
        assert_eq!(mode(&data), 0o700);
        assert_eq!(
            ["database", "database-wal", "notes"].map(|name| mode(&data.join(name))),
            [0o600, 0o600, 0o644]
        );
        drop(self::open(&data.join("notes"), File::options().append(true)).expect("a file"));
        assert_eq!(mode(&data.join("notes")), 0o600);
    }

    #[test]
    fn only_a_folder_that_is_empty_or_has_the_database_is_taken() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        for (entries, is_taken) in [
            (&["notes"][..], false),
            (&["lock", "notes"], false),
            (&["database-wal"], false),
            (&[], true),
            (&["lock"], true),
            (&["notes", "database"], true),
        ] {
            let data = parent.path().join(format!("data {}", entries.join(" ")));
            fs::create_dir_all(&data).expect("a folder");
            fs::set_permissions(&data, PermissionsExt::from_mode(0o755)).expect("its own folder");
            for name in entries {
                fs::write(data.join(name), "").expect("a file");
            }
            assert_eq!(folder(&data, "database", "lock").is_ok(), is_taken, "{entries:?}");
            assert_eq!(mode(&data), if is_taken { 0o700 } else { 0o755 }, "{entries:?}");
        }
    }

    #[test]
    fn a_folder_for_everybody_is_refused() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        fs::set_permissions(parent.path(), PermissionsExt::from_mode(0o1777)).expect("its own folder");
        assert!(folder(parent.path(), "database", "lock").is_err());
        assert_eq!(mode(parent.path()), 0o777);
        folder(&parent.path().join("a/b"), "database", "lock").expect("a folder in it is private");
        assert_eq!(mode(&parent.path().join("a/b")), 0o700);
    }
}
