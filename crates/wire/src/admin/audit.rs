use base::Timestamp;
use domain::audit;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::schema;

/// Kind of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditActorType {
    /// A platform admin.
    Admin,
    /// An admin key.
    AdminKey,
    /// A command on the machine of the server.
    CommandLine,
}

/// Outcome of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// The action took effect.
    Success,
    /// The role or the credentials did not allow it.
    Denied,
}

/// An entry of the audit log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Number of the entry, from 1 without gaps.
    pub seq: i64,
    /// Time of the action.
    #[schema(value_type = schema::Timestamp)]
    pub time: Timestamp,
    /// Dotted name of the action.
    pub action: String,
    /// Whether the action took effect.
    pub outcome: AuditOutcome,
    /// Kind of the actor.
    pub actor_type: AuditActorType,
    /// Id of the admin or the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub actor_id: Option<String>,
    /// E-mail address of the admin, or name of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_name: Option<String>,
    /// Session of the admin.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub session_id: Option<String>,
    /// Client address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// `User-Agent` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Collection of the object that was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
    /// Id of the object that was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub target_id: Option<String>,
    /// Tenant whose data was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::TenantId>)]
    pub tenant_id: Option<String>,
    /// New values of the changed fields, without secrets.
    #[schema(value_type = Object)]
    pub changes: Map<String, Value>,
    /// Hash of the entry before.
    pub previous_hash: String,
    /// Hash of this entry.
    pub hash: String,
}

impl AuditEntry {
    /// Converts a stored entry.
    ///
    /// # Errors
    /// 500 if it is invalid.
    pub fn of(record: &audit::AuditRecord) -> base::Result<Self> {
        let entry = audit::entry_of(record)?;
        let origin = entry.origin;
        Ok(Self {
            seq: record.seq,
            time: entry.time,
            action: entry.action,
            outcome: match entry.outcome {
                audit::Outcome::Success => AuditOutcome::Success,
                audit::Outcome::Denied => AuditOutcome::Denied,
            },
            actor_type: match origin.actor_type {
                audit::ActorType::Admin => AuditActorType::Admin,
                audit::ActorType::AdminKey => AuditActorType::AdminKey,
                audit::ActorType::CommandLine => AuditActorType::CommandLine,
            },
            actor_id: origin.actor_id,
            actor_name: origin.actor_name,
            session_id: origin.session_id,
            address: origin.address.map(|address| address.to_string()),
            user_agent: origin.user_agent,
            request_id: origin.request_id,
            target_type: entry.target_type,
            target_id: entry.target_id,
            tenant_id: entry.tenant_id,
            changes: entry.changes,
            previous_hash: record.previous_hash.clone(),
            hash: record.hash.clone(),
        })
    }
}

/// Result of a verification of the audit log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditVerification {
    /// Whether the log is intact.
    pub is_intact: bool,
    /// Number of valid entries before the first problem.
    #[schema(minimum = 0)]
    pub entries: i64,
    /// Number and hash of the last valid entry. A later verification with it also finds a log whose
    /// end was cut or which was written again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// Number of the first entry that is not valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalid_seq: Option<i64>,
    /// Description of the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl From<audit::Verification> for AuditVerification {
    fn from(verification: audit::Verification) -> Self {
        let problem = verification.problem;
        Self {
            is_intact: problem.is_none(),
            entries: verification.entries,
            checkpoint: verification
                .checkpoint
                .map(|checkpoint| format!("{}:{}", checkpoint.seq, checkpoint.hash)),
            invalid_seq: problem.as_ref().map(|problem| problem.seq),
            problem: problem.map(|problem| problem.detail.to_owned()),
        }
    }
}
