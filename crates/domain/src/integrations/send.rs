//! Job that sends messages to the platforms of clients, in order per channel.

use base::{Id, Result, limit};
use store::{Batch, Changes, CommitError, Entity, TenantData, TenantStore, Update};

use super::Bridge;
use super::clients::aliases_of;
use super::collections::{ClientPlatformLink, PlatformIntegration};
use super::graph::{GraphRequest, SendOutcome, outcome, path, sender_id};
use super::outbound_body::{body, recipient};
use super::outbound_lane::{external_message, wake_next};
use super::secrets::Secret;
use crate::messaging::{
    ExternalMessage, Message, OutboundMessage, OutboundState, PlatformStatus, ReportedStatus,
    TEMPLATE_TYPE, advance_platform_status, external_id_of, platform_status, stored_message,
};

/// Reason of a message that the platform would reject because of its window.
const OUTSIDE_WINDOW: &str = "outside_service_window";

/// Reason of a message whose outcome stayed unclear. It is not sent again, since it may have arrived.
const OUTCOME_UNKNOWN: &str = "outcome_unknown";

/// An outbound message, leased by this process.
#[derive(Debug)]
pub struct OutboundJob {
    bridge: Bridge,
    tenant: TenantStore,
    outbound: Entity<OutboundMessage>,
}

/// Where a message is sent.
struct Destination {
    integration: Entity<PlatformIntegration>,
    link: Entity<ClientPlatformLink>,
}

