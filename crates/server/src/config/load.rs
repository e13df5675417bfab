use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use serde_json::Value;

use super::environment::Variable;
use super::{Config, sections};
use crate::cli_error::CliError;

/// Setting by its path, such as `listen.address`.
pub type Setting = (&'static str, Value);

/// Loads the configuration. `flags` override `environment`, which overrides
/// the file.
///
/// # Errors
/// Names the first setting that is unknown or invalid.
pub fn load(
    file: Option<&Path>,
    environment: &[(String, String)],
    flags: Vec<Setting>,
) -> Result<Config, CliError> {
    let mut figment = Figment::new();
    if let Some(file) = file {
        if !file.is_file() {
            return Err(CliError::new(format!(
                "The configuration file {} does not exist.",
                file.display()
            )));
        }
        figment = figment.merge(Toml::file_exact(file));
        reject_environment_only(&figment, file)?;
    }
    for section in sections() {
        for key in section.keys {
            if let Some((_, text)) = environment.iter().find(|(name, _)| name == key.env) {
                figment = figment.merge(Variable::new(section.name, &key, text)?);
            }
        }
    }
    for (path, value) in flags {
        figment = figment.merge(Serialized::default(path, value));
    }
    without_empty_texts(figment)
        .extract()
        .map_err(|error| explain(&error))
}

/// Fails if the file contains a key that only the environment may contain.
fn reject_environment_only(figment: &Figment, file: &Path) -> Result<(), CliError> {
    for section in sections() {
        for key in section.keys.iter().filter(|key| key.is_environment_only()) {
            if figment.contains(&format!("{}.{}", section.name, key.name)) {
                return Err(CliError::new(format!(
                    "The configuration in {} must not contain {} at {}; set {}.",
                    file.display(),
                    key.name,
                    section.name,
                    key.env
                )));
            }
        }
    }
    Ok(())
}

/// Removes empty strings of keys without a default, so that `tls_cert = ""`
/// counts as not set.
fn without_empty_texts(mut figment: Figment) -> Figment {
    for section in sections() {
        for key in section.keys.iter().filter(|key| key.default.is_null()) {
            let path = format!("{}.{}", section.name, key.name);
            if figment
                .find_value(&path)
                .is_ok_and(|value| value.as_str() == Some(""))
            {
                figment = figment.merge(Serialized::default(&path, Value::Null));
            }
        }
    }
    figment
}

fn explain(error: &figment::Error) -> CliError {
    let metadata = error.metadata.as_ref();
    if let Some(variable) = metadata.and_then(|metadata| Variable::origin(&metadata.name)) {
        return CliError::new(format!(
            "The environment variable {variable} has an invalid value: {}.",
            error.kind
        ));
    }
    let path = if error.path.is_empty() {
        String::new()
    } else {
        format!(" at {}", error.path.join("."))
    };
    // The source of a flag is a line of this code, which does not help the operator.
    let source = metadata
        .and_then(|metadata| metadata.source.as_ref())
        .and_then(figment::Source::file_path);
    let origin = source
        .map(|file| format!(" in {}", file.display()))
        .unwrap_or_default();
    CliError::new(match &error.kind {
        figment::error::Kind::UnknownField(name, known) => {
            format!(
                "The configuration{origin} has an unknown key {name}{path}; known keys: {}.",
                known.join(", ")
            )
        }
        kind => format!("The configuration{origin} has an invalid value{path}: {kind}."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    fn environment(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn flag_overrides_environment_overrides_file_overrides_default() {
        let file = file("[listen]\naddress = \"127.0.0.1:1\"\n");
        let port = |file, environment: &[_], flags| {
            load(file, environment, flags)
                .unwrap()
                .listen
                .address
                .port()
        };
        let from_env = environment("CAAS_LISTEN", "127.0.0.1:2");
        let flag = || vec![("listen.address", Value::from("127.0.0.1:3"))];
        assert_eq!(port(None, &[], vec![]), 8080);
        assert_eq!(port(Some(file.path()), &[], vec![]), 1);
        assert_eq!(port(Some(file.path()), &from_env, vec![]), 2);
        assert_eq!(port(Some(file.path()), &from_env, flag()), 3);
    }

    #[test]
    fn unknown_key_is_rejected_with_the_known_keys() {
        let file = file("[listen]\nadress = \"127.0.0.1:1\"\n");
        let message = load(Some(file.path()), &[], vec![])
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("adress") && message.contains("admin_address"),
            "{message}"
        );
        let message = load(Some(super::tests::file("[lisen]\n").path()), &[], vec![])
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("lisen") && message.contains("master_key"),
            "{message}"
        );
    }

    #[test]
    fn invalid_value_is_rejected_with_its_variable() {
        let too_many = (u64::from(u32::MAX) + 1).to_string();
        let invalid = [
            ("CAAS_CONNECTIONS", "many"),
            ("CAAS_CONNECTIONS", &too_many),
            ("CAAS_USER_REQUESTS", "0"),
            ("CAAS_STORE", "postgres://"),
            ("CAAS_LISTEN", "8080"),
            ("CAAS_MEDIA_URL", "media"),
            ("CAAS_DEMO", "perhaps"),
        ];
        for (name, value) in invalid {
            let message = load(None, &environment(name, value), vec![])
                .unwrap_err()
                .to_string();
            assert!(
                message.contains(name) && !message.contains(".rs"),
                "{message}"
            );
        }
        assert!(load(Some(Path::new("/nowhere/caas.toml")), &[], vec![]).is_err());
    }

    #[test]
    fn empty_string_in_the_file_counts_as_not_set() {
        let file = file("[listen]\ntls_cert = \"\"\n[master_key]\nvalue = \"\"\n");
        let config = load(Some(file.path()), &[], vec![]).unwrap();
        assert!(config.listen.tls_cert.is_none() && config.master_key.value.is_none());
        let given = load(
            Some(file.path()),
            &environment("CAAS_TLS_CERT", "a.pem"),
            vec![],
        )
        .unwrap();
        assert_eq!(given.listen.tls_cert.as_deref(), Some(Path::new("a.pem")));
    }

    #[test]
    fn access_key_in_the_file_is_rejected() {
        let file = file("[media]\nsecret_access_key = \"canary\"\n");
        let result = load(Some(file.path()), &[], vec![]);
        let message = result.unwrap_err().to_string();
        let names_variable = message.contains("CAAS_MEDIA_SECRET_ACCESS_KEY");
        assert!(names_variable && !message.contains("canary"), "{message}");
        let given = environment("CAAS_MEDIA_SECRET_ACCESS_KEY", "0123");
        let config = load(None, &given, vec![]).unwrap();
        assert_eq!(config.media.secret_access_key.unwrap().reveal(), "0123");
    }

    #[test]
    fn key_of_digits_stays_a_string() {
        let digits = "1".repeat(64);
        let config = load(None, &environment("CAAS_MASTER_KEY", &digits), vec![]).unwrap();
        assert_eq!(config.master_key.value.unwrap().reveal(), digits);
    }
}
