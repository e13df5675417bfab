//! Conversions between the enumerations of the domain and of the API.

use domain::{integrations, messaging, support};

use crate::admin::AdminRole;
use crate::{
    Audience, ConversationType, DeliveryStatus, EventCategory, FileKind, FilePurpose, Granularity,
    History, MessageSource, MessagingPlatform, ParticipantRole, Platform, PlatformAliasKind,
    PresenceVisibility, SessionMethod, SignUpMode, TenantStatus, Theme, TicketOrder, TicketStatus,
    Tier, UnknownSender, UserRole, VerificationStatus, Visibility, WebhookEventState,
};

macro_rules! same_words {
    ($($wire:ident = $room:path { $($word:ident),+ };)+) => {$(
        impl From<$room> for $wire {
            fn from(word: $room) -> Self {
                match word { $(<$room>::$word => Self::$word),+ }
            }
        }

        impl From<$wire> for $room {
            fn from(word: $wire) -> Self {
                match word { $($wire::$word => Self::$word),+ }
            }
        }
    )+};
}

same_words! {
    ConversationType = messaging::ConversationType { Direct, Group, Channel };
    Visibility = messaging::Visibility { Public, Private };
    ParticipantRole = messaging::Role { Owner, Admin, Member };
    UserRole = domain::users::Role { Admin, User, Client };
    Theme = domain::preferences::Theme { Light, Dark, Auto };
    EventCategory = domain::analytics::Category { Engagement, Conversion, Error, Custom };
    Granularity = domain::analytics::Granularity { Hour, Day, Month };
    History = domain::settings::History { Whole, FromJoining };
    PresenceVisibility = domain::settings::PresenceVisibility { All, SharedConversation, Friends };
    SignUpMode = domain::settings::SignUpMode { Closed, Open };
    SessionMethod = domain::sessions::SignInMethod { Password, Code, SignUp, Recovery, Guest };
    Platform = domain::devices::Platform { Ios, Android, Web, Desktop, Other };
    FilePurpose = domain::media::FilePurpose { Attachment, Avatar, Branding, Encrypted };
    FileKind = domain::media::FileKind { Image, Audio, Video, File };
    DeliveryStatus = messaging::Status { Sent, Failed, Delivered, Read };
    Audience = messaging::Audience { Staff };
    MessageSource = messaging::MessageSource { Whatsapp, Instagram };
    MessagingPlatform = integrations::Platform { Whatsapp, Instagram };
    UnknownSender = integrations::UnknownSender { Create, Ignore };
    VerificationStatus = integrations::VerificationStatus { Pending, Verified, Rejected };
    PlatformAliasKind = integrations::AliasKind { Bsuid, ParentBsuid, Phone, Igsid };
    TicketStatus = messaging::TicketStatus { Open, Pending, Snoozed, Resolved };
    TicketOrder = support::TicketOrder { Activity, Waiting, Window };
    WebhookEventState = integrations::WebhookEventState { Pending, Processed, Ignored, Failed };
    TenantStatus = domain::tenants::TenantStatus { Provisioning, Active, Suspended };
    Tier = domain::tenants::Tier { Free, Starter, Pro, Enterprise };
    AdminRole = domain::admins::AdminRole { Owner, Admin, Support, Billing, ReadOnly };
}
