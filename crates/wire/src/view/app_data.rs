use base::Result;
use domain::app_data as room;
use serde_json::Value;
use store::{Entity, JsonText};

use super::any_json;
use crate::AppDatum;

impl AppDatum {
    /// What an app keeps.
    ///
    /// # Errors
    /// When what is stored is no JSON.
    pub fn of(datum: &Entity<room::AppDatum>) -> Result<Self> {
        Ok(Self {
            id: datum.id,
            user_id: datum.user_id,
            app_id: datum.app_id.clone(),
            data_key: datum.data_key.clone(),
            value: any_json(&datum.value)?,
            created_at: datum.created_at,
            updated_at: datum.updated_at,
            version: datum.version,
        })
    }
}

/// A value as the rooms keep it.
#[must_use]
pub fn json_text(value: &Value) -> JsonText {
    JsonText(value.to_string().into())
}
