//! Job that processes webhook events: each is routed to its client and their channel.

use base::{Error, ErrorCode, Id, Result, limit};
use serde_json::Value;
use store::{Changes, CommitError, Entity, TenantStore, Update};

use super::Bridge;
use super::collections::{WebhookEvent, WebhookEventState};
use super::journal::{integration_of, payload};
use super::meta::{Parsed, kind, parse};
use crate::messaging::Message;
use crate::users::User;

/// Attempts to find a message that an update refers to; it may arrive later.
const REFERENCE_ATTEMPTS: i64 = 5;

/// What became of an event.
pub(super) enum Outcome {
    /// It had its effect on this client and message.
    Done(Option<Id<User>>, Option<Id<Message>>),
    /// It has no effect.
    Ignored(&'static str),
    /// It refers to something that is not known yet.
    Later(&'static str),
}

/// A webhook event, leased by this process.
#[derive(Debug)]
pub struct WebhookJob {
    pub(super) bridge: Bridge,
    pub(super) tenant: TenantStore,
    event: Entity<WebhookEvent>,
}

impl WebhookJob {
    /// Leases a due event; `None` if nothing is to be done or another server has it.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub async fn lease(
        bridge: &Bridge,
        tenant: &TenantStore,
        id: Id<WebhookEvent>,
    ) -> Result<Option<Self>> {
        let now = tenant.context().now();
        let is_due = |event: &Entity<WebhookEvent>| event.due_at.is_some_and(|due| due <= now);
        let Some(event) = tenant.get(id).await?.filter(is_due) else {
            return Ok(None);
        };
        let mut job = Self {
            bridge: bridge.clone(),
            tenant: tenant.clone(),
            event,
        };
        let until = now.plus_millis(limit::signed(limit::WORK_LEASE_SECONDS) * 1_000);
        let changes = Changes::new()
            .set(WebhookEvent::due_at, until)
            .set(WebhookEvent::attempts, job.event.attempts + 1);
        let leased = job.save(changes).await?;
        job.event.doc.attempts += 1;
        Ok(leased.then_some(job))
    }

    /// Postpones the event of a suspended tenant.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub async fn postpone(mut self, seconds: usize) -> Result<()> {
        self.wait(limit::signed(seconds)).await
    }

    /// Waits for something else; this is no attempt.
    async fn wait(&mut self, seconds: i64) -> Result<()> {
        let due_at = self.tenant.context().now().plus_millis(seconds * 1_000);
        let changes = Changes::new()
            .set(WebhookEvent::due_at, due_at)
            .set(WebhookEvent::attempts, self.event.attempts - 1);
        self.save(changes).await.map(drop)
    }

    /// Processes the event. Always returns false, since an event is one step.
    ///
    /// # Errors
    /// When the store is unavailable; the event is processed again when the lease expires.
    pub async fn step(&mut self) -> Result<bool> {
        if !self.is_first_of_lane().await? {
            self.wait(limit::signed(limit::LANE_RETRY_SECONDS)).await?;
            return Ok(false);
        }
        let state = match self.process().await {
            Ok(Outcome::Done(user, message)) => {
                self.end(WebhookEventState::Processed, None, user, message)
                    .await
            }
            Ok(Outcome::Ignored(reason)) => {
                self.end(
                    WebhookEventState::Ignored,
                    Some(reason.to_owned()),
                    None,
                    None,
                )
                .await
            }
            Ok(Outcome::Later(_)) if self.event.attempts < REFERENCE_ATTEMPTS => {
                self.wait_outside_lane().await
            }
            Ok(Outcome::Later(reason)) => self.fail(reason.to_owned()).await,
            Err(error) if is_transient(&error) && self.has_attempts() => {
                tracing::warn!(tenant = %self.tenant.id(), event = %self.event.id, error = &error as &dyn std::error::Error, "failed to process a webhook event, retrying later");
                self.retry_at(self.event.attempts.min(60)).await.map(drop)
            }
            Err(error) => self.fail(error.to_string()).await,
        };
        state?;
        Ok(false)
    }

    fn has_attempts(&self) -> bool {
        self.event.attempts < limit::signed(limit::WORK_ATTEMPTS)
    }

    async fn fail(&mut self, detail: String) -> Result<()> {
        let detail: String = detail.chars().take(500).collect();
        self.end(WebhookEventState::Failed, Some(detail), None, None)
            .await
    }

