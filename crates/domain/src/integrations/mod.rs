//! Integrations with WhatsApp and Instagram: clients write from there, staff answer here.
//!
//! Updates of a platform are journaled before they are acknowledged, and processed by a job. What
//! staff write in a client's channel is sent by another job.

mod assignment;
mod clients;
mod collections;
mod graph;
mod inbound_media;
mod integration;
mod journal;
mod meta;
mod outbound_body;
mod outbound_lane;
mod process;
mod route;
mod secrets;
mod send;

use std::sync::Arc;

use store::{Collection as _, Declaration};

pub use assignment::{assign_channel, links_of, list_assignments};
pub use clients::assignment_of;
pub use collections::{
    AliasKind, ClientChannelAssignment, ClientPlatformAlias, ClientPlatformLink,
    IntegrationSettings, Platform, PlatformIntegration, UnknownSender, VerificationStatus,
    WebhookEvent, WebhookEventState,
};
pub use graph::{DEFAULT_VERSION, Download, GraphApi, GraphError, GraphRequest, GraphResponse};
pub use integration::{
    IntegrationChanges, NewIntegration, SettingsChanges, create, delete, get, list, resolve_staff,
    update,
};
pub use journal::{journal, list_events, replay_events, verify_handshake};
pub use process::WebhookJob;
pub use send::OutboundJob;

use crate::key_ring::KeyRing;
use crate::media::Media;

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    PlatformIntegration::DECLARATION,
    ClientPlatformLink::DECLARATION,
    ClientPlatformAlias::DECLARATION,
    ClientChannelAssignment::DECLARATION,
    WebhookEvent::DECLARATION,
];

/// What the jobs of integrations need. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bridge {
    /// Decrypts the secrets of integrations and their updates.
    pub key_ring: KeyRing,
    /// Sends requests to the Graph API.
    pub graph: Arc<dyn GraphApi>,
    /// Stores the media of received messages.
    pub media: Media,
}
