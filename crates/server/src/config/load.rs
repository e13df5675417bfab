use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use serde_json::Value;

use super::environment::Variable;
use super::{Config, sections};
use crate::refusal::Refusal;

/// One setting by its path, such as `listen.address`.
pub type Setting = (&'static str, Value);

/// Puts the configuration together: `flags` beat `environment`, which beats
/// the file.
///
/// # Errors
/// A sentence about the first setting that is unknown or does not fit.
pub fn load(
    file: Option<&Path>,
    environment: &[(String, String)],
    flags: Vec<Setting>,
) -> Result<Config, Refusal> {
    let mut figment = Figment::new();
    if let Some(file) = file {
        if !file.is_file() {
            return Err(Refusal::new(format!(
                "There is no configuration file {}.",
                file.display()
            )));
        }
        figment = figment.merge(Toml::file_exact(file));
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

/// Takes out empty texts where the default is nothing: `tls_cert = ""` says
/// that there is none.
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

fn explain(error: &figment::Error) -> Refusal {
    let metadata = error.metadata.as_ref();
    if let Some(variable) = metadata.and_then(|metadata| Variable::origin(&metadata.name)) {
        return Refusal::new(format!(
            "The environment variable {variable} has an invalid value: {}.",
            error.kind
        ));
    }
    let place = if error.path.is_empty() {
        String::new()
    } else {
        format!(" at {}", error.path.join("."))
    };
    // A flag has a place in this code as its source, which says nothing to the operator.
    let source = metadata
        .and_then(|metadata| metadata.source.as_ref())
        .and_then(figment::Source::file_path);
    let origin = source
        .map(|file| format!(" in {}", file.display()))
        .unwrap_or_default();
    Refusal::new(match &error.kind {
        figment::error::Kind::UnknownField(name, known) => {
            format!(
                "The configuration{origin} has an unknown key {name}{place}; known here: {}.",
                known.join(", ")
            )
        }
        kind => format!("The configuration{origin} has an invalid value{place}: {kind}."),
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
    fn an_unknown_key_is_refused_with_the_known_ones() {
        let file = file("[listen]\nadress = \"127.0.0.1:1\"\n");
        let sentence = load(Some(file.path()), &[], vec![])
            .unwrap_err()
            .to_string();
        assert!(
            sentence.contains("adress") && sentence.contains("admin_address"),
            "{sentence}"
        );
        let sentence = load(Some(super::tests::file("[lisen]\n").path()), &[], vec![])
            .unwrap_err()
            .to_string();
        assert!(
            sentence.contains("lisen") && sentence.contains("master_key"),
            "{sentence}"
        );
    }

    #[test]
    fn an_invalid_value_is_rejected_with_its_variable() {
        let too_many = (u64::from(u32::MAX) + 1).to_string();
        let invalid = [
            ("CAAS_CONNECTIONS", "many"),
            ("CAAS_CONNECTIONS", &too_many),
            ("CAAS_USER_REQUESTS", "0"),
            ("CAAS_STORE", "postgres://"),
            ("CAAS_LISTEN", "8080"),
            ("CAAS_DEMO", "perhaps"),
        ];
        for (name, value) in invalid {
            let sentence = load(None, &environment(name, value), vec![])
                .unwrap_err()
                .to_string();
            assert!(
                sentence.contains(name) && !sentence.contains(".rs"),
                "{sentence}"
            );
        }
        assert!(load(Some(Path::new("/nowhere/caas.toml")), &[], vec![]).is_err());
    }

    #[test]
    fn an_empty_text_of_the_file_counts_as_not_given() {
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
    fn a_key_of_digits_stays_a_text() {
        let digits = "1".repeat(64);
        let config = load(None, &environment("CAAS_MASTER_KEY", &digits), vec![]).unwrap();
        assert_eq!(config.master_key.value.unwrap().reveal(), digits);
    }
}
