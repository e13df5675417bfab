//! The rules of a conversation, checked against its log.

use base::{Error, ErrorCode, Id, Result};
use store::{Guard, Row, TenantStore};

use super::access::{not_a_participant, not_found, open_id};
use super::collections::{Action, Conversation, Message, RecordKind, Role};
use crate::relationships::refused;
use crate::users::User;

/// Lets a user through who may write in a conversation now, for what is of the
/// moment; a message is held to this as of the record it stands behind.
///
/// # Errors
/// 403 `not_a_participant` or `user_blocked`, 404 `conversation_not_found`.
pub async fn may_speak(
    tenant: &TenantStore,
    user: Id<User>,
    conversation: Id<Conversation>,
) -> Result<()> {
    open_id(tenant, crate::Actor::User(user), conversation)
        .await?
        .require(Rule::Speak)
}

/// Who wants to send in a conversation, as of the record `seen`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speaker {
    pub(super) conversation: Id<Conversation>,
    pub(super) user: Id<User>,
    pub(super) seen: i64,
    pub(super) standing: Standing,
}

impl Speaker {
    /// One who was let through by the guard of a record of this number.
    pub(super) const fn heard(conversation: Id<Conversation>, user: Id<User>, seq: i64) -> Self {
        let standing = Standing {
            open: true,
            blocked: false,
            part: Some(Role::Member),
            server: false,
        };
        Self {
            conversation,
            user,
            seen: seq,
            standing,
        }
    }

    /// An early and cheap refusal.
    ///
    /// # Errors
    /// What [`Rule::Speak`] refuses with.
    pub(super) fn require(&self) -> Result<()> {
        self.standing.check(Rule::Speak)
    }

    /// A guard that lets them speak as of the head, and writes nothing beside.
    pub(super) fn guard(&self, tenant: &TenantStore) -> Guard {
        let standing = self.standing;
        let user = Some(self.user);
        let tenant = tenant.clone();
        Guard::new(move |records| {
            standing.since(user, records).check(Rule::Speak)?;
            Ok(tenant.batch())
        })
    }
}

/// What an action demands of who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// To take part.
    Participate,
    /// To take part where nobody blocks the other.
    Speak,
    /// To be an admin or owner, or the tenant's server.
    Manage,
    /// To be an owner, or the tenant's server.
    Own,
    /// Only that the conversation is there.
    Exist,
}

/// What holds for an actor as of some record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) open: bool,
    pub(super) blocked: bool,
    pub(super) part: Option<Role>,
    pub(super) server: bool,
}

impl Standing {
    /// What holds after more records.
    pub(super) fn since<'r>(
        self,
        user: Option<Id<User>>,
        records: impl Iterator<Item = &'r Row>,
    ) -> Self {
        records.fold(self, |standing, row| standing.after(user, row))
    }

    /// What holds after one more record. Folding a record that was included
    /// already changes nothing in the end, since later ones follow.
    fn after(mut self, user: Option<Id<User>>, row: &Row) -> Self {
        match row.read(Message::kind) {
            Some(RecordKind::Participant)
                if user.is_some() && row.read(Message::user_id) == user =>
            {
                let removed = row.read(Message::action) == Some(Action::Removed);
                self.part = row.read(Message::role).filter(|_| !removed);
            }
            Some(RecordKind::Block) => {
                self.blocked = row.read(Message::action) == Some(Action::Added);
            }
            Some(RecordKind::Settings) if row.read(Message::action) == Some(Action::Removed) => {
                self.open = false;
            }
            _ => {}
        }
        self
    }

    pub(super) fn check(self, rule: Rule) -> Result<()> {
        if !self.open {
            return Err(not_found());
        }
        if self.blocked && rule == Rule::Speak {
            return Err(refused());
        }
        match (rule, self.part) {
            (Rule::Manage | Rule::Own, _) if self.server => Ok(()),
            (Rule::Exist, _)
            | (Rule::Participate | Rule::Speak, Some(_))
            | (Rule::Manage, Some(Role::Admin | Role::Owner))
            | (Rule::Own, Some(Role::Owner)) => Ok(()),
            (Rule::Manage, Some(_)) => Err(Error::new(
                ErrorCode::RoleNotAllowed,
                "Only an admin or owner of the conversation can do this.",
            )),
            (Rule::Own, Some(_)) => Err(Error::new(
                ErrorCode::RoleNotAllowed,
                "Only an owner of the conversation can do this.",
            )),
            (Rule::Participate | Rule::Speak, None) if self.server => Err(Error::new(
                ErrorCode::Forbidden,
                "Only a user can do this; a server names one with the header Caas-User.",
            )),
            (Rule::Participate | Rule::Speak | Rule::Manage | Rule::Own, None) => {
                Err(not_a_participant())
            }
        }
    }
}