impl OutboundJob {
    /// Leases a due message; `None` if nothing is to be done or another server has it.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub async fn lease(
        bridge: &Bridge,
        tenant: &TenantStore,
        id: Id<OutboundMessage>,
    ) -> Result<Option<Self>> {
        let now = tenant.context().now();
        let is_due =
            |outbound: &Entity<OutboundMessage>| outbound.due_at.is_some_and(|due| due <= now);
        let Some(outbound) = tenant.get(id).await?.filter(is_due) else {
            return Ok(None);
        };
        let mut job = Self {
            bridge: bridge.clone(),
            tenant: tenant.clone(),
            outbound,
        };
        // Longer than the timeout of a request.
        let lease = limit::WORK_LEASE_SECONDS + limit::OUTBOUND_SECONDS;
        let until = now.plus_millis(limit::signed(lease) * 1_000);
        let leased = job
            .save(Changes::new().set(OutboundMessage::due_at, until))
            .await?;
        Ok(leased.then_some(job))
    }

    /// Postpones the message of a suspended tenant.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub async fn postpone(mut self, seconds: usize) -> Result<()> {
        self.wait(limit::signed(seconds)).await
    }

    /// Waits without a change of state: a message whose result is not known must not be sent again.
    async fn wait(&mut self, seconds: i64) -> Result<()> {
        let due_at = self.tenant.context().now().plus_millis(seconds * 1_000);
        let changes = Changes::new().set(OutboundMessage::due_at, due_at);
        self.save(changes).await.map(drop)
    }

    /// Sends the message. Always returns false, since a message is one step.
    ///
    /// # Errors
    /// When the store is unavailable; the message is looked at again when the lease expires.
    pub async fn step(&mut self) -> Result<bool> {
        let query = OutboundMessage::by_conversation.eq(
            OutboundMessage::conversation_id,
            self.outbound.conversation_id,
        );
        let first = self.tenant.find(query).await?;
        if first.is_some_and(|first| first.id != self.outbound.id) {
            self.wait(limit::signed(limit::LANE_RETRY_SECONDS)).await?;
            return Ok(false);
        }
        let Some(message) = stored_message(&self.tenant, self.outbound.message_id).await? else {
            self.end(|_| ()).await?;
            return Ok(false);
        };
        match self.outbound.state {
            OutboundState::Pending => self.send(&message).await?,
            // The process stopped between the attempt and its result.
            OutboundState::Sending => self.wait_for_status(&message).await?,
            OutboundState::Unknown => self.decide(&message).await?,
        }
        Ok(false)
    }

    async fn send(&mut self, message: &Entity<Message>) -> Result<()> {
        if message.deleted_at.is_some() {
            return self.end(|_| ()).await;
        }
        let Some(destination) = self.destination().await? else {
            // The client uses no platform.
            return self.end(|_| ()).await;
        };
        let now = self.tenant.context().now();
        let window = destination.link.window_ends_at;
        let is_template = message.r#type.as_deref() == Some(TEMPLATE_TYPE);
        if !is_template && window.is_none_or(|end| end <= now) {
            return self.fail(message, OUTSIDE_WINDOW.to_owned()).await;
        }
        let request = match self.request(message, &destination).await? {
            Ok(request) => request,
            Err(reason) => return self.fail(message, reason).await,
        };
        let attempts = self.outbound.attempts + 1;
        let changes = Changes::new()
            .set(OutboundMessage::state, OutboundState::Sending)
            .set(OutboundMessage::attempts, attempts);
        if !self.save(changes).await? {
            return Ok(());
        }
        self.outbound.doc.attempts = attempts;
        let outcome = outcome(self.bridge.graph.call(request).await);
        self.finish(message, &destination, outcome).await
    }

    /// Returns the integration from which the client has written last, among the active ones.
    async fn destination(&self) -> Result<Option<Destination>> {
        let query = ClientPlatformLink::by_client
            .eq(ClientPlatformLink::client_user_id, self.outbound.user_id)
            .limit(limit::TENANT_INTEGRATIONS);
        let mut links = self.tenant.list(query).await?.items;
        links.retain(|link| link.platform_user_id.is_some());
        links.sort_by_key(|link| std::cmp::Reverse(link.last_inbound_at));
        for link in links {
            let integration = self.tenant.get(link.platform_integration_id).await?;
            if let Some(integration) = integration.filter(|integration| integration.is_active) {
                return Ok(Some(Destination { integration, link }));
            }
        }
        Ok(None)
    }

    /// Returns the request of a message, or why it cannot be sent.
    async fn request(
        &self,
        message: &Entity<Message>,
        destination: &Destination,
    ) -> Result<Result<GraphRequest, String>> {
        let Destination { integration, link } = destination;
        let aliases = aliases_of(&self.tenant, link.id).await?;
        let Some(recipient) = recipient(integration.platform, &aliases) else {
            return Ok(Err("recipient_unknown".to_owned()));
        };
        let replied = self.replied(message, integration).await?;
        let body = match body(
            integration.platform,
            &recipient,
            message,
            replied.as_deref(),
        ) {
            Ok(body) => body,
            Err(reason) => return Ok(Err(reason.to_owned())),
        };
        let token = Secret::AccessToken.open(
            &self.bridge.key_ring,
            self.tenant.id(),
            integration.id,
            &integration.secrets.0,
        )?;
        let operation = format!("{}/messages", sender_id(integration));
        Ok(Ok(GraphRequest {
            path: path(&integration.settings.0, &operation),
            token,
            body: Some(body),
        }))
    }

    /// Returns the external id of the message to which a message replies.
    async fn replied(
        &self,
        message: &Entity<Message>,
        integration: &Entity<PlatformIntegration>,
    ) -> Result<Option<String>> {
        let Some(root) = message.thread_id else {
            return Ok(None);
        };
        match stored_message(&self.tenant, root).await? {
            Some(root) => external_id_of(&self.tenant, &root, integration.id.object_id()).await,
            None => Ok(None),
        }
    }

    async fn finish(
        &mut self,
        message: &Entity<Message>,
        destination: &Destination,
        outcome: SendOutcome,
    ) -> Result<()> {
        match outcome {
            SendOutcome::Accepted(external_id) => {
                self.accept(message, destination, external_id).await
            }
            SendOutcome::Rejected(reason) => self.fail(message, reason).await,
            SendOutcome::Unclear => self.wait_for_status(message).await,
            SendOutcome::Unauthorized(reason) => {
                self.require_authorization(&destination.integration, &reason)
                    .await?;
                self.retry_or_fail(message, reason).await
            }
            SendOutcome::Retry(reason) => self.retry_or_fail(message, reason).await,
        }
    }

    async fn accept(
        &mut self,
        message: &Entity<Message>,
        destination: &Destination,
        external_id: String,
    ) -> Result<()> {
        let external = external_message(
            message,
            self.outbound.user_id,
            destination.integration.id,
            &external_id,
        );
        let at = self.tenant.context().now();
        let status = ReportedStatus {
            status: PlatformStatus::Sent,
            at,
            reason: None,
        };
        self.end_with(message, &status, move |batch| {
            batch.upsert(ExternalMessage::by_external_id, external.clone(), &[], &[]);
        })
        .await
    }

    async fn fail(&mut self, message: &Entity<Message>, reason: String) -> Result<()> {
        let status = ReportedStatus {
            status: PlatformStatus::Failed,
            at: self.tenant.context().now(),
            reason: Some(reason),
        };
        self.end_with(message, &status, |_| ()).await
    }

    async fn retry_or_fail(&mut self, message: &Entity<Message>, reason: String) -> Result<()> {
        let attempts = self.outbound.attempts;
        if attempts >= limit::signed(limit::OUTBOUND_MESSAGE_ATTEMPTS) {
            return self.fail(message, reason).await;
        }
        let doubled = u32::try_from(attempts.clamp(1, 10) - 1).unwrap_or(0);
        let pause = limit::signed(limit::WORK_PAUSE_SECONDS).min(1 << doubled);
        self.retry_in(pause, attempts).await
    }

    async fn retry_in(&mut self, seconds: i64, attempts: i64) -> Result<()> {
        let due_at = self.tenant.context().now().plus_millis(seconds * 1_000);
        let state = match self.outbound.state {
            OutboundState::Unknown => OutboundState::Unknown,
            OutboundState::Sending | OutboundState::Pending => OutboundState::Pending,
        };
        let changes = Changes::new()
            .set(OutboundMessage::state, state)
            .set(OutboundMessage::attempts, attempts)
            .set(OutboundMessage::due_at, due_at);
        self.save(changes).await.map(drop)
    }

    /// Waits for a status that shows whether the message was accepted.
    async fn wait_for_status(&mut self, message: &Entity<Message>) -> Result<()> {
        let pause = limit::signed(limit::OUTBOUND_UNKNOWN_SECONDS) * 1_000;
        let due_at = self.tenant.context().now().plus_millis(pause);
        let changes = Changes::new()
            .set(OutboundMessage::state, OutboundState::Unknown)
            .set(OutboundMessage::due_at, due_at);
        let is_saved = self.save(changes).await?;
        // A status that arrived before found the attempt in progress.
        if is_saved && self.reported(message).await? {
            return self.end(|_| ()).await;
        }
        Ok(())
    }

    async fn reported(&self, message: &Entity<Message>) -> Result<bool> {
        let reported = platform_status(&self.tenant, message.id, self.outbound.user_id).await?;
        Ok(reported.is_some())
    }

    /// Decides about a message without a clear outcome: it is sent if a status has arrived, and
    /// failed otherwise.
    async fn decide(&mut self, message: &Entity<Message>) -> Result<()> {
        if self.reported(message).await? {
            return self.end(|_| ()).await;
        }
        self.fail(message, OUTCOME_UNKNOWN.to_owned()).await
    }

    /// Records that the access token of the integration must be renewed.
    async fn require_authorization(
        &self,
        integration: &Entity<PlatformIntegration>,
        reason: &str,
    ) -> Result<()> {
        if integration.reauthorization_reason.is_some() {
            return Ok(());
        }
        let changes = Changes::new().set(
            PlatformIntegration::reauthorization_reason,
            reason.to_owned(),
        );
        let mut batch = self.tenant.batch();
        batch.update(
            integration.id,
            Update::of(changes).expecting_version(integration.version),
        );
        match self.tenant.commit(batch).await {
            // It was changed, perhaps with a new token.
            Ok(()) | Err(CommitError::PreconditionFailed { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn end_with(
        &mut self,
        message: &Entity<Message>,
        status: &ReportedStatus,
        add_writes: impl Fn(&mut Batch<TenantData>),
    ) -> Result<()> {
        let id = self.outbound.id;
        let removed = advance_platform_status(
            &self.tenant,
            message,
            self.outbound.user_id,
            status,
            |batch| {
                batch.remove(id, true);
                add_writes(batch);
            },
        );
        match removed.await {
            // A status has ended it already.
            Ok(()) | Err(CommitError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        wake_next(&self.tenant, &self.outbound).await
    }

    async fn end(&mut self, add_writes: impl Fn(&mut Batch<TenantData>)) -> Result<()> {
        let mut batch = self.tenant.batch();
        batch.remove(self.outbound.id, false);
        add_writes(&mut batch);
        self.tenant.commit(batch).await?;
        wake_next(&self.tenant, &self.outbound).await
    }

    /// Changes the outbound message if the lease is still held; returns whether it is.
    async fn save(&mut self, changes: Changes<OutboundMessage>) -> Result<bool> {
        let mut batch = self.tenant.batch();
        batch.update(
            self.outbound.id,
            Update::of(changes).expecting_version(self.outbound.version),
        );
        match self.tenant.commit(batch).await {
            Ok(()) => {
                self.outbound.version += 1;
                Ok(true)
            }
            Err(CommitError::PreconditionFailed { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
