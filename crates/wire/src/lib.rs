//! What goes over the wire, one file per object: requests, responses, events,
//! frames and problems, with their schemas. Absent fields are absent, never
//! null; `null` in an update clears.

mod activity;
mod analytics;
mod analytics_write;
mod api_key;
mod app_data;
mod application;
mod attachment;
mod ban;
mod conversation;
mod conversation_write;
pub mod csv;
mod device;
mod erasure;
mod error;
mod event;
mod expanded;
pub mod frames;
mod given;
pub mod headers;
mod ids;
mod limits;
mod mark;
mod merge_patch;
mod message;
mod message_write;
mod page;
mod participant;
mod preferences;
mod problem;
mod profile;
mod relationship;
mod retention;
pub mod schema;
mod settings;
mod signal;
pub mod strict;
mod tenant;
mod token;
mod user;
mod user_record;
mod user_write;
mod view;

pub use activity::{Activity, NewActivity};
pub use analytics::{AnalyticsEvent, EventCategory, EventCounts, Granularity, Metric};
pub use analytics_write::{AnalyticsEventBatch, EventsTaken, NewAnalyticsEvent};
pub use api_key::ApiKey;
pub use app_data::{AppDatum, AppDatumWrite, NewAppDatum};
pub use application::Application;
pub use attachment::Attachment;
pub use ban::{Ban, NewBan};
pub use conversation::{Conversation, ConversationType, MyConversation, Visibility};
pub use conversation_write::{ConversationPatch, NewConversation};
pub use device::{Device, DevicePatch, DeviceRegistration, Platform};
pub use erasure::{ErasedDocuments, Erasure, ErasureId, ErasureStage, ErasureStatus};
pub use error::ErrorItem;
pub use event::{
    BanEvent, ConversationEvent, Event, MessagesExpiredEvent, ParticipantEvent, ReactionEvent,
    Record, UserErasedEvent,
};
pub use expanded::{Includes, WithIncludes};
pub use ids::{
    AppDatumId, ConversationId, ConversationName, MessageId, Metadata, PreferencesId, ProfileId,
    RawMetadata, UserId, UserName,
};
pub use limits::{LimitEntry, Limits};
pub use mark::{DeliveryStatus, MessageStatus, Receipt, ReceiptRequest, UnreadTotals};
pub use merge_patch::MergePatch;
pub use message::Message;
pub use message_write::{MessagePatch, NewMessage};
pub use page::{ListResponse, LogPage, Page};
pub use participant::{NewParticipants, Participant, ParticipantPatch, ParticipantRole};
pub use preferences::{
    Dashboard, NotificationChannel, Notifications, Preferences, PreferencesContent,
    PreferencesPatch, QuietHours, Theme, Widgets,
};
pub use problem::Problem;
pub use profile::{Profile, ProfileContent, ProfilePatch};
pub use relationship::{
    Relationship, RelationshipAction, RelationshipChange, RelationshipPatch, RelationshipState,
};
pub use retention::{NewRetention, Retention};
pub use settings::{History, PresenceVisibility, TenantSettings, TenantSettingsPatch};
pub use signal::{PresenceSignal, ReceiptSignal, Signal, TypingSignal};
pub use tenant::{Tenant, TenantStatus, Tier};
pub use token::{NewToken, Token, TokenRevocation, TokensRevoked};
pub use user::{User, UserRole, UserSummary, Viewer};
pub use user_record::{UserLogPage, UserRecord};
pub use user_write::{UserBatch, UserPatch, UserUpsert};
pub use view::{UserMap, json_text};
