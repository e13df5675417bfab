//! Where the key that seals stored secrets comes from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use base::Context;

use crate::config::{Config, MasterKey, StoreChoice};
use crate::logging::NOTICE;
use crate::refusal::Refusal;

const BYTES: usize = 32;

const NOT_BOTH: &str = "Give CAAS_MASTER_KEY or CAAS_MASTER_KEY_FILE, not both.";

const MISSING: &str = "A store on MongoDB needs CAAS_MASTER_KEY or CAAS_MASTER_KEY_FILE: 64 hexadecimal digits, such as \
                       `openssl rand -hex 32` makes, the same on every node.";

/// Validates the configured master key without making one.
///
/// # Errors
/// A sentence when the start would find no usable key.
pub fn check(config: &Config) -> Result<(), Refusal> {
    match (configured(&config.master_key)?, &config.store.url) {
        (None, StoreChoice::Mongo(_)) => Err(Refusal::new(MISSING)),
        _ => Ok(()),
    }
}

/// Returns the configured master key; where none is configured, the one of the
/// data folder, which is made there at the first start.
///
/// # Errors
/// A sentence when there is no key: on `MongoDB`, which has no folder to make
/// one in; when the folder has data that was sealed under a key that is gone;
/// or when a key is not 64 hexadecimal digits.
pub fn master_key(
    config: &MasterKey,
    folder: Option<&Path>,
    context: &Context,
) -> Result<[u8; BYTES], Refusal> {
    match (configured(config)?, folder) {
        (Some(key), _) => Ok(key),
        (None, Some(folder)) => of_folder(folder, context),
        (None, None) => Err(Refusal::new(MISSING)),
    }
}

fn configured(config: &MasterKey) -> Result<Option<[u8; BYTES]>, Refusal> {
    match (&config.value, &config.file) {
        (Some(_), Some(_)) => Err(Refusal::new(NOT_BOTH)),
        (Some(value), None) => parse(value.reveal().trim(), "CAAS_MASTER_KEY").map(Some),
        (None, Some(file)) => read(file).map(Some),
        (None, None) => Ok(None),
    }
}

/// Returns the key of a data folder, making it in one that has no data yet.
fn of_folder(folder: &Path, context: &Context) -> Result<[u8; BYTES], Refusal> {
    let file = folder.join("master.key");
    if file.exists() {
        return read(&file);
    }
    if has_data(folder) {
        return Err(Refusal::new(format!(
            "The master key {} is missing, but secrets of the data in this folder are sealed under it: restore the file, \
             or give the key by CAAS_MASTER_KEY or CAAS_MASTER_KEY_FILE.",
            file.display()
        )));
    }
    make(&file, context)
}

/// Whether the folder has a database that may hold sealed secrets.
fn has_data(folder: &Path) -> bool {
    let Ok(mut entries) = folder.read_dir() else {
        return false;
    };
    entries.any(|entry| {
        entry.is_ok_and(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "db")
        })
    })
}

fn make(file: &Path, context: &Context) -> Result<[u8; BYTES], Refusal> {
    let key: [u8; BYTES] = context.random();
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut file| {
            file.write_all(hex::encode(key).as_bytes())?;
            file.sync_all()
        });
    match written {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(file),
        Err(error) => {
            // Half a key would keep the next start from making one.
            let _ = std::fs::remove_file(file);
            Err(
                Refusal::new(format!("The master key {} cannot be made", file.display()))
                    .caused_by(error),
            )
        }
    }
}

fn read(file: &Path) -> Result<[u8; BYTES], Refusal> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Refusal::new(format!("The master key {} cannot be read", file.display())).caused_by(error)
    })?;
    if is_exposed(file) {
        let file = file.display();
        tracing::warn!(target: NOTICE, %file, "other users can read the master key; set its mode to 0600");
    }
    parse(text.trim(), &file.display().to_string())
}

/// Whether other users of the machine may read the file.
fn is_exposed(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0)
}

fn parse(text: &str, origin: &str) -> Result<[u8; BYTES], Refusal> {
    let mut key = [0; BYTES];
    match hex::decode_to_slice(text, &mut key) {
        Ok(()) => Ok(key),
        Err(_) => Err(Refusal::new(format!(
            "The master key of {origin} is not 64 hexadecimal digits."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    #[test]
    fn a_folder_keeps_the_key_that_was_made_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let context = Context::system();
        let key = || master_key(&MasterKey::default(), Some(folder.path()), &context).unwrap();
        assert_eq!(key(), key());
        let mode = folder
            .path()
            .join("master.key")
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_folder_with_data_and_without_its_key_is_rejected() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("caas_platform.db"), "data").unwrap();
        let refused = master_key(
            &MasterKey::default(),
            Some(folder.path()),
            &Context::system(),
        );
        let sentence = refused.unwrap_err().to_string();
        assert!(sentence.contains("master.key is missing"), "{sentence}");
        assert!(!folder.path().join("master.key").exists());
    }

    #[test]
    fn a_key_that_others_can_read_is_exposed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key");
        std::fs::write(&file, "ab".repeat(32)).unwrap();
        for (mode, exposed) in [(0o600, false), (0o640, true), (0o644, true)] {
            std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_exposed(&file), exposed, "{mode:o}");
        }
    }

    #[test]
    fn without_a_folder_a_key_must_be_given() {
        let context = Context::system();
        assert!(master_key(&MasterKey::default(), None, &context).is_err());
        let given = |text: &str| MasterKey {
            value: Some(text.to_owned().into()),
            file: None,
        };
        assert_eq!(
            master_key(&given(&"ab".repeat(32)), None, &context).unwrap(),
            [0xab; 32]
        );
        assert!(master_key(&given("ab"), None, &context).is_err());
    }
}
