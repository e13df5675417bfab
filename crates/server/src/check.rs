//! `caas check`: validates the configuration and the environment.

use serde_json::{Value, json};

use crate::config::{Config, StoreChoice, unknown_variables};
use crate::logging;
use crate::master_key;
use crate::operator;
use crate::refusal::Refusal;
use crate::serve::certificates;

/// Validates what can be validated without opening the store, and returns
/// what the server would use, with warnings.
///
/// # Errors
/// The sentence with which the start would fail.
pub fn check(config: &Config, variables: &[(String, String)]) -> Result<Value, Refusal> {
    logging::filter(&config.log)?;
    certificates(config)?;
    operator::token(&config.admin)?;
    master_key::check(config)?;
    let store = match &config.store.url {
        StoreChoice::Sqlite => "sqlite",
        StoreChoice::Mongo(_) => "mongodb",
    };
    let unknown = unknown_variables(variables).into_iter();
    let warnings: Vec<_> = unknown
        .map(|name| format!("The environment variable {name} is unknown."))
        .collect();
    let mut answer = json!({
        "valid": true,
        "listen": config.listen.address,
        "admin_listen": config.listen.admin_address,
        "store": store,
    });
    if store == "sqlite" {
        answer["data_dir"] = json!(config.store.data_dir);
    }
    if !warnings.is_empty() {
        answer["warnings"] = json!(warnings);
    }
    Ok(answer)
}
