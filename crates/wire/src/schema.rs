//! Schemas of texts and lists with a limit. They are built by hand, because their numbers come
//! from [`base::limit`].

use std::sync::LazyLock;

use base::limit;
use domain::validation;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType,
    Type,
};
use utoipa::openapi::{KnownFormat, Ref, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// A text with at least one visible character.
static TEXT: LazyLock<String> =
    LazyLock::new(|| format!("[^{}]", validation::class(|it| !validation::is_visible(it))));

/// A single-line text with at least one visible character.
static LINE: LazyLock<String> = LazyLock::new(|| line(validation::breaks_line));

static FILE_NAME: LazyLock<String> = LazyLock::new(|| {
    line(|character| {
        validation::breaks_line(character) || validation::overrides_direction(character)
    })
});

static REACTION: LazyLock<String> = LazyLock::new(domain::messaging::reaction_pattern);

fn line(forbidden: impl Fn(char) -> bool) -> String {
    let forbidden = validation::class(forbidden);
    format!("^[^{forbidden}]*{}[^{forbidden}]*$", *TEXT)
}

macro_rules! texts {
    ($($(#[doc = $meaning:literal])+ $name:ident { $($rule:ident: $value:expr),* $(,)? })+) => {$(
        $(#[doc = $meaning])+
        #[derive(Debug)]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String);
                let text = text.description(Some(concat!($($meaning),+).trim_ascii_start()));
                Object::from(text$(.$rule(Some($value)))*).into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

texts! {
    /// An id: 24 lower-case hexadecimal digits.
    Id { pattern: "^[0-9a-f]{24}$" }
    /// The id of a tenant.
    TenantId { pattern: "^clnt_[0-9a-f]{24}$" }
    /// The id of an application.
    ApplicationId { pattern: "^app_[0-9a-f]{24}$" }
    /// External id of an object in the tenant's own system.
    ExternalId { min_length: 1, max_length: limit::EXTERNAL_ID_LENGTH, pattern: "^[A-Za-z0-9_.@:|+=-]{1,128}$" }
    /// An id, or `ext:` and an external id.
    Named { max_length: "ext:".len() + limit::EXTERNAL_ID_LENGTH, pattern: "^([0-9a-f]{24}|ext:[A-Za-z0-9_.@:|+=-]{1,128})$" }
    /// A time in UTC with milliseconds, such as 2026-01-31T12:00:00.000Z.
    Timestamp { format: SchemaFormat::KnownFormat(KnownFormat::DateTime), pattern: "^(19[7-9][0-9]|[2-9][0-9]{3})-" }
    /// A display name.
    Name { min_length: 1, max_length: limit::NAME_LENGTH, pattern: &*LINE }
    /// A description.
    Description { min_length: 1, max_length: limit::DESCRIPTION_LENGTH, pattern: &*TEXT }
    /// A web origin: scheme, host and port, such as `https://app.example`.
    Origin { max_length: limit::URL_LENGTH, pattern: "^[A-Za-z][A-Za-z0-9+.-]*://[^/?#@*]+$" }
    /// A network in CIDR notation, or an address.
    Network { max_length: 49, pattern: "^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$" }
    /// A scope of an API key, such as `users:read`.
    ScopeName { max_length: limit::ROLE_LENGTH, pattern: "^(\\*|[a-z]+:(read|write))$" }
    /// A code of the second factor: six digits.
    TotpCode { pattern: "^[0-9]{6}$" }
    /// An `https` or `http` URL.
    Url { format: SchemaFormat::Custom("uri".to_owned()), max_length: limit::URL_LENGTH }
    /// An event type, app id or session id of the tenant: one line.
    Label { min_length: 1, max_length: limit::LABEL_LENGTH, pattern: &*LINE }
    /// A client-assigned event id: one line.
    EventId { min_length: 1, max_length: limit::LABEL_LENGTH, pattern: &*LINE }
    /// An e-mail address.
    Email { format: SchemaFormat::Custom("email".to_owned()), max_length: limit::EMAIL_LENGTH }
    /// An e-mail address to search for; also one that earlier versions stored and that is invalid
    /// today.
    SearchEmail { max_length: limit::EMAIL_LENGTH, pattern: "^[^@\\u0000]+@[^@\\u0000]+$" }
    /// A word such as a role, a permission, a widget or a notification type.
    Role { min_length: 1, max_length: limit::ROLE_LENGTH, pattern: "^[A-Za-z0-9_.:-]+$" }
    /// A short description of a user.
    Bio { min_length: 1, max_length: limit::BIO_LENGTH, pattern: &*TEXT }
    /// A language tag (BCP 47) such as `de` or `pt-BR`.
    Language { max_length: limit::LANGUAGE_LENGTH, pattern: "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$" }
    /// A password.
    Password { min_length: 1, max_length: limit::PASSWORD_CHARACTERS }
    /// A new password.
    NewPassword { min_length: limit::PASSWORD_MIN_CHARACTERS, max_length: limit::PASSWORD_CHARACTERS }
    /// Token of a started flow.
    FlowToken { min_length: 1, max_length: limit::FLOW_TOKEN_LENGTH, pattern: &*LINE }
    /// A one-time code from a mail.
    OneTimeCode { pattern: format!("^[0-9]{{{}}}$", limit::CODE_DIGITS) }
    /// A refresh token.
    RefreshToken { min_length: 1, max_length: limit::REFRESH_TOKEN_LENGTH, pattern: &*LINE }
    /// A minute of the day, such as 22:00.
    TimeOfDay { pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$" }
    /// The IANA name of a time zone, such as Europe/Vienna.
    TimeZone { format: SchemaFormat::Custom("time-zone".to_owned()), max_length: limit::TIME_ZONE_LENGTH }
    /// A type of a message or attachment.
    Word { pattern: format!("^[a-z0-9_.-]{{1,{}}}$", limit::ROLE_LENGTH) }
    /// A remark about another user.
    Remark { min_length: 1, max_length: limit::REMARK_CHARACTERS, pattern: &*TEXT }
    /// Reason of a ban.
    BanReason { min_length: 1, max_length: limit::BAN_REASON_CHARACTERS, pattern: &*TEXT }
    /// The text of a message.
    Content { max_length: limit::MESSAGE_CHARACTERS, pattern: format!("^$|{}", *TEXT) }
    /// Client-assigned id of a message: a repeated send with the same id returns the first
    /// message.
    ClientMessageId { min_length: 1, max_length: limit::CLIENT_MESSAGE_ID_LENGTH, pattern: "^[ -~]+$" }
    /// A reaction: one emoji, or `:name:`.
    Emoji { min_length: 1, max_length: limit::REACTION_BYTES, pattern: &*REACTION }
    /// Client-assigned id of a device.
    DeviceId { min_length: 1, max_length: limit::DEVICE_ID_LENGTH, pattern: &*LINE }
    /// Push token of a device.
    PushToken { min_length: 1, max_length: limit::PUSH_TOKEN_LENGTH, pattern: &*LINE }
    /// Idempotency key of a request: printable ASCII.
    IdempotencyKey { min_length: 1, max_length: limit::IDEMPOTENCY_KEY_LENGTH, pattern: "^[!-~]([ -~]*[!-~])?$" }
    /// Description of an attached file.
    Caption { min_length: 1, max_length: limit::CAPTION_CHARACTERS, pattern: &*TEXT }
    /// Display name of a file.
    FileName { min_length: 1, max_length: limit::NAME_LENGTH, pattern: &*FILE_NAME }
    /// A media type (RFC 6838), with or without parameters.
    MediaType { max_length: limit::NAME_LENGTH, pattern: "^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *;[ -~]*)?$" }
    /// A media type without parameters, or all types of a kind, such as `image/*`.
    MediaTypePattern { max_length: limit::NAME_LENGTH, pattern: "^[A-Za-z0-9!#$&^_.+-]+/([*]|[A-Za-z0-9!#$&^_.+-]+)$" }
    /// An id of the Graph API: digits.
    GraphId { min_length: 1, max_length: limit::GRAPH_ID_LENGTH, pattern: "^[0-9]+$" }
    /// A version of the Graph API.
    GraphVersion { pattern: "^v[0-9]{1,3}\\.[0-9]{1,3}$" }
    /// A secret of a platform: printable ASCII without spaces.
    PlatformSecret { min_length: 1, max_length: limit::PLATFORM_SECRET_LENGTH, pattern: "^[!-~]+$" }
    /// Client-assigned reference of a frame, returned in its response.
    FrameRef { max_length: limit::FRAME_REF_LENGTH }
}

/// Custom data of the tenant: an object whose keys do not begin with `$` and contain neither `.`
/// nor NUL.
#[derive(Debug)]
pub enum Metadata {}

impl PartialSchema for Metadata {
    fn schema() -> RefOr<Schema> {
        free_form(format!(
            "Free data of the tenant, at most {} bytes as encoded. Keys do not begin with `$` and hold neither `.` nor NUL.",
            limit::METADATA_BYTES
        ))
    }
}

impl ToSchema for Metadata {}

/// Additional data of an activity or event: an object whose keys do not contain NUL.
#[derive(Debug)]
pub enum EventData {}

impl PartialSchema for EventData {
    fn schema() -> RefOr<Schema> {
        free_form(format!(
            "More about it, at most {} bytes as encoded, with any keys.",
            limit::EVENT_DATA_BYTES
        ))
    }
}

impl ToSchema for EventData {}

fn free_form(text: String) -> RefOr<Schema> {
    let object = ObjectBuilder::new().schema_type(Type::Object);
    let object = object.additional_properties(Some(AdditionalProperties::FreeForm(true)));
    Object::from(object.description(Some(text))).into()
}
/// Any JSON value.
#[derive(Debug)]
pub enum AnyJson {}

impl PartialSchema for AnyJson {
    fn schema() -> RefOr<Schema> {
        let text = format!(
            "Any JSON value of at most {} bytes as encoded; numbers of 64 bits.",
            limit::APP_DATA_BYTES
        );
        Schema::from(
            ObjectBuilder::new()
                .schema_type(SchemaType::AnyValue)
                .description(Some(text)),
        )
        .into()
    }
}

impl ToSchema for AnyJson {}

/// A component that an update may leave out, but not set to `null`.
pub(crate) fn omittable<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

/// A list of a component with its maximum length.
fn list<T: ToSchema>(least: usize, most: usize) -> RefOr<Schema> {
    let items = Ref::from_schema_name(T::name());
    ArrayBuilder::new()
        .items(items)
        .min_items(Some(least))
        .max_items(Some(most))
        .build()
        .into()
}

fn or_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    Schema::from(
        OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::Null))
            .item(schema),
    )
    .into()
}

/// The attachments of a message.
pub(crate) fn attachments() -> RefOr<Schema> {
    list::<crate::NewAttachment>(0, limit::MESSAGE_ATTACHMENTS)
}

/// The attachments of a message, or `null` for none.
pub(crate) fn attachments_or_null() -> RefOr<Schema> {
    or_null(attachments())
}

/// Links to sign.
pub(crate) fn file_links() -> RefOr<Schema> {
    list::<crate::NewFileLink>(1, limit::BATCH)
}

/// Media types that are allowed or denied.
pub(crate) fn file_types() -> RefOr<Schema> {
    list::<MediaTypePattern>(0, limit::FILE_TYPES)
}

/// Size of one file.
pub(crate) fn file_bytes() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(limit::UPLOAD_BYTES))
        .into()
}

/// Loudness values of an audio file.
pub(crate) fn waveform() -> RefOr<Schema> {
    let bar = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .maximum(Some(100));
    ArrayBuilder::new()
        .items(bar)
        .min_items(Some(limit::WAVEFORM_BARS))
        .max_items(Some(limit::WAVEFORM_BARS))
        .build()
        .into()
}

/// The users of a batch.
pub(crate) fn user_batch() -> RefOr<Schema> {
    list::<crate::UserUpsert>(1, limit::BATCH)
}

/// The events of a batch.
pub(crate) fn event_batch() -> RefOr<Schema> {
    list::<crate::NewAnalyticsEvent>(1, limit::EVENT_BATCH)
}

/// Initial participants of a conversation.
pub(crate) fn user_names() -> RefOr<Schema> {
    list::<Named>(0, limit::BATCH)
}

/// Users to add to a conversation: at least one.
pub(crate) fn some_user_names() -> RefOr<Schema> {
    list::<Named>(1, limit::BATCH)
}

/// Users who become participants of channels of clients.
pub(crate) fn staff() -> RefOr<Schema> {
    list::<Named>(0, limit::INTEGRATION_STAFF)
}

/// Ids of users.
pub(crate) fn ids() -> RefOr<Schema> {
    list::<Id>(0, limit::INTEGRATION_STAFF)
}

/// Users whose presence is subscribed to.
pub(crate) fn watched_users() -> RefOr<Schema> {
    list::<Named>(0, limit::PRESENCE_WATCHED)
}

/// A list of distinct words.
fn words(most: usize) -> RefOr<Schema> {
    let items = Ref::from_schema_name(Role::name());
    ArrayBuilder::new()
        .items(items)
        .max_items(Some(most))
        .unique_items(true)
        .build()
        .into()
}

/// The labels of a ticket.
pub(crate) fn ticket_labels() -> RefOr<Schema> {
    words(limit::TICKET_LABELS)
}

/// The roles of a user.
pub(crate) fn roles() -> RefOr<Schema> {
    words(limit::USER_ROLES)
}

/// The permissions of a user.
pub(crate) fn permissions() -> RefOr<Schema> {
    words(limit::USER_PERMISSIONS)
}

/// Notification types of a channel.
pub(crate) fn notification_kinds() -> RefOr<Schema> {
    words(limit::NOTIFICATION_KINDS)
}

/// Widgets.
pub(crate) fn widgets() -> RefOr<Schema> {
    words(limit::WIDGETS)
}

/// Apps on a dashboard.
pub(crate) fn favorite_apps() -> RefOr<Schema> {
    words(limit::FAVORITE_APPS)
}
