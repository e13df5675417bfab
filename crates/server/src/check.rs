//! `caas check`: validates the configuration and the environment.

use serde_json::{Value, json};

use crate::cli_error::CliError;
use crate::config::{Config, StoreChoice, unknown_variables};
use crate::logging;
use crate::master_key;
use crate::open_media;
use crate::operator;
use crate::serve::certificates;

/// Validates what can be validated without opening the store. Returns the
/// settings that the server would use, and warnings.
///
/// # Errors
/// The error with which the server would fail to start.
pub fn check(config: &Config, variables: &[(String, String)]) -> Result<Value, CliError> {
    logging::filter(&config.log)?;
    certificates(config)?;
    operator::token(&config.admin)?;
    master_key::check(config)?;
    let media = open_media::check(config)?;
    let store = match &config.store.url {
        StoreChoice::Sqlite => "sqlite",
        StoreChoice::Mongo(_) => "mongodb",
    };
    let unknown = unknown_variables(variables).into_iter();
    let warnings: Vec<_> = unknown
        .map(|name| format!("Unknown environment variable {name}."))
        .collect();
    let mut report = json!({
        "valid": true,
        "listen": config.listen.address,
        "admin_listen": config.listen.admin_address,
        "store": store,
        "media": media.to_string(),
    });
    if store == "sqlite" {
        report["data_dir"] = json!(config.store.data_dir);
    }
    if !warnings.is_empty() {
        report["warnings"] = json!(warnings);
    }
    Ok(report)
}
