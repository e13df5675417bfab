//! The environment variables `CAAS_…`.

use std::ffi::OsString;

use figment::providers::Serialized;
use figment::value::{Dict, Map};
use figment::{Metadata, Profile, Provider};
use serde_json::Value;

use super::{Key, sections};
use crate::refusal::Refusal;

/// What the names of all variables begin with.
const PREFIX: &str = "CAAS_";

/// The variable that names the configuration file.
pub const FILE: &str = "CAAS_CONFIG";

/// Returns the variables that are set, with their values. One that is set to
/// nothing counts as not given: compose files make such of `${NAME:-}`.
///
/// # Errors
/// A sentence when a value is not UTF-8.
pub fn variables(
    all: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, Refusal> {
    let mut variables = Vec::new();
    for (name, value) in all {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        let value = value.to_str().ok_or_else(|| {
            Refusal::new(format!(
                "The environment variable {name} is not valid UTF-8."
            ))
        })?;
        if !value.trim().is_empty() {
            variables.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(variables)
}

/// Returns the names of the variables that no part of this binary reads.
pub fn unknown(variables: &[(String, String)]) -> Vec<&str> {
    let names = variables.iter().map(|(name, _)| name.as_str());
    names.filter(|name| !is_known(name)).collect()
}

fn is_known(name: &str) -> bool {
    let read_elsewhere =
        name == FILE || name == "CAAS_PLANS" || (cfg!(feature = "planted") && name == "CAAS_PLANT");
    read_elsewhere
        || sections()
            .iter()
            .any(|section| section.keys.iter().any(|key| key.env == name))
}

/// One setting from the environment. Errors about its value name the variable.
pub(super) struct Variable {
    name: &'static str,
    path: String,
    value: Value,
}

impl Variable {
    /// Creates the setting of a key from the text of its variable.
    ///
    /// # Errors
    /// A sentence when the text is not of the key's type.
    pub(super) fn new(section: &str, key: &Key, text: &str) -> Result<Self, Refusal> {
        let value = typed(&key.default, text).map_err(|expected| {
            Refusal::new(format!(
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

    /// The name that errors about the value carry.
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

/// The text as the type of value that the default is; the error says which.
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
    fn a_variable_set_to_nothing_counts_as_not_given() {
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
    fn a_value_that_is_no_text_is_named_and_foreign_ones_are_ignored() {
        let sentence = variables([set("CAAS_LOG", b"\xff")].into_iter())
            .unwrap_err()
            .to_string();
        assert!(sentence.contains("CAAS_LOG"), "{sentence}");
        assert!(
            variables([set("OTHER", b"\xff")].into_iter())
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn booleans_are_read_in_every_usual_spelling() {
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
    fn a_list_is_separated_by_commas() {
        let list = typed(&Value::Array(Vec::new()), "a, b,").unwrap();
        assert_eq!(list, serde_json::json!(["a", "b"]));
    }

    #[test]
    fn a_misspelt_variable_is_unknown() {
        let given = ["CAAS_LISTEN", "CAAS_LISTN", "CAAS_CONFIG"]
            .map(|name| (name.to_owned(), "x".to_owned()));
        assert_eq!(unknown(&given), ["CAAS_LISTN"]);
    }
}
