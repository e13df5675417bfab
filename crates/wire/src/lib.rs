//! Types of the API, one file per resource: requests, responses, events, frames and problem
//! details, with their schemas. Absent fields are omitted, never null; `null` in an update
//! removes a value.

mod activity;
pub mod admin;
mod analytics;
mod api_key;
mod app_data;
mod application;
mod attachment;
mod ban;
mod client_channel;
mod conversation;
pub mod csv;
mod device;
mod enums;
mod erasure;
mod error;
mod file;
pub mod frames;
pub mod headers;
mod ids;
mod includes;
mod integration;
mod limits;
mod merge_patch;
mod message;
mod non_null;
mod page;
mod participant;
mod preferences;
mod problem;
mod profile;
mod receipt;
mod record;
mod relationship;
mod retention;
pub mod schema;
mod session;
mod settings;
mod sign_in;
mod signal;
pub mod strict;
mod support_ticket;
mod tenant;
mod token;
mod user;
mod user_log;
mod user_map;
mod webhook_event;

pub use activity::{Activity, NewActivity};
pub use analytics::{AnalyticsEvent, EventCategory, EventCounts, Granularity, Metric};
pub use analytics::{AnalyticsEventBatch, EventsTaken, NewAnalyticsEvent};
pub use api_key::ApiKey;
pub use app_data::json_text;
pub use app_data::{AppDatum, AppDatumWrite, NewAppDatum};
pub use application::Application;
pub use attachment::{Attachment, NewAttachment};
pub use ban::{Ban, NewBan};
pub use client_channel::{
    ChannelAssignment, NewChannelAssignment, PlatformAlias, PlatformAliasKind, PlatformLink,
    VerificationStatus,
};
pub use conversation::{Conversation, ConversationType, MyConversation, Visibility};
pub use conversation::{ConversationPatch, NewConversation};
pub use device::{Device, DevicePatch, DeviceRegistration, Platform};
pub use erasure::{ErasedDocuments, Erasure, ErasureId, ErasureStage, ErasureStatus};
pub use error::ErrorItem;
pub use file::{
    AvatarFile, ConversationFile, File, FileKind, FileLinks, FilePurpose, FileState, FileVariant,
    NewFileLink, SignedLink, Usage, UsageMetric,
};
pub use ids::{
    AppDatumId, ConversationId, ConversationName, FileId, MessageId, Metadata, PreferencesId,
    ProfileId, RawMetadata, UserId, UserName,
};
pub use includes::{Includes, WithIncludes};
pub use integration::{
    Integration, IntegrationId, IntegrationPatch, IntegrationSettings, IntegrationSettingsPatch,
    MessagingPlatform, NewIntegration, UnknownSender,
};
pub use limits::{LimitEntry, Limits};
pub use merge_patch::MergePatch;
pub use message::Message;
pub use message::{Audience, MessagePatch, MessageSource, NewMessage};
pub use page::{ListResponse, LogPage, Page};
pub use participant::{NewParticipants, Participant, ParticipantPatch, ParticipantRole};
pub use preferences::{
    Dashboard, NotificationChannel, Notifications, Preferences, PreferencesContent,
    PreferencesPatch, QuietHours, Theme, Widgets,
};
pub use problem::Problem;
pub use profile::{Profile, ProfileContent, ProfilePatch};
pub use receipt::{DeliveryStatus, MessageStatus, Receipt, ReceiptRequest, UnreadTotals};
pub use record::{
    BanEvent, ConversationEvent, Event, MessagesExpiredEvent, ParticipantEvent, ReactionEvent,
    Record, UserErasedEvent,
};
pub use relationship::{
    Relationship, RelationshipAction, RelationshipChange, RelationshipPatch, RelationshipState,
};
pub use retention::{NewRetention, Retention};
pub use session::{Identity, NewIdentity, Session, SessionMethod, SignOut, SignOutScope};
pub use settings::{History, PresenceVisibility, SignUpMode, TenantSettings, TenantSettingsPatch};
pub use sign_in::{
    AuthFlow, CodeRequest, CodeResend, CodeVerification, EmailChange, EmailVerification,
    GuestSignIn, PasswordChange, PasswordReset, PasswordSignIn, SessionDevice, SessionTokens,
    SignUp, TokenRefresh,
};
pub use signal::{PresenceSignal, ReceiptSignal, Signal, TypingSignal};
pub use support_ticket::{SupportTicket, SupportTicketPatch, TicketOrder, TicketStatus};
pub use tenant::{Tenant, TenantStatus, Tier};
pub use token::{NewToken, Token, TokenRevocation, TokensRevoked};
pub use user::{User, UserRole, UserSummary, Viewer};
pub use user::{UserBatch, UserPatch, UserUpsert};
pub use user_log::{UserLogPage, UserRecord};
pub use user_map::UserMap;
pub use webhook_event::{WebhookEvent, WebhookEventState, WebhookReplay, WebhookReplayed};
