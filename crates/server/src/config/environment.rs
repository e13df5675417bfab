//! `CAAS_…` environment variables.

use std::ffi::OsString;

use figment::providers::Serialized;
use figment::value::{Dict, Map};
use figment::{Metadata, Profile, Provider};
use serde_json::Value;

use super::{Key, sections};
use crate::cli_error::CliError;
use crate::fault_injection;

/// Prefix of the names of all variables.
const PREFIX: &str = "CAAS_";

/// Variable with the path of the configuration file.
pub const FILE: &str = "CAAS_CONFIG";

/// Returns the variables that are set, with their values. An empty variable
/// counts as not set, since Compose files create such from `${NAME:-}`.
///
/// # Errors
/// Fails if a value is not UTF-8.
pub fn variables(
    all: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, CliError> {
    let mut variables = Vec::new();
    for (name, value) in all {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        let value = value.to_str().ok_or_else(|| {
            CliError::new(format!(
                "The environment variable {name} is not valid UTF-8."
            ))
        })?;
        if !value.trim().is_empty() {
            variables.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(variables)
}

/// Returns the names of the variables that this binary does not read.
pub fn unknown(variables: &[(String, String)]) -> Vec<&str> {
    let names = variables.iter().map(|(name, _)| name.as_str());
    names.filter(|name| !is_known(name)).collect()
}

fn is_known(name: &str) -> bool {
    let read_elsewhere = name == FILE
        || name == "CAAS_PLANS"
        || (cfg!(feature = "fault-injection") && name == fault_injection::VARIABLE);
    read_elsewhere
        || sections()
            .iter()
            .any(|section| section.keys.iter().any(|key| key.env == name))
}

/// Setting from the environment. Errors about its value name the variable.
pub(super) struct Variable {
    name: &'static str,
    path: String,
    value: Value,
}

impl Variable {
    /// Parses the setting of a key from the text of its variable.
    ///
    /// # Errors
    /// Fails if the text does not have the type of the key.
    pub(super) fn new(section: &str, key: &Key, text: &str) -> Result<Self, CliError> {
        let value = typed(&key.default, text).map_err(|expected| {
            CliError::new(format!(
                "The environment variable {} must be {expected}.",
                key.env
            ))
        })?;
        Ok(Self {
            name: key.env,
            path: format!("{section}.{}", key.name),
            value,
        })
    }

    /// Returns the name of the variable from the origin that an error carries.
    pub(super) fn origin(name: &str) -> Option<&str> {
        name.strip_prefix("environment variable ")
    }
}

impl Provider for Variable {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("environment variable {}", self.name))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Serialized::default(&self.path, &self.value).data()
    }
}

/// Parses the text as the type of the default; the error names the type.
fn typed(default: &Value, text: &str) -> Result<Value, &'static str> {
    match default {
        Value::Bool(_) => boolean(text.trim()).map(Value::Bool).ok_or("true or false"),
        Value::Number(_) => text
            .trim()
            .parse::<u64>()
            .map(Value::from)
            .map_err(|_| "a whole number"),
        Value::Array(_) => Ok(text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .collect()),
        _ => Ok(Value::from(text)),
    }
}

fn boolean(text: &str) -> Option<bool> {
    let is_one_of = |words: [&str; 4]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_one_of(["true", "1", "yes", "on"]) {
        return Some(true);
    }
    is_one_of(["false", "0", "no", "off"]).then_some(false)
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    fn set(name: &str, value: &[u8]) -> (OsString, OsString) {
        (name.into(), OsString::from_vec(value.to_vec()))
    }

    #[test]
    fn empty_variable_counts_as_not_set() {
        let all = [
            set("CAAS_LISTEN", b""),
            set("CAAS_LOG", b" "),
            set("CAAS_DEMO", b"0"),
            set("HOME", b"/"),
        ];
        assert_eq!(
            variables(all.into_iter()).unwrap(),
            [("CAAS_DEMO".to_owned(), "0".to_owned())]
        );
    }

    #[test]
    fn non_utf8_value_is_rejected_only_for_own_variables() {
        let message = variables([set("CAAS_LOG", b"\xff")].into_iter())
            .unwrap_err()
            .to_string();
        assert!(message.contains("CAAS_LOG"), "{message}");
        assert!(
            variables([set("OTHER", b"\xff")].into_iter())
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn boolean_accepts_common_spellings() {
        for (text, value) in [
            ("1", true),
            ("TRUE", true),
            ("on", true),
            ("0", false),
            ("False", false),
            ("no", false),
        ] {
            assert_eq!(boolean(text), Some(value), "{text}");
        }
        assert_eq!(boolean("2"), None);
    }

    #[test]
    fn list_is_split_at_commas() {
        let list = typed(&Value::Array(Vec::new()), "a, b,").unwrap();
        assert_eq!(list, serde_json::json!(["a", "b"]));
    }

    #[test]
    fn misspelt_variable_is_unknown() {
        let given = ["CAAS_LISTEN", "CAAS_LISTN", "CAAS_CONFIG"]
            .map(|name| (name.to_owned(), "x".to_owned()));
        assert_eq!(unknown(&given), ["CAAS_LISTN"]);
    }
}
