use std::fmt;

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Unicode scalar values.
    Characters,
    /// Bytes as sent.
    Bytes,
    /// Things of the kind the name says.
    Entries,
    /// Nested arrays and objects.
    Levels,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

impl Unit {
    /// The unit's name on the wire and in the documentation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Characters => "characters",
            Self::Bytes => "bytes",
            Self::Entries => "entries",
            Self::Levels => "levels",
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One bound of the product.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The stable name, as `GET /v1/limits` shows it.
    pub name: &'static str,
    /// The largest value allowed.
    pub maximum: usize,
    /// What is counted.
    pub unit: Unit,
    /// What it bounds, in one sentence.
    pub meaning: &'static str,
}

macro_rules! limits {
    ($($(#[doc = $meaning:literal])+ $constant:ident = $maximum:expr, $unit:ident;)+) => {
        /// The bounds as constants, for the code that keeps them.
        pub mod limit {
            $($(#[doc = $meaning])+ pub const $constant: usize = $maximum;)+

            /// A bound as a signed number, to be set against times and versions.
            #[must_use]
            #[expect(clippy::cast_possible_wrap, reason = "every bound is far below 2^63")]
            pub const fn signed(bound: usize) -> i64 {
                bound as i64
            }
        }

        /// Every bound of the product, in the order of the documentation.
        pub const LIMITS: &[Limit] = &[$(Limit {
            name: stringify!($constant),
            maximum: limit::$constant,
            unit: Unit::$unit,
            meaning: concat!($($meaning),+).trim_ascii_start(),
        }),+];
    };
}

limits! {
    /// Characters in the content of one message.
    MESSAGE_CHARACTERS = 20_000, Characters;
    /// Bytes of one message, all its parts together, its attachments as JSON.
    MESSAGE_BYTES = 64 * 1024, Bytes;
    /// Attachments of one message.
    MESSAGE_ATTACHMENTS = 30, Entries;
    /// Earlier versions that an edited message keeps; the oldest go first.
    MESSAGE_HISTORY = 20, Entries;
    /// Bytes of one metadata object as encoded.
    METADATA_BYTES = 8 * 1024, Bytes;
    /// Characters of a URL.
    URL_LENGTH = 2_048, Characters;
    /// Characters of a name: of a tenant, an application, a user, a conversation, a file.
    NAME_LENGTH = 256, Characters;
    /// Characters of a description.
    DESCRIPTION_LENGTH = 2_000, Characters;
    /// Characters of an e-mail address.
    EMAIL_LENGTH = 254, Characters;
    /// Characters of an external id.
    EXTERNAL_ID_LENGTH = 128, Characters;
    /// Characters of a client message id.
    CLIENT_MESSAGE_ID_LENGTH = 255, Characters;
    /// Characters of an idempotency key.
    IDEMPOTENCY_KEY_LENGTH = 255, Characters;
    /// Bytes of one reaction.
    REACTION_BYTES = 64, Bytes;
    /// Different reactions on one message.
    REACTIONS_PER_MESSAGE = 100, Entries;
    /// Entries of one batch request.
    BATCH = 100, Entries;
    /// Entries of one page.
    PAGE = 100, Entries;
    /// Entries of a page when the request does not say.
    PAGE_DEFAULT = 20, Entries;
    /// Bytes of one page.
    PAGE_BYTES = 1024 * 1024, Bytes;
    /// Bytes of one request body.
    BODY_BYTES = 1024 * 1024, Bytes;
    /// Levels of arrays and objects in a JSON text.
    JSON_DEPTH = 32, Levels;
    /// Participants of a group.
    GROUP_PARTICIPANTS = 1_000, Entries;
    /// Participants of a channel.
    CHANNEL_PARTICIPANTS = 100_000, Entries;
    /// Users who are banned from one conversation.
    CONVERSATION_BANS = 10_000, Entries;
    /// Characters of the reason of a ban.
    BAN_REASON_CHARACTERS = 500, Characters;
    /// Participants above which read and delivered marks are kept for their own user only.
    MARKS_SHOWN_PARTICIPANTS = 100, Entries;
    /// Conversations a user takes part in.
    USER_CONVERSATIONS = 10_000, Entries;
    /// Open connections of one user; the oldest goes first.
    USER_CONNECTIONS = 50, Entries;
    /// Unread messages that are counted before the count stops.
    UNREAD_COUNTED = 100, Entries;
    /// Bytes of one frame from a client: room for any message, however its text is escaped.
    FRAME_BYTES = 256 * 1024, Bytes;
    /// Characters of a frame's `ref`.
    FRAME_REF_LENGTH = 64, Characters;
    /// Characters of a device's name in `hello`.
    DEVICE_ID_LENGTH = 128, Characters;
    /// Cursors in one hello or resume frame.
    RESUME_CURSORS = 1_000, Entries;
    /// Records that a server sends on resume before it resets the client instead.
    RESUME_RECORDS = 1_000, Entries;
    /// Records in one range frame.
    RANGE_RECORDS = 100, Entries;
    /// Bytes of one range frame.
    RANGE_BYTES = 192 * 1024, Bytes;
    /// Unsent bytes of one connection, above which no further frame of its client is read and events wait.
    CONNECTION_QUEUE_BYTES = 256 * 1024, Bytes;
    /// Unsent frames of one connection, above which no further frame of its client is read and events wait.
    CONNECTION_QUEUE_FRAMES = 128, Entries;
    /// Unsent bytes of one connection that do not count towards the buffers of its user and tenant.
    CONNECTION_UNCOUNTED_BYTES = 4 * 1024, Bytes;
    /// Milliseconds that a client may leave unread what was sent to it, over HTTP and sockets.
    CONNECTION_STALL_MILLIS = 10_000, Milliseconds;
    /// Bytes of a frame that count as one request; a longer frame counts as several.
    FRAME_REQUEST_BYTES = 16 * 1024, Bytes;
    /// Consecutive rejected frames after which a connection is closed.
    REJECTED_FRAMES = 100, Entries;
    /// Seconds a connection may take to say hello.
    HELLO_SECONDS = 5, Seconds;
    /// Seconds without a frame after which a connection is closed.
    CONNECTION_IDLE_SECONDS = 60, Seconds;
    /// Seconds a connection may take for its TLS handshake.
    HANDSHAKE_SECONDS = 10, Seconds;
    /// Seconds the head of a request may take to arrive, and a connection may stay without one.
    HEAD_SECONDS = 60, Seconds;
    /// Seconds that requests and sockets have to finish when the server stops.
    STOP_SECONDS = 10, Seconds;
    /// Bytes of one line on the control socket.
    CONTROL_LINE_BYTES = 1024 * 1024, Bytes;
    /// Seconds a command may take over the control socket.
    CONTROL_SECONDS = 10 * 60, Seconds;
    /// Seconds a demo link can be opened for.
    DEMO_LINK_SECONDS = 10 * 60, Seconds;
    /// Seconds a request may take.
    REQUEST_SECONDS = 30, Seconds;
    /// Bytes of a rejected request's body that are read so that its connection can be used again.
    REJECTED_BODY_BYTES = 256 * 1024, Bytes;
    /// Milliseconds for which the body of a rejected request is waited for; after that the connection is closed.
    REJECTED_BODY_MILLIS = 100, Milliseconds;
    /// Bytes that are still read from a connection which is closed after a rejected request, so that its response arrives.
    LINGER_BYTES = 16 * 1024 * 1024, Bytes;
    /// Milliseconds for which such a connection is still read.
    LINGER_MILLIS = 2_000, Milliseconds;
    /// Requests that one server answers at once.
    REQUESTS_AT_ONCE = 4_096, Entries;
    /// Requests of one user that one server has open at once, those whose body is still arriving included.
    USER_REQUESTS_AT_ONCE = 256, Entries;
    /// Requests of one tenant that one server has open at once, its users' included.
    TENANT_REQUESTS_AT_ONCE = 2_048, Entries;
    /// Bytes of one user's requests and unsent responses, events and frames that one server buffers.
    USER_BUFFER_BYTES = 8 * 1024 * 1024, Bytes;
    /// Bytes of one tenant's requests and unsent responses, events and frames that one server buffers, its users' included.
    TENANT_BUFFER_BYTES = 128 * 1024 * 1024, Bytes;
    /// Seconds that a request waits for room in the buffers of its user and tenant.
    BUFFER_WAIT_SECONDS = 10, Seconds;
    /// Seconds that the body of a request may stop arriving.
    BODY_STALL_SECONDS = 10, Seconds;
    /// Requests a second that a user may make in the long run, over HTTP and sockets, unless the operator sets another bound.
    USER_REQUESTS_PER_SECOND = 200, Entries;
    /// Requests a second that a tenant may make in the long run, its users' included, unless the operator sets another bound.
    TENANT_REQUESTS_PER_SECOND = 10_000, Entries;
    /// Requests a second without a valid credential that may come from one address in the long run, unless the operator sets another bound.
    ADDRESS_REQUESTS_PER_SECOND = 200, Entries;
    /// Bytes of a body or page that count as one request more.
    REQUEST_COST_BYTES = 16 * 1024, Bytes;
    /// Seconds of which the requests may be made at once.
    REQUESTS_BURST_SECONDS = 10, Seconds;
    /// Tenants, users and addresses whose requests are counted at once.
    RATE_BUCKETS = 100_000, Entries;
    /// Seconds until an idempotency key is forgotten.
    IDEMPOTENCY_SECONDS = 24 * 60 * 60, Seconds;
    /// Seconds between the minting and the end of a user token.
    USER_TOKEN_SECONDS = 24 * 60 * 60, Seconds;
    /// Seconds until a typing indicator is forgotten.
    TYPING_SECONDS = 10, Seconds;
    /// Conversations in which one connection types at once; in older ones the indicator ends by silence.
    CONNECTION_TYPING = 16, Entries;
    /// Users whose presence one connection watches.
    PRESENCE_WATCHED = 100, Entries;
    /// Fresh names of devices with which one user connects in an hour, per server.
    USER_DEVICE_NAMES_PER_HOUR = 100, Entries;
    /// Seconds until a presence that is not renewed is forgotten.
    PRESENCE_SECONDS = 90, Seconds;
    /// Seconds for which it is remembered when a device went: a node that hears of it late still finds it.
    PRESENCE_ENDED_SECONDS = 10, Seconds;
    /// Words about devices' presence that wait to be written or looked at; what comes beyond is not noted.
    PRESENCE_QUEUE = 65_536, Entries;
    /// Users whose own messages' marks wait at once to be written; others' are not noted.
    LATER_MARKS = 10_000, Entries;
    /// Characters of an event's type or name, and of the tenant's own name of an app or session.
    LABEL_LENGTH = 128, Characters;
    /// Bytes of the data of one activity or analytics event as encoded.
    EVENT_DATA_BYTES = 8 * 1024, Bytes;
    /// Seconds until an activity is forgotten: 90 days.
    ACTIVITY_SECONDS = 90 * 24 * 60 * 60, Seconds;
    /// Analytics events of one request.
    EVENT_BATCH = 1_000, Entries;
    /// Analytics events that may wait in one server to be written; more are refused.
    EVENTS_WAITING = 10_000, Entries;
    /// Analytics events of one tenant that may wait in one server to be written; more are refused.
    TENANT_EVENTS_WAITING = 4_000, Entries;
    /// Tenants whose analytics events one server writes at once.
    EVENT_WRITERS = 4, Entries;
    /// Requests with analytics events that may wait in one server; more are refused.
    EVENT_REQUESTS_WAITING = 250, Entries;
    /// Analytics events that are written together.
    EVENT_RUN = 200, Entries;
    /// Seconds that an analytics event is kept and may lie in the past, and that one count or export may span: 400 days.
    EVENT_SECONDS = 400 * 24 * 60 * 60, Seconds;
    /// Different names of events that are counted in one hour, day or month.
    EVENT_NAMES = 1_000, Entries;
    /// Different users that are counted in one hour.
    EVENT_USERS = 100_000, Entries;
    /// Different users that are counted in one day or month.
    ACTIVE_USERS = 1_000_000, Entries;
    /// Seconds between an event and the recount of its hour.
    RECOUNT_SECONDS = 5, Seconds;
    /// Origins of one application.
    APPLICATION_ORIGINS = 50, Entries;
    /// Applications of one tenant.
    TENANT_APPLICATIONS = 100, Entries;
    /// Active keys of one application.
    APPLICATION_KEYS = 100, Entries;
    /// Active keys of one name in an application: the present one and its successor.
    KEYS_PER_NAME = 2, Entries;
    /// Seconds that a signing secret is still accepted after its successor was made.
    SECRET_OVERLAP_SECONDS = 30 * 24 * 60 * 60, Seconds;
    /// Bytes of one user token.
    USER_TOKEN_BYTES = 4_096, Bytes;
    /// Seconds that an issuer's clock may be ahead of ours.
    CLOCK_SKEW_SECONDS = 60, Seconds;
    /// Seconds between two notes of a key's last use.
    KEY_USE_SECONDS = 60, Seconds;
    /// Users that one process remembers.
    REMEMBERED_USERS = 50_000, Entries;
    /// Checked user tokens that one process remembers.
    REMEMBERED_TOKENS = 50_000, Entries;
    /// Tenants, applications and keys that one process remembers, of each kind.
    REMEMBERED_CREDENTIALS = 10_000, Entries;
    /// Users who sent in a conversation that one process remembers.
    REMEMBERED_SPEAKERS = 100_000, Entries;
    /// Users who read in a conversation that one process remembers, and messages behind which they go on.
    REMEMBERED_READERS = 100_000, Entries;
    /// Records since a user's last send after which their conversation is looked at again.
    REMEMBERED_RECORDS = 200, Entries;
    /// Seconds after which what is remembered is read again, should a hint be lost.
    REMEMBERED_SECONDS = 30, Seconds;
    /// Roles of one user.
    USER_ROLES = 20, Entries;
    /// Permissions of one user.
    USER_PERMISSIONS = 100, Entries;
    /// Characters of a role or permission.
    ROLE_LENGTH = 64, Characters;
    /// Characters of a profile's bio.
    BIO_LENGTH = 500, Characters;
    /// Characters of a language tag.
    LANGUAGE_LENGTH = 35, Characters;
    /// Characters of the name of a time zone.
    TIME_ZONE_LENGTH = 64, Characters;
    /// Kinds of notifications that one channel lets through.
    NOTIFICATION_KINDS = 50, Entries;
    /// Widgets that a user has enabled, and as many disabled.
    WIDGETS = 100, Entries;
    /// Favourite apps on a user's dashboard.
    FAVORITE_APPS = 50, Entries;
    /// Bytes of one value of app data as encoded.
    APP_DATA_BYTES = 64 * 1024, Bytes;
    /// Keys that one app keeps for one user.
    APP_DATA_KEYS = 100, Entries;
    /// Apps that keep data for one user.
    USER_APPS = 100, Entries;
    /// Records that one sequencer run writes together.
    SEQUENCER_RUN = 64, Entries;
    /// Records that may wait for one conversation's sequencer.
    SEQUENCER_QUEUE = 1_024, Entries;
    /// Writes of one batch.
    BATCH_WRITES = 2_048, Entries;
    /// Documents that one step of an erasure removes or wipes.
    ERASE_DOCUMENTS = 200, Entries;
    /// Conversations or reactions that one step of an erasure takes a user out of.
    ERASE_RECORDS = 20, Entries;
    /// Days after which a tenant may have messages wiped.
    RETENTION_DAYS = 36_500, Entries;
    /// Seconds between two rounds that look for old messages.
    RETENTION_ROUND_SECONDS = 24 * 60 * 60, Seconds;
    /// Seconds before an erasure that a legal hold stops looks again.
    HELD_SECONDS = 15 * 60, Seconds;
    /// Documents that an export reads at once.
    EXPORT_DOCUMENTS = 100, Entries;
    /// Seconds that whoever does an erasure has it to themselves after each step.
    ERASE_LEASE_SECONDS = 5, Seconds;
    /// Batches that one group commit writes together.
    GROUP_COMMIT = 256, Entries;
    /// Batches that may wait for one place's writer; on MongoDB also inserts for one
    /// collection, and reads for one collection of a tenant.
    WRITER_QUEUE = 4_096, Entries;
    /// Due documents that a job takes at once.
    WORK_RUN = 64, Entries;
    /// Seconds that a job has for what it took before another may take it.
    WORK_LEASE_SECONDS = 30, Seconds;
    /// Times that work is tried before it is given up.
    WORK_ATTEMPTS = 20, Entries;
    /// Seconds between two tries of work that fails, at most.
    WORK_PAUSE_SECONDS = 15 * 60, Seconds;
    /// Devices of one user.
    USER_DEVICES = 20, Entries;
    /// Characters of a push token.
    PUSH_TOKEN_LENGTH = 4_096, Characters;
    /// Seconds between two notes of a device's last connection.
    DEVICE_SEEN_SECONDS = 60, Seconds;
    /// Friends and open requests of one user.
    USER_FRIENDS = 5_000, Entries;
    /// Users whom one user blocks.
    USER_BLOCKS = 5_000, Entries;
    /// Users on whom one user has a remark.
    USER_REMARKS = 5_000, Entries;
    /// Characters of a remark about another user.
    REMARK_CHARACTERS = 500, Characters;
    /// Records that a user's log keeps; the oldest go first.
    USER_LOG_RECORDS = 2_000, Entries;
    /// Database files that the embedded engine holds open.
    OPEN_FILES = 256, Entries;
    /// Pro tenants per process on the embedded engine.
    PRO_TENANTS_SQLITE = 10_000, Entries;
    /// Pro and enterprise tenants per `MongoDB` replica set.
    PRO_TENANTS_MONGODB = 500, Entries;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_a_name_of_its_own_and_a_meaning() {
        let mut names: Vec<_> = LIMITS.iter().map(|limit| limit.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), LIMITS.len());
        assert!(
            LIMITS
                .iter()
                .all(|limit| limit.maximum > 0 && limit.meaning.ends_with('.'))
        );
    }
}
