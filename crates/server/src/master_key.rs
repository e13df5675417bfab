//! Where the key that seals stored secrets comes from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base::Context;

use crate::config::MasterKey;
use crate::refusal::Refusal;

const BYTES: usize = 32;

/// The configured master key; where none is configured, the one of the data
/// folder, made there at the first start.
///
/// # Errors
/// A sentence when no key is to be had: on `MongoDB`, which has no folder to
/// make one in, or when a key is not 64 hexadecimal digits.
pub fn master_key(config: &MasterKey, folder: Option<&Path>, context: &Context) -> Result<[u8; BYTES], Refusal> {
    match (&config.value, &config.file, folder) {
        (Some(_), Some(_), _) => Err(Refusal::new("Give CAAS_MASTER_KEY or CAAS_MASTER_KEY_FILE, not both.")),
        (Some(value), None, _) => parse(value.reveal(), "CAAS_MASTER_KEY"),
        (None, Some(file), _) => read(file),
        (None, None, Some(folder)) => made(&folder.join("master.key"), context),
        (None, None, None) => Err(Refusal::new(
            "A store on MongoDB needs CAAS_MASTER_KEY or CAAS_MASTER_KEY_FILE: 64 hexadecimal digits, such as `openssl rand -hex 32` makes, the same on every node.",
        )),
    }
}

fn made(file: &Path, context: &Context) -> Result<[u8; BYTES], Refusal> {
    let key: [u8; BYTES] = context.random();
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).and_then(|mut file| {
        file.write_all(hex::encode(key).as_bytes())?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(file),
        Err(error) => Err(Refusal::new(format!("The master key {} cannot be made", file.display())).caused_by(error)),
    }
}

fn read(file: &Path) -> Result<[u8; BYTES], Refusal> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Refusal::new(format!("The master key {} cannot be read", file.display())).caused_by(error))?;
    parse(text.trim(), &file.display().to_string())
}

fn parse(text: &str, origin: &str) -> Result<[u8; BYTES], Refusal> {
    let mut key = [0; BYTES];
    match hex::decode_to_slice(text, &mut key) {
        Ok(()) => Ok(key),
        Err(_) => Err(Refusal::new(format!("The master key of {origin} is not 64 hexadecimal digits."))),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_keeps_the_key_that_was_made_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let context = Context::system();
        let key = || master_key(&MasterKey::default(), Some(folder.path()), &context).unwrap();
        assert_eq!(key(), key());
        let mode = folder.path().join("master.key").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn without_a_folder_a_key_must_be_given() {
        let context = Context::system();
        assert!(master_key(&MasterKey::default(), None, &context).is_err());
        let given = |text: &str| MasterKey { value: Some(text.to_owned().into()), file: None };
        assert_eq!(master_key(&given(&"ab".repeat(32)), None, &context).unwrap(), [0xab; 32]);
        assert!(master_key(&given("ab"), None, &context).is_err());
    }
}
