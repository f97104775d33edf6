//! Files and folders that only their owner can read, whatever the umask: they hold hashes and keys.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use shared::Random;

/// Opens a file with `options`; one that others could read so far is tightened.
///
/// # Errors
///
/// What may be somebody else's: a symbolic link, a file of another user, and what is no regular file.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    without_links(options);
    let file = options.open(path).map_err(|error| match path.is_symlink() {
        true => io::Error::other("it is a symbolic link"),
        false => error,
    })?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    #[cfg(unix)]
    {
        check_owner(&metadata)?;
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}

/// What the names of files end in that are still being written, or were when the process was killed.
pub const DRAFT: &str = ".new";

/// Writes a file, or replaces a regular one, so that a killed process leaves a whole file or none.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::other("it is not a regular file"));
    }
    let draft =
        path.with_added_extension(format!("{:016x}{DRAFT}", u64::from_ne_bytes(Random::system().bytes())));
    let mut file = open(&draft, File::options().write(true).create_new(true))?;
    let written =
        file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        fs::remove_file(&draft)?;
    }
    written
}

#[cfg(unix)]
fn without_links(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;

    // Without the second flag, a pipe that nobody reads from would be waited for.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.mode(0o600).custom_flags(flags.bits().cast_signed());
}

#[cfg(unix)]
fn check_owner(metadata: &fs::Metadata) -> io::Result<()> {
    let is_own = std::os::unix::fs::MetadataExt::uid(metadata) == rustix::process::geteuid().as_raw();
    if is_own { Ok(()) } else { Err(io::Error::other("it belongs to another user")) }
}

/// Creates a folder with its parents, for a `database` that is guarded by the file `lock`. An existing one is tightened,
/// with the files of the database in it.
///
/// # Errors
///
/// An existing folder with other files and no database, which must keep its permissions, one that everybody may write
/// to, such as `/tmp`, and another user's.
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

/// Creates a folder in one that is private already. An existing one is tightened.
///
/// # Errors
///
/// What may be somebody else's: a symbolic link, and a folder of another user.
pub fn subfolder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Err(io::Error::other("it is not a folder"));
    }
    #[cfg(unix)]
    {
        check_owner(&metadata)?;
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(unix)]
fn tighten(folder: &Path, database: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let metadata = fs::metadata(folder)?;
    let is_shared = metadata.permissions().mode() & 0o1000 != 0;
    if is_shared {
        return Err(io::Error::other("everybody may write to it; choose a folder of your own"));
    }
    check_owner(&metadata)?;
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
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

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

    fn refusal<T>(done: io::Result<T>) -> String {
        done.err().expect("refused").to_string()
    }

    #[test]
    fn no_link_is_followed_and_nothing_but_a_regular_file_is_opened_or_replaced() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [target, link] = ["target", "link"].map(|name| folder.path().join(name));
        fs::write(&target, "before").expect("a file");
        fs::set_permissions(&target, PermissionsExt::from_mode(0o644)).expect("its own file");
        symlink(&target, &link).expect("a link");
        let append = || File::options().create(true).append(true).clone();
        assert_eq!(refusal(open(&link, &mut append())), "it is a symbolic link");
        assert_eq!(refusal(replace(&link, b"after")), "it is not a regular file");
        assert_eq!(fs::read_to_string(&target).expect("text"), "before");
        assert_eq!(mode(&target), 0o644);

        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o644.into()).expect("a pipe");
        let before = fs::metadata(&pipe).expect("the pipe").ino();
        assert_eq!(refusal(open(&pipe, File::options().read(true).write(true))), "it is not a regular file");
        assert_eq!(refusal(replace(&pipe, b"key")), "it is not a regular file");
        assert_eq!((fs::metadata(&pipe).expect("the pipe").ino(), mode(&pipe)), (before, 0o644));
    }

    #[test]
    fn what_belongs_to_another_user_is_refused() {
        let own = tempfile::tempfile().expect("a file").metadata().expect("its metadata");
        check_owner(&own).expect("the user's own");
        // Root can give a file away; anybody else has one of root's.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let given = folder.path().join("given");
        fs::write(&given, "").expect("a file");
        let foreign = match std::os::unix::fs::chown(&given, Some(65_534), None) {
            Ok(()) => given,
            Err(_) => Path::new("/etc/passwd").to_owned(),
        };
        assert_eq!(refusal(open(&foreign, File::options().read(true))), "it belongs to another user");
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_beside_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [file, other] = ["env.json", "env.new"].map(|name| folder.path().join(name));
        for (path, text) in [(&file, "before"), (&other, "other")] {
            fs::write(path, text).expect("a file");
            fs::set_permissions(path, PermissionsExt::from_mode(0o644)).expect("its own file");
        }
        replace(&file, b"after").expect("it is replaced");
        assert_eq!((fs::read_to_string(&file).expect("text").as_str(), mode(&file)), ("after", 0o600));
        assert_eq!((fs::read_to_string(&other).expect("text").as_str(), mode(&other)), ("other", 0o644));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "no draft is left");
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
