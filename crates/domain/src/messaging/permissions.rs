//! Permission rules of a conversation, evaluated by folding log records over a state that was read
//! before.

use base::{Error, ErrorCode, Id, Result};
use store::{Batch, Guard, Row, TenantData, TenantStore};

use super::access::{not_a_participant, not_found, open_id};
use super::client_channel::ClientChannel;
use super::collections::{Action, Conversation, Message, RecordKind, Role};
use crate::relationships::blocked_error;
use crate::users::User;

/// Checks whether a user may post in a conversation now. For ephemeral events only; messages are
/// checked again by their guard.
///
/// # Errors
/// 403 `not_a_participant` or `user_blocked`, 404 `conversation_not_found`.
pub async fn can_post(
    tenant: &TenantStore,
    user: Id<User>,
    conversation: Id<Conversation>,
) -> Result<()> {
    open_id(tenant, crate::Actor::User(user), conversation)
        .await?
        .require(Rule::Post)
}

/// Permission of a user to post in a conversation, as of the record `seen`.
#[derive(Clone, Copy, Debug)]
pub(super) struct PostPermission {
    pub(super) conversation: Id<Conversation>,
    pub(super) user: Id<User>,
    pub(super) seen: i64,
    pub(super) state: MembershipState,
    /// Whose channel it is, if it is one of a client. Such permissions are not cached.
    pub(super) client: Option<ClientChannel>,
}

impl PostPermission {
    /// Creates the permission of a user whose own record `seq` has passed the guard.
    pub(super) const fn from_own_record(
        conversation: Id<Conversation>,
        user: Id<User>,
        seq: i64,
    ) -> Self {
        let state = MembershipState {
            open: true,
            blocked: false,
            member: Some(Role::Member),
            server: false,
        };
        Self {
            conversation,
            user,
            seen: seq,
            state,
            client: None,
        }
    }

    /// Checks the permission against the state that was read. Cheap early rejection.
    ///
    /// # Errors
    /// Those of [`Rule::Post`].
    pub(super) fn require(&self) -> Result<()> {
        self.state.check(Rule::Post)
    }

    /// Returns a guard that checks the permission at the head and adds the writes of `add_writes`.
    pub(super) fn guard(
        &self,
        tenant: &TenantStore,
        add_writes: impl Fn(&mut Batch<TenantData>) + Send + Sync + 'static,
    ) -> Guard {
        let state = self.state;
        let user = Some(self.user);
        let tenant = tenant.clone();
        Guard::new(move |records| {
            state.since(user, records).check(Rule::Post)?;
            let mut batch = tenant.batch();
            add_writes(&mut batch);
            Ok(batch)
        })
    }
}

/// A permission that an action requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Current participant.
    Participate,
    /// Current participant of a conversation without a block between its users.
    Post,
    /// Admin, owner or the tenant's server.
    Manage,
    /// Owner or the tenant's server.
    Own,
    /// None; the conversation must not be deleted.
    Exist,
}

/// What the rules depend on, as of some record.
#[derive(Clone, Copy, Debug)]
pub(super) struct MembershipState {
    pub(super) open: bool,
    pub(super) blocked: bool,
    pub(super) member: Option<Role>,
    pub(super) server: bool,
}

impl MembershipState {
    /// Returns the state after more records.
    pub(super) fn since<'r>(
        self,
        user: Option<Id<User>>,
        records: impl Iterator<Item = &'r Row>,
    ) -> Self {
        records.fold(self, |state, row| state.after(user, row))
    }

    /// Returns the state after one more record. Applying an included record again is harmless,
    /// because the records that follow it are applied too.
    fn after(mut self, user: Option<Id<User>>, row: &Row) -> Self {
        match row.read(Message::kind) {
            Some(RecordKind::Participant)
                if user.is_some() && row.read(Message::user_id) == user =>
            {
                let removed = row.read(Message::action) == Some(Action::Removed);
                self.member = row.read(Message::role).filter(|_| !removed);
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
        if self.blocked && rule == Rule::Post {
            return Err(blocked_error());
        }
        match (rule, self.member) {
            (Rule::Manage | Rule::Own, _) if self.server => Ok(()),
            (Rule::Exist, _)
            | (Rule::Participate | Rule::Post, Some(_))
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
            (Rule::Participate | Rule::Post, None) if self.server => Err(Error::new(
                ErrorCode::Forbidden,
                "This action requires a user; set the header Caas-User.",
            )),
            (Rule::Participate | Rule::Post | Rule::Manage | Rule::Own, None) => {
                Err(not_a_participant())
            }
        }
    }
}
