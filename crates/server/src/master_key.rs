//! Master key that encrypts stored secrets.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use base::Context;

use crate::cli_error::CliError;
use crate::config::{Config, MasterKey, StoreChoice};
use crate::logging::NOTICE;

const KEY_BYTES: usize = 32;

const NOT_BOTH: &str = "Set either CAAS_MASTER_KEY or CAAS_MASTER_KEY_FILE, not both.";

const MISSING: &str = "MongoDB requires CAAS_MASTER_KEY or CAAS_MASTER_KEY_FILE: 64 hexadecimal digits, \
                       the same on every node. Create them with `openssl rand -hex 32`.";

/// Validates the configured master key without generating one.
///
/// # Errors
/// Fails if the server would have no usable key.
pub fn check(config: &Config) -> Result<(), CliError> {
    match (configured(&config.master_key)?, &config.store.url) {
        (None, StoreChoice::Mongo(_)) => Err(CliError::new(MISSING)),
        _ => Ok(()),
    }
}

/// Returns the configured master key, otherwise the one of the data directory,
/// which is generated at the first start.
///
/// # Errors
/// Fails if no key is configured with `MongoDB`, if the data directory has data
/// but no key, or if a key is not 64 hexadecimal digits.
pub fn master_key(
    config: &MasterKey,
    data_dir: Option<&Path>,
    context: &Context,
) -> Result<[u8; KEY_BYTES], CliError> {
    match (configured(config)?, data_dir) {
        (Some(key), _) => Ok(key),
        (None, Some(data_dir)) => from_data_dir(data_dir, context),
        (None, None) => Err(CliError::new(MISSING)),
    }
}

fn configured(config: &MasterKey) -> Result<Option<[u8; KEY_BYTES]>, CliError> {
    match (&config.value, &config.file) {
        (Some(_), Some(_)) => Err(CliError::new(NOT_BOTH)),
        (Some(value), None) => parse(value.reveal().trim(), "CAAS_MASTER_KEY").map(Some),
        (None, Some(file)) => read(file).map(Some),
        (None, None) => Ok(None),
    }
}

/// Returns the key of a data directory; generates it if the directory has no data.
fn from_data_dir(data_dir: &Path, context: &Context) -> Result<[u8; KEY_BYTES], CliError> {
    let file = data_dir.join("master.key");
    if file.exists() {
        return read(&file);
    }
    if has_data(data_dir) {
        return Err(CliError::new(format!(
            "The master key {} is missing, and the data in this directory is encrypted with it. Restore the file, \
             or set CAAS_MASTER_KEY or CAAS_MASTER_KEY_FILE.",
            file.display()
        )));
    }
    generate(&file, context)
}

/// Returns whether the directory has a database that may contain encrypted secrets.
fn has_data(data_dir: &Path) -> bool {
    let Ok(mut entries) = data_dir.read_dir() else {
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

fn generate(file: &Path, context: &Context) -> Result<[u8; KEY_BYTES], CliError> {
    let key: [u8; KEY_BYTES] = context.random();
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
            // A partial file would prevent the next start from generating a key.
            let _ = std::fs::remove_file(file);
            Err(
                CliError::new(format!("Cannot create the master key {}", file.display()))
                    .with_cause(error),
            )
        }
    }
}

fn read(file: &Path) -> Result<[u8; KEY_BYTES], CliError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        CliError::new(format!("Cannot read the master key {}", file.display())).with_cause(error)
    })?;
    if is_exposed(file) {
        let file = file.display();
        tracing::warn!(target: NOTICE, %file, "master key is readable by other users, set its mode to 0600");
    }
    parse(text.trim(), &file.display().to_string())
}

/// Returns whether other users of the machine may read the file.
fn is_exposed(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0)
}

fn parse(text: &str, origin: &str) -> Result<[u8; KEY_BYTES], CliError> {
    let mut key = [0; KEY_BYTES];
    match hex::decode_to_slice(text, &mut key) {
        Ok(()) => Ok(key),
        Err(_) => Err(CliError::new(format!(
            "The master key of {origin} must be 64 hexadecimal digits."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    #[test]
    fn generated_key_is_stored_in_the_data_directory() {
        let data_dir = tempfile::tempdir().unwrap();
        let context = Context::system();
        let key = || master_key(&MasterKey::default(), Some(data_dir.path()), &context).unwrap();
        assert_eq!(key(), key());
        let mode = data_dir
            .path()
            .join("master.key")
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn data_directory_with_data_but_without_key_is_rejected() {
        let data_dir = tempfile::tempdir().unwrap();
        std::fs::write(data_dir.path().join("caas_platform.db"), "data").unwrap();
        let result = master_key(
            &MasterKey::default(),
            Some(data_dir.path()),
            &Context::system(),
        );
        let message = result.unwrap_err().to_string();
        assert!(message.contains("master.key is missing"), "{message}");
        assert!(!data_dir.path().join("master.key").exists());
    }

    #[test]
    fn key_readable_by_other_users_is_exposed() {
        let data_dir = tempfile::tempdir().unwrap();
        let file = data_dir.path().join("master.key");
        std::fs::write(&file, "ab".repeat(32)).unwrap();
        for (mode, exposed) in [(0o600, false), (0o640, true), (0o644, true)] {
            std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_exposed(&file), exposed, "{mode:o}");
        }
    }

    #[test]
    fn key_is_required_without_a_data_directory() {
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
