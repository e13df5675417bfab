use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use serde_json::Value;

use super::{Config, sections};
use crate::refusal::Refusal;

/// One setting by its path, such as `listen.address`.
pub type Setting = (&'static str, Value);

/// Puts the configuration together: `flags` beat `environment`, which beats
/// the file.
///
/// # Errors
/// A sentence about the first setting that is unknown or does not fit.
pub fn load(file: Option<&Path>, environment: &[(String, String)], flags: Vec<Setting>) -> Result<Config, Refusal> {
    let mut figment = Figment::new();
    if let Some(file) = file {
        if !file.is_file() {
            return Err(Refusal::new(format!("There is no configuration file {}.", file.display())));
        }
        figment = figment.merge(Toml::file_exact(file));
    }
    for section in sections() {
        for key in section.keys {
            let Some((_, text)) = environment.iter().find(|(name, _)| name == key.env) else { continue };
            let value = typed(&key.default, text)
                .ok_or_else(|| Refusal::new(format!("{} does not fit: {}", key.env, key.meaning)))?;
            figment = figment.merge(Serialized::default(&format!("{}.{}", section.name, key.name), value));
        }
    }
    for (path, value) in flags {
        figment = figment.merge(Serialized::default(path, value));
    }
    figment.extract().map_err(|error| explain(&error))
}

/// The text of an environment variable as the kind of value its default is.
fn typed(default: &Value, text: &str) -> Option<Value> {
    match default {
        Value::Bool(_) => text.parse().ok().map(Value::Bool),
        Value::Number(_) => text.parse::<u64>().ok().map(Value::from),
        _ => Some(Value::from(text)),
    }
}

fn explain(error: &figment::Error) -> Refusal {
    let place = if error.path.is_empty() { String::new() } else { format!(" at {}", error.path.join(".")) };
    let source = error.metadata.as_ref().and_then(|metadata| metadata.source.as_ref());
    let origin = source.map(|source| format!(" in {source}")).unwrap_or_default();
    Refusal::new(match &error.kind {
        figment::error::Kind::UnknownField(name, known) => {
            format!("The configuration{origin} has an unknown key {name}{place}; known here: {}.", known.join(", "))
        }
        kind => format!("The configuration{origin} does not fit{place}: {kind}."),
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
    fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
        let file = file("[listen]\naddress = \"127.0.0.1:1\"\n");
        let port = |file, environment: &[_], flags| load(file, environment, flags).unwrap().listen.address.port();
        let from_env = environment("CAAS_LISTEN", "127.0.0.1:2");
        let flag = || vec![("listen.address", Value::from("127.0.0.1:3"))];
        assert_eq!(port(None, &[], vec![]), 8080);
        assert_eq!(port(Some(file.path()), &[], vec![]), 1);
        assert_eq!(port(Some(file.path()), &from_env, vec![]), 2);
        assert_eq!(port(Some(file.path()), &from_env, flag()), 3);
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_known_ones() {
        let file = file("[listen]\nadress = \"127.0.0.1:1\"\n");
        let sentence = load(Some(file.path()), &[], vec![]).unwrap_err().to_string();
        assert!(sentence.contains("adress") && sentence.contains("admin_address"), "{sentence}");
        let sentence = load(Some(super::tests::file("[lisen]\n").path()), &[], vec![]).unwrap_err().to_string();
        assert!(sentence.contains("lisen") && sentence.contains("master_key"), "{sentence}");
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_with_its_place() {
        for (name, value) in [("CAAS_CONNECTIONS", "many"), ("CAAS_STORE", "postgres://"), ("CAAS_LISTEN", "8080")] {
            assert!(load(None, &environment(name, value), vec![]).is_err(), "{name}");
        }
        assert!(load(Some(Path::new("/nowhere/caas.toml")), &[], vec![]).is_err());
    }

    #[test]
    fn a_key_of_digits_stays_a_text() {
        let digits = "1".repeat(64);
        let config = load(None, &environment("CAAS_MASTER_KEY", &digits), vec![]).unwrap();
        assert_eq!(config.master_key.value.unwrap().reveal(), digits);
    }
}
