use std::net::IpAddr;

use base::{Result, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as JsonValue};
use store::{Batch, Collection, Companion, JsonText, PlatformData, PlatformStore, Value, Write};

use super::AuditIntent;
use crate::tenants::Tenant;

/// Kind of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorType {
    /// An admin who has signed in, or attempts to.
    Admin,
    /// An admin key.
    AdminKey,
    /// A command on the machine of the server.
    CommandLine,
}

/// Origin of an action: the actor and their request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Origin {
    /// Kind of the actor.
    pub actor_type: ActorType,
    /// Id of the admin or the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
    /// Name of the admin or the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_name: Option<String>,
    /// Session of the admin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Client address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// `User-Agent` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Origin {
    /// Returns the origin of a command on the machine of the server.
    #[must_use]
    pub const fn command_line() -> Self {
        Self {
            actor_type: ActorType::CommandLine,
            actor_id: None,
            actor_name: None,
            session_id: None,
            address: None,
            user_agent: None,
            request_id: None,
        }
    }
}

/// Outcome of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The action took effect.
    Success,
    /// The role or the credentials did not allow it.
    Denied,
}

/// An entry of the audit log, without its number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Time of the action.
    pub time: Timestamp,
    /// Dotted name of the action.
    pub action: String,
    /// Whether the action took effect.
    pub outcome: Outcome,
    /// The actor and their request.
    #[serde(flatten)]
    pub origin: Origin,
    /// Collection of the object that was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
    /// Id of the object that was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// Tenant whose data was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// New values of the changed fields, without secrets; `null` for a removed value.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub changes: Map<String, JsonValue>,
}

/// Action that is audited with the first batch that it commits.
#[derive(Debug)]
pub(super) struct Audited {
    pub(super) action: &'static str,
    pub(super) origin: Origin,
    pub(super) tenant_id: Option<String>,
}

impl Companion for Audited {
    fn add(&self, writes: &[Write], batch: &mut Batch<PlatformData>) {
        let mut entry = Entry {
            time: batch.now(),
            action: self.action.to_owned(),
            outcome: Outcome::Success,
            origin: self.origin.clone(),
            target_type: None,
            target_id: None,
            tenant_id: self.tenant_id.clone(),
            changes: Map::new(),
        };
        if let Some(write) = writes.first() {
            describe(write, &mut entry);
        }
        put(&entry, batch);
    }
}

/// Records an action that was denied and wrote nothing.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn record_denied(
    platform: &PlatformStore,
    action: &'static str,
    origin: Origin,
    tenant_id: Option<String>,
) -> Result<()> {
    let mut batch = platform.batch();
    let entry = Entry {
        time: batch.now(),
        action: action.to_owned(),
        outcome: Outcome::Denied,
        origin,
        target_type: None,
        target_id: None,
        tenant_id,
        changes: Map::new(),
    };
    put(&entry, &mut batch);
    Ok(platform.commit(batch).await?)
}

fn put(entry: &Entry, batch: &mut Batch<PlatformData>) {
    // Serialization of this type cannot fail.
    let text = serde_json::to_string(entry).unwrap_or_default();
    batch.insert(AuditIntent {
        entry: JsonText(text.into()),
    });
}

/// Adds the object of a write and its changed fields to an entry.
fn describe(write: &Write, entry: &mut Entry) {
    let declaration = write.declaration();
    entry.target_type = Some(declaration.name.to_owned());
    let name = |position: usize| declaration.fields.get(position).map(|field| field.name);
    match write {
        Write::Insert { row, .. } | Write::Upsert { row, .. } => {
            entry.target_id = Some(row.id.to_string());
            for (position, value) in row.values.iter().enumerate() {
                if let (Some(name), Some(value)) = (name(position), value) {
                    note(entry, name, Some(value));
                }
            }
        }
        Write::Update { id, changes, .. } => {
            entry.target_id = Some(id.to_string());
            for (position, value) in changes {
                if let Some(name) = name(*position) {
                    note(entry, name, value.as_ref());
                }
            }
        }
        Write::Increment { id, .. } | Write::Raise { id, .. } | Write::Remove { id, .. } => {
            entry.target_id = Some(id.to_string());
        }
        Write::RemoveRange { .. } => {}
    }
    if declaration.name == Tenant::DECLARATION.name {
        entry.tenant_id = entry.target_id.as_ref().map(|id| format!("clnt_{id}"));
    }
}

/// Parts of the names of fields that hold secrets or their hashes.
const SECRET: [&str; 4] = ["hash", "secret", "totp", "sealed"];

fn note(entry: &mut Entry, name: &str, value: Option<&Value>) {
    if SECRET.iter().any(|part| name.contains(part)) {
        return;
    }
    let value = match value {
        None => JsonValue::Null,
        Some(Value::Bool(value)) => (*value).into(),
        Some(Value::Int(value)) => (*value).into(),
        Some(Value::Float(value)) => (*value).into(),
        Some(Value::Text(value)) => value.as_ref().into(),
        Some(Value::Id(value)) => value.to_string().into(),
        Some(Value::Time(value)) => value.to_string().into(),
        Some(Value::Json(text)) => serde_json::from_str(text).unwrap_or(JsonValue::Null),
        Some(Value::AssignedSeq | Value::AssignedTime) => return,
    };
    if name == "tenant_id" {
        return;
    }
    entry.changes.insert(name.to_owned(), value);
}