    /// Returns whether all earlier events of the same person are processed.
    async fn is_first_of_lane(&self) -> Result<bool> {
        let Some(lane) = self.event.lane.clone() else {
            return Ok(true);
        };
        let query = WebhookEvent::by_lane.eq(WebhookEvent::lane, lane);
        let first = self.tenant.find(query).await?;
        Ok(first.is_none_or(|first| first.id == self.event.id))
    }

    async fn retry_at(&mut self, seconds: i64) -> Result<bool> {
        let due_at = self.tenant.context().now().plus_millis(seconds * 1_000);
        self.save(Changes::new().set(WebhookEvent::due_at, due_at))
            .await
    }

    /// Waits for another event without delaying the events that follow.
    async fn wait_outside_lane(&mut self) -> Result<()> {
        let due_at =
            self.tenant.context().now().plus_millis(
                limit::signed(limit::LANE_RETRY_SECONDS) * 1_000 * self.event.attempts,
            );
        let changes = Changes::new()
            .set(WebhookEvent::due_at, due_at)
            .clear(WebhookEvent::lane);
        self.save_and_wake(changes).await
    }

    async fn end(
        &mut self,
        state: WebhookEventState,
        detail: Option<String>,
        user: Option<Id<User>>,
        message: Option<Id<Message>>,
    ) -> Result<()> {
        let changes = Changes::new()
            .set(WebhookEvent::state, state)
            .put(WebhookEvent::detail, detail)
            .put(WebhookEvent::user_id, user)
            .put(WebhookEvent::message_id, message)
            .clear(WebhookEvent::lane)
            .clear(WebhookEvent::due_at);
        self.save_and_wake(changes).await
    }

    /// Saves the event, which leaves its lane, and makes the next event of the lane due.
    async fn save_and_wake(&mut self, changes: Changes<WebhookEvent>) -> Result<()> {
        let lane = self.event.lane.clone();
        let is_saved = self.save(changes).await?;
        let Some(lane) = lane.filter(|_| is_saved) else {
            return Ok(());
        };
        let query = WebhookEvent::by_lane.eq(WebhookEvent::lane, lane);
        let Some(next) = self.tenant.find(query).await? else {
            return Ok(());
        };
        let mut batch = self.tenant.batch();
        let changes = Changes::new().set(WebhookEvent::due_at, batch.now());
        batch.update(next.id, Update::of(changes).expecting_version(next.version));
        match self.tenant.commit(batch).await {
            // Another server has leased it, or it is due anyway.
            Ok(()) | Err(CommitError::PreconditionFailed { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes the event if the lease is still held; returns whether it is.
    async fn save(&mut self, changes: Changes<WebhookEvent>) -> Result<bool> {
        let mut batch = self.tenant.batch();
        batch.update(
            self.event.id,
            Update::of(changes).expecting_version(self.event.version),
        );
        match self.tenant.commit(batch).await {
            Ok(()) => {
                self.event.version += 1;
                Ok(true)
            }
            Err(CommitError::PreconditionFailed { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn process(&self) -> Result<Outcome> {
        if self.event.kind == kind::UNREADABLE {
            return Err(Error::invalid("", "the body is not a known webhook"));
        }
        let integration = integration_of(&self.tenant, &self.event).await?;
        if !integration.is_active {
            return Ok(Outcome::Ignored("the integration is not active"));
        }
        let update = payload(&self.tenant, &self.bridge.key_ring, &self.event)?;
        match self.parsed(&update)? {
            Parsed::Message(message) => self.message(&integration, *message).await,
            Parsed::Status(status) => self.status(&integration, status).await,
            Parsed::Reaction {
                from,
                external_id,
                emoji,
            } => {
                self.reaction(&integration, &from, &external_id, emoji)
                    .await
            }
            Parsed::Deletion { external_id } => self.deletion(&integration, &external_id).await,
            Parsed::Other => Ok(Outcome::Ignored("this kind has no effect")),
        }
    }

    fn parsed(&self, update: &Value) -> Result<Parsed> {
        parse(self.event.platform, &self.event.kind, update)
            .ok_or_else(|| Error::invalid("", "the update lacks a required field"))
    }
}

fn is_transient(error: &Error) -> bool {
    matches!(
        error.code,
        ErrorCode::Unavailable
            | ErrorCode::Internal
            | ErrorCode::StateConflict
            | ErrorCode::VersionConflict
    )
}
