use crate::limit_unit::{Limit, Unit, limits};

limits! {
    /// Characters in the content of one message.
    MESSAGE_CHARACTERS = 20_000, Characters;
    /// Total bytes of one message, with its attachments as JSON.
    MESSAGE_BYTES = 64 * 1024, Bytes;
    /// Attachments of one message.
    MESSAGE_ATTACHMENTS = 30, Entries;
    /// Characters of an attachment's caption.
    CAPTION_CHARACTERS = 1_000, Characters;
    /// Loudness values of an audio file.
    WAVEFORM_BARS = 64, Entries;
    /// Bytes of a file that is uploaded in one request.
    FILE_BYTES = 16 * 1024 * 1024, Bytes;
    /// Bytes of a file that is uploaded in several requests, by default.
    UPLOAD_BYTES = 5 * 1024 * 1024 * 1024, Bytes;
    /// Seconds that a URL works to which a download is redirected.
    PRESIGNED_SECONDS = 300, Seconds;
    /// Media types that a tenant's settings allow or deny.
    FILE_TYPES = 50, Entries;
    /// Bytes of a stored part of a resumable upload.
    UPLOAD_PART_BYTES = 8 * 1024 * 1024, Bytes;
    /// Bytes of a resumable upload's metadata.
    UPLOAD_METADATA_BYTES = 4 * 1024, Bytes;
    /// Uploads in progress of one user.
    USER_UPLOADS = 50, Entries;
    /// Time in which an upload must be complete.
    UPLOAD_SECONDS = 24 * 60 * 60, Seconds;
    /// Time after which a file that nothing holds is removed.
    FILE_UNUSED_SECONDS = 24 * 60 * 60, Seconds;
    /// Time after which it is checked again whether a file is held.
    FILE_CHECK_SECONDS = 30 * 24 * 60 * 60, Seconds;
    /// Default validity of a signed link.
    FILE_LINK_SECONDS = 15 * 60, Seconds;
    /// Maximum validity of a signed link.
    FILE_LINK_MAX_SECONDS = 7 * 24 * 60 * 60, Seconds;
    /// Step to which the expiry of a signed link is rounded up.
    FILE_LINK_STEP_SECONDS = 5 * 60, Seconds;
    /// Files that a process receives at once.
    UPLOADS_AT_ONCE = 256, Entries;
    /// Files that a process sends at once.
    DOWNLOADS_AT_ONCE = 512, Entries;
    /// Bytes that a file must advance in 10 seconds while it is received.
    TRANSFER_PROGRESS_BYTES = 16 * 1024, Bytes;
    /// Bytes of a file that count as one request.
    TRANSFER_COST_BYTES = 1024 * 1024, Bytes;
    /// Storage of one tenant, by default.
    TENANT_STORAGE_BYTES = 100 * 1024 * 1024 * 1024, Bytes;
    /// Files of one tenant, by default.
    TENANT_FILES = 1_000_000, Entries;
    /// Bytes that all uploads of a process buffer.
    UPLOAD_BUFFER_BYTES = 128 * 1024 * 1024, Bytes;
    /// Bytes that one upload buffers before it writes them to a folder.
    FOLDER_CHUNK_BYTES = 256 * 1024, Bytes;
    /// Bytes that one upload buffers before it writes them to a bucket.
    BUCKET_CHUNK_BYTES = 5 * 1024 * 1024, Bytes;
    /// Previous versions kept of an edited message; the oldest are dropped first.
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
    /// Default entries of a page.
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
    /// Banned users of one conversation.
    CONVERSATION_BANS = 10_000, Entries;
    /// Characters of the reason of a ban.
    BAN_REASON_CHARACTERS = 500, Characters;
    /// Participants above which read and delivered receipts are visible to their own user only.
    MARKS_SHOWN_PARTICIPANTS = 100, Entries;
    /// Conversations of one user.
    USER_CONVERSATIONS = 10_000, Entries;
    /// Open connections of one user; the oldest is closed first.
    USER_CONNECTIONS = 50, Entries;
    /// Maximum unread count of one conversation.
    UNREAD_COUNTED = 100, Entries;
    /// Bytes of one frame from a client; large enough for any message, however its text is escaped.
    FRAME_BYTES = 256 * 1024, Bytes;
    /// Characters of a frame's `ref`.
    FRAME_REF_LENGTH = 64, Characters;
    /// Characters of the `device_id` in `hello`.
    DEVICE_ID_LENGTH = 128, Characters;
    /// Cursors in one `hello` or `resume` frame.
    RESUME_CURSORS = 1_000, Entries;
    /// Records that a resume returns; a client further behind receives a reset.
    RESUME_RECORDS = 1_000, Entries;
    /// Records in one range frame.
    RANGE_RECORDS = 100, Entries;
    /// Bytes of one range frame.
    RANGE_BYTES = 192 * 1024, Bytes;
    /// Unsent bytes of one connection above which the server stops reading its frames and delays its events.
    CONNECTION_QUEUE_BYTES = 256 * 1024, Bytes;
    /// Unsent frames of one connection above which the server stops reading its frames and delays its events.
    CONNECTION_QUEUE_FRAMES = 128, Entries;
    /// Unsent bytes of one connection that are exempt from the buffer limits of its user and tenant.
    CONNECTION_UNCOUNTED_BYTES = 4 * 1024, Bytes;
    /// Milliseconds without progress after which a connection that does not read its data is closed, HTTP and WebSocket.
    CONNECTION_STALL_MILLIS = 10_000, Milliseconds;
    /// Bytes of a frame that count as one request; a longer frame counts as several.
    FRAME_REQUEST_BYTES = 16 * 1024, Bytes;
    /// Consecutive rejected frames after which a connection is closed.
    REJECTED_FRAMES = 100, Entries;
    /// Timeout of the `hello` frame in seconds.
    HELLO_SECONDS = 5, Seconds;
    /// Idle timeout of a connection without frames, in seconds.
    CONNECTION_IDLE_SECONDS = 60, Seconds;
    /// Timeout of the TLS handshake in seconds.
    HANDSHAKE_SECONDS = 10, Seconds;
    /// Timeout of a request head and of an idle HTTP connection, in seconds.
    HEAD_SECONDS = 60, Seconds;
    /// Grace period of open requests and connections at shutdown, in seconds.
    STOP_SECONDS = 10, Seconds;
    /// Bytes of one line on the control socket.
    CONTROL_LINE_BYTES = 1024 * 1024, Bytes;
    /// Timeout of a command over the control socket, in seconds.
    CONTROL_SECONDS = 10 * 60, Seconds;
    /// Lifetime of a demo link in seconds.
    DEMO_LINK_SECONDS = 10 * 60, Seconds;
    /// Timeout of a request in seconds.
    REQUEST_SECONDS = 30, Seconds;
    /// Bytes of a rejected request's body that are read to keep the connection reusable.
    REJECTED_BODY_BYTES = 256 * 1024, Bytes;
    /// Milliseconds to wait for the body of a rejected request before the connection is closed.
    REJECTED_BODY_MILLIS = 100, Milliseconds;
    /// Bytes read from a connection that closes after a rejected request, so that the response arrives.
    LINGER_BYTES = 16 * 1024 * 1024, Bytes;
    /// Milliseconds for which a connection that closes after a rejected request is still read.
    LINGER_MILLIS = 2_000, Milliseconds;
    /// Concurrent requests of one server.
    REQUESTS_AT_ONCE = 4_096, Entries;
    /// Concurrent requests of one user on one server, including those whose body is still arriving.
    USER_REQUESTS_AT_ONCE = 256, Entries;
    /// Concurrent requests of one tenant on one server, including those of its users.
    TENANT_REQUESTS_AT_ONCE = 2_048, Entries;
    /// Bytes of requests and unsent responses, events and frames that one server buffers for one user.
    USER_BUFFER_BYTES = 8 * 1024 * 1024, Bytes;
    /// Bytes of requests and unsent responses, events and frames that one server buffers for one tenant and its users.
    TENANT_BUFFER_BYTES = 128 * 1024 * 1024, Bytes;
    /// Seconds that a request waits for free buffer space of its user and tenant.
    BUFFER_WAIT_SECONDS = 10, Seconds;
    /// Seconds without progress after which a request body times out.
    BODY_STALL_SECONDS = 10, Seconds;
    /// Default sustained requests per second of one user, HTTP and WebSocket together.
    USER_REQUESTS_PER_SECOND = 200, Entries;
    /// Default sustained requests per second of one tenant, including its users.
    TENANT_REQUESTS_PER_SECOND = 10_000, Entries;
    /// Default sustained requests per second without a valid credential from one address.
    ADDRESS_REQUESTS_PER_SECOND = 200, Entries;
    /// Bytes of a body or page that count as one additional request.
    REQUEST_COST_BYTES = 16 * 1024, Bytes;
    /// Burst size: seconds of the sustained rate that may be used at once.
    REQUESTS_BURST_SECONDS = 10, Seconds;
    /// Rate limit buckets (tenants, users and addresses) kept at once.
    RATE_BUCKETS = 100_000, Entries;
    /// Lifetime of an idempotency key in seconds.
    IDEMPOTENCY_SECONDS = 24 * 60 * 60, Seconds;
    /// Maximum lifetime of a user token in seconds.
    USER_TOKEN_SECONDS = 24 * 60 * 60, Seconds;
    /// Lifetime of a typing indicator in seconds.
    TYPING_SECONDS = 10, Seconds;
    /// Conversations in which one connection types at once; in older ones the indicator expires.
    CONNECTION_TYPING = 16, Entries;
    /// Users whose presence one connection subscribes to.
    PRESENCE_WATCHED = 100, Entries;
    /// New device ids with which one user connects per hour and server.
    USER_DEVICE_NAMES_PER_HOUR = 100, Entries;
    /// Lifetime of a presence that is not renewed, in seconds.
    PRESENCE_SECONDS = 90, Seconds;
    /// Seconds for which the end of a presence is kept, for nodes that learn of it late.
    PRESENCE_ENDED_SECONDS = 10, Seconds;
    /// Queued presence updates of one server; further updates are dropped.
    PRESENCE_QUEUE = 65_536, Entries;
    /// Users with queued receipts of their own messages; further receipts are dropped.
    LATER_MARKS = 10_000, Entries;
    /// Characters of an event type or name, an app id and a session id.
    LABEL_LENGTH = 128, Characters;
    /// Encoded bytes of the data of one activity or analytics event.
    EVENT_DATA_BYTES = 8 * 1024, Bytes;
    /// Lifetime of an activity in seconds (90 days).
    ACTIVITY_SECONDS = 90 * 24 * 60 * 60, Seconds;
    /// Analytics events of one request.
    EVENT_BATCH = 1_000, Entries;
    /// Queued analytics events of one server; further events are rejected.
    EVENTS_WAITING = 10_000, Entries;
    /// Queued analytics events of one tenant on one server; further events are rejected.
    TENANT_EVENTS_WAITING = 4_000, Entries;
    /// Tenants whose analytics events one server writes concurrently.
    EVENT_WRITERS = 4, Entries;
    /// Queued requests with analytics events of one server; further requests are rejected.
    EVENT_REQUESTS_WAITING = 250, Entries;
    /// Analytics events written in one batch.
    EVENT_RUN = 200, Entries;
    /// Lifetime and maximum age of an analytics event, and longest range of a count or export, in seconds (400 days).
    EVENT_SECONDS = 400 * 24 * 60 * 60, Seconds;
    /// Distinct event names counted per hour, day or month.
    EVENT_NAMES = 1_000, Entries;
    /// Distinct users counted per hour.
    EVENT_USERS = 100_000, Entries;
    /// Distinct users counted per day or month.
    ACTIVE_USERS = 1_000_000, Entries;
    /// Delay in seconds between an event and the recount of its hour.
    RECOUNT_SECONDS = 5, Seconds;
    /// Platform admins.
    PLATFORM_ADMINS = 1_000, Entries;
    /// Admin keys, including revoked and expired ones.
    ADMIN_KEYS = 100, Entries;
    /// Sessions of one platform admin; the oldest ends first.
    ADMIN_SESSIONS = 20, Entries;
    /// Lifetime of a session of a platform admin in seconds.
    ADMIN_SESSION_SECONDS = 12 * 60 * 60, Seconds;
    /// Lifetime of the code that sets password and second factor of a platform admin, in seconds.
    ADMIN_SETUP_SECONDS = 24 * 60 * 60, Seconds;
    /// Failed sign-ins in a row after which a platform admin is locked out.
    ADMIN_FAILURES = 10, Entries;
    /// Duration of the lockout of a platform admin in seconds.
    ADMIN_LOCK_SECONDS = 15 * 60, Seconds;
    /// Minimum characters of a password.
    PASSWORD_MIN_CHARACTERS = 12, Characters;
    /// Characters of a password.
    PASSWORD_CHARACTERS = 128, Characters;
    /// Passwords that one process hashes at once.
    PASSWORD_HASHES_AT_ONCE = 2, Entries;
    /// Networks that the platform blocks.
    PLATFORM_BLOCKS = 100_000, Entries;
    /// Blocked networks of one tenant, and as many allowed ones.
    TENANT_IP_RULES = 1_000, Entries;
    /// Blocked networks that a process reads at once at its start.
    BLOCKS_READ_AT_ONCE = 1_000, Entries;
    /// Audit entries that are numbered in one commit.
    AUDIT_BATCH = 100, Entries;
    /// Audit entries that a verification reads at once.
    AUDIT_READ = 1_000, Entries;
    /// Networks in one list of allowed networks.
    NETWORKS = 100, Entries;
    /// Origins of one application.
    APPLICATION_ORIGINS = 50, Entries;
    /// Applications of one tenant.
    TENANT_APPLICATIONS = 100, Entries;
    /// Active keys of one application.
    APPLICATION_KEYS = 100, Entries;
    /// Active keys with the same name in one application: the current one and its successor.
    KEYS_PER_NAME = 2, Entries;
    /// Seconds for which a rotated signing secret is still accepted.
    SECRET_OVERLAP_SECONDS = 30 * 24 * 60 * 60, Seconds;
    /// Bytes of one user token.
    USER_TOKEN_BYTES = 4_096, Bytes;
    /// Allowed clock skew of a token issuer in seconds.
    CLOCK_SKEW_SECONDS = 60, Seconds;
    /// Seconds between two updates of the last use of a key.
    KEY_USE_SECONDS = 60, Seconds;
    /// Users cached by one process.
    REMEMBERED_USERS = 50_000, Entries;
    /// Verified user tokens cached by one process.
    REMEMBERED_TOKENS = 50_000, Entries;
    /// Tenants, applications and keys cached by one process, each.
    REMEMBERED_CREDENTIALS = 10_000, Entries;
    /// Message senders cached by one process, one entry per user and conversation.
    REMEMBERED_SPEAKERS = 100_000, Entries;
    /// History readers cached by one process, one entry per user and conversation, and page positions.
    REMEMBERED_READERS = 100_000, Entries;
    /// Records after a cached send after which the conversation is read again.
    REMEMBERED_RECORDS = 200, Entries;
    /// Lifetime of a cache entry in seconds, in case a change event was lost.
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
    /// Notification types of one channel.
    NOTIFICATION_KINDS = 50, Entries;
    /// Enabled widgets of one user, and as many disabled ones.
    WIDGETS = 100, Entries;
    /// Favorite apps on the dashboard of one user.
    FAVORITE_APPS = 50, Entries;
    /// Encoded bytes of one app data value.
    APP_DATA_BYTES = 64 * 1024, Bytes;
    /// App data keys of one app and user.
    APP_DATA_KEYS = 100, Entries;
    /// Apps with data of one user.
    USER_APPS = 100, Entries;
    /// Timeout of an outbound connection in seconds: name resolution, TCP and TLS.
    OUTBOUND_CONNECT_SECONDS = 10, Seconds;
    /// Timeout of one read of an outbound response in seconds.
    OUTBOUND_READ_SECONDS = 15, Seconds;
    /// Timeout of an outbound request with its response in seconds.
    OUTBOUND_SECONDS = 30, Seconds;
    /// Bytes of the response to an outbound request.
    OUTBOUND_BODY_BYTES = 1024 * 1024, Bytes;
    /// Concurrent name resolutions of outbound requests; further requests wait.
    OUTBOUND_LOOKUPS = 32, Entries;
    /// Timeout of one read from an S3 service in seconds. The first one includes sending the part.
    MEDIA_READ_SECONDS = 60, Seconds;
    /// Retries of one request to an S3 service.
    MEDIA_RETRIES = 4, Entries;
    /// Seconds after which a request to an S3 service is not retried.
    MEDIA_RETRY_SECONDS = 60, Seconds;
    /// Records that one sequencer batch commits together.
    SEQUENCER_RUN = 64, Entries;
    /// Queued records of one conversation's sequencer.
    SEQUENCER_QUEUE = 1_024, Entries;
    /// Writes of one batch.
    BATCH_WRITES = 2_048, Entries;
    /// Documents that one erasure step deletes or redacts.
    ERASE_DOCUMENTS = 200, Entries;
    /// Conversations or reactions that one erasure step removes a user from.
    ERASE_RECORDS = 20, Entries;
    /// Maximum message retention in days.
    RETENTION_DAYS = 36_500, Entries;
    /// Seconds between two retention runs.
    RETENTION_ROUND_SECONDS = 24 * 60 * 60, Seconds;
    /// Seconds after which an erasure stopped by a legal hold is retried.
    HELD_SECONDS = 15 * 60, Seconds;
    /// Documents that an export reads per page.
    EXPORT_DOCUMENTS = 100, Entries;
    /// Lease of a running erasure after each step, in seconds.
    ERASE_LEASE_SECONDS = 5, Seconds;
    /// Batches in one group commit.
    GROUP_COMMIT = 256, Entries;
    /// Queued batches of one partition's writer; on MongoDB also queued inserts of one
    /// collection and queued reads of one collection of a tenant.
    WRITER_QUEUE = 4_096, Entries;
    /// Due documents that a job leases at once.
    WORK_RUN = 64, Entries;
    /// Lease of a due document in seconds.
    WORK_LEASE_SECONDS = 30, Seconds;
    /// Attempts before a job gives up.
    WORK_ATTEMPTS = 20, Entries;
    /// Maximum seconds between two attempts of a failing job.
    WORK_PAUSE_SECONDS = 15 * 60, Seconds;
    /// Devices of one user.
    USER_DEVICES = 20, Entries;
    /// Characters of a push token.
    PUSH_TOKEN_LENGTH = 4_096, Characters;
    /// Seconds between two updates of a device's last connection.
    DEVICE_SEEN_SECONDS = 60, Seconds;
    /// Lifetime of the access token of a session in seconds.
    ACCESS_TOKEN_SECONDS = 15 * 60, Seconds;
    /// Milliseconds for which a replaced refresh token still returns its successor.
    REFRESH_GRACE_MILLIS = 10_000, Milliseconds;
    /// Characters of a refresh token.
    REFRESH_TOKEN_LENGTH = 256, Characters;
    /// Lifetime of a session that is not used, in seconds (30 days).
    SESSION_IDLE_SECONDS = 30 * 24 * 60 * 60, Seconds;
    /// Lifetime of a session in seconds (90 days).
    SESSION_SECONDS = 90 * 24 * 60 * 60, Seconds;
    /// Sessions of one user; the least recently used one ends first.
    USER_SESSIONS = 100, Entries;
    /// Sessions cached by one process.
    REMEMBERED_SESSIONS = 50_000, Entries;
    /// Identities of one user.
    USER_IDENTITIES = 20, Entries;
    /// Requests of one server that compute a password hash or wait for it; further requests are rejected.
    PASSWORDS_WAITING = 256, Entries;
    /// Accounts and addresses with failed sign-ins that one server counts.
    SIGN_IN_FAILURES = 100_000, Entries;
    /// Maximum delay after failed sign-ins in seconds.
    SIGN_IN_DELAY_SECONDS = 15 * 60, Seconds;
    /// Digits of a one-time code.
    CODE_DIGITS = 8, Characters;
    /// Lifetime of a one-time code in seconds.
    CODE_SECONDS = 10 * 60, Seconds;
    /// Attempts to enter a one-time code.
    CODE_ATTEMPTS = 5, Entries;
    /// Codes sent in one flow.
    FLOW_CODES = 5, Entries;
    /// Seconds between two codes of one flow.
    CODE_RESEND_SECONDS = 60, Seconds;
    /// Characters of a flow token.
    FLOW_TOKEN_LENGTH = 128, Characters;
    /// Lifetime of a pending sign-up in seconds.
    SIGN_UP_SECONDS = 24 * 60 * 60, Seconds;
    /// Lifetime of a pending sign-in with a code and of a password reset, in seconds.
    CODE_FLOW_SECONDS = 60 * 60, Seconds;
    /// Mails that flows send to one mailbox per hour and server.
    MAILBOX_FLOWS_PER_HOUR = 10, Entries;
    /// Flows with a mail, and guests, of one client address per hour and server.
    ADDRESS_FLOWS_PER_HOUR = 60, Entries;
    /// Age of a sign-in with which a user may change the e-mail address, in seconds.
    RECENT_SIGN_IN_SECONDS = 15 * 60, Seconds;
    /// Lifetime of a mail in the development mailbox in seconds.
    MAILBOX_SECONDS = 24 * 60 * 60, Seconds;
    /// Friends and open requests of one user.
    USER_FRIENDS = 5_000, Entries;
    /// Users whom one user blocks.
    USER_BLOCKS = 5_000, Entries;
    /// Users on whom one user has a remark.
    USER_REMARKS = 5_000, Entries;
    /// Characters of a remark about another user.
    REMARK_CHARACTERS = 500, Characters;
    /// Records kept in a user's log; the oldest are dropped first.
    USER_LOG_RECORDS = 2_000, Entries;
    /// Bytes of an image that is decoded and stripped of its metadata.
    MEDIA_IMAGE_BYTES = 64 * 1024 * 1024, Bytes;
    /// Pixels of an image that gets thumbnails.
    MEDIA_IMAGE_PIXELS = 50_000_000, Pixels;
    /// Pixels of the width and of the height of an image.
    MEDIA_IMAGE_SIDE = 30_000, Pixels;
    /// Bytes of a PDF whose pages are counted.
    MEDIA_PDF_BYTES = 64 * 1024 * 1024, Bytes;
    /// Integrations of one tenant with platforms such as WhatsApp.
    TENANT_INTEGRATIONS = 100, Entries;
    /// Digits of an id of the Graph API.
    GRAPH_ID_LENGTH = 64, Characters;
    /// Characters of a secret of an integration.
    PLATFORM_SECRET_LENGTH = 1_024, Characters;
    /// Users whom an integration adds to each new channel.
    INTEGRATION_STAFF = 50, Entries;
    /// Bytes of a webhook request of a platform.
    PLATFORM_WEBHOOK_BYTES = 4 * 1024 * 1024, Bytes;
    /// Bytes of a media file that a client sends from a platform.
    PLATFORM_MEDIA_BYTES = 100 * 1024 * 1024, Bytes;
    /// Labels of a ticket.
    TICKET_LABELS = 20, Entries;
    /// Updates in one webhook request of a platform.
    PLATFORM_WEBHOOK_UPDATES = 1_000, Entries;
    /// Seconds for which webhook events of platforms are kept.
    WEBHOOK_EVENT_SECONDS = 30 * 24 * 60 * 60, Seconds;
    /// Seconds after which an update is tried again that waits for an earlier one of its sender.
    LANE_RETRY_SECONDS = 5, Seconds;
    /// Attempts to send a message to a platform.
    OUTBOUND_MESSAGE_ATTEMPTS = 8, Entries;
    /// Seconds to wait for a status after an attempt without a clear result.
    OUTBOUND_UNKNOWN_SECONDS = 60, Seconds;
    /// Seconds in which a client may be answered freely after a message of theirs.
    SERVICE_WINDOW_SECONDS = 24 * 60 * 60, Seconds;
    /// Seconds in which a client may be answered freely who came from an advertisement.
    AD_SERVICE_WINDOW_SECONDS = 72 * 60 * 60, Seconds;
    /// Webhook events that one request replays.
    WEBHOOK_REPLAY = 200, Entries;
    /// Open database files of the embedded engine.
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
    fn every_limit_has_a_unique_name_and_a_meaning() {
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
